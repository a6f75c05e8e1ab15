"""Figures of people held against those that statistical offices published: provisional ones, misprints, parts of the people."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from citiesforall.core.city import SourceUse
from citiesforall.core.codes import Country, country
from citiesforall.core.editions import editions
from citiesforall.core.errors import InputError
from citiesforall.core.notes import Note
from citiesforall.core.place import LEVELS, gazetteer, translate
from citiesforall.gather.register_names import misnamed

SAME = 1e-3
"""By which the sum of all parts may miss what is stated of the whole before it is said (ours). [share]"""
NEAR = 1e-4
"""A figure this near to the published one, and not it, reads as a misprint (ours). [share]"""
FAR = 0.02
"""A figure farther than this from the published one of its year counts something else (ours). [share]"""
COVERED = 0.8
"""Share of a place's parts that must be listed before their sum is held against the published figure (ours)."""
NAMED = 8
YEAR = re.compile(r"(?:19|20)\d{2}")


@dataclass(frozen=True)
class KnownPeople:
    """Hold one figure of people that was published.

    Parameters
    ----------
    place
        P-code, or the country's.
    year
        What time it is about.
    people
        As published. [persons]
    kind
        ``final``, or what else it is: ``provisional``, ``misprint``, ``households``, ``register``, ``gridded``.
    ground
        Edition whose boundaries it is of.
    moved
        Whether the boundaries moved since.
    note
        What to say of it.
    """

    place: str
    year: str
    people: float
    kind: str
    ground: str
    moved: bool
    note: str


@cache
def known_people(country_code: str) -> tuple[KnownPeople, ...]:
    """Return the published figures of a country; none where it keeps no list (``data/<country>/known_people.csv``)."""
    file = files("citiesforall.data").joinpath(country_code.lower(), "known_people.csv")
    if not file.is_file():
        return ()
    return tuple(
        KnownPeople(
            row["place"], row["year"], float(row["people"]), row["kind"], row["ground"], bool(row["moved"]), row["note"]
        )
        for row in csv.DictReader(file.read_text("utf-8").splitlines())
    )  # fmt: skip


def figure_doubts(figures: Mapping[str, float], file: str, edition: str, year: str) -> tuple[Note, ...]:
    """Doubt figures of people that do not add up, or are not what was published.

    Parameters
    ----------
    figures
        P-code -> people, perhaps of several levels; nan where not known.
    file
        Its name.
    edition
        Of the codes, empty where nobody says: then the country's newest.
    year
        What time they are about.

    Returns
    -------
    tuple of Note
        Doubts; nothing is changed.
    """
    given = {code: value for code, value in figures.items() if value > 0}
    here = country(next(iter(given))[:2]) if given else None
    if here is None:
        return ()
    return (*whole_doubts(given, file, here), *_published(given, file, edition or here.edition, year, here))


def people_doubts(
    figures: Mapping[str, float], named: tuple[Sequence[str], Sequence[str]], use: SourceUse, file: str
) -> tuple[Note, ...]:
    """Doubt a table of people or of census totals: its sums, its figures, and rows named otherwise than their code.

    Parameters
    ----------
    figures
        P-code -> people.
    named
        Codes of the rows, and the names that stand beside them; empty where none. (n,), (n,)
    use
        Its edition and period.
    file
        Its name.
    """
    found = YEAR.search(use.period) or YEAR.search(use.vintage)
    notes = figure_doubts(figures, file, use.edition or "", found.group() if found else "")
    codes, names = named
    here = country(next((code[:2] for code in codes if code), ""))
    wrong = misnamed(codes, names, use.edition or here.edition) if here is not None and any(names) else []
    if not wrong:
        return notes
    listed = ", ".join(
        f"{codes[at]} is {own}, but '{names[at]}' is {other}" for at, own, other in wrong[:NAMED]
    )
    said = f"{len(wrong)} rows are named otherwise than their code: {listed}. The code was taken: mend it, or the edition."
    return (*notes, Note(file, said, "doubt"))


