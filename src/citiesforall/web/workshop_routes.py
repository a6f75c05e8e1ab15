"""Workshops over HTTP: opened by planners, joined by code, voted with a token, watched by all."""

from __future__ import annotations

import io
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Header, HTTPException, Query, Request, Response
from pydantic import Field

from citiesforall.core.challenge import challenges
from citiesforall.core.source import Frozen
from citiesforall.text import say_key
from citiesforall.voices.records import Reference
from citiesforall.voices.workshop import (
    GROUPS,
    BallotIn,
    WorkshopIn,
    close_workshop,
    join,
    open_workshop,
    results,
    vote,
    weights_toml,
)
from citiesforall.web.house import Here, Planner

router = APIRouter(prefix="/api/workshops", tags=["workshops"])
BEARER = "Bearer "
Lang = Annotated[str, Query(pattern="^(en|km)$")]


class Joining(Frozen):
    """Hold whom a delegate speaks for."""

    group: Annotated[str, Field(min_length=2, max_length=40)]


@router.get("/words")
def words(lang: Lang = "km") -> dict[str, Any]:
    """Say what may be put on the table, and who may be invited."""
    return {
        "challenges": [
            {
                "id": key, "title": say_key(f"challenge.{key}.title", lang),
                "meaning": say_key(f"challenge.{key}.meaning", lang), "dimension": one.dimension,
            }
            for key, one in challenges().items()
        ],
        "groups": [{"id": key, "title": say_key(f"web.stakeholder.{key}", lang)} for key in GROUPS],
    }  # fmt: skip


@router.post("", status_code=201)
def begin(house: Here, who: Planner, asked: WorkshopIn) -> dict[str, str]:
    """Open a workshop."""
    return {"code": open_workshop(house.engine, asked, who.account)}


@router.post("/{code}/join", status_code=201)
def enter(house: Here, code: Reference, asked: Joining) -> dict[str, str]:
    """Let a delegate in; the token votes."""
    return {"token": join(house.engine, code.upper(), asked.group)}


@router.put("/ballot", status_code=204)
def cast(house: Here, ballot: BallotIn, authorization: Annotated[str, Header(max_length=200)] = "") -> None:
    """Take a delegate's whole ballot in the place of any earlier one."""
    if not authorization.startswith(BEARER):
        raise HTTPException(
            401, "The header Authorization: Bearer TOKEN is missing. Join the workshop first."
        )
    vote(house.engine, authorization.removeprefix(BEARER), ballot)


@router.get("/{code}")
def watch(house: Here, code: Reference) -> dict[str, Any]:
    """Say what a workshop thinks so far."""
    with house.engine.connect() as connection:
        return results(connection, code.upper())


@router.post("/{code}/close", status_code=204)
def close(house: Here, who: Planner, code: Reference) -> None:
    """Close a workshop."""
    close_workshop(house.engine, code.upper(), who.account)


@router.get("/{code}/weights.toml")
def weights(house: Here, code: Reference) -> Response:
    """Give the weights of the dimensions as a city file takes them."""
    with house.engine.connect() as connection:
        said = results(connection, code.upper())
    if not said["weights"]:
        raise HTTPException(404, "Nobody has voted yet.")
    return Response(weights_toml(said), media_type="application/toml; charset=utf-8")


@router.get("/{code}/qr.svg")
def picture(request: Request, code: Reference) -> Response:
    """Draw the address that delegates open with their phones."""
    out = io.BytesIO()
    segno.make(f"{request.base_url}workshop.html#{code.upper()}", error="m").save(
        out, kind="svg", scale=8, border=2, xmldecl=False
    )
    return Response(out.getvalue(), media_type="image/svg+xml")
