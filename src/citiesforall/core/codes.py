"""Codes of places: what a country's look like, and how written ones are mended."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from citiesforall.core.errors import InputError, raise_all
from citiesforall.core.notes import Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KHMER_TO_LATIN_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
CODE = re.compile(r"[A-Z]{2}[A-Z0-9_]*")
#: What spreadsheets leave inside codes: spaces, hyphens, zero-width characters, order marks, apostrophes.
BETWEEN = re.compile(r"[\s\-'\u2019\u200b\u200c\u200d\u2060\ufeff]")


@dataclass(frozen=True)
class Country:
    """Hold what is the same for every city of a country.

    Parameters
    ----------
    code, iso3, name, name_km
        ISO 3166 codes of two and three letters; names in Latin and in Khmer script.
    crs, currency, languages
        Metric reference system, money, languages of reports.
    edition
        Gazetteer edition used where a city names none.
    levels, digits
        Levels of places and the number of digits of the national code at each.
    kinds, kinds_of
        Names of the kinds of places, and the codes of those that differ from the rule.
    """

    code: str
    iso3: str
    name: str
    name_km: str
    crs: str
    currency: str
    languages: tuple[str, ...]
    edition: str
    levels: tuple[str, ...]
    digits: tuple[int, ...]
    kinds: Mapping[str, str]
    kinds_of: Mapping[str, frozenset[str]]


@cache
def country(code: str) -> Country | None:
    """Return what is known of a country, or None where it has no folder.

    Parameters
    ----------
    code
        ISO 3166 code: ``KH``.

    Returns
    -------
    Country or None
        The country.
    """
    file = files("citiesforall.data").joinpath(code.lower(), "country.toml")
    if not file.is_file():
        return None
    row: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    lists: dict[str, Any] = {key: tuple(row.pop(key)) for key in ("languages", "levels", "digits")}
    kinds_of = {kind: frozenset(codes) for kind, codes in row.pop("kinds_of").items()}
    return Country(**row, **lists, kinds_of=kinds_of)


def normalise_code(text: object, country_code: str = "KH") -> str:
    """Bring one written code to the form ``KH`` and 2, 4, 6 or 8 digits.

    Parameters
    ----------
    text
        As found: ``10201`` (number or text), ``10201.0``, ``KH-01``, ``"KH 0102"``, Khmer digits.
    country_code
        ISO 3166 code of the country the file is about.

    Returns
    -------
    str
        For instance ``KH010201``.

    Raises
    ------
    InputError
        The text is no code of that country.

    Notes
    -----
    A number that lost its leading zero has an odd count of digits, so one zero is put back exactly then
    (1 to 2, 3 to 4, 5 to 6, 7 to 8 digits); an even count is taken as written. Letters after the digits
    name a part (``KH12_CENTRE``) and stay. A country without a folder here keeps its own codes: only the
    country is put in front.
    """
    here = country(country_code)
    bare = _bare(text, country_code)
    if here is None:
        if bare and CODE.fullmatch(country_code + bare):
            return country_code + bare
        raise InputError(
            f"code {text!r}: this is no place code. Letters, digits and _ are allowed. "
            f"Write {country_code} and the national code."
        )
    digits, _, part = bare.partition("_")
    if len(digits) + 1 in here.digits:
        digits = "0" + digits
    if not digits.isdecimal() or len(digits) not in here.digits or not digits.isascii() or digits[:2] == "00":
        allowed = ", ".join(map(str, here.digits))
        raise InputError(
            f"code {text!r}: this is no place code of {here.name}. Allowed: {here.code} and {allowed} "
            f"digits, for instance {here.code}010201. Check the column."
        )
    return here.code + digits + (f"_{part}" if part else "")


def _bare(text: object, country_code: str) -> str:
    """Return a written code without country, spaces, hyphens and decimal point; empty where there is none."""
    if isinstance(text, bool) or text is None:
        return ""
    if isinstance(text, float):
        text = int(text) if text.is_integer() else ""
    if str(text).lstrip().startswith("-"):
        return ""  # a number below zero, not a hyphen inside a code
    bare = BETWEEN.sub("", str(text)).translate(KHMER_TO_LATIN_DIGITS).upper()
    bare = bare[:-2] if re.fullmatch(r"\d+\.0", bare) else bare
    return bare.removeprefix(country_code)


def normalise_codes(
    written: Iterable[object], where: str, country_code: str = "KH"
) -> tuple[list[str], tuple[Note, ...]]:
    """Bring a column of codes to their form; say what was mended.

    Parameters
    ----------
    written
        As found in a file.
    where
        Name of the file, for notes and faults.
    country_code
        ISO 3166 code.

    Returns
    -------
    list of str
        Codes, in the same order.
    tuple of Note
        How many were mended, none where all were right.

    Raises
    ------
    InputError
        Carrying every text that is no code, with its row.
    """
    codes: list[str] = []
    faults: list[str] = []
    mended = 0
    for row, text in enumerate(written, start=1):
        try:
            code = normalise_code(text, country_code)
        except InputError as error:
            faults.append(f"{where}: row {row}: {error}")
            continue
        mended += text != code and text != code.removeprefix(country_code)
        codes.append(code)
    raise_all(faults)
    what = f"{mended} codes were written without their leading zeros or with other marks; they were mended."
    return codes, (Note(where, what, "repair"),) if mended else ()
