"""What the chapters of a nation's document ask of the tables: rows in order, names in the language, numbers with their place."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from citiesforall.core.action import Action, actions
from citiesforall.core.challenge import challenges
from citiesforall.core.indicator import indicators
from citiesforall.report.blocks import Column, Number, Row, Said, Tone
from citiesforall.report.numbers import cell, tell, told
from citiesforall.report.policy_evidence import ALL, NATION, NationEvidence, Record, rows_of
from citiesforall.report.policy_numbers import banded, made, number_of, shaped
from citiesforall.text import registry

HAS_VALUE = frozenset({"ok", "estimated", "modelled", "low_n"})
"""Statuses of rows that hold a value."""
OBSERVED = ("place", "group", "indicator", "period")
COMMON = "common/common"
OF_MEMBERS = "common/challenge_members"
PROVINCE = "province"
NAN = float("nan")
DASH = "\N{EN DASH}"
NOTHING = Said(DASH)


@dataclass(frozen=True)
class Facts:
    """Hold the tables of one nation, ready to be asked.

    Parameters
    ----------
    evidence
        The finished tables.
    lang
        Language of the document.
    whole
        Code of the nation among the places.
    names
        Place -> its name in the language; in Latin letters where nobody has given one.
    members
        Rows of the table of members, by code.
    provinces
        Codes of the level between members and nation, in order; none where there is none.
    judged
        Rows of the challenges that could be judged, in order of rank.
    of_challenge
        Challenge -> its rows by member, the most severe first.
    rows
        (place, indicator) -> the latest observation for everybody.
    """

    evidence: NationEvidence
    lang: str
    whole: str
    names: Mapping[str, str]
    members: Mapping[str, Record]
    provinces: tuple[str, ...]
    judged: tuple[Record, ...]
    of_challenge: Mapping[str, tuple[Record, ...]]
    rows: Mapping[tuple[str, str], Record]

    def records(self, name: str, **where: object) -> list[Record]:
        """Return the rows of a table whose columns have some values; none where it was never made."""
        rows = self.evidence.rows.get(name, ())
        return [row for row in rows if all(row[column] == value for column, value in where.items())]


def gather(evidence: NationEvidence, lang: str) -> Facts:
    """Make the tables of a nation ready to be asked.

    Parameters
    ----------
    evidence
        The finished tables.
    lang
        ``en`` or ``km``.
    """
    places = evidence.table("places")
    members = {str(row["member"]): row for row in evidence.rows["members"]}
    whole = next(
        (str(row["place"]) for row in rows_of(places) if row["level"] == NATION), evidence.nation.place.code
    )
    provinces = tuple(sorted(str(row["place"]) for row in rows_of(places) if row["level"] == PROVINCE))
    names = {str(row["place"]): name_of(row, lang) for row in rows_of(places)}
    names |= {code: name_of(row, lang) for code, row in members.items()}
    place = evidence.nation.place
    names[whole] = (place.name_km if lang == "km" and place.name_km else None) or place.name
    return Facts(
        evidence,
        lang,
        whole,
        names,
        members,
        provinces,
        _judged(evidence),
        _by_challenge(evidence),
        _rows(evidence),
    )


def name_of(row: Record, lang: str) -> str:
    """Return what a place is called in a language; in Latin letters where nobody has given the name."""
    own = row.get("name_km") if lang == "km" else None
    return str(own) if isinstance(own, str) and own else str(row["name"])


def _judged(evidence: NationEvidence) -> tuple[Record, ...]:
    """Return the challenges with a rank, first first."""
    table = evidence.table(COMMON)
    if table.empty:
        return ()
    return tuple(rows_of(table[table["rank"].notna()].sort_values(["rank", "challenge"], kind="stable")))


def _by_challenge(evidence: NationEvidence) -> dict[str, tuple[Record, ...]]:
    """Return the rows of members of each challenge, the most severe first, without those nothing is known of."""
    table = evidence.table(OF_MEMBERS)
    if table.empty:
        return {}
    kept = table[table["severity"].notna()].sort_values(
        ["severity", "member"], ascending=[False, True], kind="stable"
    )
    return {str(key): rows_of(rows) for key, rows in kept.groupby("challenge", sort=True)}


def _rows(evidence: NationEvidence) -> dict[tuple[str, str], Record]:
    """Return the latest observation of each place and indicator, for everybody."""
    table = evidence.table("observations")
    if table.empty:
        return {}
    everybody = table[table["group"] == ALL].sort_values("period", kind="stable")
    latest = everybody.drop_duplicates(["place", "indicator"], keep="last")
    return {(str(row["place"]), str(row["indicator"])): row for row in rows_of(latest)}


def word(facts: Facts, key: str) -> str:
    """Return a word of the document: ``word(facts, "head.people")``."""
    return told(f"policy.{key}", facts.lang)


def say(facts: Facts, key: str, **given: Number | Said | str) -> Said:
    """Return a sentence of the document; Khmer prose has Khmer digits."""
    return tell(f"policy.{key}", facts.lang, **given)


def as_is(facts: Facts, key: str, **given: str) -> str:
    """Return a text with names put in as they are: the digits of a file's name stay Latin."""
    return word(facts, key).format_map(given)


