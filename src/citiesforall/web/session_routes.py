"""Signing in and out, and what a page needs to know of who asks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import Field

from citiesforall.core.source import Frozen
from citiesforall.voices.accounts import HOURS, make_account, sign_in, sign_out
from citiesforall.web.house import COOKIE, Administrator, Asker, Here

router = APIRouter(prefix="/api", tags=["session"])


class SignIn(Frozen):
    """Hold a name and a password."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    password: Annotated[str, Field(min_length=1, max_length=200)]


class NewAccount(SignIn):
    """Hold an account to be made."""

    role: Annotated[str, Field(max_length=20)]


@router.get("/session")
def who(house: Here, session: Asker) -> dict[str, Any]:
    """Say who asks, and the word that must come with what they change."""
    return {
        "account": session.account,
        "role": session.role,
        "csrf": session.csrf,
        "is_laptop": house.rules.is_laptop,
    }


@router.post("/session", status_code=201)
def begin(house: Here, asked: SignIn, response: Response) -> dict[str, Any]:
    """Begin a session."""
    found = sign_in(house.engine, asked.name, asked.password)
    if found is None:
        raise HTTPException(401, "Name and password do not go together. Try again.")
    token, session = found
    response.set_cookie(
        COOKIE,
        token,
        max_age=HOURS * 3600,
        httponly=True,
        samesite="strict",
        secure=house.rules.is_https,
        path="/",
    )
    return {"account": session.account, "role": session.role, "csrf": session.csrf, "is_laptop": False}


@router.delete("/session", status_code=204)
def end(house: Here, _: Asker, request: Request, response: Response) -> None:
    """End the session."""
    sign_out(house.engine, request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE, path="/")


@router.post("/accounts", status_code=201)
def account(house: Here, who: Administrator, asked: NewAccount) -> dict[str, str]:
    """Make an account, or give it another role and password."""
    make_account(house.engine, asked.name, asked.role, asked.password, who.account)
    return {"name": asked.name, "role": asked.role}
