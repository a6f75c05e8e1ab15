"""Groups of people (women, men, ages) as shares of each cell part's residents, so that groups add up to everybody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError
from citiesforall.core.notes import Note
from citiesforall.gather.cutting import Floats
from citiesforall.gather.people import Given
from citiesforall.gather.rasters import move_counts
from citiesforall.gather.tables import numbers, read_table
from citiesforall.gather.totals import Nesting, holder, nesting, place_codes

SEXES = ("women", "men")
AGE = re.compile(r"^age_(\d+)_(\d+|up)$")
NOT_GROUPS = frozenset({"code", "all", "men_per_100_women"})
SUM_TOLERANCE = 0.02  # shares that should add up to 1 may miss it by rounding


def add_groups(
    cells: pd.DataFrame, places: pd.DataFrame, given: Sequence[Given], crs: str
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Add ``people_<group>`` for every group the sources give.

    Parameters
    ----------
    cells
        With ``people``.
    places
        The places layer.
    given
        Sources of role ``groups``. Rasters: one ``kind`` each (``women``, ``age_0_14``, or ``all`` for everybody they count).
        Tables: ``columns.<group>`` counts per place, with ``columns.all`` unless the groups are all sexes or all ages; or
        shares (``options.shares``; ``options.percent`` where of 100); or ``columns.men_per_100_women``.
    crs
        Metric reference system of the cells.

    Returns
    -------
    tuple
        Cells with the new columns, and notes.

    Raises
    ------
    InputError
        Counts without the number they are a part of, or shares that do not add up.

    Notes
    -----
    Shares, not counts, are taken over: the group's residents are its share of the rescaled residents, hence women and men add
    up to all in every cell. Where one sex is given the other is the rest.
    """
    nest = nesting(places)
    notes: list[Note] = []
    share: dict[str, Floats] = {}
    rasters = [one for one in given if one.use.format == "raster"]
    if rasters:
        found, said = _from_rasters(cells, rasters, crs)
        share |= found
        notes.extend(said)
    for use, paths in given:
        if use.format == "table":
            found, said = _from_table(cells, use, paths[0], nest)
            share |= found
            notes.extend(said)
    share = _complete(share, ", ".join(one.use.id for one in given))
    people = cells["people"].to_numpy()
    for group, part in share.items():
        unknown = np.isnan(part) & (people > 0)
        if unknown.any():
            said_unknown = f"the share of '{group}' is unknown for {people[unknown].sum():,.0f} people."
            notes.append(Note("groups", said_unknown, "doubt"))
    return cells.assign(**{f"people_{group}": people * part for group, part in share.items()}), tuple(notes)


def _from_rasters(
    cells: pd.DataFrame, given: Sequence[Given], crs: str
) -> tuple[dict[str, Floats], tuple[Note, ...]]:
    """Return the shares that count rasters give."""
    counts: dict[str, Floats] = {}
    notes: list[Note] = []
    for use, paths in given:
        if use.kind is None:
            raise InputError(
                f"sources.groups '{use.id}': which group it counts is not said. Write kind = \"women\"."
            )
        moved, said = move_counts(use, paths, cells, crs)
        counts[use.kind] = counts.get(use.kind, np.zeros(len(cells))) + moved
        notes.extend(said)
    unit = cells["unit"].to_numpy(dtype=object)
    return {group: _filled(*pair, unit) for group, pair in _of_whole(counts, given[0].use.id).items()}, tuple(
        notes
    )


def _of_whole(counts: dict[str, Floats], where: str) -> dict[str, tuple[Floats, Floats]]:
    """Join each group's count with the count it is a part of."""
    out = {}
    for group, count in counts.items():
        if group == "all":
            continue
        family = _family(group, counts)
        if "all" in counts:
            out[group] = (count, counts["all"])
        elif family:
            out[group] = (count, np.sum([counts[one] for one in family], axis=0))
        else:
            raise InputError(
                f"sources.groups '{where}': of how many people '{group}' is a part is not said. Give all sexes, all ages from 0 "
                "to 'up', or everybody (kind = \"all\", columns.all)."
            )
    return out


