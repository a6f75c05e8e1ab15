"""What every street source is turned into first: ways as arrays; and the table of who may walk where."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from citiesforall.core.notes import Note

Float = NDArray[np.float64]
Int = NDArray[np.int32]
Long = NDArray[np.int64]
Bool = NDArray[np.bool_]
TAGS = ("highway", "area", "route", "foot", "access", "motorroad", "service", "bridge")  # what is looked at
NO_BRIDGE = frozenset({"no", "abandoned", "collapsed", "proposed", "removed"})
UNKNOWN = "unknown"  # the class of a street whose tag is not in the table


@dataclass(frozen=True)
class Ways:
    """Hold streets as a source draws them, before they are cut where they meet.

    Parameters
    ----------
    start
        Where a way's points start in ``node``, shape (W + 1,).
    node
        Points of the ways as positions in ``x`` and ``y``; -1 for a point the source does not hold.
    x, y
        Where the points are. [m, in the city's metric reference system]
    way_class
        Position in ``classes``, shape (W,).
    way_walk
        Whether one may walk there, shape (W,).
    classes
        Names of the classes.
    notes
        What was seen and mended.
    way_bridge
        Whether it is on a bridge, shape (W,); None where the source does not say.
    """

    start: Long
    node: Int
    x: Float
    y: Float
    way_class: NDArray[np.int8]
    way_walk: Bool
    classes: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    way_bridge: Bool | None = None


@dataclass(frozen=True)
class StreetRules:
    """Hold ``data/streets.toml``: what is a street, who may walk there, how wide it is.

    Parameters
    ----------
    classes
        Names of the classes, in the table's order.
    walk
        Whether one may walk on each.
    width_m
        Carriageway of each. [m]
    not_streets, access
        Words of tags that take a way out of the network, and that allow or forbid walking.
    every_city
        Walkable classes no city is without.
    """

    classes: tuple[str, ...]
    walk: Bool
    width_m: Float
    not_streets: Mapping[str, frozenset[str]]
    access: Mapping[str, frozenset[str]]
    every_city: tuple[str, ...]


@cache
def street_rules() -> StreetRules:
    """Return the table of streets.

    Returns
    -------
    StreetRules
        As in ``data/streets.toml``.
    """
    table = tomllib.loads(files("citiesforall.data").joinpath("streets.toml").read_text("utf-8"))
    rows = table["classes"]
    return StreetRules(
        classes=tuple(rows),
        walk=np.array([row["walk"] for row in rows.values()], bool),
        width_m=np.array([row["width_m"] for row in rows.values()], float),
        not_streets={key: frozenset(words) for key, words in table["not_streets"].items()},
        access={key: frozenset(words) for key, words in table["access"].items()},
        every_city=tuple(table["every_city"]["classes"]),
    )


@dataclass(frozen=True)
class Words:
    """Hold one tag of many ways: positions in a short list of words.

    Parameters
    ----------
    code
        Position of each way's word, -1 where it has none.
    words
        The words.
    """

    code: Int
    words: tuple[str, ...]

    def among(self, allowed: frozenset[str]) -> Bool:
        """Tell for each way whether its word is one of those allowed."""
        known = np.array([word in allowed for word in self.words] + [False], bool)
        return np.asarray(known[self.code])  # -1 takes the last: a way without the tag has none of the words


def is_street(tags: Mapping[str, Words]) -> Bool:
    """Tell which ways are streets that exist and have a line.

    Parameters
    ----------
    tags
        The tags ``TAGS`` of the ways.

    Returns
    -------
    array
        Shape (W,).
    """
    rules = street_rules()
    out = np.logical_or.reduce([tags[key].among(words) for key, words in rules.not_streets.items()])
    return np.asarray((tags["highway"].code >= 0) & ~out)


def class_of(highway: Words) -> NDArray[np.int8]:
    """Return the class of each way; words not in the table are of class ``unknown``.

    Parameters
    ----------
    highway
        The tag that names the class.

    Returns
    -------
    array
        Position in the table's classes, shape (W,).
    """
    known = {name: at for at, name in enumerate(street_rules().classes)}
    of_word = [known.get(word, known[UNKNOWN]) for word in (*highway.words, UNKNOWN)]
    return np.asarray(np.array(of_word, np.int8)[highway.code])


def may_walk(tags: Mapping[str, Words], way_class: NDArray[np.int8]) -> Bool:
    """Tell where one may walk: ``foot`` decides, else ``access`` and its like, else the class.

    Parameters
    ----------
    tags
        The tags ``TAGS`` of the ways.
    way_class
        Their classes.

    Returns
    -------
    array
        Shape (W,).

    Notes
    -----
    One-way rules do not bind people on foot and are not looked at.
    """
    rules = street_rules()
    closed = tags["access"].among(rules.access["access_no"])
    closed |= tags["motorroad"].among(rules.access["motorroad"])
    closed |= tags["service"].among(rules.access["service_no"])
    walk = rules.walk[way_class] & ~closed & ~tags["foot"].among(rules.access["foot_no"])
    return np.asarray(walk | tags["foot"].among(rules.access["foot_yes"]))


def on_bridge(tags: Mapping[str, Words]) -> Bool | None:
    """Tell which ways are on bridges.

    Parameters
    ----------
    tags
        The tags ``TAGS`` of the ways.

    Returns
    -------
    array or None
        Shape (W,); None where no way has the tag, for a source without it does not say that there are no bridges.
    """
    bridge = tags["bridge"]
    return (bridge.code >= 0) & ~bridge.among(NO_BRIDGE) if (bridge.code >= 0).any() else None


def bridge_lines(ways: Ways) -> Float | None:
    """Return the straight parts of the bridges.

    Parameters
    ----------
    ways
        Streets as drawn.

    Returns
    -------
    array or None
        x and y of both ends, shape (B, 4); None where the source does not say what is a bridge. [m]
    """
    if ways.way_bridge is None:
        return None
    of_point = np.repeat(ways.way_bridge, np.diff(ways.start))
    way = np.repeat(np.arange(len(ways.start) - 1), np.diff(ways.start))
    at = np.flatnonzero(of_point[:-1] & (way[:-1] == way[1:]) & (ways.node[:-1] >= 0) & (ways.node[1:] >= 0))
    one, other = ways.node[at], ways.node[at + 1]
    return np.column_stack([ways.x[one], ways.y[one], ways.x[other], ways.y[other]])


def take_ragged(start: Long, rows: Long) -> tuple[Long, Long]:
    """Pick rows of a ragged array.

    Parameters
    ----------
    start
        Where each row starts, shape (rows + 1,).
    rows
        Rows to take, in this order.

    Returns
    -------
    (array, array)
        The new starts, and the positions of the elements in the old array.
    """
    sizes = np.diff(start)[rows]
    new_start = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(sizes, out=new_start[1:])
    at = np.arange(new_start[-1]) + np.repeat(start[rows] - new_start[:-1], sizes)
    return new_start, at
