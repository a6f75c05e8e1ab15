"""Amounts of many cities added up: exact, with their draws, and with what they speak for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from citiesforall.core.amounts import amounts
from citiesforall.core.estimate import Estimate, ratio
from citiesforall.core.indicator import Indicator
from citiesforall.core.units import unit
from citiesforall.measure.registers import counting_interval
from citiesforall.nation.city_rows import Key
from citiesforall.nation.coverage import adds_up, is_total
from citiesforall.nation.exact import rounded

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]
NOBODY, WITHHELD = 1, 2
"""Why amounts are not there: nobody to ask, withheld; anything else is not known."""
ABSENT = np.array(["missing", "not_applicable", "suppressed", "suppressed"], dtype=object)
LATE = "9999"


@dataclass(frozen=True)
class Keys:
    """Hold what is added up: indicators and groups, in order.

    Parameters
    ----------
    pairs
        Indicator and group. (K)
    position
        Of each.
    step_num, step_den
        What amounts are rounded to. (K,)
    total, adds
        Whether it is an amount itself; whether it adds up. (K,)
    per_si
        Value in the declared unit = num / den x this. (K,)
    """

    pairs: tuple[Key, ...]
    position: Mapping[Key, int]
    step_num: Floats
    step_den: Floats
    total: Bools
    adds: Bools
    per_si: Floats


def keys_of(
    pairs: Sequence[Key], declared: Mapping[str, Indicator], steps: Mapping[str, tuple[float, float]]
) -> Keys:
    """Return what is added up, by indicator and group.

    Parameters
    ----------
    pairs
        Indicators and groups that some city has.
    declared
        Indicators by id.
    steps
        Indicator -> what its num and den are rounded to.
    """
    order = sorted(set(pairs))
    of = [declared[key] for key, _ in order]
    return Keys(
        tuple(order),
        {pair: number for number, pair in enumerate(order)},
        np.array([steps[one.id][0] for one in of], np.float64),
        np.array([steps[one.id][1] for one in of], np.float64),
        np.array([is_total(one) for one in of], dtype=bool),
        np.array([adds_up(one) for one in of], dtype=bool),
        np.array([unit(one.unit).per_si for one in of], np.float64),
    )


@dataclass(frozen=True)
class Sums:
    """Hold sums of every indicator and group over some places; arrays of K are added to in place.

    Parameters
    ----------
    num, den
        Exact. (K,)
    n
        Records behind them. (K,)
    people, places
        People and lowest places they speak for. (K,)
    weak, shaky
        Of these people, those whose own number is estimated or of few answers. (K,)
    basis, grade
        Bits of `coverage.BASIS`; worst grade. (K,)
    absent
        Bits of why places have none. (K,)
    first, last
        From when to when. (K,)
    draws
        num and den per draw. (2, K, S)
    """

    num: Floats
    den: Floats
    n: Floats
    people: Floats
    places: Floats
    weak: Floats
    shaky: Floats
    basis: Ints
    grade: Ints
    absent: Ints
    first: Words
    last: Words
    draws: Floats

    def has(self) -> Bools:
        """Return where there is any amount. (K,)"""
        return self.basis > 0


ADDED = ("num", "den", "n", "people", "places", "weak", "shaky")


def nothing(K: int, S: int) -> Sums:
    """Return sums of no places.

    Parameters
    ----------
    K, S
        Indicators and groups; draws.
    """
    num, den, n, people, places, weak, shaky = (np.zeros(K) for _ in ADDED)
    return Sums(
        num, den, n, people, places, weak, shaky, np.zeros(K, np.int64), np.full(K, -1, np.int64), np.zeros(K, np.int64),
        np.full(K, LATE, dtype=object), np.full(K, "", dtype=object), np.zeros((2, K, S)),
    )  # fmt: skip


def add(into: Sums, more: Sums, at: Ints | slice = slice(None)) -> None:
    """Add sums of other places.

    Parameters
    ----------
    into
        Is changed.
    more
        Of K' indicators and groups.
    at
        Where those are among the K. (K',)
    """
    for name in ADDED:
        getattr(into, name)[at] += getattr(more, name)
    into.basis[at] |= more.basis
    into.grade[at] = np.maximum(into.grade[at], more.grade)
    into.absent[at] |= more.absent
    into.first[at] = np.minimum(into.first[at], more.first)
    into.last[at] = np.maximum(into.last[at], more.last)
    into.draws[:, at] += more.draws


def chosen(take: Bools, one: Sums, other: Sums) -> Sums:
    """Return one's sums where they are taken, else the other's.

    Parameters
    ----------
    take
        Whether one's are. (K,)
    one, other
        Of the same indicators and groups.
    """
    both = {
        name: np.where(take, getattr(one, name), getattr(other, name))
        for name in (*ADDED, "basis", "grade", "absent", "first", "last")
    }
    return replace(one, **both, draws=np.where(take[None, :, None], one.draws, other.draws))


def put_instead(whole: Sums, out: Sums, into: Sums, where: Bools) -> None:
    """Put a part's other sums into the sums of what holds it.

    Parameters
    ----------
    whole
        Of the place that holds the part; is changed.
    out, into
        Of the part, as it is in the whole and as it shall be.
    where
        Which are changed. (K,)
    """
    for name in ADDED:
        getattr(whole, name)[where] += getattr(into, name)[where] - getattr(out, name)[where]
    left = whole.people[where] > into.people[where]
    whole.basis[where] = np.where(left, whole.basis[where], 0) | into.basis[where]
    whole.grade[where] = np.where(left, np.maximum(whole.grade[where], into.grade[where]), into.grade[where])
    whole.absent[where] |= into.absent[where]
    whole.first[where] = np.where(left, np.minimum(whole.first[where], into.first[where]), into.first[where])
    whole.last[where] = np.where(left, np.maximum(whole.last[where], into.last[where]), into.last[where])
    whole.draws[:, where] += into.draws[:, where] - out.draws[:, where]


def exactly(draws: Floats, published: tuple[Floats, Floats], keys: Keys, at: Ints) -> Floats:
    """Round draws as amounts are rounded, the first to the published amounts.

    Parameters
    ----------
    draws
        num and den. (2, K', S)
    published
        num and den, rounded. (K',) each
    keys
        With the steps.
    at
        Where they are among the K. (K',)
    """
    out = np.stack(
        [
            rounded(one, step[at][:, None])
            for one, step in zip(draws, (keys.step_num, keys.step_den), strict=True)
        ]
    )
    out[0, :, 0], out[1, :, 0] = published
    return out


def periods_of(first: Words, last: Words) -> Words:
    """Return from when to when, one word where it is one time. (K,)"""
    same = (first == last) | (last == "")
    both = np.array([f"{a}/{b}" for a, b in zip(first, last, strict=True)], dtype=object)
    return np.where(last == "", "", np.where(same, first, both)).astype(object)


def ends_of(periods: Words) -> tuple[Words, Words]:
    """Return first and last time of periods, ``2008/2011`` being two. (K,), (K,)"""
    parts = [str(one).split("/") for one in periods]
    return (
        np.array([part[0] for part in parts], dtype=object),
        np.array([part[-1] for part in parts], dtype=object),
    )


def values_of(sums: Sums, keys: Keys) -> tuple[Floats, Floats, Floats]:
    """Return value, low and high of sums that add up, nan where there are none.

    Parameters
    ----------
    sums
        Of K indicators and groups.
    keys
        What they are.

    Returns
    -------
    tuple
        In the declared units. (K,), (K,), (K,)
    """
    some = sums.has() & keys.adds
    den = np.where(keys.total & some, 1.0, sums.den)
    value = np.where(some, ratio(sums.num, den) * keys.per_si, np.nan)
    drawn = sums.draws.copy()
    drawn[1, keys.total] = 1.0
    found = Estimate(drawn[0].T, drawn[1].T, sums.n)
    low, high = (np.where(some, bound * keys.per_si, np.nan) for bound in found.interval())
    return value, low, high


def of_events(sums: Sums, keys: Keys, declared: Mapping[str, Indicator]) -> tuple[Bools, Floats, Floats]:
    """Return intervals of rates of events: what their number is expected to be, all places together.

    Parameters
    ----------
    sums
        Of K indicators and groups.
    keys
        What they are.
    declared
        Indicators by id.

    Returns
    -------
    tuple
        Where there is one, low and high in the declared units. (K,) each

    Notes
    -----
    The exact interval of independent counts together is that of their sum [garwood_1936]; where no draw differs, as in a city.
    """
    low, high = np.full(len(keys.pairs), np.nan), np.full(len(keys.pairs), np.nan)
    for at, (key, _) in enumerate(keys.pairs):
        one = declared[key]
        still = not bool((sums.draws[:, at] != sums.draws[:, at, :1]).any())
        if one.method != "register_rate" or not sums.basis[at] or not still or sums.den[at] == 0:
            continue
        named = [name.partition("@")[0] for name in one.options["num"]]
        if not all(name in amounts() and amounts()[name].event for name in named):
            continue
        times = float(one.options.get("times", 1.0))
        ends = counting_interval(np.array([sums.num[at] / times]))
        low[at], high[at] = (float(end[0]) * times / sums.den[at] * keys.per_si[at] for end in ends)
    return np.isfinite(high), low, high
