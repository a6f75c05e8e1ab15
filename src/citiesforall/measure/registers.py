"""Methods about registers: shares, rates, totals, means and growth of amounts that are known of places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import chdtri

from citiesforall.core.amounts import RESIDENTS, amounts
from citiesforall.core.errors import NoDataError
from citiesforall.core.estimate import Estimate, ratio
from citiesforall.core.indicator import Indicator
from citiesforall.core.units import units
from citiesforall.measure.layers import Floats, Layers
from citiesforall.measure.method import method
from citiesforall.measure.register_hiding import protected
from citiesforall.measure.register_layer import FIRST, LAST, RegisterLayer
from citiesforall.measure.register_sums import ROUNDING, Known, known_amounts, periods_of

ESTIMATED_FROM = 0.05
"""Share of the residents for whom an amount may be estimated before the value is (as for unknown ones; ours)."""
MOST_UNKNOWN = 0.5
"""Share of the residents that may be unknown before no value is given, as for all indicators (ours)."""
YEAR = re.compile(r"(?:19|20)\d{2}")
ANY = tuple(sorted({one.dimension for one in units().values()}))
"""A rate has the dimension of its amounts: per person, per day, per area; who declares it says the unit."""
MORE = "the part is more than its whole in {places}: the figures do not fit together, mend them"
MOST_NAMED = 5
"""Places named in a note."""
PLACES_KNOWN = "the sum of the places the register knows"


def registers_read(layers: Layers) -> RegisterLayer:
    """Return the registers of the city; they know everybody, not groups.

    Raises
    ------
    NoDataError
        The city has none, or a group is asked for.
    """
    if layers.registers is None:
        raise NoDataError("the city has no register")
    if layers.group != "all":
        raise NoDataError("a register counts everybody: it does not tell groups apart")
    return layers.registers


def years_differ(layer: RegisterLayer, num: Sequence[str], den: Sequence[str]) -> str:
    """Say where a numerator and its denominator are of different years; empty where they are not.

    Parameters
    ----------
    layer
        The registers.
    num, den
        Amounts.
    """
    above, under = ({layer.of(name).period for name in names} - {""} for names in (num, den))
    if not above or not under or (above == under and _same_rows(layer, [*num, *den])):
        return ""
    said = [" and ".join(sorted(periods)) for periods in (above, under)]
    return f"numerator of {said[0]}, denominator of {said[1]}"


def _same_rows(layer: RegisterLayer, names: Sequence[str]) -> bool:
    """Say whether amounts are of the same time in every place where two of them are known."""
    said = np.array([layer.of(name).of_rows() for name in names if name != RESIDENTS])
    return all(len(set(column) - {""}) < 2 for column in said.T.tolist())  # noqa: PLR2004 - one period or none


def _dated(layer: RegisterLayer, name: str, found: Estimate) -> Estimate:
    """Say of each place what time it is about, where places differ."""
    periods = periods_of(layer, name)
    return found if periods is None else replace(found, periods=periods)


def doubted(layer: RegisterLayer, found: Estimate) -> Estimate:
    """Say where a part is more than its whole: those values are estimated, and the note names the places.

    Parameters
    ----------
    layer
        The registers.
    found
        Of a part and its whole.
    """
    more = np.flatnonzero((found.value() > 1 + ROUNDING) & ~(found.unknown_share > MOST_UNKNOWN))
    if not more.size:
        return found
    names = [layer.places[row] for row in more[:MOST_NAMED]]
    rest = f" and {more.size - MOST_NAMED} more" if more.size > MOST_NAMED else ""
    said = MORE.format(places=", ".join(names) + rest)
    status = np.full(found.n.size, "", dtype=object) if found.status is None else found.status.astype(object)
    status[more] = "estimated"
    return replace(found, note="; ".join(filter(None, (found.note, said))), status=status.astype(np.str_))


def counting_interval(count: Floats) -> tuple[Floats, Floats]:
    """Return the exact 95 % interval of what a count of independent events is expected to be.

    Parameters
    ----------
    count
        Events recorded. (R,)

    Returns
    -------
    tuple
        chi2(2.5 %; 2 k) / 2, 0 for no event, and chi2(97.5 %; 2 k + 2) / 2; nan where no count is known. (R,), (R,)

    Notes
    -----
    garwood_1936. Where events come together (an outbreak, one crash with many dead) it is too narrow.

    Examples
    --------
    No event in a year is compatible with 3.69 expected: -ln 0.025.

    >>> counting_interval(np.array([0.0]))[1].round(2).tolist()
    [3.69]
    """
    k = np.where(count >= 0, count, np.nan)
    low = np.where(k > 0, chdtri(2 * np.maximum(k, 1e-9), 0.975) / 2, 0.0)
    return np.where(np.isnan(k), np.nan, low), np.asarray(chdtri(2 * k + 2, 0.025) / 2)


def _erring(found: Estimate, count: Floats, times: float) -> Estimate:
    """Give a rate of events the interval of their count, where no source states an error that already moves it."""
    low, high = found.interval()
    silent = np.isnan(low)
    least, most = (ratio(end * times, found.den[0]) for end in counting_interval(count))
    return replace(found, bounds=(np.where(silent, least, low), np.where(silent, most, high)))


def _estimate(known: Known, num: Floats, den: Floats, note: str = "", *, estimated: bool = False) -> Estimate:
    """Make an estimate of sums; rows resting on estimated values for more than a twentieth of their people say so."""
    status = np.where(
        (known.estimated_share > ESTIMATED_FROM) & (known.unknown_share <= MOST_UNKNOWN), "estimated", ""
    )
    finite = np.isfinite(num[0]) & np.isfinite(den[0]) & (den[0] != 0)
    S = max(num.shape[0], den.shape[0])
    num, den = (np.broadcast_to(one, (S, one.shape[1])) for one in (num, den))
    return Estimate(
        num, den, known.n, known.unknown_share, estimated=estimated, note=note,
        status=np.where(finite, status, ""),
    )  # fmt: skip


@method(measures="share", reads=("registers",), level="row")
def register_share(layers: Layers, *, num: list[str], den: list[str]) -> Estimate:
    """Divide a part by its whole, both from registers.

    Parameters
    ----------
    layers
        The city's layers.
    num, den
        Amounts of ``data/registers``; several are added. ``residents`` are the people of the census; ``amount@2011`` is of
        that period, ``amount@first`` of the earliest, else the latest of each place is taken.

    Returns
    -------
    Estimate
        The two amounts, over the places where both are known. [as declared]

    Raises
    ------
    NoDataError
        No register gives one of them, or its values are a defect of the source.

    Notes
    -----
    Places count where numerator and denominator are both known; the residents of the others are unknown. Where the two are
    of different years the value is estimated, and says so. Draws of a part are cut at its whole. A published part above its whole
    stays, is estimated, and the note names its places.
    """
    layer = registers_read(layers)
    note = years_differ(layer, num, den)
    known = known_amounts(layer, (num, den), part=True)
    below, whole = known.amounts
    found = _dated(layer, num[0], _estimate(known, below, whole, note, estimated=bool(note)))
    return protected(layer, doubted(layer, found), num, den)


@method(measures=ANY, reads=("registers",), level="row")
def register_rate(layers: Layers, *, num: list[str], den: list[str], times: float = 1.0) -> Estimate:
    """Divide one amount of registers by another that it is not a part of: an incidence, residents per facility.

    Parameters
    ----------
    layers
        The city's layers.
    num, den
        Amounts, as for ``register_share``.
    times
        Number the numerator is multiplied by, where the unit asks for it (days of a year, kilograms of a tonne).

    Returns
    -------
    Estimate
        The two amounts, over the places where both are known. [as declared]

    Raises
    ------
    NoDataError
        No register gives one of them, or its values are a defect of the source.

    Notes
    -----
    Where the two are of different years the value is estimated, and says so. Counts of events (deaths, cases, crimes) err by
    chance though every one is recorded: where no source states another error the interval is Poisson's (`counting_interval`).
    """
    layer = registers_read(layers)
    note = years_differ(layer, num, den)
    known = known_amounts(layer, (num, den))
    found = _estimate(known, known.amounts[0] * times, known.amounts[1], note, estimated=bool(note))
    if all(name != RESIDENTS and amounts()[name.partition("@")[0]].event for name in num):
        found = _erring(found, known.amounts[0][0], times)
    return protected(layer, _dated(layer, num[0], found), num, den)


@method(measures=ANY, reads=("registers",), level="row")
def register_total(layers: Layers, *, of: str) -> Estimate:
    """Add up an amount of registers.

    Parameters
    ----------
    layers
        The city's layers.
    of
        An amount.

    Returns
    -------
    Estimate
        num = the amount, den = 1 per place. [as declared]

    Raises
    ------
    NoDataError
        No register gives it, or its values are a defect of the source.

    Notes
    -----
    The sum of the places that are known; nothing is put in for the others.
    """
    layer = registers_read(layers)
    known = known_amounts(layer, ((of,),))
    (amount,) = known.amounts
    note = PLACES_KNOWN if (known.unknown_share[known.n > 0] > 0).any() else ""
    return protected(
        layer, _dated(layer, of, _estimate(known, amount, np.ones_like(amount[:1]), note)), (of,)
    )


@method(measures=ANY, reads=("registers",), level="row")
def register_mean(layers: Layers, *, of: str, weight: str = RESIDENTS) -> Estimate:
    """Average an index of registers over residents, or over another amount.

    Parameters
    ----------
    layers
        The city's layers.
    of
        An index.
    weight
        Amount it is weighed by.

    Returns
    -------
    Estimate
        num = index x weight, den = weight. [as declared]

    Raises
    ------
    NoDataError
        No register gives one of them, or its values are a defect of the source.
    """
    layer = registers_read(layers)
    known = known_amounts(layer, (), (of, weight))
    product, whole = known.amounts
    return _dated(layer, of, _estimate(known, product, whole))


@method(measures="annual_rate", reads=("registers",), level="row")
def register_growth(layers: Layers, *, of: str) -> Estimate:
    """Measure the yearly growth of an amount between the earliest and the latest register that give it.

    Parameters
    ----------
    layers
        The city's layers.
    of
        An amount.

    Returns
    -------
    Estimate
        num = ln(latest / earliest), den = years between. [1, years]

    Raises
    ------
    NoDataError
        Registers give it for one year only.

    Notes
    -----
    Over the places both registers know, brought to one edition of codes, so that a border that moved is no growth. Places
    that neither lists are not unknown: the growth is of the listed ones.
    """
    layer = registers_read(layers)
    first, last = (layer.of(name).period for name in (f"{of}@{FIRST}", f"{of}@{LAST}"))
    years = [float(found[-1]) for found in (YEAR.findall(first), YEAR.findall(last)) if found]
    if len(years) < 2 or years[1] <= years[0]:  # noqa: PLR2004 - two dates
        raise NoDataError(f"registers give '{of}' for one year only")
    known = known_amounts(layer, ((f"{of}@{FIRST}",), (f"{of}@{LAST}",)))
    past, present = known.amounts
    both = (past > 0) & (present > 0)
    num = np.where(both, np.log(np.where(both, present, 1.0) / np.where(both, past, 1.0)), np.nan)
    found = _estimate(known, num, np.full_like(num[:1], years[1] - years[0]))
    found = replace(found, unknown_share=(known.n == 0).astype(np.float64), additive=False)
    return protected(layer, found, (f"{of}@{FIRST}",), (f"{of}@{LAST}",))


def amounts_read(one: Indicator) -> list[str]:
    """Return the amounts of registers an indicator reads, the numerator's first.

    Parameters
    ----------
    one
        The indicator.
    """
    named: list[str] = []
    for word in ("num", "of", "den", "weight"):
        given = one.options.get(word, [])
        named += [given] if isinstance(given, str) else given
    if one.method == "register_growth":
        named = [f"{one.options['of']}@{FIRST}", f"{one.options['of']}@{LAST}"]
    if one.method == "register_mean" and "weight" not in one.options:
        named.append(RESIDENTS)
    return list(dict.fromkeys(named))


def register_lineage(one: Indicator, layers: Layers) -> tuple[list[str], str, bool]:
    """Say which registers an indicator was made from, what time it is about, and whether residents are in it.

    Parameters
    ----------
    one
        The indicator.
    layers
        The city's layers.

    Returns
    -------
    tuple
        Ids of sources; the numerator's period, or a span for growth, empty where nothing is known; whether it reads the
        people of the cells.
    """
    layer, names = layers.registers, amounts_read(one)
    if layer is None:
        return [], "", False
    found = [layer.series[name] for name in names if name in layer.series]
    sources = list(dict.fromkeys(source for series in found for source in series.sources()))
    residents = RESIDENTS in names or any(series.of_residents for series in found)
    if not found:
        return sources, "", residents
    if one.method == "register_growth":
        return sources, f"{found[0].period}/{found[-1].period}", residents
    return sources, found[0].period, residents
