"""Words in a language: every public text by its key, its translation from ``locale/``, and digits."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citiesforall.core.action import action_texts
from citiesforall.core.amounts import amounts
from citiesforall.core.challenge import challenge_texts
from citiesforall.core.errors import DeclarationError, did_you_mean
from citiesforall.core.figures import figure_texts
from citiesforall.core.framework import framework_texts
from citiesforall.core.group import groups
from citiesforall.core.indicator import indicators
from citiesforall.core.questions import survey_texts
from citiesforall.core.scorecard import scorecard_texts
from citiesforall.core.trigger import trigger_texts

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

KHMER_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")
#: A name in Latin letters (PM2.5, CC-BY-4.0) or one digit; names are matched first and left as they are.
LATIN_NAME_OR_DIGIT = re.compile(r"[A-Za-z][A-Za-z0-9.\-]*|[0-9]")


PARTS = (
    "survey", "workbook", "framework", "register", "diagnose", "challenge", "trigger", "whatif", "action", "plan", "report",
    "profile", "concept", "brief", "page", "compare", "exchange", "web", "nation", "common",
    "options", "policy",
)  # fmt: skip
"""First words of keys whose translations stand in a file of their own: ``locale/km.survey.po``."""


@cache
def locale(lang: str, part: str = "") -> Catalog:
    """Return the catalogue of one language.

    Parameters
    ----------
    lang
        ``km``.
    part
        A word of `PARTS`, or empty for the main one.

    Returns
    -------
    Catalog
        Its messages; an entry is found by its id (context) and its English text.
    """
    from babel.messages.pofile import read_po  # noqa: PLC0415 - a tenth of a second that English need not pay

    with locale_path(lang, part).open("rb") as file:
        return read_po(file, locale=lang)


def locale_path(lang: str, part: str = "") -> Path:
    """Return where the translations of a language are: inside the installed package, else in the checkout."""
    name = f"{lang}.{part}.po" if part else f"{lang}.po"
    packed = Path(str(files("citiesforall").joinpath("locale", name)))
    return packed if packed.is_file() else Path(__file__).parents[2] / "locale" / name


def part_of(key: str) -> str:
    """Return which part of the translations a key is in; empty for the main one."""
    first = key.partition(".")[0]
    return first if first in PARTS else ""


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
    found: Message | None = locale(lang, part_of(key)).get(english, context=key)
    return str(found.string) if found is not None and found.string and not found.fuzzy else None


def say_key(key: str, lang: str) -> str:
    """Return a public text by its key alone, in English where the language lacks it.

    Parameters
    ----------
    key
        A key of `registry`.
    lang
        ``en`` or ``km``.

    Returns
    -------
    str
        The text.

    Raises
    ------
    DeclarationError
        No public text has the key.
    """
    known = registry()
    if key not in known:
        raise DeclarationError(f"text '{key}' is not known. {did_you_mean(key, known)}")
    return say(key, known[key], lang) or known[key]


def word(section: str, name: str, lang: str) -> str:
    """Return a word of ``data/words.toml``: ``word("status", "ok", "km")``.

    Parameters
    ----------
    section, name
        Table and key.
    lang
        ``en`` or ``km``.

    Returns
    -------
    str
        The word, in English where the language lacks it.

    Raises
    ------
    DeclarationError
        There is no such word.
    """
    return say_key(f"word.{section}.{name}", lang)


OF_ROOMS = (
    "diagnose", "whatif", "plan", "report", "profile", "concept", "brief", "page", "compare", "exchange", "web", "nation",
    "common", "options", "policy",
)  # fmt: skip
"""Rooms and documents with words of their own, in ``data/words_<room>.toml``: their keys begin with its name."""


@cache
def words() -> dict[str, dict[str, str]]:
    """Return the words that belong to no declaration, by section (``data/words.toml``)."""
    return {
        section: {str(key): str(text) for key, text in rows.items()}
        for section, rows in _data("words.toml").items()
    }


@cache
def registry() -> dict[str, str]:
    """Return every public text in English by its key, in the order of the declarations.

    Returns
    -------
    dict
        ``indicator.<id>.title``, ``indicator.<id>.meaning``, ``group.<id>.title``, ``kind.<id>.title``,
        ``word.<section>.<id>``, ``framework.<name>. ...``, ``survey. ...``, ``workbook. ...`` and
        ``register.amount.<id>``.
    """
    texts: dict[str, str] = {}
    for one in indicators().values():
        texts[f"indicator.{one.id}.title"] = one.title
        texts[f"indicator.{one.id}.meaning"] = one.meaning
    texts |= {f"group.{one.id}.title": one.title for one in groups().values()}
    texts |= {f"kind.{key}.title": row["title"] for key, row in _data("facilities.toml")["kinds"].items()}
    for section, rows in words().items():
        texts |= {f"word.{section}.{key}": english for key, english in rows.items()}
    for room in OF_ROOMS:
        for section, rows in _data(f"words_{room}.toml").items():
            texts |= {f"{room}.{section}.{key}": english for key, english in rows.items()}
    texts |= {f"register.amount.{key}": one.title for key, one in amounts().items() if not one.service}
    declared = (
        framework_texts, survey_texts, scorecard_texts, figure_texts, action_texts, challenge_texts, trigger_texts,
    )  # fmt: skip
    for each in declared:
        texts |= each()
    return texts


def signed_by(lang: str) -> str:
    """Return who has signed the translations of a language; empty while they are drafts.

    Parameters
    ----------
    lang
        ``en`` or ``km``.

    Returns
    -------
    str
        Name, role and date as the header ``X-Signed-By`` gives them.
    """
    if lang == "en":
        return "source text"
    said = re.search(r'^"X-Signed-By: *(.*?)\\n"$', locale_path(lang).read_text("utf-8"), re.MULTILINE)
    return said.group(1).strip() if said else ""


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
        The text; names in Latin letters keep their digits (PM2.5).
    """
    if lang != "km":
        return text
    return LATIN_NAME_OR_DIGIT.sub(
        lambda found: found.group().translate(KHMER_DIGITS) if found.group().isdigit() else found.group(),
        text,
    )


def _data(name: str) -> dict[str, dict[str, Any]]:
    """Return one table of the package's data."""
    return tomllib.loads(files("citiesforall.data").joinpath(name).read_text("utf-8"))