def name(facts: Facts, place: str) -> str:
    """Return the name of a place."""
    return facts.names.get(place, place)


def title(facts: Facts, challenge: str) -> str:
    """Return the title of a challenge, or its id where it is declared no more."""
    return text_or(f"challenge.{challenge}.title", challenge, facts.lang)


def action_title(facts: Facts, action: str) -> str:
    """Return the title of an action."""
    return text_or(f"action.{action}.title", action, facts.lang)


def indicator_title(facts: Facts, indicator: str) -> str:
    """Return the title of an indicator."""
    return text_or(f"indicator.{indicator}.title", indicator, facts.lang)


def text_or(key: str, other: str, lang: str) -> str:
    """Return a public text, or something else where there is none of that key."""
    return told(key, lang) if key in registry() else other


def num(facts: Facts, table: str, row: Record, column: str, kind: str) -> Number:
    """Return a cell of a table as a number; which columns name its row follows from the table."""
    keys = [key for key in KEYS.get(table, ()) if key in row]
    return number_of(table, row, keys, column, (kind, facts.lang))


KEYS: Mapping[str, tuple[str, ...]] = {
    "members": ("member",),
    "places": ("place",),
    "observations": OBSERVED,
    "within_between": ("indicator", "level", "measure"),
    COMMON: ("challenge",),
    OF_MEMBERS: ("challenge", "member"),
    "common/priorities": ("level", "place", "challenge"),
    "kinds/kinds": ("kind",),
    "kinds/member_kinds": ("member",),
    "kinds/kind_profile": ("kind", "feature"),
    "kinds/peers": ("member", "peer", "challenge", "indicator"),
    "options/options": ("challenge", "action"),
    "options/scaled_totals": ("challenge", "action"),
    "options/capacity_totals": ("place", "capacity"),
    "beside": ("place", "group", "indicator", "other_basis"),
    "options/options_money": ("challenge", "action", "tier", "fund"),
    "options/gaps": ("kind", "challenge", "action", "note", "tier", "fund"),
    "rounds/progress": ("place", "group", "indicator"),
    "rounds/changes": ("place", "indicator", "from_round", "to_round"),
}
"""Table -> the columns that name one of its rows."""


def band(facts: Facts, table: str, row: Record, columns: tuple[str, str, str], kind: str) -> Said:
    """Return a value with its interval: ``68.8 (64.1-74.7)``."""
    value, low, high = (num(facts, table, row, column, kind) for column in columns)
    return banded(value, low, high)


def ends(facts: Facts, table: str, row: Record, columns: tuple[str, str], kind: str) -> Said:
    """Return two ends of a range: ``1-7``; one number where both are the same; nothing where one is unknown."""
    low, high = (num(facts, table, row, column, kind) for column in columns)
    if math.isnan(low.value) or math.isnan(high.value):
        return NOTHING
    return (
        Said(low.text, (low,)) if low.text == high.text else Said(f"{low.text}{DASH}{high.text}", (low, high))
    )


def count(facts: Facts, value: float, table: str, how: str) -> Number:
    """Return a count over a table."""
    return made(float(value), "exact", facts.lang, table, how)


def total(facts: Facts, value: float, kind: str, table: str, how: str) -> Number:
    """Return a sum over a table."""
    return made(float(value), kind, facts.lang, table, how)


