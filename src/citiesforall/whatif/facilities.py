"""Facilities and stops of a changed city: rows added, moved, taken away, as ``gather`` would have listed them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from citiesforall.core.changes import (
    AddFacility,
    AddStop,
    Listed,
    MoveFacility,
    Placed,
    RemoveFacility,
    RemoveStop,
    SetFrequency,
    UpgradeFacility,
)
from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.core.notes import Note
from citiesforall.gather import facilities as listed
from citiesforall.gather import stop_rows
from citiesforall.gather.departures import RATES
from citiesforall.gather.kinds import kinds
from citiesforall.network.walks import kinds_of
from citiesforall.whatif.city import SCENARIO, CityLayers, Ground

FACILITY_ORDER, STOP_ORDER = ["kind", "facility", "x", "y"], ["source", "stop", "mode", "x", "y"]
"""How ``gather`` sorts its layers: of two facilities equally far the first counts as the nearest."""


def spot(ground: Ground, change: Placed, *, what: str = "it") -> tuple[float, float]:
    """Return where something is put.

    Parameters
    ----------
    ground
        The city's.
    change
        With a place.
    what
        Named in the fault.

    Returns
    -------
    tuple
        x and y. [m]

    Raises
    ------
    InputError
        It lies outside the area in which facilities count.
    """
    if change.x is not None and change.y is not None:
        x, y = change.x, change.y
    else:
        east, north = ground.metres([change.lon], [change.lat])
        x, y = float(east[0]), float(north[0])
    around = ground.around
    if around is None or (np.isfinite([x, y]).all() and shapely.contains_xy(around, x, y)):
        return x, y
    reach = f"within {ground.reach_m / 1000:g} km of it"
    if change.lon is None or not np.isfinite([x, y]).all():
        raise InputError(f"{what} lies outside the city. Give a place in the city, or {reach}.")
    far = shapely.distance(around, shapely.points(x, y)) + ground.reach_m
    swapped = ""
    with_swap = ground.metres([change.lat], [change.lon])
    if np.isfinite(with_swap).all() and shapely.contains_xy(around, with_swap[0][0], with_swap[1][0]):
        swapped = " With lon and lat swapped it would lie in it: swap them."
    raise InputError(
        f"{what} lies {far / 1000:,.0f} km outside the city. Give a place in the city, or {reach}.{swapped}"
    )


def kinds_with(kind: str) -> list[str]:
    """Return a kind and the kinds that unite it with others: a health centre is public health too."""
    return [kind, *(one.id for one in kinds().values() if kind in one.union_of)]


def listed_facility(ground: Ground, change: AddFacility, name: str) -> dict[str, Any]:
    """Return what a list says of an added facility.

    Parameters
    ----------
    ground
        The city's.
    change
        The facility.
    name
        Id it gets where it has none.

    Returns
    -------
    dict
        ``id, name, kinds, x, y, area_m2, source, gone_share, estimated``.

    Raises
    ------
    InputError
        Its kind is a ground, its place outside the city, its source not one of the city's.
    """
    if kinds()[change.kind].open_space:
        raise InputError(f"kind '{change.kind}' has grounds. Write do = \"add_open_space\" with its polygon.")
    x, y = spot(ground, change, what=f"the {change.kind}")
    area_m2 = np.nan if change.area_m2 is None else change.area_m2
    return {
        **_said(ground, change, name),
        "kinds": kinds_with(change.kind),
        "x": x,
        "y": y,
        "area_m2": area_m2,
    }


def facility_rows(said: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows of an added facility, one for each kind it is of; from `listed_facility`."""
    row = {**said, "facility": said["id"], "sources": said["source"]}
    return pd.DataFrame([{**row, "kind": kind} for kind in said["kinds"]])[list(listed.COLUMNS)]


def listed_stop(ground: Ground, change: AddStop, name: str) -> dict[str, Any]:
    """Return what a list says of an added stop; arguments as for `listed_facility`.

    Returns
    -------
    dict
        ``id, name, mode, x, y, rate, source, gone_share, estimated``; rate in departures per hour, nan where unknown.
    """
    x, y = spot(ground, change, what="the stop")
    rate = np.nan if change.per_hour is None else change.per_hour
    return {**_said(ground, change, name), "mode": change.mode, "x": x, "y": y, "rate": rate}


