"""Times as tables write them: months, weeks, days and years brought to months."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date
from typing import Literal

from citiesforall.gather.tables import KHMER_TO_LATIN

Frequency = Literal["month", "week", "day"]
FREQUENCIES: tuple[Frequency, ...] = ("month", "week", "day")
YEARS = range(1950, 2151)
NAMES = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if number
}
MONTH = re.compile(r"(\d{4})[-/.]?M?(\d{1,2})")
TURNED = re.compile(r"(\d{1,2})[-/.](\d{4})")
DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?")
NAMED = re.compile(r"([A-Za-z]+)\.?[ -](\d{4})|(\d{4})[ -]([A-Za-z]+)")
WEEK = re.compile(r"(\d{4})-?W(\d{1,2})")
YEAR = re.compile(r"\d{4}")
ALLOWED = {
    "month": "Write YYYY-MM, for instance 2024-03.",
    "week": "Write YYYY-Wnn, weeks as ISO 8601 counts them, for instance 2024-W09.",
    "day": "Write YYYY-MM-DD.",
}


def month_of(text: str) -> str | None:
    """Return the month a text names, None where it names none.

    Parameters
    ----------
    text
        ``2024-03``, ``2024/3``, ``03/2024``, ``202403``, ``Mar 2024``, ``2024-03-01``; digits of either script.

    Returns
    -------
    str or None
        ``2024-03``.
    """
    plain = text.strip().translate(KHMER_TO_LATIN)
    if (day := DAY.fullmatch(plain)) is not None:
        found = _date(*day.groups())
        return f"{found:%Y-%m}" if found is not None else None
    if (named := NAMED.fullmatch(plain)) is not None:
        word, year = (named[1], named[2]) if named[1] else (named[4], named[3])
        return _month(int(year), NAMES.get(word.lower(), 0))
    if (turned := TURNED.fullmatch(plain)) is not None:
        return _month(int(turned[2]), int(turned[1]))
    found_month = MONTH.fullmatch(plain)
    return _month(int(found_month[1]), int(found_month[2])) if found_month is not None else None


def _month(year: int, month: int) -> str | None:
    """Return a month that can be."""
    return f"{year:04d}-{month:02d}" if year in YEARS and month in range(1, 13) else None


def _date(year: str, month: str, day: str) -> date | None:
    """Return a day that can be."""
    try:
        return date(int(year), int(month), int(day)) if int(year) in YEARS else None
    except ValueError:
        return None


def slot_of(text: str, frequency: Frequency) -> str | None:
    """Return the time a text names, in the frequency a table is said to have.

    Parameters
    ----------
    text
        As the table has it.
    frequency
        ``month``, ``week`` or ``day``.

    Returns
    -------
    str or None
        ``2024-03``, ``2024-W09`` or ``2024-03-01``.
    """
    plain = text.strip().translate(KHMER_TO_LATIN)
    if frequency == "month":
        return month_of(plain)
    if frequency == "day":
        day = DAY.fullmatch(plain)
        found = _date(*day.groups()) if day is not None else None
        return found.isoformat() if found is not None else None
    week = WEEK.fullmatch(plain)
    if week is None or int(week[1]) not in YEARS:
        return None
    try:
        date.fromisocalendar(int(week[1]), int(week[2]), 1)
    except ValueError:
        return None
    return f"{int(week[1]):04d}-W{int(week[2]):02d}"


def month_of_slot(slot: str, frequency: Frequency) -> str:
    """Return the month a slot is of; a week is of the month of its Thursday, as ISO 8601 gives it to a year."""
    if frequency == "week":
        return f"{date.fromisocalendar(int(slot[:4]), int(slot[6:]), 4):%Y-%m}"
    return slot[:7]


def slots_in(month: str, frequency: Frequency) -> int:
    """Return how many weeks or days a month has; one where the table is monthly."""
    if frequency == "month":
        return 1
    year, number = int(month[:4]), int(month[5:])
    days = calendar.monthrange(year, number)[1]
    if frequency == "day":
        return days
    return sum(date(year, number, day).isoweekday() == 4 for day in range(1, days + 1))  # noqa: PLR2004 - Thursdays


def year_of(text: str) -> str | None:
    """Return the year of a dated count, None where there is none."""
    plain = text.strip().translate(KHMER_TO_LATIN)
    found = YEAR.match(plain)
    return found.group() if found is not None and int(found.group()) in YEARS else None


def months_between(first: str, last: str) -> list[str]:
    """List every month from one to another, both included."""
    start, stop = (int(one[:4]) * 12 + int(one[5:]) - 1 for one in (first, last))
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(start, stop + 1)]


def without(there: Iterable[str]) -> list[str]:
    """List the months between the first and the last that are not there."""
    known = set(there)
    return [one for one in months_between(min(known), max(known)) if one not in known] if known else []
