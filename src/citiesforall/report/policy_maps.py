"""Maps of a nation: administrations in colours, provinces as heavier lines; pictures hold no words."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from citiesforall.report.blocks import Key, Map, Number, Said, Spot
from citiesforall.report.charts import About
from citiesforall.report.charts_axes import class_names
from citiesforall.report.maps import HATCH, SMALLEST_NAMED, scale_length
from citiesforall.report.maps_classes import class_bounds
from citiesforall.report.maps_ground import Frame, Ground, filled, frame_of, path_of, picture
from citiesforall.report.numbers import told
from citiesforall.report.policy_evidence import NationEvidence
from citiesforall.report.typeset_colours import CLASSES, SOFT, TONES

EARTH_M = 6371008.8
"""Mean radius. [m]"""
SEVERITY = (20.0, 40.0, 60.0, 80.0)
"""Inner bounds of the classes of severity: the same on every map, so that maps can be compared."""
KINDS = (TONES["plain"], TONES["watch"], TONES["good"], TONES["bad"], CLASSES[0], TONES["unknown"])
"""Colours of kinds, which have no order; more kinds than these share the last."""
MOST_OVERLAP = 1.2
"""Administrations whose areas add up to more than this times the nation's lie upon each other: invented ones do."""
SIDE = 10_000.0
"""Units of a picture along its longer side: whole numbers as short as a page can show."""
FINEST = 700.0
"""Parts of the longer side a line is drawn to: a quarter of a millimetre on a page."""
PROVINCE_LINE = 2.4
"""Width of the border of a province. [thousandths of the longer side]"""


@dataclass(frozen=True)
class Atlas:
    """Hold what every map of a nation shares.

    Parameters
    ----------
    ground
        Outlines of administrations; ``outline`` is the nation's.
    provinces
        Codes of the provinces whose borders are drawn.
    borders
        Finished element.
    anchors
        Where the name of each province stands, and the side of a square of its area. (P, 3)
    points
        Code of an administration that lies inside another -> its place on the picture.
    unit_m
        Length of a unit of the picture. [m]
    """

    ground: Ground
    provinces: tuple[str, ...]
    borders: str
    anchors: npt.NDArray[np.float64]
    points: Mapping[str, tuple[float, float]]
    unit_m: float


def atlas_of(evidence: NationEvidence) -> Atlas | None:
    """Return the ground of the maps; None where fewer than two administrations have a border, or they lie upon each other.

    Notes
    -----
    Degrees become lengths on a cylinder that is true in the middle latitude (the method of EPSG:1029): within 5 degrees of it
    lengths across are right to about 1 %.
    """
    members, places = evidence.table("members"), evidence.table("places")
    if "geometry" not in places or not places["geometry"].notna().any():
        return None
    drawn = members[members["part_of"].fillna("") == ""]
    own = places[places["place"].isin(drawn["member"]) & places["geometry"].notna()].sort_values("place")
    if len(own) < 2:  # noqa: PLR2004 - one shape is no map
        return None
    flat = _flattened(own["geometry"])
    shapes = _projected(own["geometry"], flat)
    upper = places[(places["level"] == "province") & places["geometry"].notna()].sort_values("place")
    wide = _projected(upper["geometry"], flat)
    nation = places[(places["level"] == "nation") & places["geometry"].notna()]
    whole = _projected(nation["geometry"], flat)[0] if len(nation) else shapely.union_all(shapes)
    if shapely.area(shapes).sum() > MOST_OVERLAP * shapely.area(whole):
        return None
    frame = frame_of(whole)
    fine = frame.side_m / FINEST
    ground = Ground(
        frame, tuple(own["place"].astype(str)), tuple(path_of(one, frame) for one in _simple(shapes, fine)),
        _anchors(shapes, frame)[:, :2], shapely.area(shapes), path_of(shapely.simplify(whole, fine), frame), "", "", False,
    )  # fmt: skip
    lines = "".join(f'<path d="{path_of(one, frame)}"/>' for one in _simple(wide, fine))
    width = PROVINCE_LINE * frame.side_m / 1000
    borders = f'<g fill="none" stroke="{SOFT}" stroke-width="{width:.0f}" stroke-linejoin="round">{lines}</g>'
    inside = _inside(evidence, flat, frame)
    return Atlas(ground, tuple(upper["place"].astype(str)), borders, _anchors(wide, frame), inside, flat[1])


