"""Writes streets, facilities, parks and water as an OpenStreetMap extract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import osmium
import shapely

from citiesforall.demo.names import INVENTED, INVENTED_KM, Name
from citiesforall.demo.shapes import Floats, Ints, numbered
from citiesforall.demo.surfaces import LONLAT, to_crs

if TYPE_CHECKING:
    from pathlib import Path

    from citiesforall.demo.town import Town
    from citiesforall.demo.transit import Line

Tags = dict[str, str]
STOPS_MAPPED = 0.8
PAVED_URBAN, ONE_WAY_URBAN = 0.4, 0.6
LIT_MORE, SURFACE_TAGGED, ONE_WAY_SHARE = 0.2, 0.4, 0.15
PAVED = {"primary": "asphalt", "secondary": "asphalt", "tertiary": "asphalt", "trunk": "asphalt"}
PARK_TAGS: dict[str, Tags] = {
    "park": {"leisure": "park"},
    "pond_park": {"leisure": "park"},
    "promenade": {"leisure": "park", "access": "yes"},
    "garden": {"leisure": "garden", "fee": "yes", "access": "customers"},
}


@dataclass(frozen=True)
class _Thing:
    """Describe one way or point: its places, tags, and the role of a ring in a relation."""

    xy: Floats
    tags: Tags
    role: str = ""


def write_osm(town: Town, lines: tuple[Line, ...], path: Path) -> None:
    """Write the extract.

    Parameters
    ----------
    town, lines
        The town and its bus lines.
    path
        File to write.
    """
    rng = np.random.default_rng([town.plan.seed, 21])
    ways = [*_streets(town, rng), *_grounds(town), *_parks(town), *_water(town), _ferry(town)]
    points = [*_points(town), *_gates(town), *_stops(lines, rng)]
    places = np.concatenate([thing.xy for thing in ways + points])
    number, unique = numbered(places)
    lonlat = to_crs(town.plan.frame.out(unique), LONLAT)
    starts = np.cumsum([0, *(len(thing.xy) for thing in ways + points)])
    tags = {int(number[start]): thing.tags for start, thing in zip(starts[len(ways) :], points, strict=False)}
    _write(path, lonlat, tags, [(thing, number[starts[i] : starts[i + 1]]) for i, thing in enumerate(ways)])


def _write(path: Path, lonlat: Floats, tags: dict[int, Tags], ways: list[tuple[_Thing, Ints]]) -> None:
    """Write nodes, ways and relations in the order the format asks."""
    header = osmium.io.Header()
    header.set("generator", "invented town")
    new = osmium.osm.mutable
    with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
        for number, place in enumerate(lonlat.tolist()):
            writer.add_node(
                new.Node(id=number + 1, location=tuple(place), tags=tags.get(number, {}), version=1)
            )
        relations: list[tuple[Tags, list[tuple[str, int, str]]]] = []
        for number, (thing, nodes) in enumerate(ways, start=1):
            own = {} if thing.role == "outer" else thing.tags
            writer.add_way(new.Way(id=number, nodes=(nodes + 1).tolist(), tags=own, version=1))
            if thing.role == "outer":
                relations.append(({"type": "multipolygon", **thing.tags}, []))
            if thing.role:
                relations[-1][1].append(("w", number, thing.role))
        for number, (of_relation, members) in enumerate(relations, start=1):
            writer.add_relation(new.Relation(id=number, members=members, tags=of_relation, version=1))


def _named(name: Name | None) -> Tags:
    """Write a name as Cambodian mappers do: Khmer first, English beside."""
    return {"name": name[1], "name:km": name[1], "name:en": name[0]} if name else {}


def _ring(shape: Any) -> Floats:
    return np.asarray(shapely.get_coordinates(shape.exterior))


def _streets(town: Town, rng: np.random.Generator) -> list[_Thing]:
    streets = town.streets
    starts = np.searchsorted(streets.owner, np.arange(streets.kind.size + 1))
    chance = rng.random(streets.kind.size)
    things = []
    for row in np.flatnonzero(streets.mapped):
        kind, urban = str(streets.kind[row]), float(streets.urban[row])
        tags = {"highway": kind, **_named(streets.names[row])}
        if kind == "trunk":
            tags |= {"motorroad": "yes", "foot": "no", "maxspeed": "80"}
        if streets.bridge[row]:
            tags |= {"bridge": "yes", "layer": "1"}
        paved = kind in PAVED or (kind == "residential" and urban > PAVED_URBAN)
        if paved:
            tags |= {
                "surface": PAVED.get(kind, "concrete"),
                "lit": "yes" if chance[row] < urban + LIT_MORE else "no",
            }
        elif chance[row] < SURFACE_TAGGED:
            tags["surface"] = "unpaved"
        if kind == "residential" and urban > ONE_WAY_URBAN and chance[row] > 1 - ONE_WAY_SHARE:
            tags["oneway"] = "yes"
        things.append(_Thing(streets.xy[starts[row] : starts[row + 1]], tags))
    return things


def _grounds(town: Town) -> list[_Thing]:
    return [_Thing(_ring(f.ground), f.tags | _named(f.name)) for f in town.facilities if f.ground is not None]


def _points(town: Town) -> list[_Thing]:
    return [_Thing(f.xy[None], f.tags | _named(f.name)) for f in town.facilities if f.ground is None]


def _parks(town: Town) -> list[_Thing]:
    things = []
    for park in town.parks:
        tags = PARK_TAGS[park.kind] | _named((park.name, park.name_km))
        things.append(_Thing(_ring(park.shape), tags, "outer" if park.pond is not None else ""))
        if park.pond is not None:
            things.append(_Thing(_ring(park.pond), {"natural": "water", "water": "pond"}, "inner"))
    return things


def _gates(town: Town) -> list[_Thing]:
    return [
        _Thing(gate[None], {"barrier": "gate", "foot": "yes"}) for park in town.parks for gate in park.gates
    ]


def _water(town: Town) -> list[_Thing]:
    plan = town.plan
    river = _named((f"Stueng {plan.name.plain} {INVENTED}", f"ស្ទឹង{plan.name.plain_km} {INVENTED_KM}"))
    lake = _named((f"Boeng Thum {INVENTED}", f"បឹងធំ {INVENTED_KM}"))
    water = plan.water.intersection(plan.region.envelope)
    x = np.arange(-5 * plan.size_m, 5 * plan.size_m, 60.0)
    return [
        _Thing(_ring(water), {"natural": "water", "water": "river", **river}),
        _Thing(np.column_stack([x, plan.river.y(x)]), {"waterway": "river", **river}),
        _Thing(_ring(plan.lake), {"natural": "water", "water": "lake", **lake}),
    ]


def _ferry(town: Town) -> _Thing:
    """Run a ferry between the riverside street and the dyke road at the informal settlement."""
    x = town.plan.zones["informal"].centroid.x
    ends = [shapely.get_coordinates(town.plan.road(key)) for key in ("riverside", "dyke")]
    landing = [xy[np.abs(xy[:, 0] - x).argmin()] for xy in ends]
    return _Thing(
        np.array(landing), {"route": "ferry", "foot": "yes", **_named(("Ferry (invented)", "សាឡាង (ប្រឌិត)"))}
    )


def _stops(lines: tuple[Line, ...], rng: np.random.Generator) -> list[_Thing]:
    """Map most bus stops, a few metres off."""
    xy = np.concatenate([line.stops for line in lines])
    seen = xy[rng.random(len(xy)) < STOPS_MAPPED]
    return [
        _Thing(place[None], {"highway": "bus_stop", "bus": "yes"})
        for place in seen + rng.normal(0, 4.0, seen.shape)
    ]
