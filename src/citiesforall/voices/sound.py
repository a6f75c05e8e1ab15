"""Takes a voice note in: a short recording of a kind that phones make, looked at by its first bytes."""

from __future__ import annotations

from citiesforall.core.errors import InputError
from citiesforall.voices.keeping import Sound

MOST_BYTES = 3_000_000
KINDS = {"audio/ogg": (0, b"OggS"), "audio/webm": (0, b"\x1aE\xdf\xa3"), "audio/mp4": (4, b"ftyp")}
"""Kind -> where its mark stands, and what it is."""


def check_sound(content: bytes) -> Sound:
    """Return a voice note with its kind.

    Parameters
    ----------
    content
        A file as it came. What it says of itself is not believed.

    Returns
    -------
    Sound
        As it came: only the office hears it.

    Raises
    ------
    InputError
        It is too large or of another kind.
    """
    if len(content) > MOST_BYTES:
        raise InputError(
            f"sound: {len(content):,} bytes are too many. At most {MOST_BYTES:,} are taken. Speak shorter."
        )
    for kind, (at, mark) in KINDS.items():
        if content[at : at + len(mark)] == mark:
            return Sound(content, kind)
    raise InputError(f"sound: it cannot be read. Allowed: {', '.join(KINDS)}. Record it again, or send none.")
