"""What every route needs: the database, the rules of the house, who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from sqlalchemy import Engine

from citiesforall.voices.accounts import NOBODY, Session, may, session_of

COOKIE = "cities_session"
CSRF = "x-csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LAPTOP = Session("this computer", "administrator", "")


@dataclass(frozen=True)
class Rules:
    """Hold what the house allows.

    Parameters
    ----------
    is_laptop
        Whether the server speaks to this computer alone and knows no account: whoever sits here may do everything.
    per_minute
        Requests that change something, from one address.
    sign_ins_per_minute
        From one address for one name.
    most_bytes, most_upload_bytes
        Of a request's body; of one that brings a photo, a sound or a file.
    hosts
        Names the server answers to; empty for any.
    is_https
        Whether cookies are kept to HTTPS.
    api_key
        That Open311 clients must send with what they write; empty for none.
    """

    is_laptop: bool = False
    per_minute: int = 2_400
    sign_ins_per_minute: int = 10
    most_bytes: int = 64_000
    most_upload_bytes: int = 12_000_000
    hosts: tuple[str, ...] = ()
    is_https: bool = False
    api_key: str = ""


@dataclass(frozen=True)
class House:
    """Hold what the server works with.

    Parameters
    ----------
    engine
        Database of voices.
    rules
        See there.
    out
        Folder of results.
    cities
        Code in small letters -> its city file, for what-if; codes without a file are only shown.
    nations
        Names of the folders of published nations.
    """

    engine: Engine
    rules: Rules
    out: Path
    cities: Mapping[str, Path | None] = field(default_factory=dict)
    nations: tuple[str, ...] = ()


def house_of(request: Request) -> House:
    """Return the house a request came to."""
    found: House = request.app.state.house
    return found


def asker(request: Request) -> Session:
    """Return who asks, and refuse what a foreign page would have somebody's browser do.

    Raises
    ------
    HTTPException
        401 where the word against forgery is missing or another.
    """
    house = house_of(request)
    if house.rules.is_laptop:
        if request.method not in SAFE and not _is_own_page(request):
            raise HTTPException(403, "This was asked from another page. Open the page of this server.")
        return LAPTOP
    session = session_of(house.engine, request.cookies.get(COOKIE))
    if session is not NOBODY and request.method not in SAFE and request.headers.get(CSRF) != session.csrf:
        raise HTTPException(403, f"The header {CSRF} is missing or another. Load the page again.")
    return session


def _is_own_page(request: Request) -> bool:
    """Say whether a request comes from a page of this server, or from no page at all."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    return (site in {None, "same-origin", "none"}) and (origin is None or origin.partition("://")[2] == host)


def _at_least(session: Session, role: str) -> Session:
    """Return who asks where they may do what a role may; refuse otherwise."""
    if not may(session, role):
        raise HTTPException(
            401 if session is NOBODY else 403, f"Only the role '{role}' and above may do this. Sign in."
        )
    return session


Here = Annotated[House, Depends(house_of)]
Asker = Annotated[Session, Depends(asker)]


def officer(session: Asker) -> Session:
    """Let officers and above pass."""
    return _at_least(session, "officer")


def planner(session: Asker) -> Session:
    """Let planners and above pass."""
    return _at_least(session, "planner")


def administrator(session: Asker) -> Session:
    """Let administrators pass."""
    return _at_least(session, "administrator")


Officer = Annotated[Session, Depends(officer)]
Planner = Annotated[Session, Depends(planner)]
Administrator = Annotated[Session, Depends(administrator)]
