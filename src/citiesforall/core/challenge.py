"""Common urban challenges, declared in ``data/diagnose/challenges.toml``: what shows each, its standard, and what answers it."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import Field, ValidationError

from citiesforall.core.action import actions
from citiesforall.core.amounts import RESIDENTS, amounts
from citiesforall.core.errors import DeclarationError, did_you_mean, raise_all
from citiesforall.core.group import groups
from citiesforall.core.indicator import Goalposts, Indicator, goalpost_faults, indicators
from citiesforall.core.questions import bank
from citiesforall.core.references import references
from citiesforall.core.source import Frozen

FILE = "challenges.toml"
OURS = "ours"
COUNTS_PEOPLE = frozenset(
    {
        "share_within_distance", "share_within_walk", "share_exposed", "share_near_street", "completeness_within_walk",
        "survey_share", "survey_count_share",
    }
)  # fmt: skip
"""Methods whose denominator is people: a share of them is a number of people."""
COUNTED_IN = ("persons", "households", "families")
"""Units of a register's denominator from which people can be counted: households count as their share of the residents."""


class Limit(Frozen):
    """State a value beyond which everybody of a place counts as affected, where no indicator is a share of people.

    Parameters
    ----------
    indicator
        Whose value of the place is compared.
    limit
        In the indicator's unit; beyond is on its worse side.
    said_by
        Who states it: a reference key, or ``ours``.
    """

    indicator: str
    limit: float
    said_by: str


class Challenge(Frozen):
    """Declare one common challenge of cities.

    Parameters
    ----------
    id
        Words in ``snake_case``.
    title, meaning
        English; Khmer under ``challenge.<id>.title`` and ``.meaning``.
    dimension
        Of human security.
    measures
        Indicators that measure it against a standard, the best first: the first that has a value leads.
    affected
        Indicators whose shortfall is a number of people, the best first.
    beyond
        Counts people instead, where no such indicator has a value.
    evidence
        Further indicators that bear on it.
    standards
        Goalposts of measures that have none of their own.
    group
        Whose values are read: everybody's, or those of the group the challenge is about.
    not_groups
        Groups that are made by the very thing and so cannot be the worst off of it.
    earlier
        Indicator -> the same at an earlier date.
    threats
        Threats of the survey that people name for it.
    hazards
        Natural or other hazards behind it, in words of ``data/diagnose/threats.toml``.
    causes
        Root causes, one sentence each.
    protection, empowerment
        Actions of the catalogue: what institutions do for people, and what lets people act for themselves.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=3)
    meaning: str = Field(min_length=10)
    dimension: Literal["economic", "food", "health", "environmental", "personal", "community", "political"]
    measures: tuple[str, ...] = Field(min_length=1)
    affected: tuple[str, ...] = ()
    beyond: Limit | None = None
    evidence: tuple[str, ...] = ()
    standards: dict[str, Goalposts] = Field(default_factory=dict)
    group: str = "all"
    not_groups: tuple[str, ...] = ()
    earlier: dict[str, str] = Field(default_factory=dict)
    threats: tuple[str, ...] = ()
    hazards: tuple[str, ...] = ()
    causes: tuple[str, ...] = Field(min_length=1)
    protection: tuple[str, ...] = Field(min_length=1)
    empowerment: tuple[str, ...] = Field(min_length=1)

    def named(self) -> tuple[str, ...]:
        """Return every indicator it rests on, each once, measures first."""
        limit = (self.beyond.indicator,) if self.beyond else ()
        return tuple(dict.fromkeys((*self.measures, *self.affected, *limit, *self.evidence)))

    def standard(self, indicator: str) -> Goalposts | None:
        """Return what scores 0 and 100 of one of its measures: stated here, else the indicator's own."""
        own = indicators()[indicator].goalposts
        return self.standards.get(indicator, own)


@cache
def challenges() -> dict[str, Challenge]:
    """Return every declared challenge, by id, in the order of the file.

    Raises
    ------
    DeclarationError
        Carrying every fault of the file.
    """
    text = files("citiesforall.data").joinpath("diagnose", FILE).read_text("utf-8")
    return read_challenges(text, {key: one.side for key, one in actions().items()})


