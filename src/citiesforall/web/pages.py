"""Sends the built pages: packed once when they were built, kept by a browser for good where their name tells their content."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

PACKED = {"br": ".br", "gzip": ".gz"}
"""Name of a packing in the header -> how its file ends; the smaller first."""
NAMED_BY_CONTENT = re.compile(r"^assets/.+-[A-Za-z0-9_\-]{8}\.\w+$")
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
KINDS = {
    ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml",
}  # fmt: skip
"""Of files, here and not as a machine's own list may have them: a browser runs no script of another kind."""
KEPT = 128
"""Files kept in memory: all pages together are two megabytes."""


def pages(folder: Path) -> ASGIApp:
    """Make the part of a server that sends the built pages.

    Parameters
    ----------
    folder
        Of the built pages; beside a file may lie the same one packed (``.br``, ``.gz``).

    Returns
    -------
    ASGIApp
        Answers GET and HEAD; a folder's own address is its ``index.html``.
    """
    root = folder.resolve()

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        """Send one file."""
        request = Request(scope)
        if request.method not in {"GET", "HEAD"}:
            raise HTTPException(405, "Pages are only read.")
        path = request.url.path.removeprefix(scope.get("root_path", "")).lstrip("/") or "index.html"
        await _file(root, path, request)(scope, receive, send)

    return answer


def _file(root: Path, path: str, request: Request) -> Response:
    """Return a file as a browser takes it."""
    file = (root / path).resolve() if "\0" not in path else root
    if not file.is_relative_to(root) or not file.is_file() or file.suffix in PACKED.values():
        raise HTTPException(404, f"There is no page '{path}' here.")
    taken = {one.partition(";")[0].strip() for one in request.headers.get("accept-encoding", "").split(",")}
    headers: dict[str, str] = {}
    sent = file
    for name, end in PACKED.items():
        packed = file.with_name(file.name + end)
        if name in taken and packed.is_file():
            headers |= {"Content-Encoding": name, "Vary": "Accept-Encoding"}
            sent = packed
            break
    body, tag = _read(sent, sent.stat().st_mtime_ns)
    headers |= {"ETag": tag, "Cache-Control": FOR_GOOD if NAMED_BY_CONTENT.match(path) else ASK_AGAIN}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=KINDS.get(file.suffix, "application/octet-stream"), headers=headers)


@lru_cache(maxsize=KEPT)
def _read(file: Path, _changed_at: int) -> tuple[bytes, str]:
    """Return the content of a file and its mark, read once for as long as it stays as it is."""
    body = file.read_bytes()
    return body, f'"{hashlib.sha256(body).hexdigest()[:20]}"'
