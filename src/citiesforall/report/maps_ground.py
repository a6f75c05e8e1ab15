"""The ground of maps: borders, main streets and water as paths of an SVG without words, in metres from the upper left."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from citiesforall.core.tables import read_parquet
from citiesforall.report.evidence import CELL_BITS, Evidence, on_grid
from citiesforall.report.typeset_colours import BORDER, LAND, SOFT, STREET, WATER

Floats = npt.NDArray[np.float64]

FINEST = 1400
"""Parts of the longer side a line is drawn to: a tenth of a millimetre on a page."""
MARGIN = 0.03
"""Free space left, right and above the city, as a part of its longer side."""
FOOT = 0.07
"""Free space below it, for scale and north."""
STREET_CLASSES = ("motorway", "trunk", "primary", "secondary", "tertiary")
MOST_STREET_POINTS = 9000
"""With more than this the least class is left out, then the next."""
STREET_WIDTH = {"motorway": 2.2, "trunk": 2.2, "primary": 1.7, "secondary": 1.2, "tertiary": 0.8}
"""Width of a street's line. [thousandths of the longer side]"""
BORDER_WIDTH, MANY = 0.9, 150
"""Width of a border between places, thinner where there are more than so many. [thousandths of the longer side]"""
NO_CLASS, THIN = "unknown", 0.5
CELL_OFFSET = 1 << 30
"""How a cell's id holds its column and row (docs/why/architecture.md)."""
WET_SHARE = 0.5
"""A cell with less land than this is drawn as water."""


