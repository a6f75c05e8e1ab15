"""Maps of a city from its finished tables: colours by place or by cell, signs of sites, the ground alone.

    choropleth(evidence, lang, "health_centre_access", about)                  # by place, from the observations
    choropleth(evidence, lang, "health_centre_access", about, by="cell")       # by 100 m cell
    value_map(evidence, lang, {"KH120101": number, ...}, unit, about)          # by place, from any table
    class_map(evidence, lang, {"KH120101": 2, ...}, ("low", ...), about)       # by place, in classes with names
    points_map(evidence, lang, [Pin(x, y, "Clinic", "dot", "bad")], about, keys)  # x, y in the city's metres
    base_map(evidence, lang, about); cover_map(evidence, alt)                     # the ground alone; without a word

``about`` is the `charts.About` of charts. Pictures hold no words: typst sets them, shaped right, where they meet nothing.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from citiesforall.core.indicator import indicators
from citiesforall.core.tables import read_parquet
from citiesforall.report.blocks import Key, Map, Number, Said, Spot, Tone
from citiesforall.report.charts import About
from citiesforall.report.charts_axes import class_names
from citiesforall.report.evidence import Evidence
from citiesforall.report.maps_classes import class_bounds
from citiesforall.report.maps_ground import Ground, filled, ground, names_of, picture, squares
from citiesforall.report.numbers import in_words, told
from citiesforall.report.typeset_colours import CLASSES, STREET, WATER

Sign = Literal["none", "dot", "ring", "square", "cross", "number"]
HATCH = "url(#hatch)"
SCALE_SHARE = 0.2
"""The scale bar is a round length of about this part of the width."""
SMALLEST_NAMED = 0.075
"""A place is named where the side of a square of its area is at least this part of the width: smaller ones hold no word."""
UNNAMED_LEVELS = frozenset({"hexagon", "unit", "cell"})
"""Levels whose names say nothing to a reader."""


@dataclass(frozen=True)
class Pin:
    """Mark a place on a map.

    Parameters
    ----------
    x, y
        In the city's metric reference system. [m]
    label
        Its name; with the sign ``number`` what stands in it.
    sign, tone
        Form and meaning.
    number
        What it shows, for the file of the map's data.
    """

    x: float
    y: float
    label: str = ""
    sign: Sign = "dot"
    tone: Tone = "plain"
    number: Number | None = None


def choropleth(
    evidence: Evidence,
    lang: str,
    indicator: str,
    about: About,
    *,
    by: Literal["place", "cell"] = "place",
    group: str = "all",
) -> Map:
    """Return a map of an indicator, darker where it is higher, hatched where it is unknown.

    Parameters
    ----------
    evidence
        The tables.
    lang
        ``en`` or ``km``.
    indicator
        Its id.
    about
        What the map is about.
    by
        By the smallest places (from the observations) or by cell (from ``measure/cell_values``).
    group
        Whose value, by place.

    Raises
    ------
    KeyError
        There is no such indicator, or the cells have no value of it.
    """
    unit = indicators()[indicator].unit
    if by == "cell":
        return _cell_map(evidence, lang, indicator, unit, about)
    rows = evidence.tables["observations"]
    rows = rows[(rows["indicator"] == indicator) & (rows["group"] == group)]
    latest = rows.sort_values("period").drop_duplicates("place", keep="last")
    values = {
        str(row["place"]): Number(
            in_words(float(row["value"]), unit, lang),
            "observations",
            tuple((name, str(row[name])) for name in ("group", "indicator", "period", "place")),
            "value",
            float(row["value"]),
        )
        for row in latest.to_dict("records")
    }
    return value_map(evidence, lang, values, unit, about)


def value_map(
    evidence: Evidence,
    lang: str,
    values: Mapping[str, Number],
    unit: str,
    about: About,
    *,
    bounds: Sequence[float] | None = None,
) -> Map:
    """Return a map of numbers of the smallest places; as `choropleth`.

    Parameters
    ----------
    evidence, lang
        As of `choropleth`.
    values
        Place -> number; a place without one is unknown.
    unit
        Of the numbers.
    about
        What the map is about.
    bounds
        Inner bounds of the classes, at most 4; round ones where None.
    """
    base = ground(evidence)
    known = {code: one.value for code, one in values.items() if code in base.codes}
    inner = tuple(bounds) if bounds is not None else class_bounds(tuple(known.values()))
    classes = {code: bisect_right(inner, value) for code, value in known.items() if math.isfinite(value)}
    names = class_names(inner, unit, lang) or _only_class(tuple(known.values()), unit, lang)
    numbers = tuple(values[code] for code in base.codes if code in values)
    return _place_map(evidence, lang, classes, names, (about, numbers))


def class_map(
    evidence: Evidence, lang: str, classes: Mapping[str, int], names: Sequence[str], about: About
) -> Map:
    """Return a map of classes of the smallest places that have names: the kinds of hot spots, the weakest dimension.

    Parameters
    ----------
    evidence, lang
        As of `choropleth`.
    classes
        Place -> class from 0; a place without one is unknown.
    names
        Of the classes, at most 5, from light to dark.
    about
        What the map is about.
    """
    return _place_map(evidence, lang, classes, names, (about, ()))


def points_map(
    evidence: Evidence, lang: str, pins: Sequence[Pin], about: About, keys: Sequence[Key] = ()
) -> Map:
    """Return the ground with signs on it.

    Parameters
    ----------
    evidence, lang
        As of `choropleth`.
    pins
        What is marked, most important first: a later word gives way.
    about
        What the map is about.
    keys
        What the signs mean.
    """
    base = ground(evidence)
    spots = tuple(Spot(*base.frame.at(pin.x, pin.y), pin.label, pin.sign, pin.tone) for pin in pins)
    numbers = tuple(pin.number for pin in pins if pin.number is not None)
    shown = (*keys, *_ground_keys(base, lang))
    return _map(
        about, base, picture(base, ()), (*spots, *_place_words(evidence, base, lang)), (shown, numbers)
    )


def base_map(evidence: Evidence, lang: str, about: About) -> Map:
    """Return the ground alone: borders with names, main streets, water."""
    return points_map(evidence, lang, (), about)


def cover_map(evidence: Evidence, alt: str) -> Map:
    """Return the ground without any word, for the cover."""
    base = ground(evidence)
    return _map(About(Said(""), "", alt, "", "cover"), base, picture(base, ()), (), ((), ()))


def _cell_map(evidence: Evidence, lang: str, indicator: str, unit: str, about: About) -> Map:
    """Return a map by cell; a cell that lies in two units has the value of the one with more people."""
    base = ground(evidence)
    table = read_parquet(evidence.folders["measure"] / "cell_values.parquet")
    rows = table[["cell", "people", indicator]].sort_values(["cell", "people"], ascending=[True, False])
    rows = rows.drop_duplicates("cell")
    cells, value = rows["cell"].to_numpy(np.int64), rows[indicator].to_numpy(float)
    known = np.isfinite(value)
    inner = class_bounds(value[known].tolist())
    at = np.digitize(value, inner)
    cell_m = evidence.city.choices.cell_m
    paints = [
        filled([squares(cells[known & (at == one)], cell_m, base.frame)], colour)
        for one, colour in enumerate(_colours(len(inner) + 1))
    ]
    numbers = tuple(
        Number("", "cell_values", (("cell", str(cell)),), indicator, float(one))
        for cell, one in zip(cells[known], value[known], strict=True)
    )
    names = class_names(inner, unit, lang) or _only_class(value.tolist(), unit, lang)
    keys = (*_class_keys(names), Key(told("report.map.nobody", lang), "#fbfaf7"), *_ground_keys(base, lang))
    return _map(about, base, picture(base, paints), _place_words(evidence, base, lang), (keys, numbers))


def _place_map(
    evidence: Evidence,
    lang: str,
    classes: Mapping[str, int],
    names: Sequence[str],
    what: tuple[About, tuple[Number, ...]],
) -> Map:
    """Return a map of the smallest places in classes."""
    base = ground(evidence)
    by_code = dict(zip(base.codes, base.outlines, strict=True))
    paints = [
        filled([by_code[code] for code, one in classes.items() if one == at and code in by_code], colour)
        for at, colour in enumerate(_colours(len(names)))
    ]
    missing = [path for code, path in by_code.items() if code not in classes]
    paints.append(filled(missing, HATCH))
    keys = _class_keys(names)
    if missing:
        keys = (*keys, Key(told("report.layout.unknown", lang), sign="hatch"))
    about, numbers = what
    if base.n_without:
        about = replace(about, note=" ".join(filter(None, (about.note, _not_drawn(base, lang)))))
    words = _place_words(evidence, base, lang)
    return _map(
        about,
        base,
        picture(base, paints, main_streets=False),
        words,
        ((*keys, *_water_key(base, lang)), numbers),
    )


def _not_drawn(base: Ground, lang: str) -> str:
    """Say how many places are missing on a map."""
    of = base.n_without + len(base.codes)
    return told("report.map.not_drawn", lang).format(n=f"{base.n_without:,}", of=f"{of:,}")


def _map(
    about: About,
    base: Ground,
    svg: str,
    spots: tuple[Spot, ...],
    more: tuple[tuple[Key, ...], tuple[Number, ...]],
) -> Map:
    """Return a finished map."""
    keys, numbers = more
    frame = base.frame
    return Map(
        about.title,
        about.subtitle,
        svg,
        frame.width_m,
        frame.height_m,
        spots,
        keys,
        scale_length(frame.width_m),
        about.alt,
        about.source,
        about.id,
        about.note,
        numbers=numbers,
    )


def scale_length(width_m: float) -> float:
    """Return the length of a scale bar: 1, 2 or 5 times a power of ten, at most a fifth of the width. [m]"""
    most = SCALE_SHARE * width_m
    power = 10.0 ** math.floor(math.log10(most))
    return max(one * power for one in (1.0, 2.0, 5.0) if one * power <= most)


def _place_words(evidence: Evidence, base: Ground, lang: str) -> tuple[Spot, ...]:
    """Return the names of places that have room for one, the largest first: it is placed first."""
    places = evidence.tables["places"]
    levels = dict(zip(places["place"].astype(str), places["level"].astype(str), strict=True))
    names = names_of(places, lang)
    order = np.argsort(-base.areas, kind="stable")
    return tuple(
        Spot(float(base.anchors[at, 0]), float(base.anchors[at, 1]), names[base.codes[at]])
        for at in order
        if levels[base.codes[at]] not in UNNAMED_LEVELS
        and math.sqrt(base.areas[at]) >= SMALLEST_NAMED * base.frame.width_m
    )


def _colours(count: int) -> tuple[str, ...]:
    """Return colours for a number of classes, spread from the lightest to the darkest."""
    if count <= 1:
        return (CLASSES[len(CLASSES) // 2],)[:count]
    at = np.rint(np.linspace(0, len(CLASSES) - 1, count)).astype(int)
    return tuple(CLASSES[one] for one in at)


def _class_keys(names: Sequence[str]) -> tuple[Key, ...]:
    """Return the legend of classes."""
    return tuple(Key(name, colour) for name, colour in zip(names, _colours(len(names)), strict=True))


def _only_class(known: Sequence[float], unit: str, lang: str) -> tuple[str, ...]:
    """Return the name of the only class where all known values are alike; none where none is known."""
    values = [one for one in known if math.isfinite(one)]
    return (in_words(values[0], unit, lang),) if values else ()


def _water_key(base: Ground, lang: str) -> tuple[Key, ...]:
    """Return the legend of water, where it is drawn."""
    return (Key(told("report.map.water", lang), WATER),) if base.water else ()


def _ground_keys(base: Ground, lang: str) -> tuple[Key, ...]:
    """Return the legend of the ground."""
    name = told("report.map.main_street" if base.are_main else "report.map.street", lang)
    street = (Key(name, STREET, "line"),) if base.streets else ()
    return (*_water_key(base, lang), *street)
