"""One file over HTTP: resumed when the connection is cut, checked before it gets its name."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from citiesforall.core.errors import InputError, MissingSourceError

if TYPE_CHECKING:
    from http.client import HTTPResponse

#: Called with the bytes that are here and the bytes there will be (None where the server does not say).
Progress = Callable[[int, int | None], None]
#: Bytes asked for at a time. [byte]
BLOCK = 1 << 18
#: Answers after which trying again makes sense.
PASSING = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(frozen=True)
class Patience:
    """Say how long to try.

    Parameters
    ----------
    tries
        Connections in a row that bring nothing new before giving up.
    wait_s
        Pause after the first; it doubles each time. [s]
    timeout_s
        Silence after which a connection counts as cut. [s]
    """

    tries: int = 5
    wait_s: float = 1.0
    timeout_s: float = 60.0


PATIENCE = Patience()


class _CutError(Exception):
    """Say that a connection ended before the file did; the next one goes on from there."""


def download(
    address: str,
    target: str | Path,
    *,
    sha256: str | None = None,
    progress: Progress | None = None,
    patience: Patience = PATIENCE,
) -> Path:
    """Fetch a file to a temporary name, check it, and move it to its place.

    Parameters
    ----------
    address
        An ``http`` or ``https`` address.
    target
        Where the file goes; its folder is made.
    sha256
        Expected fingerprint, None where none is known.
    progress
        Told what has come.
    patience
        How long to try.

    Returns
    -------
    Path
        The target.

    Raises
    ------
    MissingSourceError
        The server does not give the file; what has come is kept as ``.part`` and the next run goes on from it.
    InputError
        What came is not the file.
    """
    file = Path(target)
    if not address.startswith(("http://", "https://")):
        raise MissingSourceError(
            f"{address}: this is no web address. http and https are allowed. Mend the address."
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(file.name + ".part")
    _until_whole(address, part, progress, patience)
    if part.stat().st_size == 0:
        part.unlink()
        raise InputError(
            f"{address}: the server sent an empty file. Nothing was kept. Ask the provider, or fetch it later."
        )
    got = _fingerprint(part)
    if sha256 is not None and got != sha256:
        part.unlink()
        raise InputError(
            f"{address}: what came is not the file expected: sha256 expected {sha256}, got {got}. It was removed. "
            "Either the provider changed the file, or it was damaged on the way: fetch again, or state the edition "
            "you mean."
        )
    part.replace(file)
    _mark_of(part).unlink(missing_ok=True)
    return file


def _until_whole(address: str, part: Path, progress: Progress | None, patience: Patience) -> None:
    """Connect again and again until the file is whole; tries count only while nothing new comes."""
    tries = 0
    while True:
        had = _size(part)
        try:
            _receive(address, part, progress, patience.timeout_s)
        except _CutError as cut:
            tries = 1 if _size(part) > had else tries + 1
            if tries >= patience.tries:
                kept = (
                    f"{_size(part):,} bytes are kept as {part.name}; run again to go on."
                    if _size(part)
                    else "Run again later."
                )
                raise MissingSourceError(f"{address}: {cut}, {tries} times in a row. {kept}") from None
            time.sleep(patience.wait_s * 2 ** (tries - 1))
        else:
            return


def _receive(address: str, part: Path, progress: Progress | None, timeout_s: float) -> None:
    """Take what one connection gives, after what is there already."""
    had, mark = _size(part), _mark_of(part)
    validator = mark.read_text("utf-8") if had and mark.is_file() else ""
    headers = {"User-Agent": f"citiesforall/{version('citiesforall')}", "Accept-Encoding": "identity"}
    if validator:
        headers |= {"Range": f"bytes={had}-", "If-Range": validator}
    with _open(urllib.request.Request(address, headers=headers), part, timeout_s) as answer:  # noqa: S310 - checked
        if "text/html" in answer.headers.get("Content-Type", "") and part.suffixes[-2:-1] not in (
            [".html"],
            [".htm"],
        ):
            raise MissingSourceError(
                f"{address}: the server sent a web page, not a file. The address has changed or asks for a login. "
                "Fetch it by hand."
            )
        start, total = _extent(answer)
        if start not in (0, had):
            raise _CutError("the server went on from another place than asked")
        mark.write_text(answer.headers.get("ETag") or answer.headers.get("Last-Modified") or "", "utf-8")
        _need_room(part.parent, address, (total or 0) - start)
        with part.open("r+b" if start else "wb") as out:
            out.seek(start)
            have = _copy(answer, out, start, total, progress)
            out.truncate()
            os.fsync(out.fileno())
    if total is not None and have < total:
        raise _CutError(f"the connection was cut at {have:,} of {total:,} bytes")


def _open(request: urllib.request.Request, part: Path, timeout_s: float) -> HTTPResponse:
    """Open a connection; sort what went wrong into passing and lasting."""
    where = request.full_url
    try:
        answer: HTTPResponse = urllib.request.urlopen(request, timeout=timeout_s)  # noqa: S310 - http(s) only, checked
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink(missing_ok=True)  # longer than the file is now: another edition
            raise _CutError("the file on the server is shorter than what was kept") from None
        if error.code in PASSING:
            raise _CutError(f"the server answered {error.code} {error.reason}") from None
        raise MissingSourceError(
            f"{where}: the server answered {error.code} {error.reason}. The address has changed or needs a login. "
            "Look at the provider's page."
        ) from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLError):
            raise MissingSourceError(
                f"{where}: no safe connection: {error.reason}. Check the computer's clock and "
                "certificates; the file was not fetched."
            ) from None
        raise _CutError(f"the server cannot be reached ({error.reason})") from None
    except (HTTPException, OSError) as error:
        raise _CutError(f"the connection was cut ({type(error).__name__})") from None
    return answer


def _extent(answer: HTTPResponse) -> tuple[int, int | None]:
    """Return where the answer starts in the file, and how long the file is."""
    if answer.status == HTTPStatus.PARTIAL_CONTENT:
        given = RANGE.fullmatch(answer.headers.get("Content-Range", "").strip())
        if given is None:
            raise _CutError("the server sent a part without saying which")
        return int(given[1]), None if given[2] == "*" else int(given[2])
    length = answer.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


def _copy(
    answer: HTTPResponse, out: BinaryIO, start: int, total: int | None, progress: Progress | None
) -> int:
    """Write what comes; return how many bytes of the file are there."""
    have = start
    while True:
        try:
            block = answer.read(BLOCK)
        except (HTTPException, OSError) as error:
            out.truncate()
            raise _CutError(f"the connection was cut at {have:,} bytes ({type(error).__name__})") from None
        if not block:
            return have
        try:
            out.write(block)
        except OSError as error:
            raise _no_room(error, out.name) from None
        have += len(block)
        if progress is not None:
            progress(have, total)


def _no_room(error: OSError, name: str) -> MissingSourceError:
    """Return the fault of a write that failed."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return MissingSourceError(
            f"{name}: the disk is full. Make room and run again; what has come is kept."
        )
    return MissingSourceError(f"{name}: this cannot be written: {error.strerror}. Check the folder's rights.")


def _need_room(folder: Path, address: str, bytes_to_come: int) -> None:
    """Refuse to start what the disk cannot hold."""
    free = shutil.disk_usage(folder).free
    if bytes_to_come > free:
        raise MissingSourceError(
            f"{address}: {bytes_to_come:,} bytes are to come but {folder} has room for {free:,}. Make room and run again."
        )


def _size(path: Path) -> int:
    """Return the size of a file, 0 where there is none. [byte]"""
    return path.stat().st_size if path.is_file() else 0


def _mark_of(part: Path) -> Path:
    """Return the file that keeps the server's mark of the edition a part belongs to."""
    return part.with_name(part.name + ".mark")


def _fingerprint(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
