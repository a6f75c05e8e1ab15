"""The published numbers of a city, changed or not, from layers in memory; and how two sets of them differ."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.errors import InputError
from citiesforall.core.group import groups
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.core.inputs import Finished, Inputs
from citiesforall.gather.street_amounts import street_facts
from citiesforall.measure import methods
from citiesforall.measure.asked import bind_groups
from citiesforall.measure.layers import Layers
from citiesforall.measure.lineage import columns_read, made_from
from citiesforall.measure.load import Draws, make_layers
from citiesforall.measure.method import METHODS
from citiesforall.measure.register_layer import registers_of
from citiesforall.measure.run import columns, measure_all, observations, walks_to
from citiesforall.whatif.city import CityLayers

assert methods.MODULES, "importing them registers the methods"
KEY = ["place", "group", "indicator"]
TOLD = ("value", "num", "den", "n", "status")
BOUNDS = ("low", "high")
ASKED = frozenset({"households", "scorecards"})
"""Layers no scenario changes."""
OF_STREETS = frozenset({"street_m", "street_land_m2", "intersections"})
OF_SPACE = frozenset({"open_m2"})
TEXT = pd.StringDtype(na_value=np.nan)
Floats = npt.NDArray[np.float64]
Walks = tuple[Mapping[str, npt.NDArray[Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Bound:
    """Hold what indicators are measured on.

    Parameters
    ----------
    layers
        Of everybody.
    groups
        Group -> layers bound to it.
    codes
        Of the result rows. (R)
    facts
        What rows carry: ``periods``, ``run``, ``estimated``.
    """

    layers: Layers
    groups: Mapping[str, Layers]
    codes: list[str]
    facts: dict[str, Any]


def declared() -> dict[str, Indicator]:
    """Return every indicator that a scenario can change."""
    return {key: one for key, one in indicators().items() if not ASKED & set(METHODS[one.method].reads)}


def affected(among: Mapping[str, Indicator], touched: Collection[str], kinds: Collection[str]) -> list[str]:
    """Return the indicators that a change may reach.

    Parameters
    ----------
    among
        Indicators by id.
    touched
        Layers that differ.
    kinds
        Kinds of facility that differ.
    """
    layers, found = set(touched), []
    for key, one in among.items():
        reads, columns_of = set(METHODS[one.method].reads), set(columns_read(one))
        walks = bool(set(walks_to(one)) & set(kinds))
        streets = "streets" in layers and bool(reads & {"streets", "facilities"} or OF_STREETS & columns_of)
        space = "open_space" in layers and bool(OF_SPACE & columns_of)
        people = "people" in layers and bool(reads & {"cells", "registers"})
        if walks or streets or space or people:
            found.append(key)
    return found


def bind(
    given: Inputs, city: CityLayers, walks: Walks | None, n_draws: int, keys: Collection[str] | None = None
) -> Bound:
    """Make the layers that indicators are measured on, as ``measure`` does, from layers in memory.

    Parameters
    ----------
    given
        The city and its finished steps.
    city
        Its layers, changed or not.
    walks
        Arrays and what is said of each kind, as `network.walks.find_walks` returns them.
    n_draws
        S; 1 for the published numbers only.
    keys
        Indicators that will be measured; all where None.
    """
    given = _told(given, city)
    choices, people = given.city.choices, given.city.of("people")[0]
    known = {
        "walk_m_s": choices.walk_m_s,
        "years": given.done["cells"].info.get("years", {}),
        "facts": given.done["streets"].info.get("facts", {}) if "streets" in given.done else {},
    }
    air = [(use.id, use.error) for use in given.city.of("pm25") if use.error is not None]
    drawn = {"pm25_ug_m3": air[-1]} if air else {}
    draws = Draws(n_draws, choices.seed, people.id, people.error, drawn)
    layers, codes = make_layers(city.ground.places, city.cells, walks, draws, known)
    if "registers" in given.done and (
        keys is None or any("registers" in METHODS[declared()[key].method].reads for key in keys)
    ):
        layers = replace(
            layers, registers=registers_of(given, city.ground.places, layers.rows(layers.people))
        )
    speeds = {"walk_m_s": choices.walk_m_s, "slow_walk_m_s": choices.slow_walk_m_s}
    said = {
        key: made_from(one, layers, given) for key, one in declared().items() if keys is None or key in keys
    }
    facts = {
        "periods": {key: one["period"] for key, one in said.items()},
        "run": given.run,
        "estimated": frozenset(key for key, one in said.items() if one["estimated"]),
    }
    return Bound(layers, bind_groups(layers, groups(), speeds)[0], codes, facts)


def _told(given: Inputs, city: CityLayers) -> Inputs:
    """Return the city with what its changed steps remember."""
    done = dict(given.done)
    for name in city.touched & done.keys() & city.info.keys():
        done[name] = Finished(done[name].folder, city.info[name])
    if "streets" in city.touched and city.streets is not None:
        facts = street_facts(city.streets, given.city.of("streets")[0])
        done["streets"] = Finished(done["streets"].folder, {**given.done["streets"].info, "facts": facts})
    return replace(given, done=done)


def table_of(bound: Bound, keys: Iterable[str]) -> pd.DataFrame:
    """Measure some indicators for every group, by the ordinary methods.

    Parameters
    ----------
    bound
        From `bind`.
    keys
        Indicators, at least one.

    Returns
    -------
    pandas.DataFrame
        Observations.
    """
    among = declared()
    chosen = {key: among[key] for key in keys}
    found = [
        columns(one, chosen[one.indicator], bound.codes, bound.facts)
        for one in measure_all(bound.layers, chosen, bound.groups)
    ]
    bound.layers.memo.clear()
    return observations(found)


def differences(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the observations that differ, before and after.

    Parameters
    ----------
    before, after
        Observations of the same indicators.

    Returns
    -------
    pandas.DataFrame
        ``place, group, indicator, before, after, difference`` [declared unit], ``num, den, n, status`` after, the same before
        as ``num_before`` ..., and ``low, high`` of the value after; sorted as observations are.

    Raises
    ------
    InputError
        The two are not of the same indicators, groups and places.
    """
    if len(before) != len(after) or not all(
        (before[name].to_numpy() == after[name].to_numpy()).all() for name in KEY
    ):
        raise InputError(
            "what if: the city before and after has other places or groups. Gather it anew, then ask again."
        )
    return compared(*({name: table[name].to_numpy() for name in table.columns} for table in (before, after)))


