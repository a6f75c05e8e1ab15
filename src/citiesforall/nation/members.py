"""Members: what a nation compares, cities and the administrations that registers know; and every place they stand in."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely

from citiesforall.core.codes import country
from citiesforall.core.inputs import remember
from citiesforall.core.nation import Nation
from citiesforall.core.notes import Note
from citiesforall.core.place import gazetteer, translate
from citiesforall.core.tables import write_csv, write_parquet
from citiesforall.nation.given import CityRun, NationInputs

MEMBERS = (
    "member", "name", "name_km", "level", "parent", "city", "place", "kind", "part_of", "invented", "people", "people_status",
    "area_m2", "reaches",
)  # fmt: skip
PLACES = ("place", "name", "name_km", "level", "parent", "geometry", "x", "y")
LONLAT = "EPSG:4326"
DECIMALS = 7
"""Of degrees: a centimetre."""
NATION, PROVINCE, CITY = "nation", "province", "city"
LEVELS = (NATION, PROVINCE, "district", CITY, "commune", "village")
"""In the order of rows; other levels follow."""
INVENTED, INVENTED_KM = "(invented)", "(ប្រឌិត)"


@dataclass(frozen=True)
class Known:
    """Hold what one city's run says of its places.

    Parameters
    ----------
    city
        The run.
    about
        Contents of its ``run.json``.
    places
        Code -> what is known of the place.
    people
        Code -> people and the status of that number.
    """

    city: CityRun
    about: Mapping[str, Any]
    places: Mapping[str, Mapping[str, Any]]
    people: Mapping[str, tuple[float, str]]


def make_members(given: NationInputs, folder: Path) -> dict[str, Any]:
    """Say what a nation compares and where it lies.

    Parameters
    ----------
    given
        The nation file and its finished cities.
    folder
        Where ``members``, ``places`` (Parquet and CSV) and ``nation.json`` go.

    Returns
    -------
    dict
        ``notes``; ``counts`` of members, cities and people.

    Notes
    -----
    A city that is measured street by street takes the place of the registers' member of the same code; sums over places take
    the registers' rows all the same, for the city says that it is ``part_of`` them.
    """
    known = [_known(city) for city in given.cities]
    members = members_table(given.nation, known)
    places = places_table(given.nation, known, members)
    write_parquet(members, folder / "members.parquet")
    write_csv(members, folder / "members.csv")
    write_parquet(places, folder / "places.parquet", {"crs": LONLAT})
    write_csv(places.drop(columns="geometry"), folder / "places.csv")
    said = about(given, known, members, places)
    text = json.dumps(said, indent=1, ensure_ascii=False, sort_keys=True)
    (folder / "nation.json").write_text(text + "\n", "utf-8")
    notes = [Note(file, f"has no results: {why}", "doubt") for file, why in sorted(given.failed.items())]
    for one in known:
        left = len(one.places) - len(same_today(given.nation, one))
        if left:
            what = f"{left} places whose codes mean others in {given.nation.place.edition} stay in the city's own tables."
            notes.append(Note(one.city.file, what))
    return remember(notes, [], counts=said["counts"])


def about(
    given: NationInputs, known: Iterable[Known], members: pd.DataFrame, places: pd.DataFrame
) -> dict[str, Any]:
    """Return what ``nation.json`` says.

    Parameters
    ----------
    given
        The nation file and its finished cities.
    known
        What their runs say.
    members, places
        The tables.
    """
    place = given.nation.place
    counts = {
        "members": len(members),
        "cities": len(given.cities),
        "failed": len(given.failed),
        "places": {
            level: int(number) for level, number in sorted(Counter(places["level"].astype(str)).items())
        },
    }
    return {
        "code": place.code,
        "name": place.name,
        "name_km": place.name_km,
        "period": given.nation.period,
        "invented": place.invented,
        "counts": counts,
        "failed": dict(sorted(given.failed.items())),
        "cities": [
            {
                "code": one.city.code,
                "file": one.city.file,
                "kind": one.city.kind,
                "run": one.about["run"],
                "period": one.about["city"]["period"],
                "reaches": one.city.reaches,
            }
            for one in known
        ],
    }


def _known(city: CityRun) -> Known:
    """Read what a run says of its places."""
    said = json.loads((city.folder / "run.json").read_text("utf-8"))
    wanted = [("indicator", "=", "population"), ("group", "=", "all")]
    columns = ["place", "value", "status", "period"]
    table = pq.read_table(city.folder / "observations.parquet", columns=columns, filters=wanted).to_pandas()
    table = table.sort_values(["place", "period"], kind="stable").drop_duplicates("place", keep="last")
    people = {
        str(place): (float(value), str(status))
        for place, value, status in zip(table["place"], table["value"], table["status"], strict=True)
    }
    return Known(city, said, {str(one["place"]): one for one in said["places"]}, people)


def members_table(nation: Nation, known: Iterable[Known]) -> pd.DataFrame:
    """Return the members of a nation.

    Parameters
    ----------
    nation
        The nation file.
    known
        What each city's run says.

    Returns
    -------
    pandas.DataFrame
        Columns of `MEMBERS`, sorted by code.
    """
    rows: dict[str, dict[str, Any]] = {}
    # cities last: one measured street by street takes the place of what registers say of it
    for one in sorted(known, key=lambda one: (not one.city.members, one.city.code)):
        codes = (
            [code for code, place in one.places.items() if place["level"] == one.city.members]
            if one.city.members
            else [one.city.code]
        )
        for code in codes:
            rows[code] = _member(nation, one, code)
    table = pd.DataFrame([rows[code] for code in sorted(rows)], columns=list(MEMBERS))
    return table.astype({"people": "float64", "area_m2": "float64", "invented": "bool"})


def _member(nation: Nation, one: Known, code: str) -> dict[str, Any]:
    """Return one row of the members."""
    place = one.places[code]
    people, status = one.people.get(code, (np.nan, "missing"))
    return {
        "member": code,
        "name": place["name"],
        "name_km": place.get("name_km"),
        "level": one.city.members or level_of(code),
        "parent": province_of(nation, one, code),
        "city": one.city.code,
        "place": code,
        "kind": one.city.kind,
        "part_of": one.city.part_of,
        "invented": one.city.invented,
        "people": people,
        "people_status": status,
        "area_m2": place["area_m2"],
        "reaches": one.city.reaches,
    }


def level_of(code: str) -> str:
    """Return the level that a code's digits say: ``city`` where they say none.

    Parameters
    ----------
    code
        P-code.
    """
    here = country(code[:2])
    digits = code[2:]
    if here is None or not digits.isdecimal() or len(digits) not in here.digits:
        return CITY
    return here.levels[here.digits.index(len(digits))]


def province_of(nation: Nation, one: Known, code: str) -> str:
    """Return the province a place is of; the nation where none is known.

    Parameters
    ----------
    nation
        The nation file.
    one
        What the run says that holds the place.
    code
        Of the place.

    Notes
    -----
    What the nation file says goes first, then the run's own places, then the gazetteer.
    """
    if one.city.parent:
        return one.city.parent
    above: str | None = code
    while above is not None and above in one.places:
        if one.places[above]["level"] == PROVINCE:
            return above
        above = one.places[above].get("parent")
    if nation.place.edition is not None:
        known = gazetteer(nation.place.edition).places
        found = known.get((one.city.part_of or code).partition("_")[0])
        while found is not None and found.parent is not None:
            found = known[found.parent]
        if found is not None:
            return found.code
    return nation.place.code


def places_table(nation: Nation, known: Iterable[Known], members: pd.DataFrame) -> pd.DataFrame:
    """Return every place of a nation with its outline.

    Parameters
    ----------
    nation
        The nation file.
    known
        What each city's run says.
    members
        From `members_table`.

    Returns
    -------
    pandas.DataFrame
        Columns of `PLACES`, nation first, then by level and code. Places that registers know keep the registers' names and
        parents; an outline they lack is taken from the city that has it.
    """
    root = nation.place
    rows: dict[str, dict[str, Any]] = {
        root.code: _row(root.code, root.name, root.name_km, NATION, None),
    }
    shapes: dict[str, Any] = {}
    for one in sorted(known, key=lambda one: (not one.city.members, one.city.code)):
        same = same_today(nation, one)
        for code in same:
            place = one.places[code]
            parent = place.get("parent") or (
                root.code if one.city.members else province_of(nation, one, code)
            )
            level = place["level"] if place["level"] != CITY else level_of(code)
            if code not in rows:
                rows[code] = _row(
                    code, place["name"], place.get("name_km"), level, None if code == root.code else parent
                )
        outlines = _outlines(one.city.folder)
        shapes = {**{code: outlines[code] for code in same if code in outlines}, **shapes}
    for code in sorted(set(members["parent"]) - rows.keys()):
        rows[code] = _province(nation, code, members)
    table = pd.DataFrame([rows[code] for code in rows], columns=list(PLACES[:5]))
    order = {level: number for number, level in enumerate(LEVELS)}
    table["_order"] = table["level"].map(order).fillna(len(order))
    table = (
        table.sort_values(["_order", "place"], kind="stable").drop(columns="_order").reset_index(drop=True)
    )
    return _with_shapes(table, shapes)


def same_today(nation: Nation, one: Known) -> list[str]:
    """Return the places of a run whose codes mean the same in the nation's edition.

    Parameters
    ----------
    nation
        The nation file.
    one
        What the run says.

    Notes
    -----
    A code of an older edition may be another place's today: Phnom Penh's KH121201 was Chhbar Ampov I in 2014 and is Kouk Roka
    now. Such places stay in their city's own tables; the city itself is always told.
    """
    theirs, ours = one.about["city"].get("edition"), nation.place.edition
    codes = list(one.places)
    if not theirs or not ours or theirs == ours:
        return codes
    became = translate([code for code in codes if code != one.city.code], theirs, ours).codes
    return [code for code in codes if code == one.city.code or became.get(code) == ((code, 1.0),)]


def _row(code: str, name: str, name_km: str | None, level: str, parent: str | None) -> dict[str, Any]:
    """Return one row of the places."""
    return {"place": code, "name": name, "name_km": name_km, "level": level, "parent": parent}


def _province(nation: Nation, code: str, members: pd.DataFrame) -> dict[str, Any]:
    """Return the row of a province that no run knows: as the gazetteer calls it, else by its code."""
    if nation.place.edition is not None:
        found = gazetteer(nation.place.edition).places.get(code)
        if found is not None:
            return _row(code, found.name, found.name_km, found.level, nation.place.code)
    invented = bool(members.loc[members["parent"] == code, "invented"].all())
    name = f"{code} {INVENTED}" if invented else code
    return _row(code, name, f"{code} {INVENTED_KM}" if invented else None, PROVINCE, nation.place.code)


def _outlines(folder: Path) -> dict[str, Any]:
    """Return the outlines of a run's places in longitude and latitude, by code."""
    meta, _, shapes, (codes,) = pyogrio.raw.read(folder / "city.gpkg", layer="places", columns=["place"])
    turn = pyproj.Transformer.from_crs(meta["crs"], LONLAT, always_xy=True)

    def move(xy: Any) -> Any:
        return np.round(np.column_stack(turn.transform(xy[:, 0], xy[:, 1])), DECIMALS)

    moved = shapely.transform(shapely.from_wkb(shapes), move)
    return {
        str(code): shape
        for code, shape in zip(codes, moved, strict=True)
        if shape is not None and not shape.is_empty
    }


def _with_shapes(table: pd.DataFrame, shapes: Mapping[str, Any]) -> pd.DataFrame:
    """Put each place's outline beside it, and a point inside it; nothing where there is none."""
    found = np.array([shapes.get(code) for code in table["place"]], dtype=object)
    point = shapely.point_on_surface(found)
    return table.assign(
        geometry=shapely.to_wkb(found),
        x=np.round(shapely.get_x(point), DECIMALS),
        y=np.round(shapely.get_y(point), DECIMALS),
    )