def _family(group: str, there: Sequence[str] | dict[str, Floats]) -> list[str]:
    """Return the groups that together are everybody and hold this one; none where some are missing."""
    if group in SEXES:
        return list(SEXES) if all(one in there for one in SEXES) else []
    ages = sorted((one for one in there if AGE.match(one)), key=lambda one: int(one.split("_")[1]))
    if group not in ages or int(ages[0].split("_")[1]) != 0 or not ages[-1].endswith("_up"):
        return []
    whole = all(
        one.split("_")[2].isdigit() and int(one.split("_")[2]) + 1 == int(two.split("_")[1])
        for one, two in pairwise(ages)
    )
    return ages if whole else []


def _filled(count: Floats, whole: Floats, unit: np.ndarray) -> Floats:
    """Return shares; parts the raster has nobody in take their unit's share, else the city's."""
    _, position = np.unique(unit.astype(str), return_inverse=True)
    unit_whole = np.bincount(position, weights=whole)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = count / whole
        of_unit = (np.bincount(position, weights=count) / unit_whole)[position]
        of_city = count.sum() / whole.sum()
    share = np.where(whole > 0, share, np.where(unit_whole[position] > 0, of_unit, of_city))
    return np.clip(share, 0.0, 1.0)


def _from_table(
    cells: pd.DataFrame, use: SourceUse, path: Path, nest: Nesting
) -> tuple[dict[str, Floats], tuple[Note, ...]]:
    """Return the shares a table per place gives; a place without a row takes the one that holds it."""
    table, notes = read_table(path, use)
    place, said = place_codes(table, use, path, nest)
    notes = (*notes, *said)
    per_place = _table_shares(table, use, path)
    unit = cells["unit"].to_numpy(dtype=object)
    units = sorted(set(unit))
    held = dict(zip(units, holder(units, place, nest), strict=True))
    row_of = {code: row for row, code in enumerate(place)}
    if not any(held.values()):
        raise InputError(
            f"{path.name}: no code is of the city or holds it ({', '.join(place[:3])} ...). Mend 'code_prefix'."
        )
    above = sorted({str(held[code]) for code in units if held[code] not in (None, code)})
    if above:
        notes = (
            *notes,
            Note(path.name, f"shares of {', '.join(above[:3])} are used for all their units.", "doubt"),
        )
    row = np.array([row_of[str(held[code])] if held[code] else -1 for code in unit])
    shares = {group: np.where(row >= 0, value[row], np.nan) for group, value in per_place.items()}
    return shares, notes


def _table_shares(table: pd.DataFrame, use: SourceUse, path: Path) -> dict[str, Floats]:
    """Return the shares of a table's rows."""
    value = {word: numbers(table, name, path) for word, name in use.columns.items() if word != "code"}
    if "men_per_100_women" in value:
        return {"women": 100 / (100 + value["men_per_100_women"])}
    groups = [word for word in value if word not in NOT_GROUPS]
    if not groups:
        raise InputError(
            f'{path.name}: no group is named. Write columns.women = "...", or another group\'s id.'
        )
    if use.options.get("shares") or use.options.get("percent"):
        per = 100.0 if use.options.get("percent") else 1.0
        shares = {word: value[word] / per for word in groups}
        bad = [word for word, one in shares.items() if (one < 0).any() or (one > 1).any()]
        if bad:
            raise InputError(
                f"{path.name}: shares of {', '.join(bad)} are not between 0 and 1. Are they percent? Write options.percent."
            )
        return shares
    out = {}
    for group, (count, whole) in _of_whole(value, use.id).items():
        one = np.full(count.size, np.nan)
        np.divide(count, whole, out=one, where=whole > 0)
        if (one > 1).any() or (one < 0).any():
            raise InputError(
                f"{path.name}: '{group}' is more than everybody, or negative, in some rows. Mend the columns."
            )
        out[group] = one
    return out


def _complete(share: dict[str, Floats], where: str) -> dict[str, Floats]:
    """Make sexes and complete ages add up to 1; add the sex that is not given."""
    out = dict(share)
    sexes = [one for one in SEXES if one in out]
    if len(sexes) == 1:
        out[next(one for one in SEXES if one not in out)] = 1 - out[sexes[0]]
    for family in (_family("women", out), _family(next((one for one in out if AGE.match(one)), ""), out)):
        if not family:
            continue
        whole = np.sum([out[one] for one in family], axis=0)
        if np.abs(np.nan_to_num(whole, nan=1.0) - 1).max(initial=0.0) > SUM_TOLERANCE:
            raise InputError(
                f"sources.groups '{where}': shares of {', '.join(family)} do not add up to 1. Mend the columns."
            )
        for one in family:
            out[one] = out[one] / whole
    return out
