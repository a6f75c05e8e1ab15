"""How many households to ask, and where: sizes, strata and draws of a sample; arrays only."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Z_95 = 1.959963984540054
"""Standard normal quantile of a 95 % interval."""
CURVE_SIDE = 1 << 16
"""Places along each side of the square a Hilbert curve fills."""
FEWEST_CLUSTERS = 2
"""Clusters a stratum needs so that its variance can be worked out."""


@dataclass(frozen=True)
class Wanted:
    """Say what a sample must be able to do.

    Parameters
    ----------
    margin
        Half-width of the 95 % interval of a share, for the whole city. [share]
    share
        The share it is planned for; one half is the hardest. [share]
    cluster_size
        Households asked in each cluster.
    rho
        How alike households of one cluster are (intra-cluster correlation).
    response
        Share of the households asked that answer. [share]
    households
        Interviews wanted; None lets the margin decide.
    """

    margin: float = 0.05
    share: float = 0.5
    cluster_size: int = 15
    rho: float = 0.036
    response: float = 0.9
    households: int | None = None


def design_effect(cluster_size: float, rho: float) -> float:
    """Return how much larger a variance is because households are asked in clusters.

    Parameters
    ----------
    cluster_size
        Households per cluster.
    rho
        Intra-cluster correlation.

    Returns
    -------
    float
        1 + (m - 1) rho [kish_1965].
    """
    return 1.0 + (cluster_size - 1.0) * rho


def interviews_needed(wanted: Wanted, n_households: float) -> int:
    """Return the completed interviews a margin asks for.

    Parameters
    ----------
    wanted
        The design.
    n_households
        Of the city; a small one needs fewer.

    Returns
    -------
    int
        z2 p (1 - p) / e2 x deff, corrected for the finite population; 385 x 1.5 = 577 for 5 % and a design effect of 1.5.
    """
    if wanted.households is not None:
        return wanted.households
    simple = ceil(round(Z_95**2 * wanted.share * (1 - wanted.share) / wanted.margin**2, 6))
    plain = simple * design_effect(wanted.cluster_size, wanted.rho)
    return ceil(round(plain / (1 + (plain - 1) / n_households), 6))


def margin(n_interviews: float, deff: float, n_households: float, share: float = 0.5) -> float:
    """Return the half-width of the 95 % interval of a share.

    Parameters
    ----------
    n_interviews
        Completed.
    deff
        Design effect.
    n_households
        Of the population.
    share
        Planned for. [share]

    Returns
    -------
    float
        [share]; nan where nobody is asked.
    """
    if n_interviews <= 0:
        return float("nan")
    finite = max(0.0, 1.0 - n_interviews / n_households)
    return float(Z_95 * np.sqrt(share * (1 - share) * deff / n_interviews * finite))


def allocate(sizes: Floats, n_clusters: int, how: str, most: Ints) -> Ints:
    """Share clusters out among strata.

    Parameters
    ----------
    sizes
        Households of each stratum. (h,)
    n_clusters
        To share out.
    how
        ``proportional`` to households, to their ``root`` (small strata get more), or ``equal``.
    most
        Clusters each stratum has. (h,)

    Returns
    -------
    ndarray
        Clusters of each stratum, at least two where it has them; their sum is ``n_clusters`` where that can be. (h,)

    Notes
    -----
    Shares out by largest remainders; a stratum that has fewer blocks than its share gives the rest to the others.
    """
    power = {"proportional": 1.0, "root": 0.5, "equal": 0.0}[how]
    found = np.minimum(FEWEST_CLUSTERS, most).astype(np.int64)
    weight = np.power(sizes, power)
    wanted = weight / weight.sum() * n_clusters
    while found.sum() < n_clusters and (found < most).any():
        short = np.where(found < most, wanted - found, -np.inf)
        found[int(np.argmax(short))] += 1
    return found


def strata_by_quantile(value: Floats, size: Floats, n: int) -> Ints:
    """Part places into strata of about equal size by a value.

    Parameters
    ----------
    value
        What they are parted by; nan goes to the middle. (P,)
    size
        Households. (P,)
    n
        Strata wanted.

    Returns
    -------
    ndarray
        0 for the lowest values. (P,)
    """
    filled = np.where(np.isnan(value), np.nanmedian(value) if np.isfinite(value).any() else 0.0, value)
    order = np.argsort(filled, kind="stable")
    middle = np.cumsum(size[order]) - size[order] / 2
    out = np.empty(value.size, np.int64)
    out[order] = np.minimum((middle / max(size.sum(), 1e-300) * n).astype(np.int64), n - 1)
    # equal values stay together: a place is not parted from its like by where it stands in a list
    for number in np.unique(filled):
        same = filled == number
        out[same] = np.bincount(out[same]).argmax()
    return out


def draw_systematic(sizes: Floats, n: int, start: float) -> Ints:
    """Draw clusters with chance proportional to size, at equal steps along the list.

    Parameters
    ----------
    sizes
        Measure of size, in the order of the list. (B,)
    n
        Clusters to draw.
    start
        Random, from 0 to 1.

    Returns
    -------
    ndarray
        How often each is drawn; its expectation is n x size / sum, so one larger than the step is drawn for certain and may
        be drawn more than once. (B,)
    """
    ends = np.cumsum(sizes)
    points = (start + np.arange(n)) * ends[-1] / n
    drawn = np.searchsorted(ends, points, side="right")
    return np.bincount(np.minimum(drawn, sizes.size - 1), minlength=sizes.size).astype(np.int64)


def curve_order(x: Floats, y: Floats) -> Ints:
    """Return the order of points along a Hilbert curve, so that neighbours in the list are neighbours on the ground.

    Parameters
    ----------
    x, y
        Positions; unknown ones come last. (B,) [m]
    """
    known = np.isfinite(x) & np.isfinite(y)
    code = np.full(x.size, np.iinfo(np.int64).max)
    if known.any():
        span = max(float(np.ptp(x[known])), float(np.ptp(y[known])), 1.0)
        column, row = ((at[known] - at[known].min()) / span * (CURVE_SIDE - 1) for at in (x, y))
        code[known] = _hilbert(column.astype(np.int64), row.astype(np.int64))
    return np.argsort(code, kind="stable").astype(np.int64)


def _hilbert(x: Ints, y: Ints) -> Ints:
    """Return how far along the curve each place of a square of `CURVE_SIDE` is."""
    along = np.zeros(x.size, np.int64)
    side = CURVE_SIDE // 2
    while side:
        right, up = (x & side) > 0, (y & side) > 0
        along += side * side * ((3 * right) ^ up)
        turned = ~up
        x, y = (
            np.where(turned & right, CURVE_SIDE - 1 - x, x),
            np.where(turned & right, CURVE_SIDE - 1 - y, y),
        )
        x, y = np.where(turned, y, x), np.where(turned, x, y)
        side //= 2
    return along
