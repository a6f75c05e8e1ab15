"""Reads voices that were kept elsewhere: a CSV of reports, an export of Open311."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.core.faults import plain_faults
from citiesforall.voices.records import CATEGORIES, CONSENT, VoiceIn

NAMES = {
    "report_id": "key", "service_request_id": "key", "id": "key",
    "category": "category", "service_code": "category",
    "text": "text", "description": "text", "text_km": "text", "text_en": "text_en",
    "latitude": "lat", "lat": "lat", "longitude": "lon", "long": "lon", "lon": "lon",
    "date": "said_at", "requested_datetime": "said_at", "consent": "consent", "lang": "lang",
}  # fmt: skip
"""Column of a file -> field; other columns are left where they are."""
YES = frozenset({"yes", "true", "1", "y"})
MOST_ROWS = 200_000


def read_voices(content: bytes, name: str) -> tuple[list[VoiceIn], int]:
    """Read the voices of a CSV file.

    Parameters
    ----------
    content
        The file: UTF-8, with or without a mark at its beginning.
    name
        Of the file, for faults.

    Returns
    -------
    tuple
        Voices, and how many rows were left out because their citizen did not consent.

    Raises
    ------
    InputError
        Every fault of every row: nothing is read from a file with faults.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{name}: this is not UTF-8. Save it as CSV UTF-8.") from None
    rows = csv.DictReader(io.StringIO(text, newline=""))
    columns = {
        column: NAMES[column.strip().lower()]
        for column in rows.fieldnames or ()
        if column.strip().lower() in NAMES
    }
    missing = {"category", "text"} - {"text" if field == "text_en" else field for field in columns.values()}
    if missing:
        raise InputError(
            f"{name}: no column for {', '.join(sorted(missing))}. Known names: {', '.join(sorted(NAMES))}. Rename the columns."
        )
    voices: list[VoiceIn] = []
    faults: list[str] = []
    n_without = 0
    for number, row in enumerate(rows, start=2):
        if number > MOST_ROWS:
            raise InputError(f"{name}: more than {MOST_ROWS:,} rows. Split the file.")
        given = {field: (row[column] or "").strip() for column, field in columns.items()}
        if given.pop("consent", "yes").casefold() not in YES:
            n_without += 1
            continue
        voice = _voice(given, name, number, faults)
        if voice is not None:
            voices.append(voice)
    if faults:
        raise InputError(*faults)
    return voices, n_without


def _voice(given: dict[str, str], name: str, number: int, faults: list[str]) -> VoiceIn | None:
    """Return the voice of a row; add its faults."""
    english = given.pop("text_en", "")
    is_khmer = bool(given.get("text"))
    row: dict[str, Any] = {
        "text": given.get("text") or english,
        "category": given.get("category", "").casefold(),
    }
    row["lang"] = given.get("lang") or ("km" if is_khmer and _is_khmer(row["text"]) else "en")
    row["key"] = _key(name, given.get("key") or f"{number}:{row['text']}")
    row |= {"consent": CONSENT, "channel": "csv"}
    for field in ("lat", "lon"):
        if given.get(field):
            row[field] = given[field]
    if given.get("said_at"):
        row["said_at"] = _time(given["said_at"])
    if row["category"] not in CATEGORIES:
        faults.append(
            f"{name}: row {number}: category '{row['category']}' is not known. {did_you_mean(row['category'], CATEGORIES)}"
        )
        return None
    try:
        return VoiceIn.model_validate(row)
    except ValidationError as error:
        faults += [f"{name}: row {number}: {fault}" for fault in plain_faults(error.errors(), _fields)]
        return None


def _fields(_: Any) -> tuple[str, ...]:
    """Return the words of a voice."""
    return tuple(VoiceIn.model_fields)


def _is_khmer(text: str) -> bool:
    """Say whether a text has Khmer letters."""
    return any("\u1780" <= sign <= "\u17ff" for sign in text)


def _key(name: str, said: str) -> str:
    """Return a key that is the same whenever the same row is read again."""
    return f"csv:{hashlib.sha256(f'{name}|{said}'.encode()).hexdigest()[:32]}"


def _time(said: str) -> str:
    """Return a day or a time as voices hold it; what cannot be read is left for the check."""
    plain = said.replace(" ", "T")
    if len(plain) == len("2025-01-07"):
        return f"{plain}T00:00:00Z"
    return plain if plain.endswith("Z") else plain.partition("+")[0] + "Z"


def as_rows(voices: list[Mapping[str, Any]]) -> str:
    """Return voices as CSV for an office: no keys, no photos, places coarse.

    Parameters
    ----------
    voices
        Rows of the table.
    """
    fields = (
        "id",
        "category",
        "text",
        "lang",
        "lat",
        "lon",
        "place",
        "channel",
        "said_at",
        "status",
        "office",
        "answer",
        "answered_at",
    )
    out = io.StringIO(newline="")
    rows = csv.DictWriter(out, fields, extrasaction="ignore", lineterminator="\n")
    rows.writeheader()
    for one in voices:
        rows.writerow({field: _tame(one[field]) for field in fields})
    return out.getvalue()


def _tame(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
