"""Facility kinds: the table of tag rules, and which kinds a set of OSM tags is; leaves positions to its callers."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, Protocol

from pydantic import Field, model_validator

from citiesforall.core.errors import DeclarationError, did_you_mean
from citiesforall.core.source import Frozen

Tags = Mapping[str, str]


class Gettable(Protocol):
    """Anything that gives the value of a tag: a dict, or osmium's own list of tags."""

    def get(self, key: str, default: None = None, /) -> str | None:
        """Return the value of a tag, None where it is not there."""
        ...


Rule = dict[str, tuple[str, ...]]
_GRADES = re.compile(r"(\d{1,2})\s*(?:-|\u2013|to|a)\s*(\d{1,2})")
MAIN_KEYS = frozenset({"amenity", "shop", "leisure", "healthcare", "office", "railway"})
_LATIN_MARKS = re.compile("[\u0300-\u036f]")


class Kind(Frozen):
    """Describe one kind of facility.

    Parameters
    ----------
    id
        Words in ``snake_case``.
    title
        English; Khmer is in the locale.
    dimension
        Of human security, or ``city``.
    any_of
        Tag rules: a feature is of the kind when every key of one rule has one of its values.
    none_of
        Tag values that exclude, whatever the rules say.
    union_of
        Kinds whose facilities are of this kind too.
    name_words, named_any_of
        A feature of ``named_any_of`` whose name holds one of the words is of the kind.
    school_level
        Whether the level of a school decides too.
    open_space
        Whether it is a space to be in, read with its polygon.
    same_within_m, same_name_within_m
        How near two records are one facility: with names that do not contradict, and with names that agree. [m]
    aliases
        Other words a city file may use.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    dimension: Literal[
        "economic", "food", "health", "environmental", "personal", "community", "political", "city"
    ]
    any_of: tuple[Rule, ...] = ()
    none_of: Rule = Field(default_factory=dict)
    union_of: tuple[str, ...] = ()
    name_words: tuple[str, ...] = ()
    named_any_of: tuple[Rule, ...] = ()
    school_level: bool = False
    open_space: bool = False
    same_within_m: Annotated[float, Field(ge=0, le=2000)]
    same_name_within_m: Annotated[float, Field(ge=0, le=5000)] = 0.0
    aliases: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _name_reaches_as_far(self) -> Kind:
        if 0 < self.same_name_within_m < self.same_within_m:
            raise ValueError("same_name_within_m is less than same_within_m. Raise it.")
        return self

    def reach_m(self) -> float:
        """Return how far two records with agreeing names may lie apart. [m]"""
        return max(self.same_within_m, self.same_name_within_m)


class SchoolLevels(Frozen):
    """Hold the words by which the level of a school is known."""

    isced: dict[str, tuple[str, ...]]
    tags: dict[str, tuple[str, ...]]
    grades: dict[str, tuple[int, int]]
    words_out: tuple[str, ...] = ()
    words: dict[str, tuple[str, ...]]


class Common(Frozen):
    """Hold what excludes a feature from every kind."""

    none_of: Rule
    gone_prefixes: tuple[str, ...]


class NameWords(Frozen):
    """Hold words of a name that say the kind and not which one."""

    generic: tuple[str, ...]
    generic_km: tuple[str, ...]


class Table(Frozen):
    """Hold ``data/facilities.toml``."""

    common: Common
    names: NameWords
    school_levels: SchoolLevels
    kinds: dict[str, Kind]


@cache
def table() -> Table:
    """Return the whole table of facility kinds, checked."""
    text = files("citiesforall.data").joinpath("facilities.toml").read_text("utf-8")
    raw = tomllib.loads(text)
    raw["kinds"] = {key: {"id": key, **row} for key, row in raw["kinds"].items()}
    return Table.model_validate(raw)


def kinds() -> dict[str, Kind]:
    """Return every facility kind, by id, in the order of the table."""
    return table().kinds


def kind_of(word: str, where: str = "kind") -> Kind:
    """Return a kind by its id or alias.

    Parameters
    ----------
    word
        As written in a city file.
    where
        Named in the message.

    Returns
    -------
    Kind
        The kind.

    Raises
    ------
    DeclarationError
        No kind has this id or alias.
    """
    for kind in kinds().values():
        if word == kind.id or word in kind.aliases:
            return kind
    raise DeclarationError(f"{where}: facility kind '{word}' is not known. {did_you_mean(word, kinds())}")


def osm_keys() -> tuple[str, ...]:
    """Return the OSM keys that the rules ask for, sorted."""
    rules = [rule for kind in kinds().values() for rule in (*kind.any_of, *kind.named_any_of)]
    return tuple(sorted({next(iter(rule)) for rule in rules}))


def kinds_of(tags: Tags) -> tuple[str, ...]:
    """Return the kinds a feature is, unions left out.

    Parameters
    ----------
    tags
        OSM tags.

    Returns
    -------
    tuple of str
        Ids in the order of the table; empty where no rule matches or the feature is gone.

    Notes
    -----
    Schools: ``amenity=school`` is of kind ``school``; of ``primary_school`` or ``secondary_school`` too where the level
    is known (`school_levels_of`). Without a level it counts as ``school`` only, never as both.
    """
    found, unsure = _by_tags(frozenset(item for item in tags.items() if item[0] in _asked()))
    found = found | {kind.id for kind in unsure if _is_named(kind, tags)}
    if not found:
        return ()
    if "school" in found:
        found = found.union(school_levels_of(tags))
    return tuple(key for key in kinds() if key in found)


@cache
def _by_tags(said: frozenset[tuple[str, str]]) -> tuple[frozenset[str], tuple[Kind, ...]]:
    """Return the kinds that tags make a thing, and those its name has to decide; most things are tagged like many others."""
    tags = dict(said)
    likely = _likely(tags)
    if not likely or is_gone(tags):
        return frozenset(), ()
    holds = [
        (kind, by_name)
        for kind, rest, by_name in likely
        if _holds(rest, tags) and not _excluded(kind.none_of, tags)
    ]
    unsure = tuple(kind for kind, by_name in holds if by_name)
    return frozenset(kind.id for kind, by_name in holds if not by_name), unsure


@cache
def _asked() -> frozenset[str]:
    """Return the keys that any rule looks at."""
    rules = [rule for kind in kinds().values() for rule in (*kind.any_of, *kind.named_any_of, kind.none_of)]
    return frozenset({key for rule in (*rules, table().common.none_of) for key in rule} | _gone_keys())


def may_be_facility(tags: Gettable) -> bool:
    """Tell quickly whether a feature may be of any kind, so that streets and trees are not looked at further."""
    for key, values in first_values().items():
        said = tags.get(key)
        if said is not None and (said in values or (";" in said and any(v in values for v in _parts(said)))):
            return True
    return False


def _likely(tags: Tags) -> list[tuple[Kind, Rule, bool]]:
    """Return the rules that begin with one of the tags, as `_rules` does: most features have none."""
    index = _rules()
    return [
        row
        for key in index.keys() & tags.keys()
        for value in _values(tags[key])
        for row in index[key].get(value, ())
    ]


@cache
def first_values() -> dict[str, frozenset[str]]:
    """Return the tags that rules begin with: key -> values; not to be changed."""
    return {key: frozenset(rows) for key, rows in _rules().items()}


@cache
def _rules() -> dict[str, dict[str, list[tuple[Kind, Rule, bool]]]]:
    """Return key -> value -> rules that begin so: the kind, what else must hold, and whether the name decides too."""
    index: dict[str, dict[str, list[tuple[Kind, Rule, bool]]]] = {}
    for kind in kinds().values():
        named = [(rule, True) for rule in kind.named_any_of]
        for rule, by_name in (*((rule, False) for rule in kind.any_of), *named):
            (key, values), *rest = rule.items()
            for value in values:
                index.setdefault(key, {}).setdefault(value, []).append((kind, dict(rest), by_name))
    return index


def _values(value: str) -> list[str]:
    """Return a tag's value, and its parts where it has many."""
    return [value, *_parts(value)] if ";" in value else [value]


