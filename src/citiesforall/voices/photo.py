"""Takes a photo in: looked at, made smaller, and drawn anew, so that nothing but its picture is left."""

from __future__ import annotations

import hashlib
import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from citiesforall.core.errors import InputError
from citiesforall.voices.keeping import Photo

MOST_BYTES = 8_000_000
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 1_600
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")


def clean_photo(content: bytes) -> Photo:
    """Return a photo without place, time, device and any other metadata.

    Parameters
    ----------
    content
        A file as it came.

    Returns
    -------
    Photo
        A JPEG of at most 1,600 pixels a side, the right way up.

    Raises
    ------
    InputError
        It is too large, of another format, or broken.
    """
    if len(content) > MOST_BYTES:
        raise InputError(
            f"photo: {len(content):,} bytes are too many. At most {MOST_BYTES:,} are taken. Send a smaller one."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise InputError("photo: it has too many pixels. Send a smaller one.")
                upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        SyntaxError,
        ValueError,
    ):
        raise InputError(
            f"photo: it cannot be read. Allowed: {', '.join(FORMATS)}. Take it again, or send none."
        ) from None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.frombytes(
        "RGB", upright.size, upright.tobytes()
    )  # pixels alone: what hung on the old picture stays behind
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=QUALITY)
    made = out.getvalue()
    return Photo(made, hashlib.sha256(made).hexdigest(), *bare.size)
