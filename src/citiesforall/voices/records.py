"""What a citizen sends and what an office answers, checked field by field."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from citiesforall.core.source import Frozen
from citiesforall.voices.coarse import Lat, Lon

CATEGORIES = ("economic", "food", "health", "environmental", "personal", "community", "political")
"""The dimensions of human security, in the order of the forms."""
Category = Literal["economic", "food", "health", "environmental", "personal", "community", "political"]
Status = Literal["received", "seen", "in_progress", "answered", "closed", "duplicate", "refused"]
Channel = Literal["web", "open311", "csv", "office", "meeting"]
NEXT: dict[str, frozenset[str]] = {
    "received": frozenset({"seen", "in_progress", "answered", "duplicate", "refused"}),
    "seen": frozenset({"in_progress", "answered", "duplicate", "refused"}),
    "in_progress": frozenset({"answered", "duplicate", "refused"}),
    "answered": frozenset({"closed", "in_progress"}),
    "closed": frozenset({"in_progress"}),
    "duplicate": frozenset({"received"}),
    "refused": frozenset({"received"}),
}
"""Status -> what may follow. What was answered may be opened again; nothing goes back to being unseen in silence."""
LONGEST = 2_000
CONSENT = "2026-1"
"""Version of the words a citizen agrees to; kept with each voice."""


def _plain(text: str) -> str:
    """Return a text without control characters and without blanks around it."""
    kept = "".join(sign for sign in text if sign in "\n\t" or sign.isprintable() or sign == "\u200b")
    return kept.strip()


def _time(text: str) -> str:
    """Return a time that there is.

    Raises
    ------
    ValueError
        There is no such day or hour.
    """
    datetime.fromisoformat(text)
    return text


Plain = Annotated[str, AfterValidator(_plain)]
Reference = Annotated[str, Field(max_length=20, pattern=r"^[A-Za-z0-9-]+$")]
"""Of a voice or a workshop, as people copy it."""
Time = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$"),
    AfterValidator(_time),
]


class VoiceIn(Frozen):
    """Hold what a citizen sends.

    Parameters
    ----------
    key
        Made by the phone once for each voice: sent twice, it is kept once.
    category
        Dimension of human security it is about.
    text
        What troubles them; at most 2,000 signs.
    lang
        Language it is written in.
    lat, lon
        Where; made coarse before it is kept. [degrees]
    place
        Code of a place that was chosen from a list, where no point is given.
    consent
        Version of the words agreed to.
    channel
        How it came.
    said_at
        When it was said, where the phone kept it offline. [ISO 8601, UTC]
    """

    key: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
    category: Category
    text: Annotated[Plain, Field(min_length=3, max_length=LONGEST)]
    lang: Literal["km", "en"] = "km"
    lat: Lat | None = None
    lon: Lon | None = None
    place: Annotated[str, Field(max_length=16, pattern=r"^[A-Za-z0-9_.-]+$")] | None = None
    consent: Literal["2026-1"]
    channel: Channel = "web"
    said_at: Time | None = None


class HandlingIn(Frozen):
    """Hold what an office does with a voice.

    Parameters
    ----------
    status
        The next one; unsaid, as it is.
    office
        Who is responsible.
    answer
        What the citizen reads.
    duplicate_of
        Reference of the voice that said it first; with status ``duplicate`` alone.
    note
        For the office; never shown to citizens.
    is_shown
        Whether its words may be read by everybody: an officer has looked that they name nobody.
    """

    status: Status | None = None
    office: Annotated[Plain, Field(min_length=2, max_length=200)] | None = None
    answer: Annotated[Plain, Field(min_length=3, max_length=LONGEST)] | None = None
    duplicate_of: Annotated[str, Field(min_length=4, max_length=20)] | None = None
    note: Annotated[Plain, Field(max_length=LONGEST)] = ""
    is_shown: bool | None = None
