"""Words of the workbooks in Khmer, English or both."""

from __future__ import annotations

import re
from functools import cache

from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.core.figures import figure_texts
from citiesforall.core.scorecard import Scorecard, scorecard_texts
from citiesforall.text import say

LANGS = ("km", "en", "both")
DECIMAL = re.compile(r"^(\d+)\.(\d+)$")


@cache
def workbook_texts() -> dict[str, str]:
    """Return every public text of the workbooks in English, by key."""
    return scorecard_texts() | figure_texts()


def check_lang(lang: str) -> str:
    """Return the language asked for.

    Raises
    ------
    InputError
        There is no such language.
    """
    if lang not in LANGS:
        raise InputError(f"language '{lang}' is not known. {did_you_mean(lang, LANGS)}")
    return lang


def parts(key: str, lang: str, *fill: str) -> tuple[str, ...]:
    """Return a text in the languages asked for, Khmer first.

    Parameters
    ----------
    key
        Without ``workbook.``.
    lang
        ``km``, ``en`` or ``both``.
    *fill
        What stands in braces, in order.

    Returns
    -------
    tuple
        One text, or Khmer and English where they differ.
    """
    english = workbook_texts()[f"workbook.{key}"]
    khmer = say(f"workbook.{key}", english, "km") or english
    asked = {"km": (khmer,), "en": (english,), "both": (khmer, english)}[lang]
    return tuple(dict.fromkeys(_filled(text, fill, khmer=text is khmer) for text in asked))


def _filled(text: str, fill: tuple[str, ...], *, khmer: bool) -> str:
    """Fill the braces of a text; numbers of a Khmer one have a decimal comma."""
    if not fill:
        return text
    return text.format(*(DECIMAL.sub(r"\1,\2", one) if khmer else one for one in fill))


def one_line(key: str, lang: str, *fill: str) -> str:
    """Return a text in the languages asked for, in one line."""
    return " · ".join(parts(key, lang, *fill))


def number(value: float) -> str:
    """Write a number of a scale: 1, 0.25."""
    return f"{value:g}"


def labels(one: Scorecard, lang: str) -> dict[str, float]:
    """Return what the list of an answer cell shows, with the number each stands for, the lowest first."""
    return {
        f"{number(value)} · {one_line(f'{one.id}.scale.{place}', lang)}": value
        for place, value in enumerate(one.scale)
    }


def spoken(one: Scorecard) -> dict[str, float]:
    """Return every way an answer may be written in words, in small letters, with the number it stands for."""
    found: dict[str, float] = {}
    for lang in LANGS:
        found |= {label.casefold(): value for label, value in labels(one, lang).items()}
    for place, value in enumerate(one.scale):
        for text in parts(f"{one.id}.scale.{place}", "both"):
            found[text.casefold()] = value
    return found
