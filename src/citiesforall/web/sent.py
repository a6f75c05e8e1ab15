"""Answers that stay the same for as long as their files: packed once, and not sent again to a browser that has them."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response

PACKED_HARD = 6
WORTH_BYTES = 1_000


@dataclass(frozen=True)
class Kept:
    """Hold an answer as it is sent.

    Parameters
    ----------
    body
        Its bytes.
    packed
        The same as gzip has them.
    tag
        Mark of its content.
    kind
        Media type.
    """

    body: bytes
    packed: bytes
    tag: str
    kind: str


def kept(body: bytes, kind: str = "application/json") -> Kept:
    """Pack an answer.

    Parameters
    ----------
    body
        Its bytes.
    kind
        Media type.
    """
    packed = gzip.compress(body, PACKED_HARD, mtime=0) if len(body) > WORTH_BYTES else b""
    return Kept(body, packed, f'"{hashlib.sha256(body).hexdigest()[:20]}"', kind)


def sent(one: Kept, request: Request) -> Response:
    """Return the answer to a request.

    Parameters
    ----------
    one
        What is kept.
    request
        Says what its browser takes, and what it has.
    """
    headers = {"ETag": one.tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == one.tag:
        return Response(status_code=304, headers=headers)
    if one.packed and "gzip" in request.headers.get("accept-encoding", ""):
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(one.packed, media_type=one.kind, headers=headers)
    return Response(one.body, media_type=one.kind, headers=headers)
