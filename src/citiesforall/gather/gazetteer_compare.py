"""Two editions of a gazetteer side by side: which place became which, by code, name and villages."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from citiesforall.core.editions import PlaceChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from citiesforall.core.editions import Basis, ChangeKind
    from citiesforall.core.place import Gazetteer, Place

PROVINCE, DISTRICT, COMMUNE = 4, 6, 8  # letters and digits of a Cambodian P-code at these levels
COUNTRY = 2
INVISIBLE = re.compile(r"[\s\u200b-\u200d\u2060\ufeff.,()'\"-]+")
#: Khmer numerals as the Latin lists write them; a commune "1" and a commune "2" are never the same.
NUMERALS = {"muoy": "1", "mouy": "1", "pir": "2", "bei": "3", "buon": "4", "pram": "5", "prammuoy": "6"}
#: Words for the kind of place, which some lists write before the name.
KIND_WORDS = re.compile(r"^(sangkat|sngkat|khum|phum|ភូមិ|សង្កាត់|ឃុំ)(?=.)")
#: Share of letters that spellings of one name have in common: under the same code, under another, and among the last
#: ones of a province without a partner. [share]
ALIKE, SAME_NAME, NEARLY_ALIKE = 0.75, 0.9, 0.6
#: A commune is the same one when at least this share of its villages is in both. [share]
SAME_VILLAGES = 0.5
#: A new commune was cut out of an old one when at least this share of its villages came from there. [share]
CUT_OUT = 0.25
#: A village name found elsewhere counts only beside others: names such as "New Village" are everywhere.
FEWEST_VILLAGES = 2

Keys = tuple[dict[str, str], dict[str, str]]
Shares = dict[str, dict[str, float]]


@dataclass(frozen=True)
class _Side:
    """Hold one edition as the comparison needs it: communes, and the names of the villages in each."""

    communes: Mapping[str, Place]
    villages: Mapping[str, frozenset[str]]
    stems: Mapping[str, frozenset[str]]


def name_key(name: str | None) -> str:
    """Return a name without spaces, invisible characters and case, with digits for numerals.

    Parameters
    ----------
    name
        In Khmer or in Latin script.

    Returns
    -------
    str
        Empty where there is no name.
    """
    text = unicodedata.normalize("NFC", name or "").casefold()
    text = "".join(str(unicodedata.digit(sign)) if sign.isdigit() else sign for sign in text)
    words = [NUMERALS.get(word, word) for word in text.replace("\u200b", " ").split()]
    key = INVISIBLE.sub("", "".join(words)).replace("\u17d2\u178a", "\u17d2\u178f")  # coeng da and coeng ta
    return KIND_WORDS.sub("", key)


def stem_of(key: str) -> str:
    """Return a name key without the number behind it, so that "X 1" and "X 2" both belong to "X".

    Parameters
    ----------
    key
        From ``name_key``.

    Returns
    -------
    str
        The key itself where it is only a number.
    """
    return re.sub(r"(?<=.)(ti|ទី)?\d+$", "", key) or key


def likeness(one: str, other: str) -> float:
    """Return how far two name keys agree, 0 where their digits differ.

    Parameters
    ----------
    one, other
        From ``name_key``.

    Returns
    -------
    float
        Share of letters in common. [share]
    """
    if not one or not other or re.sub(r"\D", "", one) != re.sub(r"\D", "", other):
        return 0.0
    return 1.0 if one == other else SequenceMatcher(None, one, other, autojunk=False).ratio()


def compare(old: Gazetteer, new: Gazetteer) -> tuple[PlaceChange, ...]:
    """Say what became of the communes, districts and provinces of an edition.

    Parameters
    ----------
    old, new
        Editions of one country; villages may be missing, and names in one of the scripts.

    Returns
    -------
    tuple of PlaceChange
        Only what changed, sorted by level and code; villages are evidence, not rows.

    Notes
    -----
    A commune is the same where code and name agree, else where code and most villages agree. Otherwise it is
    looked for by its villages and its name among the new ones that are nobody's yet: in its province, then in the
    country. A new commune that holds villages of an old one took the share of those villages; what is left stays
    with the old one's main successor. Districts and provinces follow their communes, each weighed by its
    villages. Shares of villages stand for shares of people: an assumption, and the basis ``villages`` says so.
    """
    script = "name_km" if _has_khmer(old) and _has_khmer(new) else "name"
    before, after = _side(old, script), _side(new, script)
    keys = (_keys(before, script), _keys(after, script))
    shares = {code: _same_code(code, before, after, keys) for code in before.communes}
    free = set(after.communes) - _heirs(shares)
    for code in _heirless(shares):
        shares[code] = _elsewhere(code, before, after, keys, frozenset(free))
    free -= _heirs(shares)
    for code in _heirless(shares):
        shares[code] = _elsewhere(code, before, after, keys, frozenset(after.communes))
    for code in sorted(free - _heirs(shares)):
        _cut_out(code, before, after, shares)
    for code in _heirless(shares):
        shares[code] = _cut_up(code, before, after, keys, set(after.communes) - _heirs(shares))
    for code in _heirless(shares):
        shares[code] = _left_over(code, keys, set(after.communes) - _heirs(shares))
    shares = {code: _whole(part) for code, part in shares.items()}
    changes = _commune_changes(old, new, shares, keys)
    for length in (DISTRICT, PROVINCE):
        changes += _above(old, new, shares, before, length)
    return tuple(sorted(changes, key=lambda row: (len(row.from_code or row.to_code or ""), _order(row))))


def _heirs(shares: Shares) -> set[str]:
    """Return the new communes that an old one went to."""
    return {to for part in shares.values() for to in part}


def _heirless(shares: Shares) -> list[str]:
    """Return the old communes that went nowhere yet."""
    return [code for code, part in shares.items() if not part]


def _whole(part: dict[str, float]) -> dict[str, float]:
    """Make the shares of an old commune add up to 1."""
    total = sum(part.values())
    return {to: share / total for to, share in part.items() if share > 0}


def _order(row: PlaceChange) -> tuple[str, str]:
    """Return what a row is sorted by inside its level."""
    return (row.from_code or row.to_code or "", row.to_code or "")


def _side(places: Gazetteer, script: str) -> _Side:
    """Return the communes of an edition with the names of their villages in one script."""
    communes = {code: place for code, place in places.places.items() if place.level == "commune"}
    names: dict[str, set[str]] = {code: set() for code in communes}
    for place in places.places.values():
        if place.level == "village" and place.parent in names:
            # A village called "1" says nothing: there is one everywhere.
            key = name_key(getattr(place, script))
            if key and not key.isdigit():
                names[place.parent].add(key)
    villages = {code: frozenset(found) for code, found in names.items()}
    return _Side(
        communes, villages, {code: frozenset(map(stem_of, found)) for code, found in villages.items()}
    )


def _has_khmer(places: Gazetteer) -> bool:
    """Tell whether an edition has Khmer names of communes."""
    return any(place.name_km and place.level == "commune" for place in places.places.values())


def _keys(side: _Side, script: str) -> dict[str, str]:
    """Return the name keys of the communes of an edition in one script."""
    return {code: name_key(getattr(place, script)) for code, place in side.communes.items()}


def _same_code(code: str, before: _Side, after: _Side, keys: Keys) -> dict[str, float]:
    """Return the commune of the same code where name or villages agree, or nothing speaks against it."""
    if code not in after.communes:
        return {}
    name, other, had = keys[0][code], keys[1][code], before.villages[code]
    common = len(had & after.villages[code]) / len(had) if had else 0.0
    within = bool(name and other) and (name in other or other in name)  # "1" and "number 1"
    unsaid = not name and (common > 0 or not had)
    agree = within or unsaid or likeness(name, other) >= ALIKE or common >= SAME_VILLAGES
    return {code: 1.0} if agree else {}


def _elsewhere(code: str, before: _Side, after: _Side, keys: Keys, among: frozenset[str]) -> dict[str, float]:
    """Return the commune of another code that an old one is: by villages and name, near ones first."""
    name, had = keys[0][code], before.villages[code]
    free = len(among) < len(after.communes)
    if len(_numbered(name, code, among, keys)) > 1:
        return {}  # split altogether: "X" became "X 1" and "X 2"
    for near in (PROVINCE, COUNTRY):
        scores: list[tuple[float, str]] = []
        for other in (other for other in among if other[:near] == code[:near]):
            common = len(had & after.villages[other])
            named = (common > 0 or free) and likeness(name, keys[1][other]) >= SAME_NAME
            if common >= FEWEST_VILLAGES or (named and free):
                close = (other[:DISTRICT] == code[:DISTRICT]) / 100
                scores.append((common / max(len(had), 1) + named * SAME_VILLAGES + close, other))
        scores.sort(reverse=True)
        alone = len(scores) == 1 or (scores and keys[1][scores[0][1]] != keys[1][scores[1][1]])
        if scores and alone and scores[0][0] >= SAME_VILLAGES:
            return {scores[0][1]: 1.0}
    return {}


def _cut_out(code: str, before: _Side, after: _Side, shares: Shares) -> None:
    """Give a new commune the share of the old ones whose villages it holds; the rest stays."""
    villages = after.villages[code]
    for other, part in shares.items():
        if other[:PROVINCE] != code[:PROVINCE] or not part:
            continue
        kept = frozenset[str]().union(*(after.villages[to] for to in part))
        taken = len((before.villages[other] & villages) - kept)
        if taken < FEWEST_VILLAGES or taken < CUT_OUT * len(villages):
            continue
        share = taken / len(before.villages[other])
        stays = max(part, key=lambda to: part[to])
        part[stays] = max(part[stays] - share, 0.0)
        part[code] = share


def _cut_up(code: str, before: _Side, after: _Side, keys: Keys, free: set[str]) -> dict[str, float]:
    """Split an old commune that is no more among new ones of its name and a number, else by villages.

    Their villages often got numbers too: "X" is "X 1" and "X 2" now.
    """
    named = _numbered(keys[0][code], code, free, keys)
    if named:
        return {other: float(max(len(after.villages[other]), 1)) for other in named}
    had = before.stems[code]
    parts = {}
    for other in sorted(free):
        if other[:PROVINCE] == code[:PROVINCE]:
            found = sum(stem_of(name) in had for name in after.villages[other])
            if found >= max(FEWEST_VILLAGES, CUT_OUT * len(after.villages[other])):
                parts[other] = float(found)
    return parts


def _numbered(name: str, code: str, among: Iterable[str], keys: Keys) -> list[str]:
    """Return the new communes of a province that have an old one's name, with a number or without."""
    here = sorted(other for other in among if other[:PROVINCE] == code[:PROVINCE])
    return [other for other in here if likeness(stem_of(keys[1][other]), name) >= SAME_NAME]