def _flattened(geometry: pd.Series) -> tuple[float, float]:
    """Return the middle latitude of shapes [degrees] and how many metres a unit of the picture is. [m]"""
    west, south, east, north = shapely.total_bounds(shapely.from_wkb(geometry.to_numpy(object)))
    middle = float((south + north) / 2)
    across = math.radians(east - west) * math.cos(math.radians(middle))
    return middle, EARTH_M * max(across, math.radians(north - south)) / SIDE


def _projected(geometry: pd.Series, flat: tuple[float, float]) -> npt.NDArray[Any]:
    """Return shapes in units of the picture."""
    middle, unit_m = flat
    up = EARTH_M / unit_m
    across = up * math.cos(math.radians(middle))
    shapes: npt.NDArray[Any] = shapely.transform(
        shapely.from_wkb(geometry.to_numpy(object)), lambda at: np.radians(at) * [across, up]
    )
    return shapes


def _simple(shapes: npt.NDArray[Any], fine: float) -> npt.NDArray[Any]:
    """Simplify neighbours together; one that would vanish stays as it is."""
    if not len(shapes):
        return shapes
    simple = shapely.coverage_simplify(shapes, fine)
    return np.where(shapely.is_empty(simple), shapes, simple)


def _anchors(shapes: npt.NDArray[Any], frame: Frame) -> npt.NDArray[np.float64]:
    """Return the middle of the widest part of each shape and the side of a square of its area. (U, 3)"""
    if not len(shapes):
        return np.empty((0, 3))
    circles = shapely.maximum_inscribed_circle(shapes, tolerance=frame.side_m / 200)
    at = shapely.get_coordinates(shapely.get_point(circles, 0))
    return np.column_stack([at[:, 0] - frame.west, frame.north - at[:, 1], np.sqrt(shapely.area(shapes))])


def _inside(
    evidence: NationEvidence, flat: tuple[float, float], frame: Frame
) -> dict[str, tuple[float, float]]:
    """Return where the administrations lie that are a part of another."""
    members, places = evidence.table("members"), evidence.table("places")
    parts = members.loc[members["part_of"].fillna("") != "", "member"]
    own = places[places["place"].isin(parts) & places["geometry"].notna()].sort_values("place")
    middles = shapely.get_coordinates(shapely.point_on_surface(_projected(own["geometry"], flat)))
    return {
        code: frame.at(float(x), float(y))
        for code, (x, y) in zip(own["place"].astype(str), middles, strict=True)
    }


def value_map(
    atlas: Atlas,
    lang: str,
    values: Mapping[str, Number],
    about: About,
    *,
    names: Mapping[str, str],
    bounds: Sequence[float] | None = None,
) -> Map:
    """Return a map of numbers of administrations, darker where they are higher, hatched where unknown.

    Parameters
    ----------
    atlas
        The ground.
    lang
        ``en`` or ``km``.
    values
        Administration -> number.
    about
        What the map is about.
    names
        Place -> its name, for the words on provinces.
    bounds
        Inner bounds of the classes, at most 4; round ones where None.
    """
    known = {
        code: one.value
        for code, one in values.items()
        if code in atlas.ground.codes and math.isfinite(one.value)
    }
    inner = tuple(bounds) if bounds is not None else class_bounds(tuple(known.values()))
    at = {code: bisect_right(inner, value) for code, value in known.items()}
    labels = class_names(inner, "index", lang) or ("",)
    colours = _spread(len(labels))
    numbers = tuple(values[code] for code in atlas.ground.codes if code in values)
    keys = tuple(Key(label, colour) for label, colour in zip(labels, colours, strict=True))
    return _map(atlas, lang, at, (colours, keys), (about, numbers, names))


