"""Scales of standard question sets by their published rules; a scale is not known where one of its answers is not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from citiesforall.core.errors import InputError

Floats = npt.NDArray[np.float64]

FIES_ITEMS = ("WORRIED", "HEALTHY", "FEWFOODS", "SKIPPED", "ATELESS", "RUNOUT", "HUNGRY", "WHLDAY")
RCSI_ITEMS = ("less_preferred", "borrowed", "smaller_portions", "adults_ate_less", "fewer_meals")
RCSI_WEIGHTS = np.array([1.0, 2.0, 1.0, 3.0, 1.0])
FCS_GROUPS = ("staples", "pulses", "vegetables", "fruit", "meat_fish_eggs", "dairy", "sugar", "oil")
FCS_WEIGHTS = np.array([2.0, 3.0, 1.0, 1.0, 4.0, 4.0, 0.5, 0.5])
WASHINGTON_ITEMS = ("seeing", "hearing", "walking", "remembering", "self_care", "communicating")
DAYS = (0, 7)  # days of the past week
HWISE_ITEMS, HWISE_CODES = 4, (0, 3)  # never 0, rarely 1, sometimes 2, often or always 3
HWISE_INSECURE = 4.0
WASHINGTON_CODES = (1, 4)  # no difficulty 1, some 2, a lot 3, cannot do at all 4
A_LOT_OF_DIFFICULTY = 3.0
RCSI_CRISIS = 19.0
FCS_POOR, FCS_BORDERLINE = 21.0, 35.0
FCS_POOR_OIL_SUGAR, FCS_BORDERLINE_OIL_SUGAR = 28.0, 42.0
"""Cut-offs where nearly everybody eats oil and sugar daily."""


def fies_raw(items: Floats) -> Floats:
    """Count the yes of the eight items of the Food Insecurity Experience Scale. (H,)

    Parameters
    ----------
    items
        1 yes, 0 no, nan not known, in the order of `FIES_ITEMS`. (H, 8)

    Returns
    -------
    ndarray
        Raw score, 0 to 8 [cafiero_2018].

    Raises
    ------
    InputError
        An answer is neither 0 nor 1, or there are not eight.
    """
    return _total(_checked(items, len(FIES_ITEMS), (0, 1), "FIES"), np.ones(len(FIES_ITEMS)))


def rcsi(days: Floats) -> Floats:
    """Add up the reduced Coping Strategies Index. (H,)

    Parameters
    ----------
    days
        Days of the past seven on which each was done, in the order of `RCSI_ITEMS`. (H, 5) [days]

    Returns
    -------
    ndarray
        0 to 56 [maxwell_caldwell_2008]; 19 and more is the range of a food crisis [ipc_2021].

    Raises
    ------
    InputError
        A number of days is not a whole number from 0 to 7, or there are not five.
    """
    return _total(_checked(days, len(RCSI_ITEMS), DAYS, "rCSI"), RCSI_WEIGHTS)


def hwise4(items: Floats) -> Floats:
    """Add up the four-item Household Water Insecurity Experiences scale. (H,)

    Parameters
    ----------
    items
        Worried, changed plans, could not wash hands, nothing to drink: never 0, rarely 1, sometimes 2, often or always 3. (H, 4)

    Returns
    -------
    ndarray
        0 to 12; 4 and more is water insecure [young_hwise4_2021].

    Raises
    ------
    InputError
        A code is not a whole number from 0 to 3, or there are not four.
    """
    return _total(_checked(items, HWISE_ITEMS, HWISE_CODES, "HWISE-4"), np.ones(HWISE_ITEMS))


def food_consumption_score(days: Floats) -> Floats:
    """Add up the Food Consumption Score. (H,)

    Parameters
    ----------
    days
        Days of the past seven on which each food group was eaten, in the order of `FCS_GROUPS`. (H, 8) [days]

    Returns
    -------
    ndarray
        0 to 112 [wfp_fcs_2008].

    Raises
    ------
    InputError
        A number of days is not a whole number from 0 to 7, or there are not eight.

    Notes
    -----
    Poor is 21 and less, borderline up to 35; 28 and 42 where nearly everybody eats oil and sugar daily. Which pair holds for a
    city is its own choice and must be said.
    """
    return _total(_checked(days, len(FCS_GROUPS), DAYS, "food consumption"), FCS_WEIGHTS)


def washington_group(codes: Floats) -> Floats:
    """Say who has a disability by the Washington Group short set. (H,)

    Parameters
    ----------
    codes
        Difficulty in each of `WASHINGTON_ITEMS`: none 1, some 2, a lot 3, cannot do at all 4. (H, 6)

    Returns
    -------
    ndarray
        1 where one answer or more is 3 or 4 [washington_group_2017]; not known where none is and an answer lacks; else 0.

    Raises
    ------
    InputError
        A code is not a whole number from 1 to 4, or there are not six.
    """
    given = _checked(codes, len(WASHINGTON_ITEMS), WASHINGTON_CODES, "Washington Group")
    some = (given >= A_LOT_OF_DIFFICULTY).any(axis=1)
    out: Floats = np.where(some, 1.0, np.where(np.isnan(given).any(axis=1), np.nan, 0.0))
    return out


def at_least(score: Floats, cut: float) -> Floats:
    """Return 1 where a score reaches a cut-off, 0 where not, nan where it is not known."""
    out: Floats = np.where(np.isnan(score), np.nan, (score >= cut).astype(np.float64))
    return out


def at_most(score: Floats, cut: float) -> Floats:
    """Return 1 where a score does not pass a cut-off, 0 where it does, nan where it is not known."""
    out: Floats = np.where(np.isnan(score), np.nan, (score <= cut).astype(np.float64))
    return out


def _total(answers: Floats, weights: Floats) -> Floats:
    """Add answers up by their weights; nan where one lacks. (H,)"""
    out: Floats = answers @ weights
    return out


def _checked(items: Floats, columns: int, codes: tuple[int, int], name: str) -> Floats:
    """Return the answers as numbers; refuse other codes and other numbers of questions."""
    given = np.atleast_2d(np.asarray(items, np.float64))
    if given.shape[1] != columns:
        raise InputError(
            f"{name}: {given.shape[1]} questions are given. The scale has {columns}. Give all of them."
        )
    low, high = codes
    wrong = ~np.isnan(given) & ((given < low) | (given > high) | (given != np.floor(given)))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise InputError(
            f"{name}: row {row + 1}, question {column + 1} holds {given[row, column]:g} ({wrong.sum()} such answers). "
            f"Whole numbers from {low} to {high} are allowed. Mend them or leave them empty."
        )
    return given
