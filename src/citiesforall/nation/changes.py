"""Why two rounds of a nation differ: the world, the data, the boundaries, the methods; what cannot be told apart is said."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.nation.changes_basis import Basis, areas_of, leaves_of
from citiesforall.nation.changes_ground import Ground, ground_of
from citiesforall.nation.exact import fine_step, rounded
from citiesforall.nation.options_plans import as_table
from citiesforall.report.compare_read import Run
from citiesforall.report.compare_why import Differences, differences_of, reasons_of

CHANGES = (
    "place", "indicator", "from_round", "to_round", "before", "now", "difference", "of_world", "of_data", "of_boundaries",
    "of_methods", "not_told_apart", "note", "status",
)  # fmt: skip
TEXTS = frozenset({"place", "indicator", "from_round", "to_round", "note", "status"})
PARTS = ("of_world", "of_data", "of_boundaries", "of_methods", "not_told_apart")
COLUMN = {
    "world": "of_world",
    "data": "of_data",
    "boundaries": "of_boundaries",
    "method": "of_methods",
    "choices": "of_methods",
}
"""Reason of a comparison -> the part it goes to."""
UNTOLD = "not_told_apart"
NOISE = 1e-6
"""Relative difference between a place and the sum of what it holds that is nothing but rounding."""

Amounts = Mapping[str, tuple[float, float]]
"""Place -> numerator and denominator."""
Same = tuple[Amounts, Amounts, float]
"""Amounts on the same ground before and now, and what the boundary alone changed."""


@dataclass(frozen=True)
class Pair:
    """Hold two rounds and what differs between them.

    Parameters
    ----------
    before, now
        The rounds.
    found
        City -> what differs between its two runs; a city that stands in one round only is not there.
    ground
        Which lowest places of the two rounds are the same ground.
    inside_before, inside_now
        Place -> lowest places inside.
    cities
        Place -> the runs its values come from, in either round.
    """

    before: Basis
    now: Basis
    found: Mapping[str, Differences]
    ground: Ground
    inside_before: Mapping[str, tuple[str, ...]]
    inside_now: Mapping[str, tuple[str, ...]]
    cities: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Side:
    """Hold one indicator of one round.

    Parameters
    ----------
    rows
        Place -> its row: value, version, period, status.
    amounts
        Place -> numerator and denominator, where both are known.
    """

    rows: Mapping[str, Mapping[str, Any]]
    amounts: Amounts


Told = tuple[tuple[Side, Side], Mapping[str, tuple[str, ...]], Same | None]
"""An indicator in both rounds, why each run differs, and the same ground."""


def changes_table(before: Basis, now: Basis, places: Iterable[str]) -> pd.DataFrame:
    """Take the difference between two rounds apart.

    Parameters
    ----------
    before, now
        The rounds.
    places
        Places of the present round that are told of.

    Returns
    -------
    pandas.DataFrame
        Columns `CHANGES`, one row a place and indicator of everybody. The five parts add up to ``difference``, and it is ``now``
        less ``before``, to the last digit; where a value is missing in one round nothing is said.

    Notes
    -----
    What differs is read from what both rounds rest on, in the way in which two runs of one city are compared. One reason alone
    takes the whole difference. A changed boundary is measured: the earlier round is added up again from the lowest places that
    now make up the place (else the present one from those that made it up), where these are the same ground in both. What is
    left goes to the one other reason; where places rest on different runs, each run's share goes to its own reason: with
    value = n / d, share = ((n1 - n0) - v (d1 - d0)) / d for v and d half-way between both rounds. All else is not told apart.
    """
    pair = _pair(before, now)
    wanted = sorted(set(places))
    rows: list[dict[str, Any]] = []
    sides = [_sides(one.table, wanted) for one in (before, now)]
    for indicator in sorted(set(sides[0]) | set(sides[1])):
        first, second = (side.get(indicator, Side({}, {})) for side in sides)
        for place in wanted:
            if place in first.rows or place in second.rows:
                row = _row(pair, indicator, place, (first, second))
                if row is not None:
                    rows.append(row)
    return as_table(rows, CHANGES, TEXTS).sort_values(["place", "indicator"], ignore_index=True)


def _pair(before: Basis, now: Basis) -> Pair:
    """Say what differs between two rounds, city by city."""
    found = {}
    for code in sorted(set(before.cities) & set(now.cities)):
        one, other = (_run(basis, code) for basis in (before, now))
        found[code] = differences_of(one, other)
    inside = leaves_of(before), leaves_of(now)
    ground = ground_of(
        (before.city_of, now.city_of),
        (areas_of(before), areas_of(now)),
        (before.edition, now.edition),
        (before.parent, now.parent),
    )
    cities: dict[str, set[str]] = {}
    for basis, of in zip((before, now), inside, strict=True):
        for place, leaves in of.items():
            cities.setdefault(place, set()).update(basis.city_of[leaf] for leaf in leaves)
    return Pair(
        before, now, found, ground, *inside, {place: tuple(sorted(codes)) for place, codes in cities.items()}
    )


def _run(basis: Basis, code: str) -> Run:
    """Return what a round says of a city as a run that can be compared."""
    said = basis.cities[code]
    places = [
        one | {"area_m2": one["area_m2"] if one["area_m2"] is not None else 0.0} for one in said["places"]
    ]
    return Run(Path(), {**said, "places": places}, basis.table, None, None)


def _sides(table: pd.DataFrame, wanted: Collection[str]) -> dict[str, Side]:
    """Return the newest value of everybody, indicator by indicator; whole rows only of the places that are told of."""
    every = table[(table["group"] == "all") & table["value"].notna()]
    every = every.sort_values(["indicator", "place", "period"], kind="stable")
    every = every.drop_duplicates(["indicator", "place"], keep="last")
    words = ["value", "version", "period", "status"]
    found = {}
    for indicator, part in every.groupby("indicator", sort=True):
        known = part[part["num"].notna() & (part["den"] > 0)]
        amounts = dict(
            zip(
                known["place"].tolist(),
                zip(known["num"].tolist(), known["den"].tolist(), strict=True),
                strict=True,
            )
        )
        shown = part[part["place"].isin(wanted)]
        values = zip(*(shown[word].tolist() for word in words), strict=True)
        rows = {
            place: dict(zip(words, one, strict=True))
            for place, one in zip(shown["place"].tolist(), values, strict=True)
        }
        found[str(indicator)] = Side(rows, amounts)
    return found


def _row(pair: Pair, indicator: str, place: str, sides: tuple[Side, Side]) -> dict[str, Any] | None:
    """Return one row; None where neither round has a value."""
    rows = [side.rows.get(place) for side in sides]
    values = [math.nan if row is None else float(row["value"]) for row in rows]
    if all(math.isnan(value) for value in values):
        return None
    row: dict[str, Any] = {
        "place": place, "indicator": indicator, "from_round": pair.before.label, "to_round": pair.now.label,
        "before": values[0], "now": values[1], "status": "missing",
    }  # fmt: skip
    if math.isnan(values[0]) or math.isnan(values[1]):
        return row | {"note": "missing_before" if math.isnan(values[0]) else "missing_now"}
    step = fine_step(2 * max(abs(value) for value in values))
    first, second = (float(one) for one in rounded(values, step))
    cities = pair.cities.get(place, ())
    reasons = {city: _reasons(pair, indicator, place, city, sides) for city in cities} or {"": ("untold",)}
    ground = (
        _ground_part(pair, place, sides) if any("boundaries" in why for why in reasons.values()) else None
    )
    parts = dict.fromkeys(PARTS, 0.0)
    for part, amount in _shared_out(pair, place, second - first, (sides, reasons, ground)):
        parts[part] += amount
    said = sorted({one for why in reasons.values() for one in why}) if second != first else ["unchanged"]
    status = "ok" if {str(one["status"]) for one in rows if one is not None} == {"ok"} else "estimated"
    exact = _exactly(parts, second - first, step)
    return row | {
        "before": first,
        "now": second,
        "difference": second - first,
        **exact,
        "note": " ".join(said),
        "status": status,
    }


def _reasons(pair: Pair, indicator: str, place: str, city: str, sides: tuple[Side, Side]) -> tuple[str, ...]:
    """Return why the part of a value that comes from one run differs: words of `COLUMN`; ``untold`` where nothing is known."""
    found = pair.found.get(city)
    if found is None:
        return ("untold",)
    rows = [side.rows[place] for side in sides]
    sources = sorted(
        {
            str(one)
            for basis in (pair.before, pair.now)
            for one in basis.cities[city]["indicators"].get(indicator, ())
        }
    )
    given = {
        "place": place, "version_a": rows[0]["version"], "version_b": rows[1]["version"], "period_a": rows[0]["period"],
        "period_b": rows[1]["period"], "a": rows[0]["value"], "b": rows[1]["value"],
    }  # fmt: skip
    why = set(reasons_of(given, sources, found)) - {"missing", "boundaries"}
    if place in pair.ground.moved or (place in found.moved and place not in pair.ground.same):
        why = (why - {"untold"}) | {"boundaries"}
    return tuple(sorted(why)) or ("untold",)


def _ground_part(pair: Pair, place: str, sides: tuple[Side, Side]) -> Same | None:
    """Return amounts on the same ground in both rounds, and what the boundary alone changed; None if it cannot be."""
    before, now = pair.inside_before.get(place, ()), pair.inside_now.get(place, ())
    for at, leaves in ((1, now), (0, before)):
        one, other = pair.ground.both(leaves, at)
        if other is None:
            continue
        earlier, later = (other, one) if at else (one, other)
        first = _added(sides[0], earlier)
        second = _added(sides[1], later)
        whole = _adds_up(sides[1 if at else 0], place, leaves)
        if first is None or second is None or not whole:
            continue
        scale = _scale(sides, place, 0), _scale(sides, place, 1)
        again = scale[1 - at] * (first if at else second)
        value = float(sides[0 if at else 1].rows[place]["value"])
        boundary = again - value if at else value - again
        return _amounts(sides[0], earlier), _amounts(sides[1], later), boundary
    return None


def _amounts(side: Side, leaves: Iterable[str]) -> Amounts:
    """Return the amounts of some lowest places."""
    return {leaf: side.amounts[leaf] for leaf in leaves}


def _added(side: Side, leaves: Iterable[str]) -> float | None:
    """Return the value of several lowest places together, without its scale; None where one is not known."""
    leaves = tuple(leaves)
    if not leaves or any(leaf not in side.amounts for leaf in leaves):
        return None
    num, den = (math.fsum(side.amounts[leaf][at] for leaf in leaves) for at in (0, 1))
    if all(side.amounts[leaf][1] == 1.0 for leaf in leaves):
        den = 1.0  # a count: its places add up
    return num / den if den > 0 else None


def _scale(sides: tuple[Side, Side], place: str, at: int) -> float:
    """Return what a ratio is multiplied by to be in the indicator's unit: by the other round where this one's is 0."""
    for side in (sides[at], sides[1 - at]):
        num, den = side.amounts.get(place, (math.nan, math.nan))
        if num and not math.isnan(num):
            return float(side.rows[place]["value"]) * den / num
    return 1.0


def _adds_up(side: Side, place: str, leaves: Iterable[str]) -> bool:
    """Tell whether the value of a place is that of its lowest places together."""
    together = _added(side, leaves)
    if together is None or place not in side.amounts:
        return False
    num, den = side.amounts[place]
    return math.isclose(num / den, together, rel_tol=NOISE, abs_tol=NOISE * 1e-3)


def _by_city(
    pair: Pair, place: str, sides: tuple[Side, Side], ground: Same | None
) -> dict[str, float] | None:
    """Return each run's share of what is left beside the boundary; None where it cannot be told."""
    if ground is not None:
        amounts = ground[0], ground[1]
    else:
        leaves = pair.inside_before.get(place, ()), pair.inside_now.get(place, ())
        if set(leaves[0]) != set(leaves[1]) or not all(
            _adds_up(side, place, leaf) for side, leaf in zip(sides, leaves, strict=True)
        ):
            return None
        amounts = _amounts(sides[0], leaves[0]), _amounts(sides[1], leaves[1])
    counts = all(den == 1.0 for side in amounts for _, den in side.values())
    sums = [[math.fsum(pair_of[at] for pair_of in side.values()) for at in (0, 1)] for side in amounts]
    (n0, d0), (n1, d1) = [[num, 1.0] if counts else [num, den] for num, den in sums]
    scale = _scale(sides, place, 1)
    middle, den = (n0 / d0 + n1 / d1) / 2, (d0 + d1) / 2
    shares: dict[str, float] = {}
    for sign, side, basis in ((-1.0, amounts[0], pair.before), (1.0, amounts[1], pair.now)):
        for leaf, (num, own) in side.items():
            city = basis.city_of[leaf]
            part = num if counts else num - middle * own
            shares[city] = shares.get(city, 0.0) + sign * scale * part / den
    return shares


