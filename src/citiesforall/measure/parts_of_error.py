"""What each source adds to an interval: the number measured again with the draws of one source at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from citiesforall.core.estimate import Floats, ratio
from citiesforall.core.group import groups
from citiesforall.core.indicator import Indicator
from citiesforall.measure.asked import bind_groups
from citiesforall.measure.draw_store import interval_of
from citiesforall.measure.layers import Bools, Layers, Ways
from citiesforall.measure.method import METHODS
from citiesforall.measure.register_layer import RegisterLayer
from citiesforall.measure.run import measure_all, walks_to

PEOPLE, LISTED, SURVEY, COLUMN, SCORES, REGISTER = (
    "people",
    "list",
    "survey",
    "column",
    "scorecards",
    "register",
)
READ_BY = {SURVEY: "households", SCORES: "scorecards", REGISTER: "registers"}
"""Parts that can only change indicators whose method reads a layer."""
MOST_UNDEFINED = 0.05
"""Share of draws in which a number may be undefined before its interval is not split (as for intervals)."""
FEWEST = 3
"""The published draw and two others: fewer have no variance."""


@dataclass(frozen=True)
class Part:
    """Name one thing that errs.

    Parameters
    ----------
    what
        ``people``, ``list`` (facilities or stops), ``survey``, ``scorecards``, ``register``, or ``column:<name>`` of the
        cells (``column:pm25_ug_m3``).
    source
        Id of the source whose error it is.
    """

    what: str
    source: str


@dataclass(frozen=True)
class Erring:
    """Hold layers with all that errs in them.

    Parameters
    ----------
    layers
        Bound to everybody, with all draws.
    parts
        Everything of which draws were made.
    lists
        Kind -> source of each of its facilities. (F,)
    """

    layers: Layers
    parts: tuple[Part, ...]
    lists: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Alone:
    """Say what one part adds.

    Parameters
    ----------
    part
        What errs.
    half_width
        Of the interval, did only this err. [SI]
    variance
        Of the number, did only this err. [SI squared]
    share
        Of the whole variance. [share]
    """

    part: Part
    half_width: float
    variance: float
    share: float


@dataclass(frozen=True)
class Split:
    """Split the interval of one number.

    Parameters
    ----------
    parts
        The widest first.
    together
        Share of the variance that comes only from parts erring at once; the shares and it add up to 1. [share]
    half_width, variance
        Of the number with everything erring. [SI]
    value
        As published, to be held against what a run said. [SI]
    """

    parts: tuple[Alone, ...]
    together: float
    half_width: float
    variance: float
    value: float


def erring(layers: Layers, sources: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> Erring:
    """Find everything of which draws were made.

    Parameters
    ----------
    layers
        Bound to everybody, with all draws.
    sources
        ``people``, ``survey``, ``scorecards`` and columns of the cells -> id of their source.
    lists
        Kind -> source of each of its facilities. (F,)

    Returns
    -------
    Erring
        Layers and parts.
    """
    parts = []
    if layers.people.shape[0] > 1:
        parts.append(Part(PEOPLE, sources[PEOPLE]))
    parts += [
        Part(f"{COLUMN}:{name}", sources[name]) for name, drawn in layers.drawn.items() if drawn.shape[0] > 1
    ]
    gone = {
        str(source)
        for kind, way in layers.ways.items()
        for source in np.asarray(lists.get(kind, []), dtype=object)[~way.present.all(axis=0)]
    }
    parts += [Part(LISTED, source) for source in sorted(gone)]
    if layers.survey is not None and layers.survey.weights.shape[1] > 1:
        parts.append(Part(SURVEY, sources[SURVEY]))
    if layers.scorecards is not None and layers.scorecards.S > 1:
        parts.append(Part(SCORES, sources[SCORES]))
    if layers.registers is not None:
        stated = layers.registers.errors
        parts += [Part(REGISTER, source) for source in sorted(stated) if stated[source].relative_sd]
    return Erring(layers, tuple(parts), lists)


def only(found: Erring, part: Part) -> Layers:
    """Return the layers with the draws of one part; everything else is as published in every draw.

    Parameters
    ----------
    found
        From `erring`.
    part
        What errs.
    """
    layers = found.layers
    survey, scores = layers.survey, layers.scorecards
    if survey is not None and part.what != SURVEY:
        survey = replace(survey, weights=survey.weights[:, :1])
    if scores is not None and part.what != SCORES:
        scores = replace(scores, S=1)
    source = part.source if part.what == LISTED else None
    return replace(
        layers,
        people=layers.people if part.what == PEOPLE else layers.people[:1],
        drawn={
            name: drawn if part.what == f"{COLUMN}:{name}" else drawn[:1]
            for name, drawn in layers.drawn.items()
        },
        ways={
            name: replace(way, present=_present(way, found.lists.get(name, ()), source))
            for name, way in layers.ways.items()
        },
        survey=survey,
        scorecards=scores,
        registers=None if layers.registers is None else _registers(layers.registers, part),
        memo={},
    )


def _registers(layer: RegisterLayer, part: Part) -> RegisterLayer:
    """Return the registers where only residents, only one register, or nothing errs."""
    if part.what == REGISTER:
        people = np.broadcast_to(layer.people[:1], layer.people.shape)
        return replace(layer, people=people, errors={part.source: layer.errors[part.source]}, memo={})
    people = layer.people if part.what == PEOPLE else layer.people[:1]
    return replace(layer, people=people, errors={}, memo={})


def _present(way: Ways, listed_by: Sequence[str], source: str | None) -> Bools:
    """Return which facilities are there where only those of one source can be absent. (S, F) or (1, F)"""
    mine = np.asarray(listed_by, dtype=object) == source
    if source is None or not mine.any():
        return np.ones((1, way.present.shape[1]), dtype=bool)
    return np.asarray(way.present | ~mine)


def split_number(
    found: Erring, one: Indicator, group: str, row: int, speeds: Mapping[str, float]
) -> Split | None:
    """Split the interval of one number by what errs.

    Parameters
    ----------
    found
        From `erring`.
    one
        The indicator.
    group
        Id.
    row
        Position of the place among the result rows.
    speeds
        Choice -> walking speed. [m/s]

    Returns
    -------
    Split or None
        None where no draw changes the number, or it is undefined or without bound in many.

    Notes
    -----
    The draws of a source are the same whether it errs alone or with others. So what each adds can be told draw by draw: the
    share of a part is cov(y_part, y) / var(y), y_part the number with that part erring alone. Where parts simply add up the
    shares are 1 together; what is left over exists only when several err at once (people err around a clinic that is gone).
    """
    whole = values_of(found.layers, one, group, row, speeds)
    touching = [part for part in found.parts if _touches(part, one, found)]
    alone = {part: values_of(only(found, part), one, group, row, speeds) for part in touching}
    return split_draws(whole, alone)


def _touches(part: Part, one: Indicator, found: Erring) -> bool:
    """Say whether a part can change an indicator: not lists of kinds it does not walk to, nor layers it does not read."""
    if part.what in READ_BY:
        return READ_BY[part.what] in METHODS[one.method].reads
    if part.what != LISTED:
        return True
    return any(part.source in set(found.lists.get(kind, ())) for kind in walks_to(one))


def values_of(layers: Layers, one: Indicator, group: str, row: int, speeds: Mapping[str, float]) -> Floats:
    """Measure one number.

    Parameters
    ----------
    layers
        Bound to everybody.
    one, group, row, speeds
        As for `split_number`.

    Returns
    -------
    ndarray
        Per draw; one nan where it is missing. (S,) [SI]
    """
    wanted = {key: known for key, known in groups().items() if key in {"all", group}}
    bound, _ = bind_groups(layers, wanted, speeds)
    for answer in measure_all(layers, {one.id: one}, bound):
        if answer.group == group and answer.estimate is not None:
            return ratio(answer.estimate.num[:, row], answer.estimate.den[:, row])
    return np.full(1, np.nan)


def split_draws(whole: Floats, alone: Mapping[Part, Floats]) -> Split | None:
    """Split the variance of draws by the draws of parts erring alone.

    Parameters
    ----------
    whole
        The number with everything erring. (S,)
    alone
        Part -> the number with that part alone; one value where it changes nothing. (S,) or (1,)

    Returns
    -------
    Split or None
        None where there is nothing to split.
    """
    if whole.size < FEWEST:
        return None
    drawn = {part: np.broadcast_to(one, whole.shape) for part, one in alone.items()}
    finite = np.asarray(np.isfinite(np.stack([whole, *drawn.values()])).all(axis=0), dtype=bool)
    variance = _covariance(whole, whole, finite)
    if not finite[0] or (~finite).mean() > MOST_UNDEFINED or not variance > 0:
        return None
    parts = [
        Alone(
            part,
            _half_width(one[finite]),
            _covariance(one, one, finite),
            _covariance(one, whole, finite) / variance,
        )
        for part, one in drawn.items()
    ]
    parts = sorted(parts, key=lambda one: (-one.share, one.part.what, one.part.source))
    together = 1.0 - sum(one.share for one in parts)
    return Split(tuple(parts), together, _half_width(whole[finite]), variance, float(whole[0]))


def _half_width(draws: Floats) -> float:
    """Return half the width of the interval of draws, 0 where they do not differ."""
    _, low, high = interval_of(draws)
    return float(np.nan_to_num((high - low) / 2))


def _covariance(one: Floats, other: Floats, use: Bools) -> float:
    """Return the covariance of the perturbed draws."""
    a, b = (
        x[1:][use[1:]] - x[0] for x in (one, other)
    )  # less the published, so that what never differs gives 0
    return float(np.mean((a - a.mean()) * (b - b.mean()))) if a.size else 0.0
