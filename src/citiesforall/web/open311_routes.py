"""Open311 GeoReport v2 over the same voices, so that clients that know it work as they are."""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from sqlalchemy import select

from citiesforall.core.faults import plain_faults
from citiesforall.voices.counts import LEAST
from citiesforall.voices.keeping import keep_voice
from citiesforall.voices.open311 import OPEN, as_xml, faults_of, request_of, services
from citiesforall.voices.records import CATEGORIES, CONSENT, Reference, VoiceIn
from citiesforall.voices.tables import VOICES
from citiesforall.web.house import Here
from citiesforall.web.whereabouts import place_of

router = APIRouter(prefix="/open311/v2", tags=["Open311 GeoReport v2"])
Shape = Literal["json", "xml"]
Lang = Annotated[str, Query(pattern="^(en|km)$")]
MOST = 1_000
ROOTS = {"services": "service", "service_requests": "request", "errors": "error"}


@router.get("/services.{shape}")
def list_services(shape: Shape, lang: Lang = "en") -> Response:
    """List what may be reported."""
    return _answer("services", services(lang), shape)


@router.get("/requests.{shape}")
def list_requests(
    house: Here, shape: Shape, service_code: Annotated[str | None, Query(max_length=200)] = None,
    status: Annotated[str | None, Query(max_length=20)] = None, start_date: Annotated[str | None, Query(max_length=40)] = None,
    end_date: Annotated[str | None, Query(max_length=40)] = None,
    service_request_id: Annotated[str | None, Query(max_length=2_000)] = None, lang: Lang = "en",
) -> Response:  # fmt: skip
    """List reports, the newest first: words only where an officer has looked at them, places only where five or more speak."""
    asked = select(VOICES).where(VOICES.c.status.not_in(("refused", "duplicate")))
    if service_request_id:
        asked = asked.where(VOICES.c.id.in_(service_request_id.split(",")))
    if service_code:
        asked = asked.where(VOICES.c.category.in_(service_code.split(",")))
    if start_date:
        asked = asked.where(VOICES.c.said_at >= start_date)
    if end_date:
        asked = asked.where(VOICES.c.said_at <= end_date)
    if status in {"open", "closed"}:
        asked = asked.where(VOICES.c.status.in_(OPEN) if status == "open" else VOICES.c.status.not_in(OPEN))
    with house.engine.connect() as connection:
        rows = (
            connection.execute(asked.order_by(VOICES.c.said_at.desc(), VOICES.c.id).limit(MOST))
            .mappings()
            .all()
        )
        spoken = _spoken(connection.execute(select(VOICES.c.lat, VOICES.c.lon)).all())
    return _answer("service_requests", [_public(dict(row), spoken, lang) for row in rows], shape)


@router.get("/requests/{reference}.{shape}")
def one_request(house: Here, shape: Shape, reference: Reference, lang: Lang = "en") -> Response:
    """Give one report."""
    with house.engine.connect() as connection:
        row = connection.execute(select(VOICES).where(VOICES.c.id == reference)).mappings().one_or_none()
        spoken = _spoken(connection.execute(select(VOICES.c.lat, VOICES.c.lon)).all())
    if row is None:
        return _refuse(404, [f"service_request_id {reference} was not found"], shape)
    return _answer("service_requests", [_public(dict(row), spoken, lang)], shape)


@router.post("/requests.{shape}")
def report(
    house: Here, shape: Shape, service_code: Annotated[str | None, Form(max_length=200)] = None,
    description: Annotated[str | None, Form(max_length=4_000)] = None, lat: Annotated[str | None, Form(max_length=40)] = None,
    long: Annotated[str | None, Form(max_length=40)] = None, api_key: Annotated[str | None, Form(max_length=200)] = None,
) -> Response:  # fmt: skip
    """Take a report; names, telephone numbers and addresses of persons are not read and not kept."""
    if house.rules.api_key and not secrets.compare_digest(
        (api_key or "").encode(), house.rules.api_key.encode()
    ):
        return _refuse(403, ["api_key was not given or is not known"], shape)
    if not service_code or not description:
        missing = "service_code" if not service_code else "description"
        return _refuse(400, [f"{missing} was not provided"], shape)
    if service_code not in CATEGORIES:
        return _refuse(404, [f"service_code {service_code} was not found"], shape)
    given: dict[str, Any] = {
        "key": f"o311:{secrets.token_hex(16)}",
        "category": service_code,
        "text": description,
    }
    given |= {
        "consent": CONSENT,
        "channel": "open311",
        "lang": "km" if any("\u1780" <= sign <= "\u17ff" for sign in description) else "en",
    }
    given |= {name: value for name, value in (("lat", lat), ("lon", long)) if value}
    try:
        voice = VoiceIn.model_validate(given)
    except ValidationError as error:
        return _refuse(400, plain_faults(error.errors(), lambda _: ()), shape)
    reference, _ = keep_voice(house.engine, voice, place_of(house, voice))
    return _answer(
        "service_requests",
        [{"service_request_id": reference, "service_notice": "", "account_id": ""}],
        shape,
        201,
    )


def _spoken(places: Any) -> dict[tuple[float, float], int]:
    """Count how many speak from each coarse place."""
    found: dict[tuple[float, float], int] = {}
    for lat, lon in places:
        if lat is not None:
            found[lat, lon] = found.get((lat, lon), 0) + 1
    return found


def _public(voice: dict[str, Any], spoken: dict[tuple[float, float], int], lang: str) -> dict[str, Any]:
    """Return what everybody may see of a voice."""
    if not voice["is_shown"]:
        voice["text"] = ""
    if spoken.get((voice["lat"], voice["lon"]), 0) < LEAST:
        voice["lat"] = voice["lon"] = None
    return request_of(voice, lang)


def _answer(root: str, rows: list[dict[str, Any]], shape: str, status: int = 200) -> Response:
    """Return records in the shape asked for."""
    if shape == "json":
        return JSONResponse(rows, status)
    return Response(as_xml(root, ROOTS[root], rows), status, media_type="text/xml; charset=utf-8")


def _refuse(status: int, lines: list[str], shape: str) -> Response:
    """Return faults in the shape asked for."""
    return _answer("errors", faults_of(status, lines), shape, status)
