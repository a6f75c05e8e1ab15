"""How the numbers of a nation are shown: people and money rounded to what is known of them, chances as so many of 100."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from citiesforall.report.blocks import Number, Said
from citiesforall.report.numbers import in_words, told

Kind = Literal[
    "people",
    "exact",
    "thousand",
    "usd",
    "musd",
    "score",
    "score2",
    "z",
    "percent",
    "signed",
    "chance",
    "count",
]
"""``people``: as prose has them. ``exact``: to the last one. ``thousand``, ``musd``: for columns whose head says it.
``score``: 0 to 100. ``percent``, ``signed``: a share. ``chance``: of 100. Any other word is a unit of ``data/units.toml``."""
DASH = "\N{EN DASH}"
PLUS, MINUS = "+", "\N{MINUS SIGN}"
HUNDRED, THOUSAND, MILLION, BILLION = 1e2, 1e3, 1e6, 1e9
SMALL = 1e4
"""Below this people and money are shown to the last one, from here in thousands."""
FEW = 10.0
SCALED: Mapping[str, float] = MappingProxyType(
    {"percent": HUNDRED, "signed": HUNDRED, "chance": HUNDRED, "thousand": 1 / THOUSAND, "musd": 1 / MILLION}
)

FORMATS: Mapping[str, str] = MappingProxyType(
    {"exact": "{:,.0f}", "score": "{:.1f}", "score2": "{:.2f}", "percent": "{:.1f}%", "chance": "{:.0f}"}
)
SIGNED: Mapping[str, str] = MappingProxyType({"signed": "{sign}{value:.2f}%", "z": "{sign}{value:.1f}"})


def shaped(value: float, kind: str, lang: str) -> str:
    """Return a value as shown, in Latin digits.

    Parameters
    ----------
    value
        As it stands in a table; nan is said to be unknown.
    kind
        See `Kind`; or a unit.
    lang
        ``en`` or ``km``.
    """
    if math.isnan(value):
        return told("report.shown.unknown", lang)
    if kind in {"people", "usd"}:
        amount = _large(value, lang)
        return amount if kind == "people" else told("policy.shown.usd", lang).format(amount=amount)
    given = value * SCALED.get(kind, 1.0)
    if kind in FORMATS:
        return FORMATS[kind].format(given)
    if kind in {"thousand", "musd"}:
        return f"{given:,.1f}" if 0 < abs(given) < FEW else f"{given:,.0f}"
    if kind in SIGNED:
        return SIGNED[kind].format(sign=PLUS if value > 0 else MINUS if value < 0 else "", value=abs(given))
    return in_words(value, kind, lang)


def _large(value: float, lang: str) -> str:
    """Return people or money: to the last one below ten thousand, in thousands below a million, then in millions or billions."""
    if abs(value) < SMALL:
        return f"{value:,.0f}"
    if abs(value) < MILLION - THOUSAND / 2:
        return f"{THOUSAND * round(value / THOUSAND):,.0f}"
    if abs(value) < BILLION - MILLION / 20:
        return told("policy.shown.million", lang).format(amount=f"{value / MILLION:.1f}")
    return told("policy.shown.billion", lang).format(amount=f"{value / BILLION:.2f}")


def number_of(
    table: str, row: Mapping[str, Any], keys: Sequence[str], column: str, shape: tuple[str, str]
) -> Number:
    """Return a cell of a finished table.

    Parameters
    ----------
    table
        Its name in the published folder.
    row
        The row as a record.
    keys
        Columns that name it.
    column
        Which cell.
    shape
        How it is shown (`Kind` or a unit), and the language.
    """
    kind, lang = shape
    value = float(row[column]) if row.get(column) is not None else math.nan
    named = tuple(sorted((key, str(row[key])) for key in keys))
    factor = SCALED.get(kind)
    how = f"{factor:g} x {column}" if factor else ""
    return Number(shaped(value, kind, lang), table, named, column, value, how)


def made(value: float, kind: str, lang: str, table: str, how: str) -> Number:
    """Return a sum or a count over a table, and how anyone works it out."""
    return Number(shaped(value, kind, lang), table, (), "", value, how)


def banded(value: Number, low: Number, high: Number) -> Said:
    """Return a number with its interval in brackets; alone where it has none; a dash where it is unknown."""
    if math.isnan(value.value):
        return Said(value.text)
    if math.isnan(low.value) or math.isnan(high.value):
        return Said(value.text, (value,))
    return Said(f"{value.text} ({low.text}{between(low)}{high.text})", (value, low, high))


def between(low: Number) -> str:
    """Return what stands between two ends: spaces around it where a minus sign follows or leads."""
    return f" {DASH} " if low.value < 0 else DASH
