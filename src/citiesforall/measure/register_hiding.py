"""What registers say of sensitive matters in small places: counts below 5 are withheld, and what would give them away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from citiesforall.core.amounts import RESIDENTS, amounts
from citiesforall.core.estimate import Estimate
from citiesforall.measure.register_layer import RegisterLayer
from citiesforall.measure.register_sums import known_amounts
from citiesforall.measure.survey_frame import Bools, Floats, Ints
from citiesforall.measure.survey_hiding import downward, few, hide_more

FEWEST_CASES = 5
"""Cases of a sensitive matter in a place below which they are not told (ours; offices take 3 to 10, hundepool_2012)."""
WITHHELD = "counts below 5 in a place, and those that would give them away, are withheld"


def protected(layer: RegisterLayer, found: Estimate, *asked: Sequence[str]) -> Estimate:
    """Withhold counts of sensitive matters where they are few.

    Parameters
    ----------
    layer
        The registers.
    found
        What is to be published.
    *asked
        Amounts behind it; several in one are added.

    Returns
    -------
    Estimate
        With ``suppressed`` rows where a count declared ``sensitive`` is 1 to 4, or would give such a one away.
    """
    groups = [names for names in asked if any(_sensitive(name) for name in names)]
    if not groups:
        return found
    counts = [known_amounts(layer, (names,)).amounts[0][0] for names in groups]
    if len(counts) > 1:
        counts.append(np.abs(counts[1] - counts[0]))  # the whole less the part is told with both
    out = withheld_counts(np.nan_to_num(np.array(counts)), layer.parent) & np.isfinite(found.value())
    if not out.any():
        return found
    status = np.full(out.size, "", dtype=object) if found.status is None else found.status.astype(object)
    status[out] = "suppressed"
    note = "; ".join(filter(None, (found.note, WITHHELD)))
    return replace(found, status=status.astype(np.str_), note=note)


def withheld_counts(n: Floats, parent: Ints) -> Bools:
    """Say which places are withheld; the city itself never is.

    Parameters
    ----------
    n
        Cases of each part in each row. (P, R)
    parent
        Position of the row each row lies in, -1 for the city. (R,)

    Returns
    -------
    ndarray
        True where no value is given. (R,)

    Notes
    -----
    As for surveys: a place less its parts that are told is the part that is left, so what is withheld among the parts of a
    place must hold 5 cases together, else the smallest part still told is withheld too. Places without cases are told. A city
    of few cases is told as such: it is no small place, and police and health offices publish it.
    """
    some = n.sum(axis=0) > 0
    out: Bools = some & few(n, FEWEST_CASES).any(axis=0) & (parent >= 0)
    for place in downward(tuple(parent.tolist())) if out.any() else ():
        rows = np.flatnonzero((parent == place) & some)
        hide_more(out, n, rows, above=bool(out[place]), fewest=FEWEST_CASES)
    return out


def _sensitive(name: str) -> bool:
    """Say whether an amount is about a sensitive matter, whatever the period."""
    word = name.partition("@")[0]
    return word != RESIDENTS and amounts()[word].sensitive
