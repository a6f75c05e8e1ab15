"""Times the evidence of a survey: 90 indicators x 45 sangkats x 8 groups x 201 draws; run as a module it is the engine itself."""

# libraries are loaded where they are used, so that whoever only asks for the lines stays small
# ruff: noqa: PLC0415
from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from benchmarks.race import MAXRSS_BYTES, Row, middle, process

if TYPE_CHECKING:
    import pandas as pd

    from citiesforall.measure.survey_layer import Survey

SANGKATS, DISTRICTS, HOUSEHOLDS, DRAWS, INDICATORS = 45, 5, 45, 201, 90
GROUPS = ("all", "women", "men", "age_60_up", "disabled", "idpoor", "renters", "women_idpoor")
MOST_S, MOST_MB = 5.0, 1_500.0
OF = ("people", "respondents", "members")


def rows(rounds: int) -> Iterator[Row]:
    """Time the engine, each round in a process of its own."""
    laps = [process([sys.executable, "-m", "benchmarks.evidence"]) for _ in range(rounds)]
    seconds, peak_mb = middle(laps, "measure_s"), middle(laps, "measure_mb")
    yield Row(
        part="E",
        what=f"{INDICATORS} survey indicators x {SANGKATS} sangkats x {len(GROUPS)} groups x {DRAWS} draws, "
        f"{SANGKATS * HOUSEHOLDS:,} households: amounts, intervals, what is withheld, models, observations",
        ours_s=seconds,
        ours_mb=peak_mb,
        target=f"under {MOST_S:.0f} s, under {MOST_MB:,.0f} MB",
        met=seconds < MOST_S and peak_mb < MOST_MB,
        rounds=rounds,
        all_s={"ours": [lap.said["measure_s"] for lap in laps]},
    )


def invented() -> tuple[Survey, pd.DataFrame]:
    """Return an invented survey with an answer for every indicator, and its places."""
    import numpy as np
    import pandas as pd

    from citiesforall.measure.survey_load import make_survey

    rng = np.random.default_rng(1)
    units = [f"U{number:02d}" for number in range(SANGKATS)]
    above = [f"D{number}" for number in range(DISTRICTS)]
    parents = [None, *["C"] * DISTRICTS, *(above[number % DISTRICTS] for number in range(SANGKATS))]
    places = pd.DataFrame({"place": ["C", *above, *units], "parent": parents})
    H = SANGKATS * HOUSEHOLDS
    of = np.repeat(np.arange(SANGKATS), HOUSEHOLDS)
    chance = (1 / (1 + np.exp(-rng.normal(-0.8, 0.5, SANGKATS))))[of]
    size = rng.integers(1, 9, H)
    row = np.repeat(np.arange(H), size)

    def persons(n: int) -> dict[str, Any]:
        return {
            "sex": rng.choice(["female", "male"], n), "age": rng.integers(0, 80, n).astype(float),
            "disabled": (rng.random(n) < 0.1).astype(float), "migrant": (rng.random(n) < 0.2).astype(float),
        }  # fmt: skip

    def answers(name: str, likely: Any) -> dict[str, Any]:
        return {
            f"{name}_{number}": (rng.random(likely.size) < likely).astype(float)
            for number in range(INDICATORS // len(OF))
        }

    households = pd.DataFrame(
        {
            "household": [f"H{number:05d}" for number in range(H)], "unit": [units[one] for one in of],
            "stratum": [f"S{one % DISTRICTS}" for one in of], "cluster": [str(number // 9) for number in range(H)],
            "weight": rng.gamma(5, 1, H), "size": size.astype(float), "adults": rng.integers(1, 4, H).astype(float),
            "idpoor": (rng.random(H) < 0.3).astype(float), "renter": (rng.random(H) < 0.3).astype(float),
            **answers("people", chance),
        }
    )  # fmt: skip
    tables = {
        "households": households,
        "respondents": pd.DataFrame({**persons(H), **answers("respondents", chance)}),
        "members": pd.DataFrame({"row": row, **persons(row.size), **answers("members", chance[row])}),
    }
    weights = households["weight"].to_numpy() * rng.gamma(4, 0.25, (DRAWS, H))
    weights[0] = households["weight"]
    return make_survey(tables, weights, places, "1/bench"), places


def main() -> None:
    """Measure every indicator for every group once, and say how long it took and how much it held."""
    import numpy as np

    from citiesforall.core.group import groups
    from citiesforall.core.indicator import Indicator
    from citiesforall.measure import methods
    from citiesforall.measure.asked import bind_asked
    from citiesforall.measure.layers import Layers
    from citiesforall.measure.run import columns, measure_one, observations

    assert methods.MODULES
    survey, places = invented()
    R = len(places)
    layers = Layers(
        "all", np.ones((1, 1)), None, 1.0, 1.0, {}, np.ones(1, bool), np.zeros(1), {}, np.array([0]),
        np.ones((R, 1), bool), survey=survey,
    )  # fmt: skip
    declared = [
        Indicator.model_validate(
            {
                "id": f"{of}_{number}", "title": "t", "meaning": "m", "dimension": "city", "unit": "%", "better": "higher",
                "method": "survey_share", "with": {"answer": f"{of}_{number}", "of": of},
            }
        )
        for of in OF for number in range(INDICATORS // len(OF))
    ]  # fmt: skip
    facts = {"periods": {one.id: "2025" for one in declared}, "run": "bench", "estimated": frozenset()}
    begun = time.perf_counter()
    bound = bind_asked(layers, groups())
    found = [(measure_one(bound[group], one), one) for one in declared for group in GROUPS]
    table = observations([columns(answer, one, list(places["place"]), facts) for answer, one in found])
    seconds = time.perf_counter() - begun
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_BYTES / 1e6
    kept = sum(
        answer.estimate.num.nbytes + answer.estimate.den.nbytes for answer, _ in found if answer.estimate
    )
    said = {"measure_s": seconds, "measure_mb": peak_mb, "rows": len(table), "draws_mb": kept / 1e6}
    print(json.dumps(said | {"status": table["status"].value_counts().to_dict()}))


if __name__ == "__main__":
    main()
