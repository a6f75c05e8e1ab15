"""Scores given by people who know a city or a country: SDG 11.3.2 and 11.a.1, and the waste balance of 11.6.1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
PARTICIPATION_PASS = 2.5
"""A city counts for 11.3.2 above the middle of the scale from 1 to 4, strictly (un_sdg_11_3_2)."""
POLICY_PASS = 51.0
"""A policy counts for 11.a.1 from the third category on (un_sdg_11_a_1)."""


def participation_score(answers: Floats) -> tuple[float, bool]:
    """Score the direct participation of civil society in urban planning: SDG 11.3.2.

    Parameters
    ----------
    answers
        Of the evaluators to the four questions, 1 to 4; nan where not answered. (evaluators, questions)

    Returns
    -------
    tuple
        Mean of the evaluators' means, and whether the city counts.

    References
    ----------
    un_sdg_11_3_2

    Examples
    --------
    >>> participation_score(np.array([[2.25], [2.5], [3.0], [2.75], [2.0]]))
    (2.5, False)
    """
    score = float(np.nanmean(np.nanmean(answers, axis=1)))
    return score, score > PARTICIPATION_PASS


def urban_policy_score(dynamics: Floats, balance: Floats, fiscal: Floats) -> tuple[float, bool]:
    """Score a national urban policy by its three qualifiers: SDG 11.a.1.

    Parameters
    ----------
    dynamics, balance, fiscal
        Evaluators' percentages for: responds to population dynamics; balanced territorial development; local fiscal
        space. [%]

    Returns
    -------
    tuple
        Mean of the three qualifiers' means, and whether the policy counts. [%]

    References
    ----------
    un_sdg_11_a_1

    Examples
    --------
    >>> urban_policy_score(np.array([40.0]), np.array([20.0]), np.array([75.0]))
    (45.0, False)
    """
    score = float(np.mean([np.nanmean(dynamics), np.nanmean(balance), np.nanmean(fiscal)]))
    return score, score >= POLICY_PASS


def controlled_waste_share(generated_t: float, to_controlled_site_t: float, recovered_t: float) -> float:
    """Return the share of municipal solid waste that is collected and managed in controlled facilities: SDG 11.6.1.

    Parameters
    ----------
    generated_t
        All municipal waste, collected or not, in a day. [t]
    to_controlled_site_t, recovered_t
        Of it, brought to a controlled disposal site, and recovered in a facility of at least basic control. [t]

    Returns
    -------
    float
        nan where nothing is generated. [share]

    References
    ----------
    un_sdg_11_6_1

    Examples
    --------
    >>> round(controlled_waste_share(120, 48, 6), 3)
    0.45
    """
    return (to_controlled_site_t + recovered_t) / generated_t if generated_t > 0 else float("nan")