def stop_rows_of(said: Mapping[str, Any]) -> pd.DataFrame:
    """Return the row of an added stop; from `listed_stop`."""
    row = {**said, "stop": said["id"], **dict.fromkeys(RATES, said["rate"])}
    return pd.DataFrame([row])[list(stop_rows.COLUMNS)]


def _said(ground: Ground, change: Listed, name: str) -> dict[str, Any]:
    """Return what a list says of one of its rows; an id is made as ``gather`` makes it."""
    if not change.source:
        return {
            "id": change.id or name, "name": change.name, "source": SCENARIO, "gone_share": np.nan, "estimated": False,
        }  # fmt: skip
    if change.source not in ground.gone_share:
        raise InputError(
            f"source '{change.source}' is not one of the city's. {did_you_mean(change.source, ground.gone_share)}"
        )
    key = change.id.removeprefix(f"{change.source}:") or name
    return {
        "id": f"{change.source}:{key}", "name": change.name, "source": change.source,
        "gone_share": ground.gone_share[change.source], "estimated": ground.estimated[change.source],
    }  # fmt: skip


def add_facility(city: CityLayers, change: AddFacility, name: str) -> CityLayers:
    """Add a facility of its kind and of the kinds that unite it with others."""
    said = listed_facility(city.ground, change, name)
    if city.facilities is not None and (city.facilities["facility"] == said["id"]).any():
        raise InputError(f"facility '{said['id']}' is there already. Give another id.")
    return with_facilities(city, facility_rows(said))


def move_facility(city: CityLayers, change: MoveFacility, _name: str) -> CityLayers:
    """Move a facility: all its ways in become one."""
    table, here = _found(city, change.facility, change.kind)
    if change.kind is not None:
        here = ((table["facility"] == change.facility) & table["kind"].isin(_of(table, change))).to_numpy()
    _no_ground(table[here], "move")
    x, y = spot(city.ground, change, what="its new place")
    moved = table[here].drop_duplicates(["kind"]).assign(x=x, y=y)
    return with_facilities(_put(city, table[~here]), moved)


def remove_facility(city: CityLayers, change: RemoveFacility, _name: str) -> CityLayers:
    """Remove a facility; what was merged into it because it stood at the same place stays known."""
    table, here = _found(city, change.facility, change.kind)
    gone = table[here]
    if change.kind is not None:
        gone = table[(table["facility"] == change.facility) & table["kind"].isin(_of(table, change))]
    left = table.drop(index=gone.index)
    left = pd.concat([left, _back(left, gone)], ignore_index=True)
    spaces = city.open_space
    if spaces is not None and (gone["kind"] == "open_space").any():
        spaces = spaces[spaces["space"] != change.facility].reset_index(drop=True)
        city = replace(city, open_space=spaces, touched=city.touched | {"open_space"})
    return with_facilities(_put(city, left), gone.iloc[:0])


def _of(table: pd.DataFrame, change: MoveFacility | RemoveFacility | UpgradeFacility) -> list[str]:
    """Return the kinds a facility loses with one of them: those that unite it, where no other member keeps it in."""
    has = set(table.loc[table["facility"] == change.facility, "kind"])
    left = {kind for kind in has if kind != change.kind and not kinds()[kind].union_of}
    kept = {union for kind in left for union in kinds_with(kind)}
    named = change.kind if change.kind is not None else ""
    return [named, *(union for union in kinds_with(named)[1:] if union not in kept)]