def barred_from(tags: Tags) -> tuple[str, ...]:
    """Return the union kinds that a feature's tags keep it out of (a private hospital is no public health facility)."""
    return tuple(k.id for k in kinds().values() if k.union_of and _excluded(k.none_of, tags))


def is_gone(tags: Tags) -> bool:
    """Tell whether a feature is closed, private or not built yet, so that it is no facility of any kind."""
    return _excluded(table().common.none_of, tags) or not _gone_keys().isdisjoint(tags)


@cache
def _gone_keys() -> frozenset[str]:
    """Return the keys that say that a feature is no more or not yet, such as ``disused:shop``."""
    return frozenset(f"{prefix}:{key}" for prefix in table().common.gone_prefixes for key in MAIN_KEYS)


def school_levels_of(tags: Tags) -> tuple[str, ...]:
    """Return the levels of a school: from ``isced:level``, ``school:level``, ``school``, ``grades``, else its name.

    Parameters
    ----------
    tags
        OSM tags of a school.

    Returns
    -------
    tuple of str
        Of ``kindergarten``, ``primary_school``, ``secondary_school``; empty where nothing says it.
    """
    levels = table().school_levels
    isced = set(_parts(tags.get("isced:level", "")))
    if found := _chosen(levels.isced, isced):
        return found
    said = {p for key in ("school:level", "school") for p in _parts(tags.get(key, "").lower())}
    if found := _chosen(levels.tags, said):
        return found
    if grades := _GRADES.search(tags.get("grades", "")):
        low, high = int(grades[1]), int(grades[2])
        return tuple(k for k, (first, last) in levels.grades.items() if low <= last and high >= first)
    name = f"{plain(' '.join(names_of(tags)))} "
    for word in levels.words_out:
        name = name.replace(plain(word), " ")
    return tuple(key for key, words in levels.words.items() if any(plain(word) in name for word in words))


