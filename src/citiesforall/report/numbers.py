"""Numbers and sentences of a document: one rule of rounding, one of digits, and a memory of where each number comes from."""

from __future__ import annotations

import math
from dataclasses import replace

from citiesforall.core.errors import DeclarationError
from citiesforall.core.units import shown
from citiesforall.report.blocks import Number, Said
from citiesforall.text import digits, registry, say, say_key

BARE = frozenset({"ratio", "index", "class", "persons", "score", "count"})
"""Units that go without saying beside the name of what is counted."""


def told(key: str, lang: str) -> str:
    """Return a public text in a language; nothing stands in for it.

    Parameters
    ----------
    key
        A key of `text.registry`.
    lang
        ``en`` or ``km``.

    Returns
    -------
    str
        The text.

    Raises
    ------
    DeclarationError
        There is no such text, or the language lacks it: a document is not made half in another language.
    """
    known = registry()
    found = say(key, known[key], lang) if key in known else say_key(key, lang)
    if found is None:
        raise DeclarationError(
            f"{key}: no translation into '{lang}' for {known[key]!r}. Add it to locale/{lang}.*.po."
        )
    return found


def in_words(value: float, symbol: str, lang: str) -> str:
    """Return a value with its unit, in Latin digits, for tables and charts.

    Parameters
    ----------
    value
        In the unit; nan is said to be unknown.
    symbol
        Of ``data/units.toml``, or ``USD`` or ``KHR`` for money.
    lang
        ``en`` or ``km``.

    Returns
    -------
    str
        Rounded as the unit says, halves to the even digit; thousands parted by commas in both languages.
    """
    if math.isnan(value):
        return told("report.shown.unknown", lang)
    if symbol in {"USD", "KHR"}:
        return told(f"report.shown.{symbol}", lang).format(amount=f"{value:,.0f}")
    text = shown(value, symbol)
    if symbol in BARE:
        return text.removesuffix(symbol).strip()
    plain = text.removesuffix(symbol).strip()
    unit = told(f"word.unit_short.{symbol}", lang)
    return f"{plain}{unit}" if unit == "%" else f"{plain} {unit}"


def tell(key: str, lang: str, **given: Number | Said | str) -> Said:
    """Return a sentence with what belongs in its places.

    Parameters
    ----------
    key
        A key of `text.registry` whose text has a ``{place}`` for each of ``given``.
    lang
        ``en`` or ``km``; Khmer prose has Khmer digits.
    **given
        Numbers, sentences, or plain words.

    Returns
    -------
    Said
        With every number of it.

    Raises
    ------
    DeclarationError
        The language lacks the text.
    KeyError
        The text has a place that is not given.
    """
    numbers: list[Number] = []
    words = {}
    for name, one in given.items():
        words[name] = one if isinstance(one, str) else one.text
        numbers += [one] if isinstance(one, Number) else list(one.numbers) if isinstance(one, Said) else []
    text = digits(told(key, lang).format_map(words), lang)
    return Said(text, tuple(replace(one, text=digits(one.text, lang)) for one in numbers))


def cell(one: Number | str) -> Said:
    """Return a number or a word as a cell of a table or a label of a chart: Latin digits in both languages."""
    return Said(one) if isinstance(one, str) else Said(one.text, (one,))
