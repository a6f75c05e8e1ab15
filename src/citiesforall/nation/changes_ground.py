"""Which lowest places of two rounds are the same ground: the same code and area, or linked by the gazetteer's changes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from citiesforall.core.errors import InputError
from citiesforall.core.place import translate

SAME_AREA_M2 = 1.0
"""Areas nearer than this are of the same border."""

Areas = Mapping[str, float | None]
Codes = Mapping[str, str]
Piece = tuple[tuple[str, ...], tuple[str, ...]]
"""Lowest places before, and now, of the same ground."""


@dataclass(frozen=True)
class Ground:
    """Hold which lowest places of two rounds cover the same ground.

    Parameters
    ----------
    piece_before, piece_now
        Lowest place -> number of the piece of ground it is in. A piece holds the same ground in both rounds.
    of_piece
        Piece -> its lowest places before, and now.
    moved
        Places that are not the same whole pieces in both rounds.
    same
        Places that are.
    """

    piece_before: Mapping[str, int]
    piece_now: Mapping[str, int]
    of_piece: Mapping[int, Piece]
    moved: frozenset[str]
    same: frozenset[str]

    def both(self, leaves: Iterable[str], at: int) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
        """Return lowest places of one round, and those of the other round on the same ground.

        Parameters
        ----------
        leaves
            Of the round before (at 0) or now (at 1).
        at
            Which.

        Returns
        -------
        tuple
            The same places, and the others; None where their ground is not whole pieces.
        """
        own = tuple(leaves)
        piece = self.piece_now if at else self.piece_before
        if not own or any(leaf not in piece for leaf in own):
            return own, None
        pieces = sorted({piece[leaf] for leaf in own})
        if {leaf for one in pieces for leaf in self.of_piece[one][at]} != set(own):
            return own, None
        return own, tuple(sorted(leaf for one in pieces for leaf in self.of_piece[one][1 - at]))


def ground_of(
    leaves: tuple[Codes, Codes],
    areas: tuple[Areas, Areas],
    editions: tuple[str, str],
    parents: tuple[Codes, Codes],
) -> Ground:
    """Say which lowest places of two rounds are the same ground.

    Parameters
    ----------
    leaves
        Lowest places of both rounds.
    areas
        Their areas; None where not known. [m2]
    editions
        Of the gazetteer; its changes link codes where the two differ.
    parents
        Place -> the place it lies in, in both rounds.

    Returns
    -------
    Ground
        A place in one round only, or whose area differs, belongs to no piece unless the gazetteer says what became of it, or all
        such places of one parent have the same area together in both rounds.
    """
    before, now = (sorted(one) for one in leaves)
    to = _followed(before, now, editions)
    pieces = [
        (old, new)
        for old, new in _joined(to)
        if _whole((old, new), areas, changed=editions[0] != editions[1])
    ]
    pieces += _within_parents(pieces, (before, now), areas, parents)
    piece_before = {leaf: at for at, (old, _) in enumerate(pieces) for leaf in old}
    piece_now = {leaf: at for at, (_, new) in enumerate(pieces) for leaf in new}
    moved: set[str] = set()
    same: set[str] = set()
    held = [_held(codes, parent) for codes, parent in zip((before, now), parents, strict=True)]
    for place in sorted(set(held[0]) & set(held[1])):
        inside = {piece_before.get(leaf, -1) for leaf in held[0][place]} | {
            piece_now.get(leaf, -1) for leaf in held[1][place]
        }
        whole = -1 not in inside and all(
            {leaf for one in inside for leaf in pieces[one][at]} == set(held[at][place]) for at in (0, 1)
        )
        (same if whole else moved).add(place)
    return Ground(piece_before, piece_now, dict(enumerate(pieces)), frozenset(moved), frozenset(same))


def _followed(
    before: Iterable[str], now: Iterable[str], editions: tuple[str, str]
) -> dict[str, tuple[str, ...]]:
    """Return what each lowest place before has become, of the places that are there now."""
    there = set(now)
    if all(editions) and editions[0] != editions[1]:
        try:
            found = translate(before, *editions).codes
        except InputError:
            return {}
        return {old: tuple(new for new, _ in found.get(old, ()) if new in there) for old in before}
    return {old: (old,) if old in there else () for old in before}


def _joined(to: Mapping[str, tuple[str, ...]]) -> list[Piece]:
    """Return the connected pieces of places before and places now."""
    back: dict[str, list[str]] = {}
    for old, new in to.items():
        for one in new:
            back.setdefault(one, []).append(old)
    seen: set[str] = set()
    found: list[Piece] = []
    for start in to:
        if start in seen or not to[start]:
            continue
        olds, news, todo = {start}, set(to[start]), [start]
        while todo:
            for one in to[todo.pop()]:
                news.add(one)
                fresh = set(back[one]) - olds
                olds |= fresh
                todo += sorted(fresh)
        seen |= olds
        found.append((tuple(sorted(olds)), tuple(sorted(news))))
    return found


def _within_parents(
    pieces: Iterable[Piece],
    leaves: tuple[list[str], list[str]],
    areas: tuple[Areas, Areas],
    parents: tuple[Codes, Codes],
) -> list[Piece]:
    """Return the pieces that the left-over places of one parent make up together, where their areas say so."""
    taken = [{leaf for piece in pieces for leaf in piece[at]} for at in (0, 1)]
    left: list[dict[str, list[str]]] = [{}, {}]
    for at in (0, 1):
        for leaf in leaves[at]:
            if leaf not in taken[at] and leaf in parents[at]:
                left[at].setdefault(parents[at][leaf], []).append(leaf)
    both = [(tuple(left[0][code]), tuple(left[1][code])) for code in sorted(set(left[0]) & set(left[1]))]
    known = [
        [all(of.get(leaf) is not None for leaf in side) for side, of in zip(piece, areas, strict=True)]
        for piece in both
    ]
    return [
        piece
        for piece, sure in zip(both, known, strict=True)
        if all(sure) and _whole(piece, areas, changed=False)
    ]


def _whole(
    piece: tuple[tuple[str, ...], tuple[str, ...]], areas: tuple[Areas, Areas], *, changed: bool
) -> bool:
    """Tell whether a piece is the same ground in both rounds, by its areas where all are known."""
    known = [[of.get(leaf) for leaf in side] for side, of in zip(piece, areas, strict=True)]
    if any(area is None for side in known for area in side):
        one = len(piece[0]) == len(piece[1]) == 1
        return changed or (one and (known[0][0] is None) == (known[1][0] is None))
    first, second = (math.fsum(float(area or 0.0) for area in side) for side in known)
    return math.isclose(first, second, abs_tol=SAME_AREA_M2 * (len(piece[0]) + len(piece[1])))


def _held(leaves: Iterable[str], parent: Codes) -> dict[str, list[str]]:
    """Return the lowest places inside every place, itself where it is one."""
    found: dict[str, list[str]] = {}
    for leaf in leaves:
        at: str | None = leaf
        while at is not None:
            found.setdefault(at, []).append(leaf)
            at = parent.get(at)
    return found
