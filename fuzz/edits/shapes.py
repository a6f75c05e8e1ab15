"""Edits of GeoJSON: geometries that cannot be, reference systems that are not."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from fuzz.edits import junk, trees

TREE_SHARE = 0.35
"""Of the edits, those that know JSON only."""
TYPES = (
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
    "Circle",
)
SYSTEMS = (
    "urn:ogc:def:crs:EPSG::32648",
    "urn:ogc:def:crs:EPSG::3857",
    "urn:ogc:def:crs:EPSG::4326",
    "urn:ogc:def:crs:EPSG::99999",
    "EPSG:32748",
    "",
    "nonsense",
)
CHANGES = (
    "none",
    "empty",
    "type",
    "point",
    "points",
    "swap_xy",
    "far",
    "bow_tie",
    "reverse",
    "open",
    "few",
    "three",
    "copy",
    "drop",
    "system",
    "scale",
    "shift",
    "mixed",
    "dense",
)


def edit(raw: bytes, chance: Random) -> bytes:
    """Change a collection once."""
    tree = json.loads(raw.decode("utf-8-sig"))
    if chance.random() < TREE_SHARE:
        trees.change_tree(tree, chance)
    else:
        _change(tree, chance)
    return json.dumps(tree, ensure_ascii=False).encode("utf-8", "replace")


def _change(tree: dict[str, Any], chance: Random) -> None:
    """Change one feature's shape, or all of them."""
    features = tree["features"]
    at = chance.randrange(len(features))
    feature = features[at]
    change = chance.choice(CHANGES)
    match change:
        case "none":
            feature["geometry"] = None
        case "copy":
            features.append(json.loads(json.dumps(feature)))
        case "drop":
            del features[at if chance.random() < 0.5 else slice(at, None)]
        case "system":
            tree["crs"] = {"type": "name", "properties": {"name": chance.choice(SYSTEMS)}}
        case "type":
            feature["geometry"]["type"] = chance.choice(TYPES)
        case "empty":
            feature["geometry"]["coordinates"] = []
        case "mixed":
            point = _first(feature["geometry"]["coordinates"])
            feature["geometry"] = {
                "type": "GeometryCollection",
                "geometries": [{"type": "Point", "coordinates": point}, feature["geometry"]],
            }
        case "scale" | "shift" | "swap_xy":
            everywhere = features if chance.random() < 0.5 else [feature]
            amount = chance.choice((0, -1, 1e-9, 1e3, 1e6, 0.1, 360.0))
            for one in everywhere:
                one["geometry"]["coordinates"] = _mapped(one["geometry"]["coordinates"], change, amount)
        case _:
            _change_points(feature["geometry"]["coordinates"], change, chance)


def _first(coordinates: Any) -> Any:
    """Return the first point."""
    while isinstance(coordinates[0], list):
        coordinates = coordinates[0]
    return coordinates


def _mapped(coordinates: Any, change: str, amount: float) -> Any:
    """Move every point."""
    if coordinates and isinstance(coordinates[0], list):
        return [_mapped(one, change, amount) for one in coordinates]
    x, y, *more = coordinates
    if change == "swap_xy":
        return [y, x, *more]
    return [x * amount, y * amount, *more] if change == "scale" else [x + amount, y, *more]


def _change_points(coordinates: Any, change: str, chance: Random) -> None:
    """Change the points of one line or ring in place."""
    line = coordinates
    while isinstance(line[0], list) and isinstance(line[0][0], list):
        line = chance.choice(line)
    if not isinstance(line[0], list):
        line[chance.randrange(len(line))] = chance.choice((junk.number(chance), junk.cell(chance), None))
        return
    at = chance.randrange(len(line))
    match change:
        case "point":
            line[at] = [junk.number(chance), junk.number(chance)]
        case "points":
            line[at] = chance.choice(([], [1], None, "x", [None, None], [line[at]]))
        case "far":
            line[at] = [line[at][0] + chance.choice((1, 90, 400)), line[at][1]]
        case "bow_tie":
            line[1], line[-2] = line[-2], line[1]
        case "reverse":
            line.reverse()
        case "open":
            line.pop()
        case "few":
            del line[chance.choice((0, 1, 2, 3)) :]
        case "three":
            line[:] = [[*one, junk.number(chance)] for one in line]
        case _:
            line[at:at] = [list(line[at])] * chance.choice((1, 3, 2000))
