"""The words a register's ``options`` understand, checked before its file is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from citiesforall.core.amounts import RESIDENTS, amounts
from citiesforall.core.city import SourceUse
from citiesforall.core.errors import DeclarationError, did_you_mean, raise_all
from citiesforall.core.place import LEVELS

KEYS = ("code", "name", "x", "y")
"""Words of ``columns`` that are no amounts."""
LISTS = ("shares", "percent", "blank_is_zero", "zero_is_missing", "zero_is_real")
WORDS = frozenset(
    {
        *LISTS, "level", "sum_to", "faults", "repeated", "count", "count_where", "whole_from_share", "codes", "factor",
        "self_selected", "complete", "nearest", "join", "sheet", "header_row", "layer",
    }
)  # fmt: skip


NEAREST: Mapping[str, tuple[type, ...]] = {
    "to": (list, tuple),
    "distance": (str,),
    "near": (str,),
    "within_m": (int, float),
    "detour": (int, float),
}
"""Words of one ``nearest``, and what each is."""


@dataclass(frozen=True)
class Nearest:
    """Ask how far the rows of a register lie from the points of others.

    Parameters
    ----------
    to
        Ids of registers of points.
    distance
        Amount that takes the way to the nearest point, empty where not asked. [m]
    near
        Amount that takes the share of residents at most ``within_m`` away, empty where not asked.
    within_m
        On the way, not in a straight line. [m]
    detour
        By which a straight line is multiplied to stand for the way. [ratio]
    """

    to: tuple[str, ...]
    distance: str = ""
    near: str = ""
    within_m: float = 0.0
    detour: float = 1.0


@dataclass(frozen=True)
class Options:
    """Hold what a city file says of how a register is to be read.

    Parameters
    ----------
    shares, percent
        Amounts whose column is a share of what they are a part of: 0 to 1, and 0 to 100.
    blank_is_zero, zero_is_missing, zero_is_real
        Amounts whose blanks mean 0; whose zeros mean that nobody knows; whose zeros everywhere are a fact.
    level, sum_to
        Level of the file's codes, where all must be of one; level to which finer places are added up.
    faults
        ``stop``: a row that cannot be right stops the run; ``list``: its values become missing and are listed.
    repeated
        ``stop`` at a code that stands twice, or ``sum`` such rows.
    count
        Amount that counts the rows of a place.
    count_where
        Amount that counts some rows -> ``column`` and ``equals``, ``at_most`` or ``at_least``.
    whole_from_share
        Whole -> ``part`` (an amount) and ``share`` (a column): whole = part / share.
    codes
        What the column of codes holds -> a place code, for files that write names.
    factor
        Amount -> number its column is multiplied by (hectares to m2: 10000).
    self_selected
        Whether the records are of people who chose to write.
    complete
        Whether the rows that are counted are all there are: units without a row then have 0.
    nearest
        Distances to the points of other registers.
    join
        ``name``: where a row's name is that of another place than its code's, the name holds.
    """

    shares: frozenset[str] = frozenset()
    percent: frozenset[str] = frozenset()
    blank_is_zero: frozenset[str] = frozenset()
    zero_is_missing: frozenset[str] = frozenset()
    zero_is_real: frozenset[str] = frozenset()
    level: str | None = None
    sum_to: str | None = None
    faults: Literal["stop", "list"] = "stop"
    repeated: Literal["stop", "sum"] = "stop"
    count: str | None = None
    count_where: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    whole_from_share: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    factor: Mapping[str, float] = field(default_factory=dict)
    self_selected: bool = False
    complete: bool = False
    nearest: tuple[Nearest, ...] = ()
    join: Literal["code", "name"] = "code"

    def share_amounts(self) -> frozenset[str]:
        """Return the amounts given as shares, of either scale; rows that count residents say yes or no of all of theirs."""
        made = {self.count, *self.count_where, *(one.near for one in self.nearest)}
        return (
            self.shares | self.percent | {word for word in made if word and amounts()[word].of == RESIDENTS}
        )


def read_options(use: SourceUse) -> Options:
    """Check the options and columns of a register.

    Parameters
    ----------
    use
        A source of role ``registers``.

    Returns
    -------
    Options
        What they say.

    Raises
    ------
    DeclarationError
        Carrying every unknown word, amount and level.
    """
    said = use.options
    where = f"sources.registers.{use.id}"
    faults = [
        f"{where}.options.{word}: this word is not known. {did_you_mean(word, WORDS)}"
        for word in said
        if word not in WORDS
    ]
    columns = [word for word in use.columns if word not in KEYS]
    parts = [word for word in columns if word in amounts() and amounts()[word].of is not None]
    of = {word: parts if word in {"shares", "percent"} else columns for word in LISTS}
    lists = {word: _listed(said.get(word, ()), of[word]) for word in LISTS}
    made = [said["count"]] if "count" in said else []
    for word in ("count_where", "whole_from_share", "factor", "codes"):
        if not isinstance(said.get(word, {}), dict):
            faults.append(f"{where}.options.{word}: a table is expected. Write {word} = {{ ... }}.")
            said = {**said, word: {}}
    made += [*said.get("count_where", {}), *said.get("whole_from_share", {})]
    near, wrong = _nearest(said.get("nearest", ()), where)
    made += [word for one in near for word in (one.distance, one.near) if word]
    named = {f"columns.{word}": word for word in columns} | {f"options: {word}": word for word in made}
    named |= {f"options.{key}: {word}": word for key, words in lists.items() for word in words}
    faults += [
        f"{where}.{place}: amount '{word}' is not known. {did_you_mean(word, amounts())}"
        for place, word in named.items()
        if word not in amounts()
    ]
    faults += [*wrong, *_level_faults(said, where), *_choice_faults(said, where)]
    faults += _share_faults(lists["shares"] | lists["percent"], where)
    if not columns and not made:
        faults.append(
            f"{where}: no amount is read from it. Write columns = {{ code = ..., households = ... }}."
        )
    raise_all(faults, DeclarationError)
    rest = {
        word: said[word]
        for word in WORDS - set(LISTS) - {"sheet", "header_row", "layer", "nearest"}
        if word in said
    }
    return Options(**{**lists, **rest, "nearest": near})


def _nearest(said: Any, where: str) -> tuple[tuple[Nearest, ...], list[str]]:
    """Return what is asked of distances, and what is wrong with it: one table, or a list of them."""
    listed = [said] if isinstance(said, dict) else said
    found, faults = list[Nearest](), list[str]()
    for one in listed if isinstance(listed, list | tuple) else [listed]:
        if not isinstance(one, dict) or "to" not in one:
            faults.append(
                f"{where}.options.nearest: a table with 'to' is expected. Write nearest = {{ to = [...], ... }}."
            )
            continue
        row = {**one, "to": [one["to"]] if isinstance(one["to"], str) else one["to"]}
        wrong = [
            f"{where}.options.nearest.{word}: {value!r} cannot be used. {did_you_mean(word, NEAREST)}"
            for word, value in row.items()
            if word not in NEAREST or not isinstance(value, NEAREST[word]) or isinstance(value, bool)
        ]
        faults += wrong
        if not wrong:
            found.append(Nearest(**{**row, "to": tuple(map(str, row["to"]))}))
    return tuple(found), [*faults, *_near_faults(found, where)]


def _near_faults(near: list[Nearest], where: str) -> list[str]:
    """Tell distances that name no amount, or numbers that cannot be."""
    faults = []
    for one in near:
        if not (one.distance or one.near):
            faults.append(f"{where}.options.nearest: it fills no amount. Write distance = ... or near = ....")
        if not one.detour >= 1:
            faults.append(
                f"{where}.options.nearest.detour: {one.detour:g} is below 1, and no way is shorter than a straight line. Mend it."
            )
        if one.near and not one.within_m > 0:
            faults.append(
                f"{where}.options.nearest.within_m: a distance above 0 is needed for '{one.near}'. Add it."
            )
        if one.near in amounts() and amounts()[one.near].of != RESIDENTS:
            faults.append(
                f"{where}.options.nearest.near: '{one.near}' is no part of the residents. Name one that is."
            )
        if one.distance in amounts() and amounts()[one.distance].kind != "index":
            faults.append(
                f"{where}.options.nearest.distance: '{one.distance}' adds up; a distance does not. Name an index."
            )
    return faults


def _listed(words: Any, columns: list[str]) -> frozenset[str]:
    """Return the amounts a list names; ``true`` names all columns it may be said of."""
    if isinstance(words, bool):
        return frozenset(columns) if words else frozenset()
    return frozenset([words] if isinstance(words, str) else map(str, words))


def _share_faults(words: frozenset[str], where: str) -> list[str]:
    """Tell amounts given as shares that are a part of nothing."""
    return [
        f"{where}.columns.{word}: it is given as a share, but '{word}' is not declared as a part of anything. "
        "Give the number itself, or declare 'of' in data/registers."
        for word in sorted(words)
        if word in amounts() and amounts()[word].of is None
    ]


def _level_faults(said: Mapping[str, Any], where: str) -> list[str]:
    """Tell levels that are not known."""
    return [
        f"{where}.options.{word}: level '{said[word]}' is not known. {did_you_mean(str(said[word]), LEVELS)}"
        for word in ("level", "sum_to")
        if word in said and said[word] not in LEVELS
    ]


def _choice_faults(said: Mapping[str, Any], where: str) -> list[str]:
    """Tell choices between two words that name neither, and numbers that are none."""
    allowed = {
        "faults": ("stop", "list"),
        "repeated": ("stop", "sum"),
        "join": ("code", "name"),
        "self_selected": (True, False),
        "complete": (True, False),
    }
    faults = [
        f"{where}.options.{word}: '{said[word]}' is not allowed. Allowed: {', '.join(map(str, words))}. Mend it."
        for word, words in allowed.items()
        if word in said and said[word] not in words
    ]
    factors = said.get("factor", {})
    faults += [
        f"{where}.options.factor.{word}: '{value}' is no number above 0. Mend it."
        for word, value in factors.items()
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0
    ]
    return faults


def whole_of(amount: str) -> str:
    """Return what an amount given as a share is a share of."""
    return amounts()[amount].of or RESIDENTS