def _shared_out(pair: Pair, place: str, difference: float, told: Told) -> list[tuple[str, float]]:
    """Return the parts of a difference."""
    sides, reasons, ground = told
    by_city = {city: {COLUMN.get(one, UNTOLD) for one in why} for city, why in reasons.items()}
    every = set().union(*by_city.values())
    if every == {UNTOLD} or (len(every) == 1 and not ("of_boundaries" in every and ground is not None)):
        return [(every.pop(), difference)]
    if "of_boundaries" in every and ground is None:
        return [(UNTOLD, difference)]
    boundary = 0.0 if ground is None else ground[2]
    rest = difference - boundary
    by_city = {city: parts - {"of_boundaries"} for city, parts in by_city.items()}
    left = set().union(*by_city.values())
    shares = _by_city(pair, place, sides, ground) if len(left) > 1 and len(by_city) > 1 else None
    found = [("of_boundaries", boundary)]
    if len(left) <= 1:
        found.append((left.pop() if left else UNTOLD, rest))
    elif shares is None:
        found.append((UNTOLD, rest))
    else:
        own = {city: next(iter(parts)) if len(parts) == 1 else UNTOLD for city, parts in by_city.items()}
        found += [(own.get(city, UNTOLD), share) for city, share in sorted(shares.items())]
    return found


def _exactly(parts: Mapping[str, float], difference: float, step: float) -> dict[str, float]:
    """Round the parts so that they add up to the difference to the last digit; the largest takes what rounding leaves."""
    names = list(PARTS)
    values = rounded(np.array([parts[name] for name in names]), step)
    at = int(np.argmax(np.abs(values)))
    if not values.any():
        at = names.index(UNTOLD)
    values[at] += difference - float(values.sum())
    return dict(zip(names, map(float, values), strict=True))
