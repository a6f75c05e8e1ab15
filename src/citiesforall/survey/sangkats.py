"""In which unit of the city a household lives: codes with lost zeros, of villages, of another edition, of elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from citiesforall.core.codes import country, normalise_code
from citiesforall.core.editions import editions
from citiesforall.core.errors import CitiesError, did_you_mean
from citiesforall.core.notes import Note
from citiesforall.core.place import gazetteer, translate
from citiesforall.survey.asked import Ints, Objects
from citiesforall.survey.faults import Fault


@dataclass(frozen=True)
class Units:
    """Hold the units of the city.

    Parameters
    ----------
    codes
        Place codes of the units.
    edition
        Of the gazetteer they are of, None where the city does not say.
    country
        ISO 3166 code.
    """

    codes: frozenset[str]
    edition: str | None
    country: str


def resolve(
    written: Sequence[str], where: tuple[str, Ints, str], units: Units, edition: str | None
) -> tuple[Objects, list[Fault], list[Note]]:
    """Return the unit of each household.

    Parameters
    ----------
    written
        Codes as the file has them. (n,)
    where
        Sheet, row numbers and column, for messages.
    units
        Of the city.
    edition
        Of the codes in the file, None where it is the city's.

    Returns
    -------
    tuple
        Codes, empty where there is none, (n,); faults and notes.
    """
    told = {text: _unit(text, units, edition) for text in dict.fromkeys(written)}
    sheet, rows, column = where
    faults = [
        Fault(sheet, told[text][1], int(row), column)
        for text, row in zip(written, rows, strict=True)
        if not told[text][0]
    ]
    notes = []
    mended = [text for text in written if told[text][0] and told[text][1]]
    for what in dict.fromkeys(told[text][1] for text in mended):
        n = sum(told[text][1] == what for text in mended)
        notes.append(Note(sheet, f"{n} codes of sangkats {what}", "repair"))
    out = np.empty(len(written), dtype=object)
    out[:] = [told[text][0] for text in written]
    return out, faults, notes


def _unit(text: str, units: Units, edition: str | None) -> tuple[str, str]:
    """Return the unit a code means and what was mended; or nothing and what is wrong."""
    plain = text.strip().upper()
    for code in (plain, units.country + plain):
        if code in units.codes and edition in (None, units.edition):
            return code, ""
    code, mended = _normal(plain, units)
    if not text or not code:
        return "", f"'{text}' is no code of a sangkat. {_near(plain, units)}"
    if edition is not None and edition != units.edition:
        return _moved(code, text, units, edition)
    if code not in units.codes and code[:-2] in units.codes:
        return code[:-2], "were codes of villages; the sangkat that holds the village was taken."
    return (code, mended) if code in units.codes else ("", _elsewhere(code, text, units))


def _normal(plain: str, units: Units) -> tuple[str, str]:
    """Bring a code to its form; say what was mended."""
    stem = plain.removeprefix(units.country)
    zeros = "had lost their leading zero; it was put back."
    if units.country + "0" + stem in units.codes:
        return units.country + "0" + stem, zeros
    try:
        code = normalise_code(plain, units.country)
    except CitiesError:
        return "", ""
    same = code.removeprefix(units.country) == stem
    return code, "" if same else zeros if code.endswith(
        stem
    ) else "were written with other marks; they were mended."


def _moved(code: str, text: str, units: Units, edition: str) -> tuple[str, str]:
    """Bring a code of another edition to the city's."""
    if units.edition is None:
        return (
            "",
            f"'{text}' is of edition {edition}, but the city does not say its own. Write place.edition.",
        )
    ways = translate([code], edition, units.edition).codes.get(code, ())
    inside = [(new, share) for new, share in ways if new in units.codes]
    if not inside:
        return "", f"'{text}' of edition {edition} is no sangkat of the city. {_near(code, units)}"
    if len(ways) > 1:
        shown = ", ".join(new for new, _ in ways)
        return (
            "",
            f"'{text}' of edition {edition} was split into {shown}. Write the code of today for this household.",
        )
    new = inside[0][0]
    return new, f"were of edition {edition}; they were brought to {units.edition}." if new != code else ""


def _elsewhere(code: str, text: str, units: Units) -> str:
    """Say what a code is that is not of the city."""
    here = country(units.country)
    if here is None:
        return f"'{text}' is no unit of the city. {_near(code, units)}"
    for other in sorted(editions()):
        if units.edition is None or other == units.edition:
            continue
        try:
            ways = translate([code], other, units.edition).codes.get(code, ())
        except CitiesError:
            continue
        if any(new in units.codes for new, _ in ways) and ways != ((code, 1.0),):
            return f"'{text}' is no sangkat of edition {units.edition}; it was one in {other}. Write edition = \"{other}\"."
    try:
        place = gazetteer(here.edition).places.get(code)
    except CitiesError:
        place = None
    if place is not None:
        return f"'{text}' ({place.name}, {place.level}) lies outside the city. Correct the code, or leave the household out."
    return f"'{text}' is not known. {_near(code, units)}"


def _near(code: str, units: Units) -> str:
    """Name the units that look alike."""
    return did_you_mean(code, units.codes) if units.codes else ""
