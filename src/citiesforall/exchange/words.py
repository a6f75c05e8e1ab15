"""Words of what is handed on, in one language; nothing stands in for a missing translation."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from citiesforall.core.errors import DeclarationError
from citiesforall.text import digits, registry, say, say_key

LANGUAGES = ("en", "km")


def told(key: str, lang: str) -> str:
    """Return a public text in a language.

    Parameters
    ----------
    key
        A key of `text.registry`.
    lang
        ``en`` or ``km``.

    Returns
    -------
    str
        The text.

    Raises
    ------
    DeclarationError
        There is no such text, or the language lacks it.
    """
    known = registry()
    found = say(key, known[key], lang) if key in known else say_key(key, lang)
    if found is None:
        raise DeclarationError(
            f"{key}: no translation into '{lang}' for {known[key]!r}. Add it to locale/{lang}.*.po."
        )
    return found


def prose(key: str, lang: str, **fill: str) -> str:
    """Return a sentence of this room with its places filled and the digits of its language.

    Parameters
    ----------
    key
        ``<section>.<key>`` of ``data/words_exchange.toml``.
    lang
        ``en`` or ``km``.
    **fill
        What stands in its places.
    """
    return digits(told(f"exchange.{key}", lang).format_map(fill), lang)


def indicator_title(key: str, lang: str) -> str:
    """Return the title of an indicator; its id where it is no longer declared."""
    name = f"indicator.{key}.title"
    return told(name, lang) if name in registry() else key


def place_names(places: pd.DataFrame, lang: str) -> Mapping[str, str]:
    """Return the names of places in a language, by code.

    Parameters
    ----------
    places
        The places layer.
    lang
        ``en`` or ``km``; where a place has no Khmer name (a city elsewhere) its own stands.
    """
    names = places["name"]
    if lang == "km":
        names = places["name_km"].where(places["name_km"].notna() & (places["name_km"] != ""), names)
    return dict(zip(places["place"].astype(str), names.astype(str), strict=True))
