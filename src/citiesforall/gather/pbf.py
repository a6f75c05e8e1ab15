"""Takes the frame of an OpenStreetMap pbf apart: where each block lies, and whether the file is whole."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from citiesforall.core.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

MAX_HEADER_BYTES = 64 * 1024  # limits of the format, https://wiki.openstreetmap.org/wiki/PBF_Format
MAX_BLOCK_BYTES = 32 * 1024 * 1024
MAX_SAID = 120  # letters of a reader's own words
VARINT, BYTES = 0, 2  # wire types of protobuf


def check_pbf(pbf: Path) -> None:
    """Refuse a file that is missing, empty, cut off or no pbf.

    Parameters
    ----------
    pbf
        The file.

    Raises
    ------
    InputError
        With one line that says what is wrong.
    """
    block_spans(pbf)


def block_spans(pbf: Path) -> list[tuple[int, int]]:
    """Find where each data block lies, without unpacking any.

    Parameters
    ----------
    pbf
        The file.

    Returns
    -------
    list of (int, int)
        First byte and number of bytes of each block, in the order of the file; the first is the file's header.

    Raises
    ------
    InputError
        The file is missing, empty, cut off or no pbf.
    """
    try:
        size = pbf.stat().st_size
        file = pbf.open("rb")
    except OSError:
        raise InputError(f"{pbf.name}: there is no such file. Give the path of an .osm.pbf file.") from None
    spans: list[tuple[int, int]] = []
    with file:
        if size == 0:
            raise InputError(f"{pbf.name}: the file is empty. Download it again.")
        at = 0
        while at < size:
            file.seek(at)
            head = file.read(4)
            n_header = struct.unpack(">I", head)[0] if len(head) == 4 else 0  # noqa: PLR2004  (a length is 4 bytes)
            header = file.read(min(n_header, MAX_HEADER_BYTES))
            kind, n_block = _frame(header)
            whole = 0 < n_header <= MAX_HEADER_BYTES and len(header) == n_header and kind
            if not spans and (not whole or kind != b"OSMHeader"):
                raise InputError(f"{pbf.name}: this is not an OpenStreetMap pbf. Give an .osm.pbf file.")
            start = at + 4 + n_header
            if not whole or not 0 < n_block <= MAX_BLOCK_BYTES or start + n_block > size:
                fault = f"the file is cut off or damaged at byte {at} of {size}"
                raise InputError(f"{pbf.name}: {fault}. Download it again.")
            if kind in {b"OSMHeader", b"OSMData"}:
                spans.append((start, n_block))
            at = start + n_block
    return spans


def damaged(pbf: Path, error: Exception) -> InputError:
    """Return the fault of a file a reader gave up on, its words on one line.

    Parameters
    ----------
    pbf
        The file.
    error
        What the reader said.

    Returns
    -------
    InputError
        To be raised.
    """
    said = " ".join("".join(letter if letter.isprintable() else " " for letter in str(error)).split())
    return InputError(f"{pbf.name}: this pbf is damaged ({said[:MAX_SAID]}). Download it again.")


def _frame(header: bytes) -> tuple[bytes, int]:
    """Return the kind of a block and its bytes; (b"", 0) where the header makes no sense."""
    try:
        fields = dict(_fields(header))
    except (IndexError, ValueError):
        return b"", 0
    kind, size = fields.get(1, b""), fields.get(3, 0)
    return (kind, size) if isinstance(kind, bytes) and isinstance(size, int) else (b"", 0)


def _fields(message: bytes) -> list[tuple[int, int | bytes]]:
    """Take a small protobuf message apart into (field number, value)."""
    found: list[tuple[int, int | bytes]] = []
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value, at = _varint(message, at)
        if tag & 7 == VARINT:
            found.append((tag >> 3, value))
        elif tag & 7 == BYTES and at + value <= len(message):
            found.append((tag >> 3, message[at : at + value]))
            at += value
        else:
            raise ValueError("a field of another type, or one that runs over the end")
    return found


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Read one variable-length number; return it and where the next byte stands."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:  # noqa: PLR2004  (the last byte of a number has no top bit)
            return value, at
        shift += 7