def _left_over(code: str, keys: Keys, free: set[str]) -> dict[str, float]:
    """Match a last old commune with the one of the nearest spelling in its province."""
    here = sorted(other for other in free if other[:PROVINCE] == code[:PROVINCE])
    nearest = max(here, key=lambda other: likeness(keys[0][code], keys[1][other]), default=None)
    if nearest is not None and likeness(keys[0][code], keys[1][nearest]) >= NEARLY_ALIKE:
        return {nearest: 1.0}
    return {}


def _commune_changes(
    old: Gazetteer,
    new: Gazetteer,
    shares: Shares,
    keys: Keys,
) -> list[PlaceChange]:
    """Return the rows of communes."""
    fed = Counter(to for part in shares.values() for to in part)
    rows = []
    for code, part in shares.items():
        for to, share in part.items():
            agree = not keys[0][code] or likeness(keys[0][code], keys[1][to]) >= ALIKE
            kind = _kind(code, to, share, fed[to], agree)
            if kind is not None:
                basis: Basis = "villages" if share < 1 or not keys[0][code] else "names"
                rows.append(_row(old, new, (code, to), kind, (share, basis)))
        if not part:
            rows.append(_row(old, new, (code, None), "abolished", (1.0, "names")))
    rows += [
        _row(old, new, (None, code), "new", (1.0, "names"))
        for code, place in new.places.items()
        if place.level == "commune" and code not in fed
    ]
    return rows


