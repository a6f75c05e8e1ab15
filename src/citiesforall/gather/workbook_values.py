"""What people write into cells, understood: numbers in Khmer or Latin digits, years, answers in words; or why not."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any

from citiesforall.core.scorecard import Scorecard
from citiesforall.workbook.texts import labels, number, parts, spoken

KHMER_TO_LATIN = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
SPACES = re.compile(r"[\s\u00a0\u200b\u200c\u200d\ufeff_']")
BLANKS = frozenset(
    {
        "",
        "-",
        "--",
        "—",
        "\u2013",
        "?",
        "n/a",
        "na",
        "nan",
        "none",
        "null",
        "#n/a",
        "..",
        "…",
        "unknown",
        "មិនដឹង",
        "គ្មាន",
    }
)
"""What people write where they do not know; never zero."""
BROKEN = re.compile(r"#(REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)", re.IGNORECASE)
PLAIN = re.compile(r"[+-]?\d+([.,]\d+)?")
UNSURE = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
GROUPED = re.compile(
    r"[+-]?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})+(?:[.,]\d+)?|[+-]?\d{1,3}(?:,\d{3})+\.\d+|[+-]?\d{1,3}(?:\.\d{3})+,\d+"
)
BUDDHIST = 543
"""Years the Buddhist calendar is ahead."""
BUDDHIST_FROM = 2400


class UnreadableError(ValueError):
    """Say what is wrong with a value, and what to do."""


def is_blank(value: Any) -> bool:
    """Tell whether a cell says nothing."""
    return value is None or (isinstance(value, str) and value.strip().lower() in BLANKS)


def read_number(value: Any) -> float:
    """Read a number as people write it.

    Parameters
    ----------
    value
        Of a cell, not blank.

    Returns
    -------
    float
        The number, finite.

    Raises
    ------
    UnreadableError
        It is none: a text, a date, a broken formula, a number with its unit; or it can be read in two ways.

    Notes
    -----
    A decimal comma and a decimal point are both read, so ``1.250`` as text could be one and a quarter or a thousand two hundred
    and fifty: it is asked about, never guessed.
    """
    if isinstance(value, bool):
        raise UnreadableError("this is true or false, not a number. Write a number")
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise UnreadableError("this is not a finite number. Write a number")
        return float(value)
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        raise UnreadableError("this is a date, not a number. Format the cell as a number and write it again")
    text = str(value).strip()
    if BROKEN.search(text):
        raise UnreadableError(f"the formula is broken ({text[:20]}). Write the number itself")
    bare = SPACES.sub("", text.translate(KHMER_TO_LATIN))
    if UNSURE.fullmatch(bare):
        raise UnreadableError(
            f"'{text}' can be read in two ways. Write {re.sub('[.,]', '', bare)} or {bare.replace(',', '.').rstrip('0')}"
        )
    if PLAIN.fullmatch(bare):
        return float(bare.replace(",", "."))
    if GROUPED.fullmatch(bare):
        return _grouped(bare)
    if re.match(r"[+-]?\d", bare):
        raise UnreadableError(f"'{text[:40]}' is a number with something behind it. Write the number alone")
    raise UnreadableError(
        f"'{text[:40]}' is not a number. Write a number, or leave the cell empty where it is not known"
    )


def _grouped(bare: str) -> float:
    """Return a number whose thousands are marked: ``1,234,567.8`` or ``1.234.567,8``."""
    last = max(bare.rfind(","), bare.rfind("."))
    mark = bare[last]
    if bare.count(mark) > 1:
        return float(bare.replace(mark, ""))
    whole, behind = re.sub("[.,]", "", bare[:last]), bare[last + 1 :]
    return float(f"{whole}.{behind}")


def read_percent(value: Any, form: str) -> float:
    """Read a percentage: ``45``, ``45%``, or 0.45 in a cell formatted as per cent. [%]"""
    if isinstance(value, str) and value.strip().endswith("%"):
        return read_number(value.strip()[:-1])
    found = read_number(value)
    return found * 100 if "%" in form and not isinstance(value, str) else found


def read_year(value: Any, first: int, last: int) -> int:
    """Read a year.

    Parameters
    ----------
    value
        Of a cell, not blank: ``2024``, ``២០២៤``, a date.
    first, last
        Years that can be.

    Returns
    -------
    int
        The year.

    Raises
    ------
    UnreadableError
        It is none, or cannot be.
    """
    if isinstance(value, dt.date):
        found = float(value.year)
    else:
        try:
            found = read_number(value)
        except UnreadableError:
            raise UnreadableError(
                f"'{str(value)[:40]}' is not a year. Write a year, for instance {last}"
            ) from None
    if not found.is_integer() or not first <= found <= last:
        meant = (
            f" A Buddhist year? Then {found - BUDDHIST:.0f}."
            if BUDDHIST_FROM < found <= last + BUDDHIST
            else ""
        )
        raise UnreadableError(
            f"{found:g} cannot be.{meant} Allowed: {first} to {last}. Write the year the figure is about"
        )
    return int(found)


def read_yes_no(value: Any) -> float:
    """Read yes or no, in words of either language or as 1 and 0."""
    if isinstance(value, bool):
        return float(value)
    text = str(value).strip().casefold()
    for word, meant in (("yes", 1.0), ("no", 0.0)):
        texts = [one.casefold() for one in parts(f"answer.{word}", "both")]
        if text in {*texts, " · ".join(texts)}:
            return meant
    try:
        found = read_number(value)
    except UnreadableError:
        found = math.nan
    if found not in {0.0, 1.0}:
        raise UnreadableError(f"'{str(value)[:40]}' is neither yes nor no. Choose from the list")
    return found


def read_answer(value: Any, one: Scorecard) -> float:
    """Read an answer to a scorecard: the label of the list, its words alone, or its number.

    Parameters
    ----------
    value
        Of a cell, not blank.
    one
        The scorecard.

    Returns
    -------
    float
        A number of its scale.

    Raises
    ------
    UnreadableError
        It is no answer; those allowed are named.
    """
    low, high = one.limits()
    allowed = (
        f"Allowed: {number(low)} to {number(high)}"
        if one.range
        else f"Allowed: {', '.join(labels(one, 'en'))}"
    )
    known = spoken(one)
    text = " ".join(str(value).split()).casefold()
    if not one.range and text in known:
        return known[text]
    if isinstance(value, bool) and set(one.scale) == {0.0, 1.0}:
        return float(value)
    try:
        found = read_number(value.split("·")[0] if isinstance(value, str) and "·" in value else value)
    except UnreadableError as error:
        raise UnreadableError(f"{error}. {allowed}") from None
    if not one.allows(found):
        raise UnreadableError(f"{number(found)} is not an answer. {allowed}. Choose from the list")
    return found
