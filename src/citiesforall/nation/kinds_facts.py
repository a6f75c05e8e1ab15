"""What members are compared by: how large, dense and fast growing; how severe each challenge is, by one measure for all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from citiesforall.core.challenge import challenges
from citiesforall.core.estimate import Floats
from citiesforall.nation.given import CityRun
from citiesforall.nation.kinds_choice import Facts

PEOPLE, DENSITY, GROWTH = "people", "density", "growth"
SETTING = (PEOPLE, DENSITY, GROWTH)
"""Features of what a member is; the others say what it suffers."""
LEAST_MEMBERS = 0.5
"""Share of the members that must know a feature (ours)."""
LEAST_KNOWN = 0.75
"""Share of the features, by weight, that a member must know to be compared (ours): two members then share half at least."""
M2_PER_KM2 = 1e6
POPULATION_DENSITY = "population_density"
OF_WHOLE = "of_whole"


def facts_of(
    members: pd.DataFrame, matrix: pd.DataFrame, counted: Sequence[bool], cities: Sequence[CityRun]
) -> tuple[Facts, dict[str, str]]:
    """Return what members are compared by.

    Parameters
    ----------
    members
        The members' table, sorted by code. (M)
    matrix
        Every measure of every challenge in every member.
    counted
        False for a member that is a part of others: it is put to the nearest kind but makes none. (M)
    cities
        For their growth.

    Returns
    -------
    tuple
        The facts of members that know enough; and feature -> indicator it is measured by, empty for what is no challenge.

    Notes
    -----
    Half of all weight goes to what a member is (size, density, growth), half to what it suffers, divided evenly: the many
    features of one model do not outvote the others. A challenge is compared by the one measure that most members have, of several
    the one that leads most often, never by different ones. Scores of dimensions rest on the same indicators and would count them
    twice.
    """
    names, columns, by = _settings(members, cities)
    for challenge, key, values in _severities(members, matrix):
        names.append(challenge)
        columns.append(values)
        by[challenge] = key
    stacked = np.stack(columns, axis=-1) if columns else np.empty((3, len(members), 0))
    keep = [at for at in range(stacked.shape[2]) if _useful(stacked[0, :, at])]
    names, stacked = [names[at] for at in keep], stacked[:, :, keep]
    weights = weights_of(names)
    enough = np.isfinite(stacked[0]) @ weights >= LEAST_KNOWN if names else np.zeros(len(members), bool)
    codes = tuple(str(code) for code in members["member"][enough])
    core = np.flatnonzero(np.asarray(counted, bool)[enough])
    value, low, high = stacked[:, enough]
    facts = Facts(codes, tuple(names), value, low, high, weights, core)
    return facts, {name: by.get(name, "") for name in names}


def weights_of(names: Sequence[str]) -> Floats:
    """Return the weights of features: half to what a member is, half to what it suffers. (F,)

    Parameters
    ----------
    names
        Of the features.
    """
    setting = np.array([name in SETTING for name in names], bool)
    sizes = np.where(setting, setting.sum(), (~setting).sum()).astype(np.float64)
    kinds = 1 + bool(setting.any() and not setting.all())
    return np.asarray(1.0 / (kinds * np.maximum(sizes, 1.0)))


def _useful(values: Floats) -> bool:
    """Say whether enough members know a feature, and not all the same."""
    known = np.isfinite(values)
    return bool(known.mean() >= LEAST_MEMBERS and np.ptp(values[known]) > 0)


def _settings(
    members: pd.DataFrame, cities: Sequence[CityRun]
) -> tuple[list[str], list[Floats], dict[str, str]]:
    """Return people, density and growth; logarithms of the first two. Columns are value, low, high. (3, M)"""
    people = members["people"].to_numpy(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = [np.log(people), np.log(_density(members, cities))]
    columns = [
        np.stack([np.where(np.isfinite(one), one, np.nan), *np.full((2, one.size), np.nan)]) for one in logs
    ]
    return list(SETTING), [*columns, _growth(members, cities)], {}


def _density(members: pd.DataFrame, cities: Sequence[CityRun]) -> Floats:
    """Return people per square kilometre: by area, else as measured where only a part's area is known. (M,)"""
    out = (members["people"] / (members["area_m2"] / M2_PER_KM2)).to_numpy(np.float64, copy=True)
    place = _places(members)
    lacking = set(members.loc[~np.isfinite(members["area_m2"]), "city"].astype(str))
    wanted = [("indicator", "=", POPULATION_DENSITY), ("group", "=", "all")]
    for city in cities:
        path = city.folder / "observations.parquet"
        if city.code not in lacking or not path.is_file():
            continue
        table = pq.read_table(path, columns=["place", "period", "value"], filters=wanted).to_pandas()
        for row in table.dropna().sort_values("period", kind="stable").itertuples(index=False):
            at = place.get((city.code, str(row.place)), -1)
            if at >= 0 and not np.isfinite(members["area_m2"].iloc[at]):
                out[at] = row.value
    return out


def _places(members: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Return the position of each member by its city and place."""
    pairs = zip(members["city"], members["place"], strict=True)
    return {(str(city), str(code)): at for at, (city, code) in enumerate(pairs)}


def _growth(members: pd.DataFrame, cities: Sequence[CityRun]) -> Floats:
    """Return the yearly growth of people where it was measured of the member itself, not of a larger whole. (3, M)"""
    out = np.full((3, len(members)), np.nan)
    place = _places(members)
    for city in cities:
        path = city.folder / "diagnose" / "growth.parquet"
        if not path.is_file():
            continue
        columns = ["place", "rate", "low", "high", "note"]
        rows = pq.read_table(path, columns=columns, filters=[("quantity", "=", PEOPLE)]).to_pylist()
        for row in rows:
            at = place.get((city.code, str(row["place"])))
            if at is not None and OF_WHOLE not in str(row["note"]).split():
                out[:, at] = [row[name] for name in ("rate", "low", "high")]
    return out


def _severities(members: pd.DataFrame, matrix: pd.DataFrame) -> list[tuple[str, str, Floats]]:
    """Return each challenge by the measure that most members have: id, indicator, severity with its ends. (3, M)"""
    to = {str(code): at for at, code in enumerate(members["member"])}
    known = matrix[matrix["member"].isin(list(to))]
    found = []
    for challenge, rows in known.groupby("challenge", sort=True):
        counts = rows["indicator"].value_counts()
        leads = rows.drop_duplicates("member")["indicator"].value_counts()
        order = challenges()[str(challenge)].measures
        key = order[_first_most([(counts.get(one, 0), leads.get(one, 0)) for one in order])]
        mine = rows[rows["indicator"] == key]
        values = np.full((3, len(members)), np.nan)
        at = mine["member"].map(to).to_numpy(np.int64)
        values[:, at] = mine[["severity", "severity_low", "severity_high"]].to_numpy(np.float64).T
        found.append((str(challenge), key, values))
    return found


def _first_most(pairs: Sequence[tuple[int, int]]) -> int:
    """Return the position of the first of the largest pairs."""
    return pairs.index(max(pairs))