def names_of(tags: Tags) -> tuple[str, ...]:
    """Return the names of a feature in every language given, the main one first."""
    keys = ("name", "name:en", "name:km", "official_name", "alt_name", "short_name", "name:es", "name:pt")
    return tuple(dict.fromkeys(tags[key].strip() for key in keys if tags.get(key, "").strip()))


def plain(text: str) -> str:
    """Return a text in small letters without Latin accents; Khmer signs stay, zero-width spaces go."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return _LATIN_MARKS.sub("", folded).replace("\u200b", "").replace("\u200c", "").replace("\u200d", "")


def _is_named(kind: Kind, tags: Tags) -> bool:
    """Tell whether a name holds a word of the kind."""
    name = plain(" ".join(names_of(tags)))
    return any(plain(word) in name for word in kind.name_words)


def _holds(rule: Rule, tags: Tags) -> bool:
    """Tell whether every key of a rule has one of its values."""
    return all(key in tags and (values == ("*",) or _any(tags[key], values)) for key, values in rule.items())


def _excluded(rule: Rule, tags: Tags) -> bool:
    """Tell whether any key of a rule has one of its values."""
    return any(key in tags and _any(tags[key], values) for key, values in rule.items())


def _any(value: str, allowed: tuple[str, ...]) -> bool:
    """Tell whether one of the values of a tag, parted by ``;``, is allowed."""
    return value in allowed or (";" in value and any(p in allowed for p in _parts(value)))


def _parts(value: str) -> list[str]:
    """Return the values of a tag: ``1;2``, ``1,2`` and ``1-3`` (numbers) are many."""
    if span := re.fullmatch(r"\s*(\d)\s*-\s*(\d)\s*", value):
        return [str(n) for n in range(int(span[1]), int(span[2]) + 1)]
    return [part.strip() for part in re.split("[;,]", value) if part.strip()]


def _chosen(levels: Mapping[str, Iterable[str]], said: set[str]) -> tuple[str, ...]:
    """Return the levels of which one word was said."""
    return tuple(key for key, words in levels.items() if said.intersection(words))