def observed(facts: Facts, indicator: str, place: str = "", column: str = "value") -> Number:
    """Return a cell of the latest observation of everybody, with its unit; unknown where there is none."""
    row = facts.rows.get((place or facts.whole, indicator), {})
    unit = indicators()[indicator].unit
    if not row:
        key = (("indicator", indicator), ("place", place or facts.whole))
        return Number(shaped(NAN, unit, facts.lang), "observations", key, column, NAN)
    return number_of("observations", row, OBSERVED, column, (unit, facts.lang))


def observed_band(facts: Facts, indicator: str, place: str = "") -> Said:
    """Return an observation with its interval; the unit is said once."""
    value, low, high = (observed(facts, indicator, place, column) for column in ("value", "low", "high"))
    unit = indicators()[indicator].unit
    short = told(f"word.unit_short.{unit}", facts.lang)
    low, high = (replace(one, text=one.text.removesuffix(short).strip() or one.text) for one in (low, high))
    return banded(value, low, high)


def is_known(facts: Facts, indicator: str, place: str = "") -> bool:
    """Say whether a place has a value of an indicator."""
    row = facts.rows.get((place or facts.whole, indicator), {})
    return bool(row) and row["status"] in HAS_VALUE and not math.isnan(float(row["value"]))


def listed(facts: Facts, parts: Iterable[str | Said]) -> Said:
    """Return names as a list in words: ``A, B and C``."""
    said = [Said(one) if isinstance(one, str) else one for one in parts]
    numbers = tuple(number for one in said for number in one.numbers)
    texts = [one.text for one in said]
    if len(texts) < 2:  # noqa: PLR2004 - a list has two
        return Said("".join(texts), numbers)
    return Said(word(facts, "list.and").format(first=", ".join(texts[:-1]), last=texts[-1]), numbers)


def first_of(facts: Facts, parts: Sequence[str], most: int) -> Said:
    """Return the first of several names, and how many more there are."""
    if len(parts) <= most:
        return listed(facts, parts)
    return Said(word(facts, "list.more").format(first=", ".join(parts[:most]), n=len(parts) - most))


def joined(parts: Iterable[Said]) -> Said:
    """Return sentences one after the other."""
    kept = [one for one in parts if one.text]
    return Said(" ".join(one.text for one in kept), tuple(number for one in kept for number in one.numbers))


def source(facts: Facts, *tables: str) -> str:
    """Return where a table or a chart comes from."""
    return as_is(facts, "shown.source", table=", ".join(f"{one}.parquet" for one in tables))


def heads(facts: Facts, *words: str) -> tuple[Column, ...]:
    """Return the heads of a table: ``people:>2`` is ``policy.head.people``, set to the right, with two parts of the width."""
    found = []
    for one in words:
        key, _, shape = one.partition(":")
        right = shape.startswith(">")
        found.append(
            Column(
                word(facts, f"head.{key}") if key else "",
                "right" if right else "left",
                float(shape.removeprefix(">") or 1.0),
            )
        )
    return tuple(found)


def row_of(cells: Iterable[Said | Number | str], tone: Tone = "plain") -> Row:
    """Return a row of a table."""
    return Row(tuple(one if isinstance(one, Said) else cell(one) for one in cells), tone=tone)


def head_of(text: str) -> Row:
    """Return a row that opens a group."""
    return Row((Said(text),), "head")


def declared() -> Mapping[str, Any]:
    """Return every declared challenge."""
    return challenges()


def catalogue() -> Mapping[str, Action]:
    """Return the catalogue of actions."""
    return actions()


def dimension(facts: Facts, key: str) -> str:
    """Return the name of a dimension of human security."""
    return told(f"word.dimension.{key}", facts.lang)


def tier(facts: Facts, key: str) -> str:
    """Return the name of a tier of the administration."""
    return text_or(f"plan.tier.{key}", key, facts.lang)


def confidence(facts: Facts, row: Record) -> str:
    """Return how sure a judgement is, in a word."""
    said = row.get("confidence")
    return (
        text_or(f"diagnose.confidence.{said}", str(said), facts.lang)
        if isinstance(said, str) and said
        else DASH
    )
