"""Merging: records of one kind that are the same facility become one; leaves reading to `facilities`."""

from __future__ import annotations

import re
from collections import defaultdict
from difflib import SequenceMatcher
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from citiesforall.core.notes import Note
from citiesforall.gather.kinds import Kind, kinds, plain, table

ALIKE = 0.8  # share of letters in common from which two spellings count as one name
INSIDE_M = 20.0  # a point this near a polygon of its kind lies on its grounds
KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
_KHMER = re.compile("[\u1780-\u17ff]")
_WORD = re.compile(r"[^\W_]+")
Pairs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]


def merge_records(records: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    """Merge records of the same kind that are the same facility.

    Parameters
    ----------
    records
        As `records.as_records` makes them: ``facility, kind, name, names, x, y, geometry, source, gone_share, estimated,
        within_m`` and ``rank``, the order of the sources, the most trusted 0.

    Returns
    -------
    pandas.DataFrame
        One record for each facility, with ``sources`` (ids joined with ``;``) and ``area_m2`` (nan without a polygon).
    list of Note
        How many were merged.

    Notes
    -----
    Two records are the same when they are of one kind, their names do not contradict and they lie within
    ``same_within_m`` (or ``same_name_within_m`` where both carry names that agree), or one lies on the other's grounds.
    Records are taken by preference (source order, polygon before point, named before nameless, then id); each joins the
    nearest one already kept that is the same, else it is kept. So every merged record lies near the kept one and no chain
    of neighbours grows; kept records are never the same as each other, so merging twice changes nothing; and the
    order of the rows does not matter.

    Facilities known as counts of cells (``within_m`` not nan) are no leaders: a listed facility of the kind within that
    distance of the cell's centre takes one of each such source in, the nearest first; those left over stay.
    """
    kept = records.assign(
        sources=records.get("sources", records["source"]), ground=records.get("ground", records["geometry"])
    )
    if records.empty:
        return kept.assign(area_m2=np.zeros(0)), []
    before = -1
    # A nameless record that took a name may now be the same as one further away that agrees with it: look again.
    while len(kept) != before:
        before = len(kept)
        kept = _pass(kept)
    kept = _absorbed(kept)
    ground = kept["ground"].to_numpy(dtype=object)
    area = np.array([np.nan if shape is None else float(shape.area) for shape in ground])
    return kept.assign(area_m2=area), _merge_notes(records["kind"], kept["kind"])


def _pass(records: pd.DataFrame) -> pd.DataFrame:
    """Let each record join the nearest preferred one that is the same."""
    ordered = _by_preference(records)
    leader = np.arange(len(ordered))
    counted = ordered["within_m"].notna().to_numpy(dtype=bool)
    word = ordered["kind"].to_numpy(dtype=object)
    xy = ordered[["x", "y"]].to_numpy(np.float64)
    shapes = ordered["geometry"].to_numpy(dtype=object)
    names = [tuple(n) for n in ordered["names"]]
    for kind in sorted(set(word)):
        free = np.flatnonzero((word == kind) & ~counted)
        near = _near(xy[free], shapes[free], kinds()[kind])
        leader[free] = free[_leaders(near, [names[i] for i in free.tolist()], kinds()[kind])]
    return _joined(ordered, leader)


def same_name(one: tuple[str, ...], other: tuple[str, ...]) -> bool | None:
    """Tell whether two sets of names are of one facility; None where it cannot be told.

    Parameters
    ----------
    one, other
        Names in any language.

    Returns
    -------
    bool or None
        True where any pair of names agrees; None where one has no telling name or the scripts differ.

    Notes
    -----
    Words that say the kind ("health centre") are taken away first; a name of such words only is no name. Numbers must be
    the same. Latin names agree when all words of one are in the other, or 80 % of the letters are (romanised Khmer has
    many spellings); names in two scripts cannot be compared.
    """
    verdicts = [v for a in one for b in other if (v := _agree(a, b)) is not None]
    return None if not verdicts else any(verdicts)


@lru_cache(maxsize=65536)
def _agree(one: str, other: str) -> bool | None:
    """Compare two names."""
    a, b = telling(one), telling(other)
    if not a or not b or bool(_KHMER.search(a)) != bool(_KHMER.search(b)):
        return None
    if _numbers(a) != _numbers(b):
        return False
    words_a, words_b = set(a.split()), set(b.split())
    if words_a <= words_b or words_b <= words_a:
        return True
    letters = SequenceMatcher(None, a.replace(" ", ""), b.replace(" ", ""), autojunk=False)
    # Each bound is never below the ratio and far quicker than it: most pairs end there.
    return all(bound() >= ALIKE for bound in (letters.real_quick_ratio, letters.quick_ratio, letters.ratio))


@lru_cache(maxsize=65536)
def telling(name: str) -> str:
    """Return the words of a name that say which facility it is, plain and in their order."""
    text = plain(name).translate(KHMER_DIGITS)
    words = table().names
    for word in sorted(words.generic_km, key=lambda w: (-len(w), w)):
        text = text.replace(word, " ")
    generic = set(words.generic)
    if _KHMER.search(text):
        # Khmer vowel signs are no letters to the pattern of words: only spaces and Latin marks part Khmer words.
        return " ".join(w for w in re.split(r"[\s.,;:()\"'/-]+", text) if w and w not in generic)
    return " ".join(w for w in _WORD.findall(text) if w not in generic)


def _numbers(text: str) -> tuple[str, ...]:
    """Return the numbers in a name."""
    return tuple(sorted(n.lstrip("0") for n in re.findall(r"\d+", text)))


def _by_preference(records: pd.DataFrame) -> pd.DataFrame:
    """Order records so that the one to keep comes first; the order of the rows given plays no part."""
    shapes = records["geometry"].to_numpy(dtype=object)
    area = np.nan_to_num(shapely.area(shapes))
    keyed = records.assign(
        _area=-area,
        _nameless=[not n for n in records["names"]],
        _x=records["x"].astype(float),
        _y=records["y"].astype(float),
    )
    keys = ["kind", "rank", "_area", "_nameless", "facility", "_x", "_y", "name"]
    return keyed.sort_values(keys, kind="stable", ignore_index=True).drop(
        columns=["_area", "_nameless", "_x", "_y"]
    )


def _leaders(near: dict[int, dict[int, float]], names: list[tuple[str, ...]], kind: Kind) -> Pairs:
    """Return for each row the position of the row it is the same as, itself where it is kept; `names` is used up. (n,)"""
    leader = np.arange(len(names))
    for i in sorted(near):
        best: tuple[float, int] | None = None
        for j, gap in near[i].items():
            # Only rows before this one, and only those kept themselves, can take it in.
            if j > i or leader[j] != j or (best is not None and (gap, j) >= best):
                continue
            verdict = same_name(names[i], names[j])
            if verdict is not False and gap <= (kind.reach_m() if verdict else kind.same_within_m):
                best = (gap, j)
        if best is not None:
            leader[i] = best[1]
            names[best[1]] = names[best[1]] or names[i]
    return leader


def _absorbed(records: pd.DataFrame) -> pd.DataFrame:
    """Let each listed facility take in one facility of the cell it lies in, from each source of counts."""
    within = records["within_m"].to_numpy(np.float64)
    if np.isnan(within).all():
        return records
    kind, source = records["kind"].to_numpy(dtype=object), records["source"].to_numpy(dtype=object)
    sources = records["sources"].tolist()
    gone = np.zeros(len(records), dtype=bool)
    for word, count in sorted(set(zip(kind[~np.isnan(within)], source[~np.isnan(within)], strict=True))):
        cells = np.flatnonzero((kind == word) & (source == count) & ~np.isnan(within))
        listed = [
            i for i in np.flatnonzero((kind == word) & np.isnan(within)) if count not in sources[i].split(";")
        ]
        for cell, one in _one_to_one(records, cells, np.array(listed, np.int64)):
            gone[cell] = True
            sources[one] = ";".join(sorted({*sources[one].split(";"), count}))
    return records.assign(sources=sources)[~gone].reset_index(drop=True)


def _one_to_one(records: pd.DataFrame, cells: Pairs, listed: Pairs) -> list[tuple[int, int]]:
    """Pair facilities of cells with listed ones, the nearest pair first, each once."""
    if not len(listed):
        return []
    xy = records[["x", "y"]].to_numpy(np.float64)
    within = records["within_m"].to_numpy(np.float64)
    ids = records["facility"].to_numpy(dtype=object)
    points = shapely.points(xy)
    one, other = shapely.STRtree(points[listed]).query(
        points[cells], predicate="dwithin", distance=within[cells]
    )
    gaps = sorted(
        (float(np.hypot(*(xy[a] - xy[b]))), ids[b], ids[a], int(a), int(b))
        for a, b in zip(cells[one], listed[other], strict=True)
    )
    used: set[int] = set()
    pairs = []
    for _, _, _, a, b in gaps:
        if a not in used and b not in used:
            used |= {a, b}
            pairs.append((a, b))
    return pairs


def _near(xy: Floats, shapes: Objects, kind: Kind) -> dict[int, dict[int, float]]:
    """Return the gaps of all pairs that lie near each other: 0 where one lies on the other's grounds. [m]"""
    found: dict[int, dict[int, float]] = defaultdict(dict)
    tree = shapely.STRtree(shapely.points(xy))
    one, other = tree.query(tree.geometries, predicate="dwithin", distance=kind.reach_m())
    one, other = one[one < other], other[one < other]
    gaps = np.hypot(*(xy[one] - xy[other]).T)
    for a, b, gap in zip(one.tolist(), other.tolist(), gaps.tolist(), strict=True):
        found[a][b] = found[b][a] = gap
    grounds = np.flatnonzero(shapely.get_dimensions(shapes) > 1)
    if len(grounds):
        inside, on = tree.query(shapes[grounds], predicate="dwithin", distance=INSIDE_M)
        for a, b in zip(grounds[inside].tolist(), on.tolist(), strict=True):
            if a != b:
                found[a][b] = found[b][a] = 0.0
    return found


def _joined(ordered: pd.DataFrame, leader: Pairs) -> pd.DataFrame:
    """Return the kept records with what the merged ones add: a name, grounds, sources."""
    if (leader == np.arange(len(leader))).all():
        return ordered
    members: dict[int, list[int]] = defaultdict(list)
    for i, j in enumerate(leader.tolist()):
        members[j].append(i)
    groups = [members[j] for j in sorted(members)]
    kept = ordered.iloc[sorted(members)].reset_index(drop=True)
    column = {name: ordered[name].tolist() for name in ("name", "names", "ground", "sources", "gone_share")}
    kept["sources"] = [
        ";".join(sorted({s for i in group for s in column["sources"][i].split(";")})) for group in groups
    ]
    for name, nothing in (("name", ""), ("names", ())):
        kept[name] = pd.Series(
            [next((column[name][i] for i in g if column[name][i]), nothing) for g in groups], dtype=object
        )
    grounds = [
        next((column["ground"][i] for i in g if column["ground"][i] is not None), None) for g in groups
    ]
    kept["ground"] = pd.Series(grounds, dtype=object)
    # Two sources that name it are two witnesses: the surer one speaks.
    kept["gone_share"] = [_least([column["gone_share"][i] for i in g]) for g in groups]
    return kept


def _least(values: list[float]) -> float:
    """Return the least of the values stated, nan where none is."""
    stated = [v for v in values if not np.isnan(v)]
    return min(stated) if stated else float("nan")


def _merge_notes(before: pd.Series[str], after: pd.Series[str]) -> list[Note]:
    """Say how many records were merged, by kind."""
    had, has = before.value_counts(), after.value_counts()
    fewer = [f"{kind} {had[kind]} to {has[kind]}" for kind in sorted(had.index) if had[kind] != has[kind]]
    if not fewer:
        return []
    said = f"{len(before) - len(after)} of {len(before)} records are of a facility that another record is of too, and count once"
    return [Note("facilities", f"{said}: {', '.join(fewer)}.", "repair")]
