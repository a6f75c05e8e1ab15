"""One challenge of one city: how severe, how many people, where, for whom, since when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from citiesforall.core.challenge import Challenge, counted_in
from citiesforall.core.estimate import Floats, ratio
from citiesforall.core.indicator import Goalposts
from citiesforall.diagnose.challenge_values import EVERYBODY, Seen, Values, lacking, middle, short_of

WALKERS = "slow_walkers"
SURE_CHANCE = 0.9
"""Share of the draws from which a place or group is said to be worse off (ours)."""
CLEAR_GAP = 0.05
"""Least difference in severity that is worth telling (ours)."""
MOST_PLACES = 10
LEAST_SHARED = 0.5
"""Share of the units that must be known at both times before change is told (ours)."""
OUTDATED_YEARS = 10
"""A measure this much older than another of the same challenge does not lead: a census's span (ours)."""
YEAR = re.compile(r"(?:19|20)\d\d")
SOFT = frozenset({"low_n", "suppressed"})


@dataclass(frozen=True)
class Severity:
    """Hold how far one measure falls short of its standard in the whole city.

    Parameters
    ----------
    indicator
        Its id.
    posts
        The standard.
    draws
        The first as published. (S,) [share]
    low, high
        From the published interval of the measure; nan where it has none. [share]
    status
        Of the measure.
    """

    indicator: str
    posts: Goalposts
    draws: Floats
    low: float
    high: float
    status: str


@dataclass(frozen=True)
class Affected:
    """Hold how many people a challenge affects.

    Parameters
    ----------
    indicator
        What they are counted by; empty where they cannot be.
    how
        ``people`` (share x people asked or known), ``households`` (share x residents: households held to be of one size) or
        ``beyond`` (residents of places beyond a limit).
    draws
        The first as published. (S,) [persons]
    low, high
        nan where there is no interval. [persons]
    """

    indicator: str
    how: str
    draws: Floats
    low: float
    high: float


def severities(one: Challenge, seen: Seen) -> list[Severity]:
    """Return the severity by every measure that has a value, the leading one first.

    Parameters
    ----------
    one
        The challenge.
    seen
        What was measured.
    """
    found = []
    for key in newer_first(one.measures, seen, one.group):
        values, posts = seen.values(key, one.group), one.standard(key)
        at = values.at(seen.city) if values is not None else -1
        if values is None or posts is None or at < 0:
            continue
        draws = short_of(values.value[:, at], values.indicator, posts)
        ends = short_of(np.array([values.low[at], values.high[at]]), values.indicator, posts)
        low, high = np.minimum(*ends), np.maximum(*ends)
        found.append(Severity(key, posts, draws, float(low), float(high), values.status[at]))
    return found


def newer_first(keys: Sequence[str], seen: Seen, group: str) -> list[str]:
    """Return indicators in the order declared, those that are outdated beside another of them last.

    Parameters
    ----------
    keys
        Indicators that measure the same matter, the closest to what people go through first.
    seen
        What was measured.
    group
        Id.

    Notes
    -----
    What people answered stands before what a map models, but not for ever: toilets counted in 2011 say less of today than a
    model of 2021. What states no year stays where it is.
    """
    years = {key: year for key in keys if (year := _year(seen, key, group)) is not None}
    newest = max(years.values(), default=0)
    return sorted(keys, key=lambda key: newest - years.get(key, newest) >= OUTDATED_YEARS)


def _year(seen: Seen, key: str, group: str) -> int | None:
    """Return the last year an indicator is about in the city, None where it has no value there or states none."""
    values = seen.values(key, group)
    if values is None or values.at(seen.city) < 0:
        return None
    found = YEAR.findall(values.period)
    return int(found[-1]) if found else None