def _kind(code: str, to: str, share: float, fed: int, agree: bool) -> ChangeKind | None:
    """Return the kind of a change, None where nothing changed."""
    if share < 1:
        return "split"
    if fed > 1 and code != to:
        return "merged"
    if code != to:
        return "recoded"
    return None if agree else "renamed"


def _row(
    old: Gazetteer,
    new: Gazetteer,
    codes: tuple[str | None, str | None],
    kind: ChangeKind,
    known: tuple[float, Basis],
) -> PlaceChange:
    """Return one change with the names of both places as its note."""
    source, target = codes
    names = [places.places[code].name for places, code in ((old, source), (new, target)) if code is not None]
    level = {4: "province", DISTRICT: "district", COMMUNE: "commune"}[len(source or target or "")]
    note = " > ".join(name for name in names if name)
    return PlaceChange(
        old.edition, new.edition, level, source, target, kind, round(known[0], 4), known[1], "", note
    )


def _above(old: Gazetteer, new: Gazetteer, shares: Shares, before: _Side, length: int) -> list[PlaceChange]:
    """Return the rows of districts or provinces, from where their communes went."""
    went: dict[str, dict[str, float]] = {}
    for code, part in shares.items():
        weight = max(len(before.villages[code]), 1)
        for to, share in part.items():
            parts = went.setdefault(code[:length], {})
            parts[to[:length]] = parts.get(to[:length], 0.0) + weight * share
    fed = {to for parts in went.values() for to in parts}
    rows = []
    for code, parts in went.items():
        if code not in old.places or set(parts) == {code}:
            continue
        kind: ChangeKind = "recoded" if len(parts) == 1 else "split"
        total = sum(parts.values())
        rows += [
            _row(old, new, (code, to), kind, (part / total, "villages"))
            for to, part in parts.items()
            if to in new.places
        ]
    rows += [_row(old, new, (None, code), "new", (1.0, "names")) for code in _missing(new, fed, length)]
    return rows


def _missing(new: Gazetteer, fed: Iterable[str], length: int) -> list[str]:
    """Return the districts or provinces of an edition that nothing went to."""
    return sorted({code for code in new.places if len(code) == length} - set(fed))
