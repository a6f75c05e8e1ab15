"""Voices over HTTP: sent by citizens, followed by their reference, handled by the office."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Path, Query, Response, UploadFile
from pydantic import ValidationError
from sqlalchemy import Select, func, select

from citiesforall.core.errors import InputError
from citiesforall.core.faults import plain_faults
from citiesforall.text import registry, say_key, word
from citiesforall.voices.alike import alike_voices
from citiesforall.voices.counts import answering, counts
from citiesforall.voices.csv_in import as_rows, read_voices
from citiesforall.voices.keeping import handle_voice, keep_voice, read_voice
from citiesforall.voices.photo import clean_photo
from citiesforall.voices.records import (
    CATEGORIES,
    CONSENT,
    NEXT,
    Category,
    HandlingIn,
    Reference,
    Status,
    VoiceIn,
)
from citiesforall.voices.sound import check_sound
from citiesforall.voices.tables import ACTS, PHOTOS, SOUNDS, VOICES
from citiesforall.web.house import Administrator, Here, Officer
from citiesforall.web.whereabouts import choices, place_of

router = APIRouter(prefix="/api", tags=["voices"])
Lang = Annotated[str, Query(pattern="^(en|km)$")]
Page = Annotated[Literal["citizen", "office", "workshop"], Path()]
PUBLIC = (
    "id",
    "category",
    "text",
    "lang",
    "lat",
    "lon",
    "said_at",
    "status",
    "office",
    "answer",
    "answered_at",
)
OFFICE = (*PUBLIC, "place", "channel", "kept_at", "duplicate_of", "is_shown")
MOST = 200


@router.get("/form")
def form(house: Here, lang: Lang = "km") -> dict[str, Any]:
    """Say what may be said and what one agrees to."""
    return {
        "consent": CONSENT,
        "consent_text": say_key("web.voice.consent", lang),
        "categories": [{"id": key, "title": word("dimension", key, lang)} for key in CATEGORIES],
        "cities": choices(house, lang),
    }


@router.get("/form/words/{page}")
def page_words(page: Page, lang: Lang = "km") -> dict[str, str]:
    """Give the words of one small page: a telephone on a poor connection loads no others."""
    wanted = ("web.citizen.", f"web.{page}.", "web.voice.", "web.stakeholder.", "word.dimension.")
    return {key: say_key(key, lang) for key in registry() if key.startswith(wanted)}


@router.post("/voices", status_code=201)
def send(house: Here, voice: VoiceIn, response: Response) -> dict[str, Any]:
    """Keep a voice; the same key again gives the same reference."""
    _must_be_of_the_web(voice)
    reference, is_new = keep_voice(house.engine, voice, place_of(house, voice))
    response.status_code = 201 if is_new else 200
    return {"id": reference, "is_new": is_new}


@router.post("/voices/with-files", status_code=201)
def send_with_files(
    house: Here, response: Response, voice: Annotated[str, Form(max_length=20_000)],
    photo: Annotated[UploadFile | None, File()] = None, sound: Annotated[UploadFile | None, File()] = None,
) -> dict[str, Any]:  # fmt: skip
    """Keep a voice with a photo, a voice note, or both; ``voice`` is its JSON."""
    try:
        said = VoiceIn.model_validate_json(voice)
    except ValidationError as error:
        raise InputError(*plain_faults(error.errors(), lambda _: tuple(VoiceIn.model_fields))) from None
    _must_be_of_the_web(said)
    picture = clean_photo(photo.file.read()) if photo is not None else None
    heard = check_sound(sound.file.read()) if sound is not None else None
    reference, is_new = keep_voice(house.engine, said, place_of(house, said), picture, heard)
    response.status_code = 201 if is_new else 200
    return {"id": reference, "is_new": is_new}


def _must_be_of_the_web(voice: VoiceIn) -> None:
    """Refuse a voice that says it came another way: what came through an office is told apart by its channel.

    Raises
    ------
    InputError
        It does.
    """
    if voice.channel != "web":
        raise InputError(f"channel '{voice.channel}': only 'web' may be sent here. Leave the word out.")


@router.get("/voices/{reference}")
def follow(house: Here, reference: Reference) -> dict[str, Any]:
    """Tell the citizen who holds a reference what became of it."""
    with house.engine.connect() as connection:
        return {
            key: value for key, value in read_voice(connection, reference.upper()).items() if key in PUBLIC
        }


@router.get("/counts")
def count(house: Here) -> dict[str, Any]:
    """Count voices by place and category; fewer than five are not told. They are no shares of the people."""
    with house.engine.connect() as connection:
        rows = connection.execute(
            select(VOICES.c.place, VOICES.c.category, VOICES.c.status, VOICES.c.kept_at, VOICES.c.answered_at)
        ).mappings().all()  # fmt: skip
    told = answering([dict(row) for row in rows])
    return {
        "counts": [
            {"place": one.place, "category": one.category, "n": one.n}
            for one in counts([dict(row) for row in rows])
        ],
        "answering": {
            "n": told.n,
            "n_open": told.n_open,
            "n_answered": told.n_answered,
            "median_days": told.median_days,
        },
    }


@router.get("/office/voices")
def listed(
    house: Here, _: Officer, status: Status | None = None, category: Category | None = None,
    skip: Annotated[int, Query(ge=0, le=10_000_000)] = 0, most: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> dict[str, Any]:  # fmt: skip
    """List voices for the office, the newest first."""
    asked: Select[Any] = select(VOICES)
    if status is not None:
        asked = asked.where(VOICES.c.status == status)
    if category is not None:
        asked = asked.where(VOICES.c.category == category)
    with house.engine.connect() as connection:
        n = connection.execute(select(func.count()).select_from(asked.subquery())).scalar()
        rows = (
            connection.execute(asked.order_by(VOICES.c.kept_at.desc(), VOICES.c.id).offset(skip).limit(most))
            .mappings()
            .all()
        )
        with_photo = set(
            connection.execute(
                select(PHOTOS.c.voice).where(PHOTOS.c.voice.in_([row["id"] for row in rows]))
            ).scalars()
        )
        with_sound = set(
            connection.execute(
                select(SOUNDS.c.voice).where(SOUNDS.c.voice.in_([row["id"] for row in rows]))
            ).scalars()
        )
    return {
        "n": n,
        "voices": [
            {
                **{key: row[key] for key in OFFICE},
                "next": sorted(NEXT[row["status"]]),
                "photo": row["id"] in with_photo,
                "sound": row["id"] in with_sound,
            }
            for row in rows
        ],
    }


@router.post("/office/voices/{reference}")
def handle(house: Here, who: Officer, reference: Reference, handling: HandlingIn) -> dict[str, Any]:
    """Hand a voice on, answer it, close it."""
    done = handle_voice(house.engine, reference, handling, who.account)
    return {**{key: done[key] for key in OFFICE}, "next": sorted(NEXT[done["status"]])}


@router.get("/office/voices/{reference}/alike")
def alike(house: Here, _: Officer, reference: Reference) -> list[dict[str, Any]]:
    """List voices that may say the same, the likest first."""
    with house.engine.connect() as connection:
        one = read_voice(connection, reference)
        others = connection.execute(
            select(VOICES).where(
                VOICES.c.category == one["category"], VOICES.c.lat.is_not(None) | VOICES.c.place.is_not(None)
            )
        ).mappings().all()  # fmt: skip
    texts = {row["id"]: row["text"] for row in others}
    found = alike_voices(one, [dict(row) for row in others])
    return [
        {
            "id": each.reference,
            "alike": each.alike,
            "distance_m": each.distance_m,
            "text": texts[each.reference],
        }
        for each in found
    ]


@router.get("/office/voices/{reference}/photo")
def photo_of(house: Here, _: Officer, reference: Reference) -> Response:
    """Give the photo of a voice."""
    with house.engine.connect() as connection:
        content = connection.execute(select(PHOTOS.c.content).where(PHOTOS.c.voice == reference)).scalar()
    if content is None:
        raise InputError(f"{reference}: there is none: no photo was sent with it.")
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": "private, no-store"})


@router.get("/office/voices/{reference}/sound")
def sound_of(house: Here, _: Officer, reference: Reference) -> Response:
    """Give the voice note of a voice."""
    with house.engine.connect() as connection:
        row = connection.execute(
            select(SOUNDS.c.content, SOUNDS.c.kind).where(SOUNDS.c.voice == reference)
        ).one_or_none()
    if row is None:
        raise InputError(f"{reference}: there is none: no sound was sent with it.")
    return Response(row[0], media_type=row[1], headers={"Cache-Control": "private, no-store"})


@router.get("/office/voices.csv")
def export(house: Here, _: Officer) -> Response:
    """Give every voice as CSV, without keys, photos and exact places."""
    with house.engine.connect() as connection:
        rows = connection.execute(select(VOICES).order_by(VOICES.c.kept_at, VOICES.c.id)).mappings().all()
    return Response(as_rows([dict(row) for row in rows]), media_type="text/csv; charset=utf-8")


@router.post("/import", status_code=201)
def take_in(house: Here, _: Officer, file: Annotated[UploadFile, File()]) -> dict[str, int]:
    """Take in voices kept elsewhere: a CSV, whole or not at all; read again, nothing doubles."""
    voices, n_without = read_voices(file.file.read(), file.filename or "voices.csv")
    new = sum(keep_voice(house.engine, voice, place_of(house, voice))[1] for voice in voices)
    return {"kept": new, "known": len(voices) - new, "without_consent": n_without}


@router.get("/acts")
def acts(
    house: Here,
    _: Administrator,
    skip: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    most: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> list[dict[str, Any]]:
    """List who did what, the newest first."""
    with house.engine.connect() as connection:
        rows = (
            connection.execute(select(ACTS).order_by(ACTS.c.number.desc()).offset(skip).limit(most))
            .mappings()
            .all()
        )
    return [dict(row) for row in rows]
