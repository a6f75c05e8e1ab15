"""Edits of OpenStreetMap extracts: things dropped, doubled, moved, retagged, cut from each other."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random
from typing import Any

import osmium
from osmium.osm import mutable

from fuzz.edits import junk

KEYS = (
    "highway",
    "amenity",
    "leisure",
    "building",
    "access",
    "foot",
    "oneway",
    "layer",
    "railway",
    "route",
    "type",
    "natural",
    "area",
    "level",
    "name",
)
WORDS = (
    "residential",
    "footway",
    "motorway",
    "ferry",
    "yes",
    "no",
    "private",
    "hospital;school",
    "park",
    "multipolygon",
    "water",
    "platform",
    "construction",
)
CHANGES = (
    "tag",
    "tag",
    "tag",
    "drop",
    "drop_nodes",
    "drop_ways",
    "move",
    "move",
    "twice",
    "refs",
    "refs",
    "no_highways",
    "ids",
    "order",
    "member",
    "loop",
)
Things = list[tuple[str, Any]]


def edit(raw: bytes, chance: Random) -> bytes:
    """Change an extract once."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "a.osm.pbf", Path(folder) / "b.osm.pbf"
        path.write_bytes(raw)
        things = things_of(path)
        for _ in range(chance.choice((1, 3, 20))):
            _change(things, chance)
        write_things(things, out)
        return out.read_bytes()


def things_of(path: Path) -> Things:
    """Return every node, way and relation, to be changed."""
    things: Things = []
    for thing in osmium.FileProcessor(str(path)):
        tags = {tag.k: tag.v for tag in thing.tags}
        if isinstance(thing, osmium.osm.Node):
            place = (thing.location.lon, thing.location.lat) if thing.location.valid() else None
            things.append(("n", mutable.Node(id=thing.id, tags=tags, location=place)))
        elif isinstance(thing, osmium.osm.Way):
            things.append(
                ("w", mutable.Way(id=thing.id, tags=tags, nodes=[node.ref for node in thing.nodes]))
            )
        elif isinstance(thing, osmium.osm.Relation):
            members = [(member.type, member.ref, member.role) for member in thing.members]
            things.append(("r", mutable.Relation(id=thing.id, tags=tags, members=members)))
    return things


def write_things(things: Things, path: Path) -> None:
    """Write an extract."""
    writer = osmium.SimpleWriter(str(path))
    try:
        for kind, thing in things:
            {"n": writer.add_node, "w": writer.add_way, "r": writer.add_relation}[kind](thing)
    finally:
        writer.close()


def _change(things: Things, chance: Random) -> None:
    """Change one thing, or one kind of thing."""
    change = chance.choice(CHANGES)
    wanted = {"move": "n", "refs": "w", "loop": "w", "member": "r", "tag": "wr"}.get(change, "nwr")
    suits = [
        at for at, (kind, thing) in enumerate(things) if kind in wanted and (change != "tag" or thing.tags)
    ]
    at = chance.choice(suits)
    kind, thing = things[at]
    match change:
        case "drop":
            del things[at]
        case "drop_nodes" | "drop_ways":
            left = change[5]
            things[:] = [one for one in things if one[0] != left or chance.random() < 0.7]
        case "no_highways":
            for _, one in things:
                one.tags.pop("highway", None)
        case "move":
            thing.location = (
                (chance.uniform(-180, 180), chance.uniform(-90, 90))
                if chance.random() < 0.7
                else chance.choice(((0, 0), (180, 90), None))
            )
        case "twice":
            things.insert(at, (kind, thing))
        case "refs":
            thing.nodes = chance.choice(
                (
                    [],
                    thing.nodes[:1],
                    thing.nodes * 2,
                    [*thing.nodes, 10**12],
                    thing.nodes[::-1],
                    thing.nodes[:-1],
                    [-5, *thing.nodes],
                )
            )
        case "loop":
            thing.nodes = [thing.nodes[0]] * 5
        case "member":
            thing.members = chance.choice(
                (
                    [],
                    thing.members * 2,
                    thing.members[:1],
                    [("r", thing.id, "outer")],
                    [(*one[:2], "x") for one in thing.members],
                    [("w", 10**12, "")],
                )
            )
        case "ids":
            thing.id = chance.choice((0, -1, 1, 2**40, 2**62, things[0][1].id))
        case "order":
            chance.shuffle(things)
        case _:
            thing.tags[chance.choice((*thing.tags, *KEYS))] = chance.choice(
                (*WORDS, junk.cell(chance)[:250].replace("\x00", ""))
            )