def _back(left: pd.DataFrame, gone: pd.DataFrame) -> pd.DataFrame:
    """Return facilities that a uniting kind counted as the one that is gone, for they stood at the same place."""
    frames = [gone.iloc[:0]]
    for kind in gone["kind"].unique():
        one = kinds()[kind]
        if not one.union_of:
            continue
        members = left[left["kind"].isin(one.union_of)]
        members = members[~members["facility"].isin(left.loc[left["kind"] == kind, "facility"])]
        was = gone.loc[gone["kind"] == kind, ["x", "y"]].to_numpy(np.float64)
        at = members[["x", "y"]].to_numpy(np.float64)
        off_m = np.hypot(at[:, None, 0] - was[None, :, 0], at[:, None, 1] - was[None, :, 1])
        near = off_m.min(axis=1, initial=np.inf) <= one.same_within_m
        frames.append(members[near].drop_duplicates(["facility", "x", "y"]).assign(kind=kind))
    return pd.concat(frames, ignore_index=True)


def upgrade_facility(city: CityLayers, change: UpgradeFacility, _name: str) -> CityLayers:
    """Make a facility one of another kind, where it stands."""
    table, here = _found(city, change.facility, change.kind)
    _no_ground(table[here], "upgrade")
    if kinds()[change.to].open_space:
        raise InputError(f"kind '{change.to}' has grounds. Write do = \"add_open_space\" with its polygon.")
    old = [kind for kind in table.loc[here, "kind"].unique() if not kinds()[kind].union_of]
    if change.kind is None and len(old) > 1:
        raise InputError(
            f"facility '{change.facility}' is of several kinds: {', '.join(old)}. Name one: kind = \"{old[0]}\"."
        )
    if change.to in old:
        raise InputError(f"facility '{change.facility}' is of kind '{change.to}' already. Name another kind.")
    lost = _of(table, change if change.kind else change.model_copy(update={"kind": (old or [""])[0]}))
    first = table[here].drop_duplicates(["x", "y"])
    mine = table["facility"] == change.facility
    left = table[~(mine & table["kind"].isin(lost))]
    has = set(left.loc[left["facility"] == change.facility, "kind"])
    new = [first.assign(kind=kind) for kind in kinds_with(change.to) if kind not in has]
    return with_facilities(_put(city, left), pd.concat(new, ignore_index=True))


def _found(city: CityLayers, facility: str, kind: str | None) -> tuple[pd.DataFrame, Any]:
    """Return the facilities and which rows are of one; raise where there is none."""
    table = city.facilities
    if table is None:
        raise InputError(f"facility '{facility}' is not there: the city has no list of facilities.")
    here = (table["facility"] == facility).to_numpy(dtype=bool)
    if not here.any():
        named = table["name"].astype(str) == facility
        if named.any():
            ids = sorted(set(table.loc[named, "facility"]))
            raise InputError(
                f"facility '{facility}' is a name, not an id. Its id: {', '.join(ids[:6])}. Write the id."
            )
        raise InputError(
            f"facility '{facility}' is not there. {did_you_mean(facility, set(table['facility']))}"
        )
    if kind is not None:
        of_kind = here & (table["kind"] == kind).to_numpy(dtype=bool)
        if not of_kind.any():
            is_of = ", ".join(sorted(set(table.loc[here, "kind"])))
            raise InputError(f"facility '{facility}' is not of kind '{kind}'. It is: {is_of}.")
        here = of_kind
    return table, here


def _no_ground(rows: pd.DataFrame, verb: str) -> None:
    """Refuse to move or upgrade an open space: its land cannot follow."""
    if any(kinds()[kind].open_space for kind in rows["kind"].unique()):
        raise InputError(
            f'an open space has grounds and cannot {verb}. Remove it, and write do = "add_open_space" for the new one.'
        )


def with_facilities(city: CityLayers, rows: pd.DataFrame) -> CityLayers:
    """Return the city with further facilities, in the order ``gather`` keeps."""
    table = city.facilities
    whole = rows if table is None else pd.concat([table, rows], ignore_index=True) if len(rows) else table
    whole = whole.sort_values(FACILITY_ORDER, kind="stable", ignore_index=True)
    return replace(city, facilities=whole, touched=city.touched | {"facilities"})


def _put(city: CityLayers, table: pd.DataFrame) -> CityLayers:
    """Return the city with other facilities."""
    return replace(city, facilities=table.reset_index(drop=True))