def compared(before: Mapping[str, npt.NDArray[Any]], after: Mapping[str, npt.NDArray[Any]]) -> pd.DataFrame:
    """Put numbers before and after side by side, and keep the rows that differ.

    Parameters
    ----------
    before
        Columns of `KEY` and of `TOLD`, and ``low, high`` where they are known.
    after
        Columns of `TOLD`, and ``low, high``, in the same order.
    """
    differs = np.asarray(before["status"] != after["status"], dtype=bool)
    for name in (*TOLD[:-1], *(BOUNDS if "low" in before else ())):
        differs |= unlike(before[name].astype(np.float64), after[name].astype(np.float64))
    at = np.flatnonzero(differs)
    unknown = np.full(at.size, np.nan)
    told = [
        *[words(before[name][at]) for name in KEY],
        *[words(one["status"][at]) for one in (after, before)],
    ]
    numbers = [np.array([one[name][at] for name in TOLD[:-1]], np.float64) for one in (before, after)]
    bounds = [[one[name][at] if name in one else unknown for name in BOUNDS] for one in (before, after)]
    return beside(told, (numbers[0], numbers[1]), (bounds[0], bounds[1]))


def unlike(old: Floats, new: Floats) -> npt.NDArray[np.bool_]:
    """Say which numbers differ; of two unknown ones nobody can say."""
    differs: npt.NDArray[np.bool_] = (old != new) & ~(np.isnan(old) & np.isnan(new))
    return differs


def beside(
    told: Sequence[Any], numbers: tuple[Floats, Floats], bounds: tuple[Sequence[Floats], Sequence[Floats]]
) -> pd.DataFrame:
    """Make the table of what differs.

    Parameters
    ----------
    told
        Place, group, indicator, status after and status before, as columns of words.
    numbers
        ``value, num, den, n`` before, and after. (4, rows) each
    bounds
        ``low, high`` before, and after.
    """
    (was, *amounts_before), (is_, *amounts) = numbers
    said: dict[str, Any] = dict(zip(KEY, told[:3], strict=True))
    said |= {"before": was, "after": is_, "difference": is_ - was}
    said |= dict(zip((*BOUNDS, *TOLD[1:-1]), (*bounds[1], *amounts), strict=True))
    said["status"] = told[3]
    said |= {f"{name}_before": one for name, one in zip(TOLD[1:-1], amounts_before, strict=True)}
    said["status_before"] = told[4]
    said |= {f"{name}_before": one for name, one in zip(BOUNDS, bounds[0], strict=True)}
    return pd.DataFrame(said, copy=False)


def words(texts: Iterable[str]) -> Any:
    """Return texts as a column of a table, from which others are picked quickly."""
    return pd.array(list(texts), dtype=TEXT)


def nothing() -> pd.DataFrame:
    """Return the differences of cities that do not differ."""
    empty = {name: np.zeros(0) for name in (*TOLD[:-1], *BOUNDS)}
    words = {name: np.zeros(0, dtype=object) for name in (*KEY, "status")}
    return compared({**empty, **words}, {**empty, **words})
