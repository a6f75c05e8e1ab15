"""Keeps voices, hands them on, answers them: every change leaves its act in the trail."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from citiesforall.core.errors import InputError
from citiesforall.voices.coarse import coarse
from citiesforall.voices.database import now, writing
from citiesforall.voices.records import NEXT, HandlingIn, VoiceIn
from citiesforall.voices.tables import ACTS, PHOTOS, SOUNDS, VOICES

_INSERT: Mapping[str, Any] = MappingProxyType({"sqlite": sqlite.insert, "postgresql": postgresql.insert})
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of references: none that can be mistaken for another when read aloud or copied by hand."""


@dataclass(frozen=True)
class Photo:
    """Hold a photo without its metadata: from `voices.photo`."""

    content: bytes
    sha256: str
    width: int
    height: int


@dataclass(frozen=True)
class Sound:
    """Hold a voice note: from `voices.sound`."""

    content: bytes
    kind: str


def keep_voice(
    engine: Engine,
    voice: VoiceIn,
    place: str | None = None,
    photo: Photo | None = None,
    sound: Sound | None = None,
) -> tuple[str, bool]:
    """Keep what a citizen sent, once.

    Parameters
    ----------
    engine
        The database.
    voice
        What was sent.
    place
        Code of the place it is in, where known.
    photo, sound
        Cleaned; looked at.

    Returns
    -------
    tuple
        Reference of the voice, and whether it is new: the same key again gives the same reference.

    Raises
    ------
    BusyError, FullError
        Nothing was kept.
    """
    with writing(engine) as connection:
        reference, is_new = _kept(connection, voice, place)
        if is_new and photo is not None:
            connection.execute(
                insert(PHOTOS).values(
                    voice=reference, sha256=photo.sha256, content=photo.content, width=photo.width, height=photo.height
                )
            )  # fmt: skip
        if is_new and sound is not None:
            connection.execute(insert(SOUNDS).values(voice=reference, kind=sound.kind, content=sound.content))
        if is_new:
            said = {"channel": voice.channel, "photo": photo is not None, "sound": sound is not None}
            note_act(connection, "public", "voice_kept", reference, said)
        return reference, is_new


def _kept(connection: Connection, voice: VoiceIn, place: str | None) -> tuple[str, bool]:
    """Write a voice where its key is new; return its reference, and whether it was."""
    by_key = select(VOICES.c.id).where(VOICES.c.key == voice.key)
    known = connection.execute(by_key).scalar()
    if known is not None:
        return str(known), False
    at = now()
    here = coarse(voice.lat, voice.lon) if voice.lat is not None and voice.lon is not None else (None, None)
    row = {
        **voice.model_dump(include={"key", "category", "text", "lang", "consent", "channel"}),
        "lat": here[0], "lon": here[1], "place": place, "kept_at": at,
        "said_at": min(voice.said_at or at, at), "status": "received",  # a clock that is ahead is set right
    }  # fmt: skip
    reference = new_reference()
    adding = (
        _INSERT[connection.dialect.name](VOICES)
        .values(id=reference, **row)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(VOICES.c.id)
    )
    if connection.execute(adding).scalar() is None:  # another connection kept the same key meanwhile
        return str(connection.execute(by_key).scalar_one()), False
    return reference, True


def handle_voice(engine: Engine, reference: str, handling: HandlingIn, who: str) -> Mapping[str, Any]:
    """Do something with a voice.

    Parameters
    ----------
    engine
        The database.
    reference
        Of the voice.
    handling
        What is done.
    who
        Name of the account.

    Returns
    -------
    Mapping
        The voice as it is now.

    Raises
    ------
    InputError
        There is no such voice, the status cannot follow, or words are missing that it needs.
    """
    with writing(engine) as connection:
        before = read_voice(connection, reference)
        faults = _faults(connection, before, handling)
        if faults:
            raise InputError(*(f"{reference}: {fault}" for fault in faults))
        new = handling.model_dump(exclude_none=True, exclude={"note"})
        if handling.answer is not None:
            new["answered_at"] = now()
        if handling.status is not None and handling.status != "duplicate":
            new["duplicate_of"] = None
        if "is_shown" in new:
            new["is_shown"] = int(new["is_shown"])
        if new:
            connection.execute(update(VOICES).where(VOICES.c.id == reference).values(**new))
        said = {
            "status": handling.status,
            "office": handling.office,
            "answered": handling.answer is not None,
            "note": handling.note,
        }
        note_act(connection, who, "voice_handled", reference, said)
        return read_voice(connection, reference)


def _faults(connection: Connection, before: Mapping[str, Any], handling: HandlingIn) -> list[str]:
    """Return why something cannot be done with a voice."""
    faults = []
    status, old = handling.status, str(before["status"])
    if status is not None and status != old and status not in NEXT[old]:
        faults.append(f"status '{status}' cannot follow '{old}'. Allowed: {', '.join(sorted(NEXT[old]))}.")
    if status == "answered" and handling.answer is None and before["answer"] is None:
        faults.append("status 'answered' needs an answer. Write what the citizen is told.")
    if (status == "duplicate") != (handling.duplicate_of is not None):
        faults.append("status 'duplicate' and duplicate_of go together. Give both, or neither.")
    elif handling.duplicate_of is not None:
        other = connection.execute(
            select(VOICES.c.duplicate_of).where(VOICES.c.id == handling.duplicate_of)
        ).one_or_none()
        if other is None or handling.duplicate_of == before["id"]:
            faults.append(
                f"duplicate_of '{handling.duplicate_of}' is no other voice. Give the reference of the first one."
            )
        elif other[0] is not None:
            faults.append(
                f"duplicate_of '{handling.duplicate_of}' repeats '{other[0]}' itself. Give that one."
            )
    return faults


def read_voice(connection: Connection, reference: str) -> Mapping[str, Any]:
    """Return a voice with every column.

    Parameters
    ----------
    connection
        An open transaction.
    reference
        Of the voice.

    Raises
    ------
    InputError
        There is none.
    """
    row = connection.execute(select(VOICES).where(VOICES.c.id == reference)).mappings().one_or_none()
    if row is None:
        raise InputError(f"{reference}: no voice has this reference. Look whether it is copied right.")
    return dict(row)


def note_act(connection: Connection, who: str, act: str, on: str, said: Mapping[str, Any]) -> None:
    """Add an act to the trail.

    Parameters
    ----------
    connection
        The transaction of what was done: both are kept, or neither.
    who
        Account, or ``public``.
    act, on
        What was done to which record.
    said
        No text of a citizen.
    """
    connection.execute(
        insert(ACTS).values(at=now(), who=who, act=act, on=on, said=json.dumps(said, ensure_ascii=False))
    )


def new_reference() -> str:
    """Return a reference that can be read aloud: ``K7QD-3M9P``; one in 10^12."""
    signs = "".join(secrets.choice(LETTERS) for _ in range(8))
    return f"{signs[:4]}-{signs[4:]}"
