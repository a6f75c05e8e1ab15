"""From answers to estimates: weighted amounts per row and draw, design-based intervals, what is withheld or modelled."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from citiesforall.core.estimate import Estimate, ratio
from citiesforall.estimation.interval import POOL_BELOW, mean_interval, share_interval
from citiesforall.measure.layers import Layers
from citiesforall.measure.survey_frame import Bools, Error, Floats, Ints, add_rows, errors, sums
from citiesforall.measure.survey_hiding import few, withheld
from citiesforall.measure.survey_known import known_of_rows
from citiesforall.measure.survey_layer import Answered, Survey, answers_given, count, people_counted
from citiesforall.measure.survey_questions import in_confidence
from citiesforall.measure.survey_small import FEWEST_AREAS, Areas, model_areas

WEAK_CV = 0.3
"""Standard error / mean from which a mean is weak (a rule of many statistical offices)."""
SURE_WIDTH, WEAK_WIDTH, WEAK_RELATIVE = 0.05, 0.3, 1.3
"""A share is weak where its 95 % interval is at least the second wide, or wider than the first and than the third times the share
or what it lacks to 100 %, whichever is smaller (parker_2017; the complement so that having and lacking are judged alike)."""
STEP = 0.02
"""Quantiles are rounded to a step of at most this share of the city's (ours)."""
ROUNDED = "interpolated between answers and rounded to steps of {step:g}: it is no single household's answer"
TOO_WIDE = 0.5
"""A modelled share whose interval is wider than this is not given (ours; from a width of 0.3 on the United States' health
statistics withhold a share, parker_2017)."""
FEWEST_CLUSTERS_DRAWN = 6
"""Clusters of a row from which its draws are published: how a sum of few clusters scatters tells what each of them is (ours)."""
CONFIDENTIAL = "asked in confidence: given for the whole city only"


def estimated(layers: Layers, survey: Survey, said: Answered, *, share: bool = True) -> Estimate:
    """Estimate a share or a mean of every row.

    Parameters
    ----------
    layers
        For what a model of small areas may use.
    survey
        Bound to a group.
    said
        Answers of every record.
    share
        True for shares, False for means.

    Returns
    -------
    Estimate
        With status and interval.
    """
    asked = count(survey, said)
    num, den = (add_rows(survey.frame, amount, survey.weights) for amount in (asked.num, asked.den))
    error = errors(survey.frame, asked, survey.weights[:, 0], num[0], den[0])
    n, value = sums(survey.frame, asked.n)[0], ratio(num[0], den[0])
    low, high, se = _interval(value, n, error, share=share)
    status = statuses(survey, n, withheld(survey, said))
    status[(status == "") & _weak(value, se, high - low, share=share)] = "low_n"
    untold = error.clusters < FEWEST_CLUSTERS_DRAWN
    found = Estimate(num, den, n, status=status.astype(np.str_), bounds=(low, high), untold=untold)
    if in_confidence(said.about):
        return _whole_city_only(survey, found)
    if survey.group == "all":
        return _modelled(layers, survey, said, found, error, share=share)
    return found


def _interval(value: Floats, n: Floats, error: Error, *, share: bool) -> tuple[Floats, Floats, Floats]:
    """Return bounds and the standard error they rest on: rows of few clusters borrow the whole sample's likeness. (R,) each"""
    pooled = (error.df < POOL_BELOW) & (n > 0)
    se = np.where(pooled, ratio(error.spread, np.sqrt(error.effective)), error.se)
    if share:
        return *share_interval(value, error.se, error.df, n, error.effective, error.whole_df), se
    return *mean_interval(value, se, np.where(pooled, error.whole_df, error.df)), se


def statuses(survey: Survey, n: Floats, out: Bools) -> npt.NDArray[np.object_]:
    """Return the word of each row that says more than a value can.

    Parameters
    ----------
    survey
        Bound to a group.
    n
        Answers. (R,)
    out
        Rows withheld. (R,)

    Returns
    -------
    ndarray
        ``suppressed``; ``missing`` where nobody was interviewed; ``not_applicable`` where nobody of the group was, or the
        question applies to none; else empty. Where the city is withheld, so is where nobody of the group was: the places
        that are left would say where the few are. (R,)
    """
    interviews = survey.frame.rows @ np.diff(survey.frame.starts).astype(np.float64)
    status = np.full(n.size, "", dtype=object)
    status[out] = "suppressed"
    status[n == 0] = "not_applicable"
    if out[survey.frame.parent < 0].any():
        status[n == 0] = "suppressed"
    status[interviews == 0] = "missing"
    return status


def _weak(value: Floats, se: Floats, width: Floats, *, share: bool) -> Bools:
    """Say which values err too much, means by more than 30 %, shares by the width of the interval; or nobody knows."""
    if not share:
        return np.asarray(~(se <= WEAK_CV * np.abs(value)) | np.isnan(width))
    relative = WEAK_RELATIVE * np.minimum(value, 1 - value)
    return np.asarray(~(width <= SURE_WIDTH) & ~((width < WEAK_WIDTH) & (width <= relative)))


def _whole_city_only(survey: Survey, found: Estimate) -> Estimate:
    """Withhold the rows of every place but the whole city."""
    assert found.status is not None
    below = (survey.frame.parent >= 0) & (found.status != "missing")
    return replace(found, status=np.where(below, "suppressed", found.status), note=CONFIDENTIAL)


