"""Guards the door: limits of rate and size, headers, and faults said in one shape."""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as PlainHTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from citiesforall.core.errors import CitiesError
from citiesforall.core.faults import plain_faults
from citiesforall.voices.database import BusyError, FullError
from citiesforall.web.house import SAFE, Rules

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self' blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(self), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
RAW_HEADERS = [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in HEADERS.items()]
UPLOADS = ("/api/voices", "/api/import")
MOST_ADDRESSES = 50_000
MINUTE_S = 60.0


class Buckets:
    """Count what each key may still ask for: so many a minute, refilled steadily; the longest unseen are forgotten."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = float(per_minute)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str) -> float:
        """Take one; return 0, or the seconds until there is one again."""
        with self._lock:
            at = time.monotonic()
            left, last = self._left.pop(key, (self._per_minute, at))
            left = min(self._per_minute, left + (at - last) * self._per_minute / MINUTE_S)
            wait = 0.0 if left >= 1 else (1 - left) * MINUTE_S / self._per_minute
            self._left[key] = (left - (wait == 0), at)
            if len(self._left) > MOST_ADDRESSES:
                self._left.popitem(last=False)
            return wait


class Sized:
    """Refuse bodies that are too large as they come, whatever their header says."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app, self._rules = app, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_upload = scope["path"].startswith(UPLOADS)
        most = self._rules.most_upload_bytes if is_upload else self._rules.most_bytes
        headers = dict(scope["headers"])
        stated = headers.get(b"content-length", b"0")
        if not stated.isdigit() or int(stated) > most:
            await _too_large(most)(scope, receive, send)
            return
        come = 0

        async def counted() -> Message:
            nonlocal come
            message = await receive()
            come += len(message.get("body", b""))
            if come > most:
                raise HTTPException(413, _larger(most))
            return message

        await self._app(scope, counted, send)


def _larger(most: int) -> str:
    """Return what is said of a body that is too large."""
    return f"The request is larger than {most:,} bytes. Send less."


def _too_large(most: int) -> JSONResponse:
    """Return the answer to a body that is too large."""
    return JSONResponse({"faults": [_larger(most)]}, 413, headers=HEADERS)


class Door:
    """Limit the rate of changes, and put headers on every answer."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._buckets, self._sign_ins = Buckets(rules.per_minute), Buckets(rules.sign_ins_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless too many came before it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"] = list(message.get("headers", ()))
                there = {name.lower() for name, _ in headers}
                headers += [one for one in RAW_HEADERS if one[0] not in there]
            await send(message)

        wait = self._wait(scope)
        if wait:
            said = ["Too many requests. Wait a little, then try again."]
            await _faults(429, said, {"Retry-After": f"{wait + 1:.0f}"})(scope, receive, headed)
        else:
            await self._app(scope, receive, headed)

    def _wait(self, scope: Scope) -> float:
        """Return how long a request must wait. [s]"""
        if scope["method"] in SAFE:
            return 0.0
        address = scope["client"][0] if scope.get("client") else "unknown"
        is_sign_in = scope["path"] == "/api/session" and scope["method"] == "POST"
        return self._buckets.take(address) or (self._sign_ins.take(address) if is_sign_in else 0.0)


def guard(app: FastAPI, rules: Rules) -> None:
    """Put every guard in front of an app.

    Parameters
    ----------
    app
        The app.
    rules
        What the house allows.
    """
    app.add_middleware(Door, rules=rules)
    app.add_middleware(Sized, rules=rules)
    _say_faults(app)


def _faults(status: int, lines: list[str], headers: dict[str, str] | None = None) -> JSONResponse:
    """Return faults in the one shape they have."""
    plain = [line.encode("utf-8", "replace").decode() for line in lines]  # half a sign, as JSON can bring it
    return JSONResponse({"faults": plain}, status, headers=headers)


def _say_faults(app: FastAPI) -> None:
    """Say every fault as ``{"faults": [sentences]}``."""

    @app.exception_handler(CitiesError)
    async def ours(_: Request, error: CitiesError) -> JSONResponse:
        """Say what is wrong with what was asked, or why nothing could be kept."""
        if isinstance(error, BusyError):
            return _faults(503, list(error.faults), {"Retry-After": "2"})
        if isinstance(error, FullError):
            return _faults(507, list(error.faults))
        is_absent = any(
            " there is none " in f" {fault} " or "no voice has" in fault for fault in error.faults
        )
        return _faults(404 if is_absent else 422, list(error.faults))

    @app.exception_handler(RequestValidationError)
    async def shape(_: Request, error: RequestValidationError) -> JSONResponse:
        """Say which field is wrong."""
        found = [{**one, "loc": one["loc"][1:] or one["loc"]} for one in error.errors()]
        return _faults(422, plain_faults(found, lambda _: ()))

    @app.exception_handler(PlainHTTPException)
    async def http(_: Request, error: PlainHTTPException) -> JSONResponse:
        """Say why a route refused."""
        return _faults(error.status_code, [str(error.detail)], dict(error.headers or {}))
