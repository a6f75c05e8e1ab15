"""What is not known, as draws: people perturbed and facilities absent, by hashing and never in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from citiesforall.core.source import SourceError
from citiesforall.estimation.hashing import BITS, Hashes, mix, text_hash

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

BLOCK_OFFSET = 1 << 30  # so that blocks west and south of the origin have positive numbers
BLOCK_BITS = 32


def _start(seed: int, source_id: str, purpose: str) -> Hashes:
    """Return the number all draws of one source and purpose come from."""
    return np.array([text_hash(f"{seed}/{source_id}/{purpose}")], np.uint64)


def _uniform(start: Hashes, ids: Hashes, draws: range) -> Floats:
    """Return numbers between 0 and 1, neither included, by draw and (mixed) id. (S, n)"""
    of_draw = mix(start + np.array(draws, np.uint64))
    hashed = mix(ids[None, :] ^ of_draw[:, None])
    out: Floats = (hashed >> np.uint64(64 - BITS)).astype(np.float64)
    out += 0.5
    out *= 2.0**-BITS
    return out


def draw_normal(ids: Sequence[str], seed: int, source_id: str, purpose: str, n_draws: int) -> Floats:
    """Draw standard normal numbers by id.

    Parameters
    ----------
    ids
        Of places or whatever errs for itself. (n,)
    seed, source_id, purpose
        What the numbers are hashed from, besides id and draw.
    n_draws
        Draws, S: the first is as published and not among the rows.

    Returns
    -------
    ndarray
        (S-1, n)
    """
    hashed = mix(np.fromiter((text_hash(one) for one in ids), np.uint64, len(ids)))
    return np.asarray(
        ndtri(_uniform(_start(seed, source_id, purpose), hashed, range(1, n_draws))), np.float64
    )


def draw_people(
    cells: pd.DataFrame, error: SourceError | None, seed: int, source_id: str, n_draws: int
) -> Floats:
    """Draw people per cell part around the published count.

    Parameters
    ----------
    cells
        Columns ``cell``, ``x``, ``y``, ``people``; ``rescale_unit`` and ``rescale_share`` where totals are known.
    error
        ``relative_sd`` of a cell and ``block_m``; None, or no standard deviation, gives one row.
    seed
        Of the city's choices.
    source_id
        Of the people; the same source errs the same way everywhere.
    n_draws
        Rows wanted, S: the first as published, S-1 perturbed.

    Returns
    -------
    ndarray
        Residents. (S, C), or (1, C) where no error is stated. [persons]

    Notes
    -----
    people x exp(s z - s^2/2), z = sqrt(1/2) z_block + sqrt(1/2) z_cell, both standard normal, so that the mean is the
    published count. The numbers are hashed from (seed, source, cell or block, draw): order, threads and other cells do not
    matter, and parts of one cell err together.
    In every draw a census unit is rescaled to its total. Where a part of it lies outside the city (``rescale_share`` < 1),
    the people outside are taken as published in every draw: their errors are many and mostly cancel. So a city that is the
    whole of its census unit keeps its total exactly, and one that is a part of it keeps some uncertainty.
    """
    people = cells["people"].to_numpy(dtype=np.float64)
    spread = error.relative_sd if error is not None else None
    if not spread or n_draws <= 1:
        return people[None, :].copy()
    assert error is not None
    out = np.empty((n_draws, people.size))
    out[0] = people
    number, block = np.unique(_blocks(cells, error.block_m), return_inverse=True)
    common = ndtri(_uniform(_start(seed, source_id, "block"), mix(number), range(1, n_draws)))
    ids = mix(cells["cell"].to_numpy(dtype=np.int64).view(np.uint64))
    start, group = _start(seed, source_id, "cell"), _groups(cells, people)
    for draw in range(1, n_draws):  # one row at a time stays in the processor's cache
        z = ndtri(_uniform(start, ids, range(draw, draw + 1))[0])
        z *= np.sqrt(1 - error.shared)
        z += np.sqrt(error.shared) * common[draw - 1, block]
        z *= spread
        z -= spread * spread / 2
        np.exp(z, out=z)
        np.multiply(z, people, out=out[draw])
        if group is not None:
            out[draw] *= _back_to_totals(out[draw], group)[group.position]
    return out


@dataclass(frozen=True)
class _Groups:
    """Hold census units: which each part is of, their people in the city as published, the share who live there."""

    position: npt.NDArray[np.int64]
    people: Floats
    share: Floats
    known: Bools


def _groups(cells: pd.DataFrame, people: Floats) -> _Groups | None:
    """Return the census units of the cells, None where nothing was rescaled."""
    if "rescale_unit" not in cells or not (cells["rescale_unit"] != "").any():
        return None
    names, position = np.unique(cells["rescale_unit"].to_numpy(dtype=str), return_inverse=True)
    sums = np.asarray(np.bincount(position, weights=np.nan_to_num(people), minlength=names.size), np.float64)
    share = np.ones(names.size)
    if "rescale_share" in cells:
        share[position] = cells["rescale_share"].to_numpy(dtype=np.float64)
    return _Groups(position, sums, share, (names != "") & (sums > 0))


def _back_to_totals(drawn: Floats, group: _Groups) -> Floats:
    """Return by what each census unit is multiplied so that its total, in and outside the city, is as published. (G,)"""
    sums = np.bincount(group.position, weights=np.nan_to_num(drawn), minlength=group.people.size)
    factor = np.ones(group.people.size)
    known = group.known
    factor[known] = 1 / (group.share[known] * sums[known] / group.people[known] + (1 - group.share[known]))
    return factor


def _blocks(cells: pd.DataFrame, block_m: float) -> Hashes:
    """Return the number of the block each part lies in. (C,)"""
    col = np.floor(cells["x"].to_numpy() / block_m).astype(np.int64) + BLOCK_OFFSET
    row = np.floor(cells["y"].to_numpy() / block_m).astype(np.int64) + BLOCK_OFFSET
    packed: Hashes = ((col << BLOCK_BITS) + row).view(np.uint64)
    return packed


def draw_present(
    ids: Sequence[str], gone_share: npt.ArrayLike, seed: int, source_id: str, n_draws: int
) -> Bools:
    """Draw whether listed facilities or stops are there.

    Parameters
    ----------
    ids
        Of the facilities; access points of one facility have one id and come and go together. (F,)
    gone_share
        Chance that it is not there; nan counts as none stated. One for all, or (F,). [share]
    seed
        Of the city's choices.
    source_id
        Of the list.
    n_draws
        Rows wanted, S: in the first everything is there.

    Returns
    -------
    ndarray
        Presence. (S, F), or (1, F) where no chance is stated.
    """
    chance = np.nan_to_num(np.broadcast_to(np.asarray(gone_share, np.float64), (len(ids),)))
    if n_draws <= 1 or not (chance > 0).any():
        return np.ones((1, len(ids)), dtype=bool)
    hashed = mix(np.fromiter((text_hash(one) for one in ids), np.uint64, len(ids)))
    out = np.ones((n_draws, len(ids)), dtype=bool)
    out[1:] = _uniform(_start(seed, source_id, "present"), hashed, range(1, n_draws)) >= chance
    return out