@dataclass(frozen=True)
class Frame:
    """Say where a picture lies: its upper left corner in the city's metres, and its size.

    Parameters
    ----------
    west, north
        Upper left corner. [m]
    width_m, height_m
        Size.
    """

    west: float
    north: float
    width_m: float
    height_m: float

    @property
    def side_m(self) -> float:
        """Return the longer side. [m]"""
        return max(self.width_m, self.height_m)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return a place of the city as metres right of and below the corner."""
        return x - self.west, self.north - y


@dataclass(frozen=True)
class Ground:
    """Hold what every map of a city shares.

    Parameters
    ----------
    frame
        Where it lies.
    codes
        Of the smallest places whose borders are known. (U)
    outlines
        Path of each, simplified together so that no gap opens. (U)
    anchors
        Where a word on each stands. [m] (U, 2)
    areas
        Of each. [m2] (U)
    outline
        Path of the city.
    streets, water
        Finished elements; empty where the city has none.
    are_main
        Whether the streets are the main ones: a source without classes has only streets.
    n_without
        How many of the smallest places have no border in any source: they are not drawn.
    """

    frame: Frame
    codes: tuple[str, ...]
    outlines: tuple[str, ...]
    anchors: Floats
    areas: Floats
    outline: str
    streets: str
    water: str
    are_main: bool
    n_without: int = 0


def is_drawable(evidence: Evidence) -> bool:
    """Say whether the borders of any of the smallest places are known: without, there is no map of the city."""
    places = evidence.tables["places"]
    return bool(places.loc[~places["place"].isin(places["parent"].dropna()), "geometry"].notna().any())


def ground(evidence: Evidence) -> Ground:
    """Return the ground of a city's maps; folders of finished steps never change, so it is made once.

    Parameters
    ----------
    evidence
        Of a city with borders (`is_drawable`). Where only places in it have one, their outline is the city's.
    """
    folders = evidence.folders
    return _ground(
        folders["places"], folders.get("streets"), folders.get("cells"), evidence.city.choices.cell_m
    )


def picture(
    base: Ground, inside: Sequence[str], over: Sequence[str] = (), *, main_streets: bool = True
) -> str:
    """Return a finished SVG.

    Parameters
    ----------
    base
        Water, streets and borders.
    inside
        Elements cut off at the city's border: colours.
    over
        Elements above the borders.
    main_streets
        Whether streets are drawn over the colours.
    """
    frame = base.frame
    line = frame.side_m / 1000
    borders = "".join(f'<path d="{path}"/>' for path in base.outlines)
    # Lines of a thousand small places would cover the colours between them: they grow thinner as places do smaller.
    thin = BORDER_WIDTH * min(1.0, math.sqrt(MANY / max(len(base.outlines), 1)))
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.width_m:.0f} {frame.height_m:.0f}">',
        f'<defs><clipPath id="city"><path d="{base.outline}" clip-rule="evenodd"/></clipPath>{_hatch(frame)}</defs>',
        f'<path d="{base.outline}" fill="{LAND}" fill-rule="evenodd"/>',
        f'<g clip-path="url(#city)">{"".join(inside)}{base.water}{base.streets if main_streets else ""}</g>',
        f'<g fill="none" stroke="{BORDER}" stroke-width="{thin * line:.1f}" stroke-linejoin="round">{borders}</g>',
        f'<path d="{base.outline}" fill="none" stroke="{SOFT}" stroke-width="{2.2 * line:.1f}" stroke-linejoin="round"/>',
        *over,
        "</svg>",
    )
    return "".join(parts)


def filled(paths: Iterable[str], colour: str) -> str:
    """Return paths filled with a colour or, by ``url(#hatch)``, with the hatch of what is unknown."""
    data = "".join(paths)
    return f'<path d="{data}" fill="{colour}" fill-rule="evenodd"/>' if data else ""


def squares(cells: npt.NDArray[np.int64], cell_m: float, frame: Frame) -> str:
    """Return cells as one path: cells side by side in a row are one rectangle.

    Parameters
    ----------
    cells
        Ids. (C)
    cell_m
        Length of their sides. [m]
    frame
        Where the picture lies.
    """
    if not len(cells):
        return ""
    column = (cells >> CELL_BITS) - CELL_OFFSET
    row = (cells & ((1 << CELL_BITS) - 1)) - CELL_OFFSET
    order = np.lexsort((column, row))
    column, row = column[order], row[order]
    begins = np.r_[True, (row[1:] != row[:-1]) | (column[1:] != column[:-1] + 1)]
    first = np.flatnonzero(begins)
    wide = np.diff(np.r_[first, len(cells)]) * cell_m
    x, y = column[first] * cell_m - frame.west, frame.north - (row[first] + 1) * cell_m
    side = f"{cell_m:.0f}"
    runs = zip(x, y, wide, strict=True)
    return "".join(f"M{a:.0f} {b:.0f}h{w:.0f}v{side}h-{w:.0f}z" for a, b, w in runs)


def path_of(shape: Any, frame: Frame) -> str:
    """Return the rings of a polygon or of several as one path."""
    rings = [
        ring
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon"
        for ring in (part.exterior, *part.interiors)
    ]
    return "".join(f"{_line(shapely.get_coordinates(ring)[:-1], frame)}z" for ring in rings)


@cache
def _ground(places: Path, streets: Path | None, cells: Path | None, cell_m: float) -> Ground:
    """Return the ground, read from the folders of steps."""
    table = read_parquet(places / "places.parquet")
    shapes = shapely.from_wkb(table["geometry"].to_numpy(object))
    whole = table["parent"].isna().to_numpy()
    smallest = ~table["place"].isin(table["parent"].dropna()).to_numpy()
    drawable = smallest & ~shapely.is_missing(shapes)
    city = shapes[whole][0] if shapes[whole][0] is not None else shapely.union_all(shapes[drawable])
    frame = frame_of(city)
    fine = frame.side_m / FINEST
    simple = _simplified(shapes[drawable], fine)
    drawn, are_main = _streets(streets, city, frame)
    return Ground(
        frame,
        tuple(table.loc[drawable, "place"].astype(str)),
        tuple(path_of(one, frame) for one in simple),
        _anchors(shapes[drawable], frame),
        shapely.area(shapes[drawable]),
        path_of(shapely.simplify(city, fine), frame),
        drawn,
        _water(cells, cell_m, frame),
        are_main,
        int(smallest.sum() - drawable.sum()),
    )


def frame_of(city: Any) -> Frame:
    """Return the frame around a shape, with its margins."""
    west, south, east, north = shapely.bounds(city)
    side = max(east - west, north - south)
    edge = MARGIN * side
    return Frame(
        float(west - edge),
        float(north + edge),
        float(east - west + 2 * edge),
        float(north - south + edge + FOOT * side),
    )


def _simplified(shapes: npt.NDArray[Any], fine: float) -> npt.NDArray[Any]:
    """Simplify neighbours together; one that would vanish stays as it is."""
    simple = shapely.coverage_simplify(shapes, fine)
    return np.where(shapely.is_empty(simple), shapes, simple)


def _anchors(shapes: npt.NDArray[Any], frame: Frame) -> Floats:
    """Return the middle of the widest part of each shape, as metres of the picture. (U, 2)"""
    lines = shapely.maximum_inscribed_circle(shapes, tolerance=frame.side_m / 200)
    at = shapely.get_coordinates(shapely.get_point(lines, 0))
    return np.column_stack([at[:, 0] - frame.west, frame.north - at[:, 1]])


def _hatch(frame: Frame) -> str:
    """Return the pattern of what is unknown."""
    step = frame.side_m / 90
    return (
        f'<pattern id="hatch" patternUnits="userSpaceOnUse" width="{step:.0f}" height="{step:.0f}">'
        f'<path d="M0 {step:.0f}L{step:.0f} 0" stroke="{SOFT}" stroke-width="{step / 7:.1f}"/></pattern>'
    )


def _streets(folder: Path | None, city: Any, frame: Frame) -> tuple[str, bool]:
    """Return the main streets, wider the more they carry; every street, thin, where the source knows no classes."""
    if folder is None or not (folder / "streets.npz").is_file():
        return "", False
    with np.load(folder / "streets.npz") as kept:
        start, x, y = kept["vertex_start"], kept["vertex_x"], kept["vertex_y"]
        classes = [str(name).removesuffix("_link") for name in kept["classes"]]
        of_edge = np.array(classes)[kept["edge_class"]]
    are_main = bool(np.isin(of_edge, STREET_CLASSES).any())
    drawn: list[str] = []
    points = 0
    for name in STREET_CLASSES if are_main else (NO_CLASS,):
        edges = np.flatnonzero(of_edge == name)
        if not len(edges):
            continue
        lines = [np.column_stack([x[start[e] : start[e + 1]], y[start[e] : start[e + 1]]]) for e in edges]
        near = _merged(lines, city, frame)
        points += len(shapely.get_coordinates(near))
        if points > MOST_STREET_POINTS and drawn:
            break
        path = "".join(_line(shapely.get_coordinates(part), frame) for part in shapely.get_parts(near))
        width = STREET_WIDTH.get(name, THIN) * frame.side_m / 1000
        drawn.append(f'<path d="{path}" stroke-width="{width:.1f}"/>')
    whole = f'<g fill="none" stroke="{STREET}" stroke-linecap="round">{"".join(reversed(drawn))}</g>'
    return (whole if drawn else ""), are_main


def _merged(lines: Sequence[Floats], city: Any, frame: Frame) -> Any:
    """Return lines joined where they meet, cut to the city's frame and simplified."""
    joined = shapely.line_merge(shapely.multilinestrings([shapely.linestrings(one) for one in lines]))
    return shapely.simplify(shapely.clip_by_rect(joined, *shapely.bounds(city)), frame.side_m / FINEST)


def _water(folder: Path | None, cell_m: float, frame: Frame) -> str:
    """Return cells that are mostly water, their corners rounded."""
    if folder is None or not (folder / "cells.parquet").is_file():
        return ""
    table = read_parquet(folder / "cells.parquet")
    table = table[on_grid(table["cell"].to_numpy(np.int64))]
    land = table.groupby("cell")[["land_m2", "area_m2"]].sum()
    wet = land.index[(land["land_m2"] < WET_SHARE * land["area_m2"]).to_numpy()].to_numpy(np.int64)
    if not len(wet):
        return ""
    x = ((wet >> CELL_BITS) - CELL_OFFSET) * cell_m
    y = ((wet & ((1 << CELL_BITS) - 1)) - CELL_OFFSET) * cell_m
    joined = shapely.union_all(shapely.box(x, y, x + cell_m, y + cell_m))
    rounded = shapely.buffer(
        shapely.buffer(shapely.simplify(joined, 0.75 * cell_m), -0.3 * cell_m), 0.45 * cell_m, quad_segs=3
    )
    return filled([path_of(shapely.simplify(rounded, frame.side_m / FINEST), frame)], WATER)


def _line(xy: Floats, frame: Frame) -> str:
    """Return points as a path: the first in metres of the picture, each next one from the one before."""
    if len(xy) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    at = np.rint(np.column_stack([xy[:, 0] - frame.west, frame.north - xy[:, 1]])).astype(int)
    steps = np.diff(at, axis=0)
    steps = steps[(steps != 0).any(axis=1)]
    return f"M{at[0, 0]} {at[0, 1]}l" + " ".join(f"{dx} {dy}" for dx, dy in steps) if len(steps) else ""


def names_of(places: pd.DataFrame, lang: str) -> Mapping[str, str]:
    """Return what places are called: in Khmer where a Khmer document has the name, else as they write it themselves."""
    own = places["name"].astype(str)
    said = places["name_km"].where(places["name_km"].notna(), own).astype(str) if lang == "km" else own
    return dict(zip(places["place"].astype(str), said, strict=True))
