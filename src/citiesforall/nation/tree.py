"""The places of a nation as a tree: nation, provinces, what registers know below them, and cities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.nation.given import CityRun

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LEVELS = ("nation", "province", "district", "city", "commune", "village")


@dataclass(frozen=True)
class Tree:
    """Hold the places of a nation, each after the one it lies in.

    Parameters
    ----------
    codes, levels
        Of the places; the nation first. (N)
    parent
        Position of the place each lies in, -1 for the nation. (N,)
    members
        Codes of what is compared.
    """

    codes: tuple[str, ...]
    levels: tuple[str, ...]
    parent: Ints
    members: frozenset[str]

    def at(self) -> Mapping[str, int]:
        """Return the position of each code."""
        return {code: row for row, code in enumerate(self.codes)}


def tree_of(
    places: pd.DataFrame,
    members: pd.DataFrame,
    cities: Sequence[CityRun],
    known: Mapping[str, frozenset[str]],
) -> Tree:
    """Return the tree of a nation's places.

    Parameters
    ----------
    places, members
        Tables of the step ``members``.
    cities
        Of the nation.
    known
        Code of a city -> codes of the places its run knows.

    Returns
    -------
    Tree
        Without the places inside cities that no register knows: those stay in the cities' own tables. A city that is a part of
        a place lies in that place.
    """
    keep = {code for one in cities if one.kind == "registers" for code in known[one.code]}
    inside = {code for one in cities if one.kind != "registers" for code in known[one.code]}
    above = {
        str(code): (str(parent) if isinstance(parent, str) and parent else "", str(level))
        for code, parent, level in zip(places["place"], places["parent"], places["level"], strict=True)
    }
    root = next(code for code, (parent, _) in above.items() if not parent)
    for row in members[["member", "parent", "part_of", "level", "kind"]].itertuples(index=False):
        code, part_of = str(row.member), str(row.part_of or "")
        if row.kind == "streets" and code not in keep:
            holds = part_of if part_of in above else str(row.parent or root)
            above[code] = (holds if holds in above else root, str(row.level))
        keep.add(code)
    kept = {code: said for code, said in above.items() if code in keep or code not in inside}
    order = _from_top(kept, root)
    at = {code: row for row, code in enumerate(order)}
    parent = np.array([at.get(_kept_above(kept, above, code), -1) for code in order], np.int64)
    return Tree(tuple(order), tuple(kept[code][1] for code in order), parent, frozenset(members["member"]))


def _kept_above(kept: Mapping[str, tuple[str, str]], above: Mapping[str, tuple[str, str]], code: str) -> str:
    """Return the nearest place above one that is kept; nothing for the nation."""
    found = above[code][0]
    while found and found not in kept:
        found = above.get(found, ("", ""))[0]
    return found


def _from_top(above: Mapping[str, tuple[str, str]], root: str) -> list[str]:
    """Return the codes by level, those of a level by code."""
    depth: dict[str, int] = {root: 0}

    def deep(code: str) -> int:
        if code not in depth:
            depth[code] = 0  # a circle ends here
            holds = above[code][0]
            depth[code] = 1 + (deep(holds) if holds in above else 0)
        return depth[code]

    return sorted(above, key=lambda code: (deep(code), code))


def up(tree: Tree, row: int) -> list[int]:
    """Return a place and all that hold it, from below.

    Parameters
    ----------
    tree
        The places.
    row
        Position of the place.
    """
    out = [row]
    while tree.parent[out[-1]] >= 0:
        out.append(int(tree.parent[out[-1]]))
    return out


def added_up(tree: Tree, amounts: Floats, own: npt.NDArray[np.bool_] | None = None) -> Floats:
    """Add amounts up the tree.

    Parameters
    ----------
    tree
        The places.
    amounts
        Of each place by itself. (N,) or (N, K)
    own
        Places whose amount already holds what lies in them: they pass up their own. (N,) or (N, K)

    Returns
    -------
    ndarray
        Of each place with all it holds. Of the shape given.
    """
    out = amounts.copy()
    below = np.zeros_like(out)
    for row in range(len(tree.codes) - 1, -1, -1):
        whole = out[row] + below[row]
        out[row] = whole if own is None else np.where(own[row], out[row], whole)
        if tree.parent[row] >= 0:
            below[tree.parent[row]] += out[row]
    return out