def affected(one: Challenge, seen: Seen) -> Affected:
    """Count the people a challenge affects.

    Parameters
    ----------
    one
        The challenge.
    seen
        What was measured.
    """
    for key in newer_first(one.affected, seen, one.group):
        values = seen.values(key, one.group)
        at = values.at(seen.city) if values is not None else -1
        if values is not None and at >= 0:
            return _counted(key, values, at, seen)
    if one.beyond is not None and (values := seen.values(one.beyond.indicator)) is not None:
        return _beyond(one.beyond.indicator, one.beyond.limit, values, seen)
    return Affected("", "", np.full(seen.S, np.nan), np.nan, np.nan)


def _counted(key: str, values: Values, at: int, seen: Seen) -> Affected:
    """Count people by a share."""
    share, how = lacking(values)[:, at], "people"
    of = values.den[:, at]
    if counted_in(values.indicator) != "persons":
        how, of = "households", _residents(seen, seen.city)
    draws = share * of
    # A survey's interval is that of its design, and the city's people are known: the share's bounds carry over.
    ends = np.array([values.low[at], values.high[at]]) / 100.0
    ends = 1.0 - ends if values.indicator.better == "higher" else ends
    low, high = np.sort(np.clip(ends, 0.0, 1.0)) * of[0]
    if np.isnan(low):
        _, low, high = middle(draws)
    return Affected(key, how, draws, float(low), float(high))


def _residents(seen: Seen, place: str) -> Floats:
    """Return the residents of a place. (S,) [persons]"""
    values = seen.values("population")
    at = values.at(place) if values is not None else -1
    return values.value[:, at] if values is not None and at >= 0 else np.full(seen.S, np.nan)


def _beyond(key: str, limit: float, values: Values, seen: Seen) -> Affected:
    """Count the residents of units whose value lies beyond a limit."""
    people = seen.values("population")
    if people is None:
        return Affected("", "", np.full(seen.S, np.nan), np.nan, np.nan)
    to = {code: column for column, code in enumerate(people.places)}
    rows = [(row, to[code]) for row, code in enumerate(values.places) if code in seen.units and code in to]
    draws = np.zeros(seen.S)
    for row, column in rows:
        worse = (
            values.value[:, row] > limit
            if values.indicator.better == "lower"
            else values.value[:, row] < limit
        )
        draws += np.where(worse, people.value[:, column], 0.0)
    _, low, high = middle(draws)
    return Affected(key, "beyond", draws, low, high)


def spread_by(one: Challenge, seen: Seen) -> tuple[Values, Goalposts] | None:
    """Return the first measure that has values in several units, None where none has.

    Parameters
    ----------
    one
        The challenge.
    seen
        What was measured.
    """
    for key in newer_first(one.measures, seen, EVERYBODY):
        values, posts = seen.values(key), one.standard(key)
        if values is not None and posts is not None and len(set(values.places) & set(seen.units)) > 1:
            return values, posts
    return None


def worst_places(values: Values, posts: Goalposts, seen: Seen, hot: set[str]) -> tuple[list[str], str]:
    """Return where a challenge is worst, the worst first.

    Parameters
    ----------
    values
        With values in several units.
    posts
        The standard.
    seen
        What was measured.
    hot
        Units called hot spots of it.

    Returns
    -------
    tuple
        At most ten codes, and how they were found: ``hot_spots``, ``worst_places`` (worse than the city in 9 of 10 draws, and
        clearly), or empty where none stands out.
    """
    short = short_of(values.value, values.indicator, posts)
    at = values.at(seen.city)
    city = short[:, [at]] if at >= 0 else np.median(short, axis=1, keepdims=True)
    gap = short - city
    chance = (gap[1:] > 0).mean(axis=0) if seen.S > 1 else np.ones(gap.shape[1])
    units = [row for row, code in enumerate(values.places) if code in set(seen.units)]
    order = sorted(units, key=lambda row: (-short[0, row], values.places[row]))
    worse = [row for row in order if gap[0, row] > 0]
    spots = [values.places[row] for row in worse if values.places[row] in hot]
    if spots:
        return spots[:MOST_PLACES], "hot_spots"
    clear = [row for row in worse if gap[0, row] >= CLEAR_GAP and chance[row] >= SURE_CHANCE]
    return [values.places[row] for row in clear[:MOST_PLACES]], "worst_places" if clear else ""


