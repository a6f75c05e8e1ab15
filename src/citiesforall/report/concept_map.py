"""Where the plan builds: its sites on a map with the numbers of their actions, and the picture of the cover."""

from __future__ import annotations

import pandas as pd

from citiesforall.report.blocks import Block, Key, Map
from citiesforall.report.charts import About
from citiesforall.report.concept_plan import ITEMS, Bundle, bundles, title_of, whole_sites
from citiesforall.report.concept_words import (
    FILES,
    Case,
    counted,
    listed,
    name,
    plan_of,
    rows_of,
    span,
    tr,
    words,
)
from citiesforall.report.evidence import look
from citiesforall.report.maps import Pin, cover_map, points_map
from citiesforall.report.maps_ground import is_drawable


def cover(case: Case) -> Map | None:
    """Return the ground of the city without a word; None where no border is known.

    Parameters
    ----------
    case
        The city.
    """
    if not is_drawable(case.evidence):
        return None
    return cover_map(case.evidence, name(case, case.evidence.whole))


def placed(case: Case, most: int | None = None) -> frozenset[str]:
    """Return the actions that have sites.

    Parameters
    ----------
    case
        A city with a plan.
    most
        How many, those that serve most people first; all where None.
    """
    people = whole_sites(case).groupby("action")["people"].sum()
    order = sorted(map(str, people.index), key=lambda key: (-float(people[key]), key))
    return frozenset(order[:most])


def keys_of(case: Case, shown: frozenset[str]) -> tuple[Key, ...]:
    """Return the legend of the sites: number, name and years of each action.

    Parameters
    ----------
    case
        A city with a plan.
    shown
        The actions that are drawn.
    """
    return tuple(_key(case, one) for one in bundles(case) if one.action in shown)


def site_map(case: Case, id: str = "sites") -> tuple[Block, ...]:  # noqa: A002 - the field's name
    """Draw the sites of the plan, each with the number of its action.

    Parameters
    ----------
    case
        The city.
    id
        Stable name of the map.

    Returns
    -------
    tuple of Block
        Empty where no item stands at a site, or no border is known.
    """
    if plan_of(case) is None or not is_drawable(case.evidence):
        return ()
    table = whole_sites(case)
    if table.empty:
        return ()
    shown = placed(case)
    pins = pins_of(case, shown)
    return (points_map(case.evidence, case.lang, pins, _about(case, table, id), keys_of(case, shown)),)


def pins_of(case: Case, shown: frozenset[str]) -> list[Pin]:
    """Return a sign for each site of the plan, with the number of its action.

    Parameters
    ----------
    case
        A city with a plan.
    shown
        The actions that are drawn.
    """
    pins = []
    table = whole_sites(case)
    for row in rows_of(table[table["action"].isin(shown)]):
        people = look(case.evidence, ITEMS, "people", "persons", lang=case.lang, item=str(row["item"]))
        pins.append(Pin(float(row["x"]), float(row["y"]), str(row["number"]), "number", number=people))
    return pins


def _about(case: Case, table: pd.DataFrame, id: str) -> About:  # noqa: A002 - the field's name
    """Say what the map is about."""
    most = table["place"].astype(str).value_counts()
    place = min(most[most == most.max()].index)
    title = tr(
        case, "map.finding", place=name(case, place), n=counted(case, len(table), ITEMS, "count of rows with a site")
    )  # fmt: skip
    drawn = set(table["action"])
    none = [title_of(case, one.action) for one in bundles(case) if one.action not in drawn]
    note = (
        words(case, "concept.map.note").format(titles=listed(none))
        if none
        else words(case, "concept.map.note_all")
    )
    unit, source = (
        words(case, "concept.map.unit"),
        words(case, "concept.map.source").format(file=FILES["sites"]),
    )
    return About(title, unit, title.text, source, id, note)


def _key(case: Case, one: Bundle) -> Key:
    """Return the line of the legend of one action: number, name, years."""
    first, last = int(one.items["start_year"].min()), int(one.items["start_year"].max())
    years = span((first, last))
    label = f"{one.number}  {title_of(case, one.action)} ({years})"
    return Key(label, sign="number")
