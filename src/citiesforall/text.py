"""Words in a language: titles from ``locale/``, numbers and digits."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

KHMER_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")


@cache
def locale(lang: str) -> Catalog:
    """Return the catalogue of one language.

    Parameters
    ----------
    lang
        ``km``.

    Returns
    -------
    Catalog
        Its messages; an entry is found by its id (context) and its English text.
    """
    packed = files("citiesforall").joinpath("locale", f"{lang}.po")
    path = Path(str(packed)) if packed.is_file() else Path(__file__).parents[2] / "locale" / f"{lang}.po"
    with path.open("rb") as file:
        return read_po(file, locale=lang)


def say(key: str, english: str, lang: str) -> str | None:
    """Return a text in a language, or None where its translation is missing or stale.

    Parameters
    ----------
    key
        What the text belongs to: ``indicator.health_centre_access.title``.
    english
        The source text; a translation of an older English is not found.
    lang
        ``en`` or ``km``.

    Returns
    -------
    str or None
        The text.
    """
    if lang == "en":
        return english
    found = locale(lang).get(english, context=key)
    return str(found.string) if found is not None and found.string else None


def digits(text: str, lang: str) -> str:
    """Write the digits of a prose text in the language's own script.

    Parameters
    ----------
    text
        With Latin digits.
    lang
        ``km`` maps to Khmer digits; others stay.

    Returns
    -------
    str
        The text.
    """
    return text.translate(KHMER_DIGITS) if lang == "km" else text