def add_stop(city: CityLayers, change: AddStop, name: str) -> CityLayers:
    """Add a stop."""
    row = stop_rows_of(listed_stop(city.ground, change, name))
    if city.stops is not None and (city.stops["stop"] == row["stop"].iloc[0]).any():
        raise InputError(f"stop '{row['stop'].iloc[0]}' is there already. Give another id.")
    whole = row if city.stops is None else pd.concat([city.stops, row], ignore_index=True)
    return _with_stops(city, whole)


def remove_stop(city: CityLayers, change: RemoveStop, _name: str) -> CityLayers:
    """Remove a stop."""
    table, here = _stops_found(city, change.stop, None)
    return _with_stops(city, table[~here])


def set_frequency(city: CityLayers, change: SetFrequency, _name: str) -> CityLayers:
    """Change how often vehicles leave."""
    table, here = _stops_found(city, change.stop, change.mode)
    rates = table.loc[here, list(RATES)].astype(np.float64)
    if change.factor is not None:
        rates = rates * change.factor
    else:
        rates[:] = change.per_hour
    columns = {name: table[name].mask(here, rates[name]) for name in RATES}
    city = _with_stops(city, table.assign(**columns))
    unknown = int(rates[RATES[0]].isna().sum())
    if not unknown:
        return city
    said = (
        f"{unknown} of {len(rates)} stops have no known departures: they stay unknown, whatever the factor."
    )
    return replace(city, notes=(*city.notes, Note("set_frequency", said, "doubt")))


def _stops_found(city: CityLayers, stop: str | None, mode: str | None) -> tuple[pd.DataFrame, Any]:
    """Return the stops and which rows are meant; raise where there is none."""
    table = city.stops
    if table is None:
        raise InputError("the city has no stops. Add a source of role transit, or stops with add_stop.")
    column, word = ("stop", stop) if stop is not None else ("mode", str(mode))
    here = (table[column] == word).to_numpy(dtype=bool)
    if not here.any():
        known = set(table[column].astype(str))
        raise InputError(f"{column} '{word}' is not there. {did_you_mean(str(word), known)}")
    return table, here


def _with_stops(city: CityLayers, table: pd.DataFrame) -> CityLayers:
    """Return the city with other stops, in the order ``gather`` keeps."""
    whole = table.sort_values(STOP_ORDER, kind="stable", ignore_index=True)
    return replace(city, stops=whole, touched=city.touched | {"stops"})


def kinds_now(city: CityLayers, before: Mapping[str, Any]) -> CityLayers:
    """Find again what people may walk to; a kind of which the last one is taken away is reached by nobody.

    Parameters
    ----------
    city
        With changed facilities and stops.
    before
        Kinds of the city as it is.

    Notes
    -----
    Where a scenario adds the first of a kind that no source lists, only the added one is known; the answer says so.
    """
    if not city.touched & {"facilities", "stops"}:
        return city
    of_stops = {kind: one for kind, one in before.items() if kind.startswith("stop_")}
    listed_now = {kind: one for kind, one in before.items() if kind not in of_stops}
    if "facilities" in city.touched:
        listed_now = kinds_of(city.facilities, None)
    if "stops" in city.touched:
        of_stops = kinds_of(None, city.stops)
    found = listed_now | of_stops
    fresh = sorted(found.keys() - before.keys())
    lost: Sequence[str] = [kind for kind in before if kind not in found]
    for kind in lost:
        old = before[kind]
        none = np.zeros(0)
        found[kind] = replace(
            old,
            x=none,
            y=none,
            facility=np.zeros(0, np.int32),
            ids=[],
            gone_share=[],
            source=[],
            estimated=False,
        )
    ordered = {kind: found[kind] for kind in sorted(found)} if lost else found
    emptied = [kind for kind in before if len(before[kind].ids) and not len(ordered[kind].ids)]
    notes = [
        Note("facilities", f"no {kind} is left in the city and around it: nobody reaches one.", "doubt")
        for kind in emptied
    ]
    if fresh:
        said = f"no source of the city lists {', '.join(fresh)}: of these only what is added is known, and averages over kinds of"
        notes.append(
            Note("facilities", f"{said} daily needs count one kind more, so they may fall.", "doubt")
        )
    return replace(city, kinds=ordered, notes=(*city.notes, *notes))