def whole_doubts(figures: Mapping[str, float], file: str, here: Country, what: str = "") -> tuple[Note, ...]:
    """Doubt places whose parts, in the same table, do not add up to what is stated of them.

    Parameters
    ----------
    figures
        P-code -> amount.
    file
        Its name.
    here
        The country the codes are of.
    what
        Amount, said where the table has several.
    """
    said = []
    finest = max(map(len, figures), default=0)
    for code, stated in figures.items():
        if len(code) == finest:
            continue
        parts = _leaves(figures, code, here)
        total = sum(figures[one] for one in parts)
        if parts and abs(total - stated) > SAME * stated:
            said.append(
                f"{code} {what and what + ' '}is stated as {stated:,.0f}, but its {len(parts)} parts add up to {total:,.0f} "
                f"({total / stated:.1%})"
            )
    if not said:
        return ()
    more = f"; and {len(said) - NAMED} more" if len(said) > NAMED else ""
    text = (
        "; ".join(said[:NAMED])
        + more
        + ". One is wrong, counts something else, or lacks parts: mend it before it is used."
    )
    return (Note(file, text, "doubt"),)


def _leaves(figures: Mapping[str, float], code: str, here: Country) -> list[str]:
    """Return the codes of a table that lie in a place and hold no other of the table."""
    inside = [one for one in figures if one.startswith(code) and len(one) > len(code)]
    lengths = sorted({len(one) for one in inside} & {len(here.code) + digits for digits in here.digits})
    held = {one[:length] for one in inside for length in lengths if length < len(one)}
    return [one for one in inside if one not in held]


def _published(
    figures: Mapping[str, float], file: str, edition: str, year: str, here: Country
) -> tuple[Note, ...]:
    """Hold figures, and sums of all parts of a place, against the published ones."""
    known, off = list[str](), list[str]()
    final = {one.place: one for one in known_people(here.code) if one.kind == "final" and one.year == year}
    for place in dict.fromkeys(one.place for one in known_people(here.code)):
        value, how = figures.get(place), "is"
        parts = _leaves(figures, place, here) if value is None else []
        if value is None and not parts:
            continue
        if value is None:
            value, how = sum(figures[one] for one in parts), f"is, by its {len(parts)} parts,"
        if text := _said(place, value, edition, here):
            known.append(f"{place} {how} {value:,.0f}: {text}.")
        elif (text := _beside(value, final.get(place))) and (
            not parts or _covers(parts, place, edition, here)
        ):
            off.append(f"{place} {how} {value:,.0f}: {text}")
    more = f"; and {len(off) - NAMED} more" if len(off) > NAMED else ""
    told = [*known, *(["; ".join(off[:NAMED]) + more + "."] if off else [])]
    return tuple(Note(file, text, "doubt") for text in told)


def _said(place: str, value: float, edition: str, here: Country) -> str:
    """Say what a figure is known to be, where that is not the final count on the ground of its codes; empty otherwise."""
    for one in known_people(here.code):
        if one.place != place or round(value) != one.people:
            continue
        if one.kind != "final":
            best = next((k for k in known_people(here.code) if k.place == place and k.kind == "final"), None)
            said = f"; the final count of {best.year} is {best.people:,.0f}" if best is not None else ""
            return one.note + said
        known = editions(here.code)
        later = edition in known and one.ground in known and known.index(edition) > known.index(one.ground)
        if one.moved and later:
            return f"{one.note}, but its codes are said to be of {edition}; say edition = '{one.ground}', else a border grows"
        return ""
    return ""


def _beside(value: float, final: KnownPeople | None) -> str:
    """Say how a figure differs from the published one of its year; empty where it does not, or little."""
    if final is None or value == final.people:
        return ""
    off = value / final.people - 1
    if abs(off) <= NEAR:
        return f"{abs(value - final.people):,.0f} off the published {final.people:,.0f} ({final.note}), which reads as a misprint"
    if abs(off) > FAR:
        return (
            f"{value / final.people:.1%} of the published {final.people:,.0f} ({final.note}); people are left out, counted "
            "twice, or another place's"
        )
    return ""


def _covers(parts: Sequence[str], place: str, edition: str, here: Country) -> bool:
    """Tell whether the parts of a place that a table lists are all there are."""
    length = Counter(len(one) for one in parts).most_common(1)[0][0]
    levels = {len(here.code) + digits: level for digits, level in zip(here.digits, LEVELS, strict=True)}
    if length not in levels:
        return False
    try:
        became = translate(parts, edition, here.edition).codes
    except InputError:
        return False
    there = {new for pairs in became.values() for new, _ in pairs}
    listed = gazetteer(here.edition).places.values()
    inside = {one.code for one in listed if one.level == levels[length] and one.code.startswith(place)}
    return bool(inside) and len(inside & there) >= COVERED * len(inside)
