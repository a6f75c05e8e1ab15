"""What is withheld to protect people: values of few answers, and values that would give those away."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from citiesforall.measure.survey_frame import Bools, Floats, Ints, sums
from citiesforall.measure.survey_layer import Answered, Survey, answers_given

FEWEST_ANSWERS = 30
"""Answers below which nothing is published; offices take 25 to 50."""


def withheld(survey: Survey, said: Answered) -> Bools:
    """Say which rows of a group are withheld.

    Parameters
    ----------
    survey
        Bound to the group.
    said
        Answers of every record.

    Returns
    -------
    ndarray
        True where no value is given. (R,)

    Notes
    -----
    The threshold rule with complementary suppression [hundepool_2012], so that no number of fewer than 30 answers can
    be had by subtraction. (1) A row of fewer than 30 answers is withheld. (2) Of groups that are parts of one whole (women
    and men; the ages; women, men, poor and not poor where women of poor households are shown) all are withheld in a row where
    one of them has fewer, for the whole less the others would be it; and a group is withheld where one that holds it is.
    (3) What is withheld in one place must hold 30 answers of every such part together, for the place less its other parts
    is their sum: else the smallest part still shown is withheld too, and so on. Rows without answers hide nothing.
    Nor are amounts and numbers of answers given where a value is withheld.
    Limits: people of whom a trait is not known are no part; numbers of different indicators are not compared.
    """
    key = ("withheld", survey.group, said.about, said.of)
    kept = survey.memo.get(("said", said.about, said.of)) is said
    if kept and key in survey.memo:
        return survey.memo[key]  # type: ignore[no-any-return]  # stored below
    whole = np.zeros(survey.frame.parent.size, dtype=bool)
    for one in survey.holding:
        whole |= withheld(one, said)
    n = np.array(sums(survey.frame, *(answers_given(one, said) for one in survey.parts)))
    found = hidden(n, survey.frame.parent, whole)
    if kept:
        survey.memo[key] = found
    return found


def hidden(n: Floats, parent: Ints, already: Bools) -> Bools:
    """Say which rows are withheld, of parts that are shown or withheld together.

    Parameters
    ----------
    n
        Answers of each part in each row. (P, R)
    parent
        Position of the row each row lies in, -1 for the city. (R,)
    already
        Rows withheld on other accounts. (R,)

    Returns
    -------
    ndarray
        True where no value is given. (R,)
    """
    some = n.sum(axis=0) > 0
    out: Bools = some & (already | few(n).any(axis=0))
    for place in downward(tuple(parent.tolist())) if out.any() else ():
        hide_more(out, n, np.flatnonzero((parent == place) & some), above=bool(out[place]))
    return out


def few(n: Floats, fewest: float = FEWEST_ANSWERS) -> Bools:
    """Say which numbers are too few, none at all excepted.

    Parameters
    ----------
    n
        Of any shape.
    fewest
        From which they may be told.
    """
    return (n > 0) & (n < fewest)


@lru_cache(maxsize=8)
def downward(parent: tuple[int, ...]) -> tuple[int, ...]:
    """Return the rows that hold others, every row before those it holds.

    Parameters
    ----------
    parent
        Position of the row each row lies in, -1 for the city. (R,)
    """
    above = np.array(parent, np.int64)
    depth, up = np.zeros(above.size, dtype=np.int64), above
    while (up >= 0).any():
        depth += up >= 0
        up = np.where(up >= 0, above[up], -1)
    holds = np.unique(above[above >= 0])
    return tuple(int(one) for one in holds[np.argsort(depth[holds], kind="stable")])


def hide_more(out: Bools, n: Floats, rows: Ints, *, above: bool, fewest: float = FEWEST_ANSWERS) -> None:
    """Withhold further rows of one place, the smallest first, until those withheld cannot be told apart.

    Parameters
    ----------
    out
        Rows withheld; more are added. (R,)
    n
        Of each part in each row. (P, R)
    rows
        Of the place.
    above
        Whether the place itself is withheld.
    fewest
        Of every part together that must be withheld.
    """
    together = n[:, rows[out[rows]]].sum(axis=1)
    if not above and not together.any():
        return
    more = rows[~out[rows]]
    for row in more[np.argsort(n[:, more].sum(axis=0), kind="stable")]:
        if together.any() and not few(together, fewest).any():
            return
        out[row] = True
        together = together + n[:, row]
