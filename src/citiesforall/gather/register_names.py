"""Names that stand beside codes: rows that are called as another place is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache

from citiesforall.core.codes import country
from citiesforall.core.editions import changes_by_code, steps
from citiesforall.core.errors import InputError
from citiesforall.core.place import gazetteer, translate

ALIKE = 0.6
"""Names less alike than this are of different places, if the other one is known (ours, difflib's ratio)."""
KIND_WORDS = re.compile(
    r"^(?:krong|khan|srok|khum|sangkat|khaet|reach theani|phum|district|city of|commune)\s+|\s+(?:city|district)$"
)


def plain(name: str) -> str:
    """Return a name as it is compared: lower case, without marks, spaces or the word for its kind."""
    text = KIND_WORDS.sub("", unicodedata.normalize("NFKD", name).casefold().strip())
    return "".join(one for one in text if one.isalnum())


@cache
def _named(edition: str) -> Mapping[tuple[int, str], tuple[str, ...]]:
    """Return (length of code, plain name) -> the places called so."""
    found: dict[tuple[int, str], list[str]] = {}
    for place in gazetteer(edition).places.values():
        for name in {plain(place.name), plain(place.name_km or "")} - {""}:
            found.setdefault((len(place.code), name), []).append(place.code)
    return {key: tuple(codes) for key, codes in found.items()}


def misnamed(codes: Sequence[str], names: Sequence[str], edition: str) -> list[tuple[int, str, str]]:
    """Find rows whose name is that of another place than their code's.

    Parameters
    ----------
    codes, names
        Of the rows; empty where unknown. (n,)
    edition
        Of the codes.

    Returns
    -------
    list
        Position of the row, the name its code has, and the code its name has.
    """
    known = country(next((code[:2] for code in codes if code), ""))
    if known is None:
        return []
    try:
        became = translate([code for code in dict.fromkeys(codes) if code], edition, known.edition).codes
    except InputError:
        return []
    places = gazetteer(known.edition).places
    renamed = {
        code
        for step in steps(edition, known.edition)
        for changes in changes_by_code(*step).values()
        for change in changes
        for code in (change.from_code, change.to_code)
        if change.kind == "renamed"
    }
    village = len(known.code) + known.digits[-1]
    found = []
    for at, (old, name) in enumerate(zip(codes, names, strict=True)):
        if len(old) >= village:  # villages are numbered anew inside their commune all the time
            continue
        pairs = became.get(old, ())
        told = len(pairs) == 1 and bool(name) and not renamed & {old, pairs[0][0]}
        other = _place_called(name, pairs[0][0], known.edition) if told else ""
        if other:
            found.append((at, places[pairs[0][0]].name, other))
    return found


def _place_called(name: str, code: str, edition: str) -> str:
    """Return the other place a row's name is of, empty where the name fits its code or nobody knows it."""
    places = gazetteer(edition).places
    said, own = plain(name), places.get(code)
    if own is None or not said:
        return ""
    for mine in (plain(own.name), plain(own.name_km or "")):
        if mine and (said in mine or mine in said or SequenceMatcher(None, said, mine).ratio() >= ALIKE):
            return ""
    called = _named(edition).get((len(code), said), ())
    beside = [one for one in called if places[one].parent == own.parent]
    found = beside or list(called)
    return found[0] if len(found) == 1 else ""
