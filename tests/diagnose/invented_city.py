"""A small measured city: squares of 1 km, values as given, draws as given."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import shapely

from citiesforall.core.estimate import Estimate
from citiesforall.core.indicator import indicators
from citiesforall.core.inputs import Finished, Inputs
from citiesforall.core.tables import write_parquet
from citiesforall.core.units import unit
from citiesforall.diagnose.challenge_values import seen_of
from citiesforall.measure.draw_store import Answer, write_draws

CITY = "C"


def squares(columns, rows):
    """Return codes and polygons of a chessboard of places, 1 km each."""
    at = [(c, r) for r in range(rows) for c in range(columns)]
    codes = [f"{CITY}{r}{c}" for c, r in at]
    return codes, [shapely.box(1000 * c, 1000 * r, 1000 * c + 1000, 1000 * r + 1000) for c, r in at]


def make_places(columns, rows):
    """Return the places layer."""
    codes, shapes = squares(columns, rows)
    whole = shapely.union_all(shapes)
    return pd.DataFrame(
        {
            "place": [CITY, *codes],
            "name": [f"Place {code}" for code in (CITY, *codes)],
            "parent": [None, *[CITY] * len(codes)],
            "geometry": [shapely.to_wkb(one) for one in (whole, *shapes)],
        }
    )


def measured(folder, places, values, n_draws=1, statuses=None):
    """Write observations and draws.

    `values`: (indicator, group) -> {place: (share or value in SI, denominator)}; either may be an array of draws.
    """
    codes = list(places["place"])
    rows, answers = [], []
    for (key, group), by_place in values.items():
        num, den = np.zeros((n_draws, len(codes))), np.zeros((n_draws, len(codes)))
        for place, (value, of) in by_place.items():
            column = codes.index(place)
            den[:, column] = of
            num[:, column] = np.asarray(value) * of
        has = np.isin(codes, list(by_place))
        status = np.where(has, "ok", "missing").astype(object)
        for place, word in (statuses or {}).get((key, group), {}).items():
            status[codes.index(place)] = word
        answers.append(Answer(key, group, Estimate(num, den, np.full(len(codes), 40.0)), has, status))
        low, high = Estimate(num, den, np.full(len(codes), 40.0)).interval()
        per_si = unit(indicators()[key].unit).per_si
        for column, place in enumerate(codes):
            told = has[column]
            share = num[0, column] / den[0, column] * per_si if told else np.nan
            rows.append(
                {
                    "place": place, "group": group, "indicator": key, "version": 1, "period": "2025", "value": share,
                    "low": low[column] * per_si if told else np.nan, "high": high[column] * per_si if told else np.nan,
                    "num": num[0, column], "den": den[0, column], "n": 40.0, "status": status[column], "run": "r",
                }
            )  # fmt: skip
    write_parquet(pd.DataFrame(rows), folder / "observations.parquet")
    write_draws(folder, answers, codes, n_draws)


def city_of(tmp_path, places, values, n_draws=1, statuses=None):
    """Return what the diagnosis is handed, and what it sees."""
    for name in ("places", "measure", "cells"):
        (tmp_path / name).mkdir()
    write_parquet(places, tmp_path / "places" / "places.parquet")
    measured(tmp_path / "measure", places, values, n_draws, statuses)
    units = [code for code in places["place"] if code != CITY]
    cells = pd.DataFrame({"cell": np.arange(len(units)), "unit": units, "people": 100.0, "x": 0.0, "y": 0.0})
    write_parquet(cells, tmp_path / "cells" / "cells.parquet")
    write_parquet(cells[["cell", "unit", "people"]], tmp_path / "measure" / "cell_values.parquet")
    info = {"indicators": {}}
    done = {name: Finished(tmp_path / name, info) for name in ("places", "measure", "cells")}
    city = SimpleNamespace(sources={}, choices=SimpleNamespace(seed=1), weights={})
    return Inputs(city, {}, done=done), seen_of(tmp_path / "measure", places)
