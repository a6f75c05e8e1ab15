"""Every indicator, every group, every place: from layers to the table of observations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.errors import NoDataError
from citiesforall.core.estimate import CellAmounts, Estimate, Floats, add_up, ratio
from citiesforall.core.group import groups
from citiesforall.core.indicator import Indicator
from citiesforall.core.tables import OBSERVATIONS, check_observations
from citiesforall.core.units import unit
from citiesforall.measure.asked import bind_asked, groups_asked, groups_surveyed
from citiesforall.measure.layers import Layers
from citiesforall.measure.method import METHODS

ESTIMATED_FROM = 0.05
"""Share of the denominator that may be unknown before a value is called estimated (ours)."""
MISSING_FROM = 0.5
"""Share from which too much is unknown for any value to be given (ours)."""


@dataclass(frozen=True)
class Measured:
    """Hold the answer of one indicator for one group.

    Parameters
    ----------
    indicator, group
        Ids.
    estimate
        Amounts per row and draw, or None where it is missing.
    reason
        Why it is missing; or, where it is not, what a reader must know of how it was made.
    by_cell
        Value per cell part in SI (draw 0), for methods that add up, else None. (C,)
    """

    indicator: str
    group: str
    estimate: Estimate | None
    reason: str
    by_cell: Floats | None


def measure_all(
    layers: Layers,
    indicators: Mapping[str, Indicator],
    bound: Mapping[str, Layers],
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Measured]:
    """Measure every indicator for every group it can be asked of.

    Parameters
    ----------
    layers
        Bound to everybody.
    indicators
        By id.
    bound
        Group -> layers bound to it; ``all`` among them.
    tell
        Told each indicator as it starts.

    Yields
    ------
    Measured
        One for each indicator and group; missing ones too.
    """
    walked: tuple[str, ...] = ()
    homes, asked = inhabited_by(layers, bound), bind_asked(layers, groups())
    for one in sorted(indicators.values(), key=lambda one: (walks_to(one), one.id)):
        tell(one.id)
        if walks_to(one) != walked:
            homes["all"].memo.clear()
            walked = walks_to(one)
        known = METHODS.get(one.method)
        if known is not None and "households" in known.reads:
            for group in groups_surveyed(one, layers):
                yield measure_one(asked[group], one)
            continue
        of = homes if known is not None and known.of_people else bound
        for group in groups_asked(one, bound):
            yield measure_one(of[group], one, layers.people.shape[1])


def inhabited_by(layers: Layers, bound: Mapping[str, Layers]) -> dict[str, Layers]:
    """Return the groups' layers of inhabited parts only; they share their walks.

    Parameters
    ----------
    layers
        Bound to everybody.
    bound
        Group -> layers bound to it.
    """
    homes = layers.inhabited()
    assert homes.parts is not None
    return {
        group: replace(homes, group=group, people=one.people[:, homes.parts], walk_m_s=one.walk_m_s)
        for group, one in bound.items()
    }


def walks_to(one: Indicator) -> tuple[str, ...]:
    """Return the kinds of facility an indicator walks to; those of one kind are measured together, their walks drawn once.

    Parameters
    ----------
    one
        The indicator.
    """
    to = one.options.get("to", one.options.get("kinds", ()))
    return (to,) if isinstance(to, str) else tuple(to)


def measure_one(layers: Layers, one: Indicator, n_parts: int | None = None) -> Measured:
    """Measure one indicator for the group the layers are bound to.

    Parameters
    ----------
    layers
        Bound to a group.
    one
        The indicator.
    n_parts
        Parts of the whole city, where the layers hold only some.

    Returns
    -------
    Measured
        Missing, with the reason, where no source gives what it needs.
    """
    known = METHODS[one.method]
    try:
        answer = known.function(layers, **one.options)
    except NoDataError as error:
        return Measured(one.id, layers.group, None, str(error), None)
    if isinstance(answer, Estimate):
        return Measured(one.id, layers.group, answer, answer.note, None)
    by_cell = answer.num[0] if known.level == "total" else ratio(answer.num[:1], answer.den[:1])[0]
    if layers.parts is not None and n_parts is not None:
        everywhere = np.full(n_parts, np.nan)
        everywhere[layers.parts] = by_cell
        by_cell = everywhere
    found = summed(layers, answer, is_total=known.level == "total")
    return Measured(one.id, layers.group, found, answer.note, by_cell)


def summed(layers: Layers, answer: CellAmounts, *, is_total: bool) -> Estimate:
    """Add a method's amounts per part up to the result rows.

    Parameters
    ----------
    layers
        For which parts make which row.
    answer
        Amounts per part.
    is_total
        Whether the denominator is 1 per row.

    Returns
    -------
    Estimate
        Amounts per row.
    """
    S = max(answer.num.shape[0], answer.den.shape[0])
    num = add_up(answer.num, layers.starts, layers.belongs)
    den = np.ones_like(num) if is_total else add_up(answer.den, layers.starts, layers.belongs)
    some = (answer.num[:1] != 0) if is_total else (answer.den[:1] > 0)
    n = add_up(some.astype(np.float64), layers.starts, layers.belongs)[0]
    unknown_share = np.zeros(n.size)
    if answer.unknown is not None:
        unknown = add_up(answer.unknown[None, :], layers.starts, layers.belongs)[0]
        unknown_share = ratio(unknown, unknown + den[0])
    R = n.size
    return Estimate(
        np.broadcast_to(num, (S, R)), np.broadcast_to(den, (S, R)), n, unknown_share, answer.estimated
    )


def rows(measured: Measured, one: Indicator, places: list[str], facts: Mapping[str, Any]) -> pd.DataFrame:
    """Turn one answer into a table of observations, as `columns` does."""
    return pd.DataFrame(columns(measured, one, places, facts))


def columns(
    measured: Measured, one: Indicator, places: list[str], facts: Mapping[str, Any]
) -> dict[str, npt.NDArray[Any]]:
    """Turn one answer into observations: the declared unit is applied here, once.

    Parameters
    ----------
    measured
        The answer.
    one
        Its indicator.
    places
        Codes of the rows. (R)
    facts
        ``periods`` (indicator -> what time it is about), ``run``, and ``estimated``: indicators whose sources are modelled
        or assumed.

    Returns
    -------
    dict
        Columns of `OBSERVATIONS`, in their order. (R,) each
    """
    R = len(places)
    nothing = np.full(R, np.nan)
    value = low = high = num = den = n = nothing
    status = np.full(R, "missing", dtype=object)
    found = measured.estimate
    if found is not None:
        scale = unit(one.unit).per_si
        value = found.value() * scale
        low, high = (bound * scale for bound in found.interval())
        num, den, n = found.num[0], found.den[0], found.n
        too_little = (
            found.unknown_share > MISSING_FROM if found.unknown_share.size else np.zeros(R, dtype=bool)
        )
        has = np.isfinite(value) & ~too_little
        some_unknown = (
            found.unknown_share > ESTIMATED_FROM if found.unknown_share.size else np.zeros(R, dtype=bool)
        )
        doubtful = found.estimated | some_unknown | (one.id in facts["estimated"])
        # Nobody to ask (or nothing to compare) is another thing than not knowing.
        nobody = ((den == 0) | (n == 0)) & ~too_little
        absent = np.where(nobody, "not_applicable", "missing")
        status = np.where(has, np.where(doubtful, "estimated", "ok"), absent).astype(object)
        if found.status is not None:
            status = np.where(found.status == "", status, found.status).astype(object)
            status = np.where((status == "low_n") & ~has, absent, status)
            has &= np.isin(status, ("ok", "estimated", "modelled", "low_n"))
        value, low, high = (np.where(has, x, np.nan) for x in (value, low, high))
        # Of what is withheld the amounts would tell it all the same, and so would the numbers of answers by subtraction.
        shown = status != "suppressed"
        num, den, n = (np.where(np.isfinite(x) & shown, x, np.nan) for x in (num, den, n))
    said = {
        "place": np.array(places, dtype=object), "group": measured.group, "indicator": one.id, "version": one.version,
        "period": _periods(found, facts["periods"][one.id]), "value": value, "low": low, "high": high, "num": num, "den": den,
        "n": n, "status": status, "run": facts["run"],
    }  # fmt: skip
    return {name: is_ if isinstance(is_, np.ndarray) else _full(R, is_) for name, is_ in said.items()}


def _periods(found: Estimate | None, period: str) -> str | npt.NDArray[Any]:
    """Return what time the rows are about: of the indicator, or each its own."""
    if found is None or found.periods is None:
        return period
    return np.where(found.periods == "", period, found.periods).astype(object)


def _full(R: int, is_: str | int) -> npt.NDArray[Any]:
    """Return one word or number for every row."""
    return np.full(R, is_, dtype=object if isinstance(is_, str) else np.int64)


def observations(tables: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Join and check the rows of all indicators, in one fixed order.

    Parameters
    ----------
    tables
        From `columns` or `rows`.

    Returns
    -------
    pandas.DataFrame
        Sorted by indicator, group and place.
    """
    joined = pd.DataFrame(
        {name: np.concatenate([np.asarray(one[name]) for one in tables]) for name in OBSERVATIONS}
    )
    return check_observations(
        joined.sort_values(["indicator", "group", "place"], kind="stable", ignore_index=True)
    )