def kind_map(
    atlas: Atlas,
    lang: str,
    kinds: Mapping[str, int],
    labels: Sequence[str],
    about: About,
    names: Mapping[str, str],
    *,
    colours: Sequence[str] = KINDS,
) -> Map:
    """Return a map of kinds without order.

    Parameters
    ----------
    atlas, lang, about, names
        As of `value_map`.
    kinds
        Administration -> position in ``labels``.
    labels
        Names of the kinds.
    colours
        Of the kinds; more kinds than colours share the last.
    """
    shown = tuple(colours[min(one, len(colours) - 1)] for one in range(len(labels)))
    keys = tuple(Key(label, colour) for label, colour in zip(labels, shown, strict=True))
    return _map(atlas, lang, kinds, (shown, keys), (about, (), names))


def _map(
    atlas: Atlas,
    lang: str,
    at: Mapping[str, int],
    shown: tuple[tuple[str, ...], tuple[Key, ...]],
    what: tuple[About, tuple[Number, ...], Mapping[str, str]],
) -> Map:
    """Return a finished map."""
    colours, keys = shown
    about, numbers, names = what
    by_code = dict(zip(atlas.ground.codes, atlas.ground.outlines, strict=True))
    paints = [
        filled([by_code[code] for code, one in at.items() if one == position and code in by_code], colour)
        for position, colour in enumerate(colours)
    ]
    missing = [path for code, path in by_code.items() if code not in at]
    if missing:
        paints.append(filled(missing, HATCH))
        keys = (*keys, Key(told("report.layout.unknown", lang), sign="hatch"))
    frame = atlas.ground.frame
    svg = picture(atlas.ground, paints, (atlas.borders,), main_streets=False)
    return Map(
        about.title, about.subtitle, svg, frame.width_m * atlas.unit_m, frame.height_m * atlas.unit_m, _words(atlas, names), keys,
        scale_length(frame.width_m * atlas.unit_m), about.alt, about.source, about.id, about.note, numbers=numbers,
    )  # fmt: skip


def _words(atlas: Atlas, names: Mapping[str, str]) -> tuple[Spot, ...]:
    """Return the names of provinces that have room for one, the largest first."""
    order = np.argsort(-atlas.anchors[:, 2], kind="stable")
    return tuple(
        Spot(
            atlas.unit_m * float(atlas.anchors[one, 0]),
            atlas.unit_m * float(atlas.anchors[one, 1]),
            names.get(atlas.provinces[one], ""),
        )
        for one in order
        if atlas.anchors[one, 2] >= SMALLEST_NAMED * atlas.ground.frame.width_m
    )


def largest_names(atlas: Atlas, names: Mapping[str, str], most: int) -> dict[str, str]:
    """Return the names of the largest provinces only, for a small map."""
    order = np.argsort(-atlas.anchors[:, 2], kind="stable")[:most]
    return {atlas.provinces[one]: names.get(atlas.provinces[one], "") for one in order}


def cover(atlas: Atlas | None, alt: str) -> Map | None:
    """Return the ground without any word, for the cover; None where there is none."""
    if atlas is None:
        return None
    frame = atlas.ground.frame
    svg = picture(atlas.ground, (), (atlas.borders,), main_streets=False)
    return Map(
        Said(""),
        "",
        svg,
        frame.width_m,
        frame.height_m,
        (),
        (),
        scale_length(frame.width_m),
        alt,
        "",
        "cover",
    )


def _spread(number: int) -> tuple[str, ...]:
    """Return colours for classes, from the lightest to the darkest."""
    if number <= 1:
        return (CLASSES[len(CLASSES) // 2],)
    at = np.rint(np.linspace(0, len(CLASSES) - 1, number)).astype(int)
    return tuple(CLASSES[one] for one in at)