def _modelled(
    layers: Layers, survey: Survey, said: Answered, found: Estimate, error: Error, *, share: bool
) -> Estimate:
    """Put a model's values in the units that are withheld or weak, where there are units enough for a model.

    The model's values add up to the city's own: where that is withheld there is no model. A value that says less than the unit's
    own answers, or next to nothing, is not put there.
    """
    assert found.status is not None
    assert found.bounds is not None
    unit = np.flatnonzero(~np.isin(np.arange(found.n.size), survey.frame.parent))
    wanted = np.isin(found.status[unit], ("suppressed", "low_n"))
    city, value = int(np.flatnonzero(survey.frame.parent < 0)[0]), found.value()
    if not wanted.any() or unit.size < FEWEST_AREAS or found.status[city] == "suppressed":
        return found
    areas = Areas(value[unit], error.effective[unit], float(value[city]), float(error.spread[city]), share)
    known = {name: column[unit] for name, column in known_of_rows(layers).items()}
    seed = f"{survey.seed}/{said.about}/{said.of}"
    model = model_areas(areas, found.den[0, unit], known, wanted, found.num.shape[0], seed)
    if model is None:
        return found
    own, width = found.bounds[1] - found.bounds[0], model.high - model.low
    at = unit[wanted]
    hidden = found.status[at] == "suppressed"
    use = (hidden | ~(width >= own[at])) & (~(width > TOO_WIDE) if share else True)
    at, hidden = at[use], hidden[use]
    num, den, n, status = found.num.copy(), found.den.copy(), found.n.copy(), found.status.astype(object)
    den[:, at] = den[0, at]
    # Of how many the withheld answers are would tell them: the city's number is shared out by residents.
    den[:, at[hidden]] = den[0, city] * _residents(layers, at[hidden], city, unit.size)
    n[at[hidden]] = np.nan
    num[:, at] = model.value[:, use] * den[0, at]
    low, high = (bound.copy() for bound in found.bounds)
    low[at], high[at], status[at] = model.low[use], model.high[use], "modelled"
    untold = found.untold & (status != "modelled") if found.untold is not None else None
    return replace(
        found, num=num, den=den, n=n, status=status.astype(np.str_), bounds=(low, high), untold=untold,
        note=model.note if at.size else found.note,
    )  # fmt: skip


def _residents(layers: Layers, rows: Ints, city: int, units: int) -> Floats:
    """Return the share of the city's residents who live in some rows; the same for each unit where nobody knows. (n,)"""
    people = layers.rows(layers.people[:1])[0]
    share = people[rows] / people[city] if people[city] > 0 else np.full(rows.size, np.nan)
    return np.where(share > 0, share, 1 / units)


def quantile_estimate(survey: Survey, said: Answered, share: float) -> Estimate:
    """Find the value a share of people does not exceed, per row and draw.

    Parameters
    ----------
    survey
        Bound to a group.
    said
        Answers of every record.
    share
        Between 0 and 1.

    Returns
    -------
    Estimate
        With status; the interval is that of the draws, which are not kept.

    Notes
    -----
    A plain quantile is what one household answered, and so is each of its draws. So it is interpolated between neighbours at
    the middle of their weights, and rounded to a step of 1, 2 or 5 times a power of ten, at most a fiftieth of the city's value.
    """
    n, value = sums(survey.frame, answers_given(survey, said))[0], said.value
    each, at = people_counted(survey, said), said.table.household
    use = np.flatnonzero(~np.isnan(value) & (each > 0))
    use = use[np.argsort(value[use], kind="stable")]
    unit = np.repeat(np.arange(survey.frame.starts.size - 1), np.diff(survey.frame.starts))
    belongs, R = survey.frame.rows.toarray() > 0, n.size
    out = np.full((survey.weights.shape[1], R), np.nan)
    for row in range(R):
        rows = use[belongs[row, unit[at[use]]]]
        if rows.size:
            weight = each[rows, None] * survey.weights[at[rows]]
            out[:, row] = _between(value[rows], weight.T, share)
    # No two medians make a third: nothing but what is of few answers need be withheld.
    step = _step(float(out[0, np.flatnonzero(survey.frame.parent < 0)[0]]))
    out = np.round(out / step) * step
    found = Estimate(
        out, np.ones_like(out), n, additive=False, note=ROUNDED.format(step=step), untold=np.ones(R, dtype=bool),
        status=statuses(survey, n, few(n)).astype(np.str_),
    )  # fmt: skip
    return _whole_city_only(survey, found) if in_confidence(said.about) else found


def _between(values: Floats, weights: Floats, share: float) -> Floats:
    """Return the quantile between the two answers whose middles lie around it: values sorted (P,), weights (S, P). (S,)"""
    reached = np.cumsum(weights, axis=1)
    total = reached[:, -1:]
    middle = reached - weights / 2 - share * total
    after = np.minimum((middle < 0).sum(axis=1), values.size - 1)
    before = np.maximum(after - 1, 0)
    at = np.arange(after.size)
    below, above = -middle[at, before], middle[at, after]
    far = np.where(below + above > 0, below + above, 1.0)
    out = values[before] + (values[after] - values[before]) * np.clip(below / far, 0.0, 1.0)
    return np.where(total[:, 0] > 0, out, np.nan)


def _step(value: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten that is at most a fiftieth of a value."""
    most = STEP * abs(value)
    if not most > 0 or not math.isfinite(most):
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return max(times * power for times in (1, 2, 5) if times * power <= most * (1 + 1e-9))