def worst_group(one: Challenge, lead: str, seen: Seen) -> tuple[str, float, float]:
    """Return the group that is worst off of the leading measure.

    Parameters
    ----------
    one
        The challenge.
    lead
        Its leading measure.
    seen
        What was measured.

    Returns
    -------
    tuple
        Group, its value, and the share of draws in which it is worse off than everybody; empty where no group is clearly so.
    """
    posts, everybody = one.standard(lead), seen.values(lead)
    if posts is None or everybody is None or one.group != EVERYBODY or everybody.at(seen.city) < 0:
        return "", np.nan, np.nan
    mine = short_of(everybody.value[:, everybody.at(seen.city)], everybody.indicator, posts)
    best = ("", np.nan, np.nan)
    worst = float(mine[0]) + CLEAR_GAP
    for group in sorted(set(seen.groups_of(lead)) - {EVERYBODY, WALKERS, *one.not_groups}):
        values = seen.values(lead, group)
        at = values.at(seen.city) if values is not None else -1
        if values is None or at < 0 or values.status[at] in SOFT:
            continue
        short = short_of(values.value[:, at], values.indicator, posts)
        chance = float((short[1:] > mine[1:]).mean()) if seen.S > 1 else 1.0
        if short[0] > worst and chance >= SURE_CHANCE:
            worst, best = float(short[0]), (group, float(values.value[0, at]), chance)
    return best


def _shared(now: Values, then: Values, seen: Seen) -> list[str]:
    """Return the units known at both times; none where they are less than half of the units."""
    both = [code for code in seen.units if now.at(code) >= 0 and then.at(code) >= 0]
    return both if len(both) >= LEAST_SHARED * len(seen.units) else []


def _over(values: Values, places: Sequence[str]) -> Floats:
    """Return the value of some places together. (S,) [declared unit]"""
    at = [values.at(code) for code in places]
    weight = values.den[:, at]
    return ratio((values.value[:, at] * weight).sum(axis=1), weight.sum(axis=1))


def trend(one: Challenge, seen: Seen, growth: tuple[float, float] | None) -> tuple[str, str]:
    """Say whether a challenge grows.

    Parameters
    ----------
    one
        The challenge.
    seen
        What was measured.
    growth
        Low and high of how many times as many people there will be by the outlook; None where there is none.

    Returns
    -------
    tuple
        ``rising``, ``falling`` or ``level`` where a measure is known at two times; ``growing_city`` where it is not, but more
        people will need the same; else ``unknown``. And what it rests on.
    """
    for key, before in one.earlier.items():
        now, then, posts = seen.values(key, one.group), seen.values(before, one.group), one.standard(key)
        if now is None or then is None or posts is None or now.period == then.period:
            continue
        both = _shared(now, then, seen)
        if not both:
            continue
        values = [_over(one_time, both) for one_time in (now, then)]
        change = short_of(values[0], now.indicator, posts) - short_of(values[1], now.indicator, posts)
        side = float((np.sign(change[1:]) == np.sign(change[0])).mean()) if seen.S > 1 else 1.0
        clear = abs(change[0]) >= CLEAR_GAP / 5 and side >= SURE_CHANCE
        was, is_ = (f"{one_time[0]:.4g}" for one_time in (values[1], values[0]))
        said = f"{before} {then.period}: {was}; {key} {now.period}: {is_}; {len(both)} places known at both times"
        return ("rising" if change[0] > 0 else "falling") if clear else "level", said
    if growth is not None and growth[0] > 1.0:
        return (
            "growing_city",
            f"{100 * (growth[0] - 1):.0f} to {100 * (growth[1] - 1):.0f} % more people by the outlook",
        )
    return "unknown", ""