def read_challenges(text: str, sides: Mapping[str, str], name: str = FILE) -> dict[str, Challenge]:
    """Read challenges from TOML and check every word they use.

    Parameters
    ----------
    text
        One table for each challenge.
    sides
        Action of the catalogue -> ``protection``, ``empowerment`` or ``both``; none are checked where it is empty.
    name
        For the faults.

    Returns
    -------
    dict
        By id.

    Raises
    ------
    DeclarationError
        Carrying every fault: words that are not known, a measure without standard, goalposts reversed, people that cannot be
        counted, a side without actions or with those of the other.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError(f"{name}: cannot be read as TOML: {error}. Correct that line.") from None
    found: dict[str, Challenge] = {}
    faults: list[str] = []
    for key, row in tables.items():
        where = f"{name}: {key}"
        try:
            one = Challenge.model_validate({**row, "id": key} if isinstance(row, dict) else row)
        except ValidationError as error:
            faults += [
                f"{where}: {'.'.join(map(str, e['loc']))}: {e['msg']}. Correct it." for e in error.errors()
            ]
            continue
        found[key] = one
        faults += [f"{where}: {fault}" for fault in _faults(one, sides)]
    raise_all(faults, DeclarationError)
    return found


def _faults(one: Challenge, sides: Mapping[str, str]) -> list[str]:
    """Return what is wrong with one challenge."""
    known_threats = {choice.code for choice in bank().lists["threat"]}
    named = {*one.named(), *one.standards, *one.earlier, *one.earlier.values()}
    faults = [
        *_unknown("indicator", named, indicators()),
        *_unknown("group", {one.group, *one.not_groups}, groups()),
        *_unknown("threat", one.threats, known_threats),
    ]
    faults += _action_faults(one, sides) if sides else []
    if any(key not in indicators() for key in named):
        return faults
    for key in one.measures:
        faults += _standard_faults(key, one.standard(key), indicators()[key])
    for key in one.affected:
        if not counts_people(indicators()[key]):
            faults.append(
                f"affected '{key}' is no share of people or households. Name one that is, or state beyond."
            )
    if one.beyond is not None and one.beyond.said_by not in {OURS, *references()}:
        faults += _unknown("reference", (one.beyond.said_by,), references())
    return faults


def _action_faults(one: Challenge, sides: Mapping[str, str]) -> list[str]:
    """Return actions that are not in the catalogue, or stand on the side they do not serve."""
    faults = _unknown("action", (*one.protection, *one.empowerment), sides)
    for side, listed in (("protection", one.protection), ("empowerment", one.empowerment)):
        wrong = [key for key in listed if sides.get(key, "both") not in {side, "both"}]
        faults += [
            f"{side} lists '{key}', but the catalogue says it is {sides[key]}. Move it, or name another."
            for key in wrong
        ]
    return faults


def _unknown(what: str, named: Iterable[str], known: Mapping[str, Any] | Collection[str]) -> list[str]:
    """Return one line for each word that is not known."""
    return [
        f"{what} '{word}' is not known. {did_you_mean(word, known)}"
        for word in dict.fromkeys(named)
        if word not in known
    ]


def _standard_faults(key: str, posts: Goalposts | None, one: Indicator) -> list[str]:
    """Return what is wrong with the standard of a measure."""
    if posts is None:
        return [
            f"measure '{key}' has no goalposts. Add [<challenge>.standards] {key} = {{ floor, goal, said_by }}."
        ]
    faults = [f"measure '{key}': {fault}" for fault in goalpost_faults(posts, one.better)]
    if posts.said_by not in {OURS, *references()}:
        faults += _unknown("reference", (posts.said_by,), references())
    return faults


def counts_people(one: Indicator) -> bool:
    """Say whether a shortfall of an indicator is a number of people.

    Parameters
    ----------
    one
        Any indicator.

    Notes
    -----
    True for shares of residents, of people asked, and of people, families or households of a register.
    """
    if one.unit != "%" or one.better not in {"higher", "lower"}:
        return False
    return one.method in COUNTS_PEOPLE or (one.method == "register_share" and counted_in(one) in COUNTED_IN)


def counted_in(one: Indicator) -> str:
    """Return what the denominator of an indicator counts: ``persons``, ``households``, ``families`` or another unit.

    Parameters
    ----------
    one
        Any indicator.
    """
    if one.method != "register_share":
        return "households" if one.options.get("of") == "households" else "persons"
    den = [str(key).partition("@")[0] for key in one.options["den"]]
    units = {"persons" if key == RESIDENTS else amounts()[key].unit for key in den}
    return units.pop() if len(units) == 1 else ""


@cache
def challenge_texts() -> dict[str, str]:
    """Return the public texts in English by key.

    Returns
    -------
    dict
        ``challenge.<id>.title``, ``challenge.<id>.meaning`` and ``challenge.<id>.cause.<number>``.
    """
    texts: dict[str, str] = {}
    for one in challenges().values():
        texts[f"challenge.{one.id}.title"] = one.title
        texts[f"challenge.{one.id}.meaning"] = one.meaning
        texts |= {f"challenge.{one.id}.cause.{n}": text for n, text in enumerate(one.causes, start=1)}
    return texts
