"""Single values of an export: numbers with Khmer digits or decimal commas, dates of several makes, blanks."""

from __future__ import annotations

import datetime as dt
import math
import re

from citiesforall.survey.export import BLANKS, MAYBE_CODES

KHMER_TO_LATIN = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})([T ].*)?")
DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})([T ].*)?")
SERIAL_DAY_0 = dt.date(1899, 12, 30)
#: Serial days of spreadsheets that are taken as dates: 1982 to 2119.
FIRST_SERIAL, LAST_SERIAL = 30_000, 80_000
YES = frozenset({"1", "yes", "true", "y", "oui", "បាទ", "ចាស", "បាទ/ចាស", "ចាស/បាទ", "មាន", "1.0"})
NO = frozenset({"0", "no", "false", "n", "non", "ទេ", "គ្មាន", "0.0"})


def is_blank(text: str | None, *, codes: frozenset[str] = frozenset()) -> bool:
    """Tell whether a value says nothing.

    Parameters
    ----------
    text
        As read.
    codes
        Codes of the question: a word like ``none`` is an answer where it is one of them.
    """
    if text is None:
        return True
    word = text.strip().lower()
    return word in BLANKS and not (word in MAYBE_CODES and word in codes)


def number(text: str) -> float:
    """Return a number; nan where the text is none.

    Parameters
    ----------
    text
        ``1200``, ``1,200``, ``0,5``, ``១២``, ``1 200``.

    Returns
    -------
    float
        ``1,200`` is a thousand and two hundred (marks of thousands), ``0,5`` and ``1,25`` have a decimal comma.
    """
    bare = re.sub(r"[\s\u00a0\u200b\u202f]", "", text.translate(KHMER_TO_LATIN))
    if THOUSANDS.fullmatch(bare) and not bare.lstrip("+-").startswith("0"):
        bare = bare.replace(",", "")
    elif DECIMAL_COMMA.fullmatch(bare):
        bare = bare.replace(",", ".")
    try:
        value = float(bare) if "_" not in bare else math.nan
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def date(text: str) -> str | None:
    """Return a date in ISO form, None where the text is no date.

    Parameters
    ----------
    text
        ``2026-02-03``, ``2026-02-03T08:15:00.000+07:00``, ``03/02/2026`` (day first, as in Cambodia), a serial day of a
        spreadsheet; Khmer digits too.

    Returns
    -------
    str or None
        For instance ``2026-02-03``.
    """
    bare = text.strip().translate(KHMER_TO_LATIN)
    if found := ISO.fullmatch(bare):
        year, month, day = (int(part) for part in found.groups()[:3])
    elif found := DAY_FIRST.fullmatch(bare):
        day, month, year = (int(part) for part in found.groups()[:3])
    else:
        serial = number(bare)
        if math.isnan(serial) or not FIRST_SERIAL <= serial <= LAST_SERIAL:
            return None
        return (SERIAL_DAY_0 + dt.timedelta(days=int(serial))).isoformat()
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None


def yes_no(text: str) -> float:
    """Return 1 for yes, 0 for no, nan for anything else. [share]

    Parameters
    ----------
    text
        ``yes``, ``1``, ``True``, ``បាទ``, ``no``, ``0``, ``False``, ``ទេ``.
    """
    word = text.strip().translate(KHMER_TO_LATIN).lower()
    return 1.0 if word in YES else 0.0 if word in NO else math.nan


def squeezed(text: str) -> str:
    """Return a text as labels are compared: one space between words, no zero-width marks, lower case.

    Parameters
    ----------
    text
        A label, of the form or of an export.
    """
    return " ".join(re.sub("[\u200b\u200c\u200d\ufeff]", "", text).split()).casefold()
