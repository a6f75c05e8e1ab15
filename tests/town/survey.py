"""The survey of Little Town: 40 households in the tables of the households step, regular enough to work every sum by hand.

West: households 0 to 23, each of three (woman 30, man 32, child 10: a girl where the number is even), two adults, weight 10.
East: households 24 to 39, each of four (woman 30, man 32, woman 65 with disability, boy 8), three adults, weight 20.
Clusters are pairs of neighbours: 12 in stratum west, 8 in stratum east. So West counts 24 x 3 x 10 = 720 people and East
16 x 4 x 20 = 1280. The woman answers where the number is even, the man where it is odd.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from citiesforall.core.tables import write_parquet

WEST, H = 24, 40
I = np.arange(H)  # noqa: E741 - the number of a household in every sum
IS_WEST = I < WEST
WEIGHT = np.where(IS_WEST, 10.0, 20.0)
SIZE = np.where(IS_WEST, 3.0, 4.0)
#: Draw 1 doubles every weight, draw 2 leaves out the west, draw 3 the first cluster of the east.
REPLICATES = np.stack(
    [WEIGHT, 2 * WEIGHT, np.where(IS_WEST, 0.0, WEIGHT), np.where(np.isin(I, (24, 25)), 0.0, WEIGHT)]
)


def flag(condition) -> np.ndarray:
    """Return 1 where a condition holds, else 0."""
    return np.asarray(condition, dtype=float)


def unknown(values, where) -> np.ndarray:
    """Return values, nan at some households."""
    return np.where(np.isin(I, where), np.nan, values)


def tables() -> dict[str, pd.DataFrame]:
    """Return the four tables of the survey."""
    deprivations = np.where(IS_WEST, I % 3, np.where(I % 4 == 0, 3, 0)).astype(float)
    households = pd.DataFrame(
        {
            "household": [f"H{number:02d}" for number in I],
            "unit": np.where(IS_WEST, "KH990101", "KH990102"),
            "stratum": np.where(IS_WEST, "west", "east"),
            "cluster": [f"{number // 2:02d}" for number in I],
            "weight": WEIGHT, "size": SIZE, "adults": np.where(IS_WEST, 2.0, 3.0), "date": "2023-02-01",
            "improved_water": unknown(np.where(IS_WEST, I % 4 != 3, I % 2 == 0).astype(float), (0,)),
            "home_flooded_12m": flag(I < 12),
            "female_headed": flag(I < 12),
            "housing_cost_share": unknown(np.where(IS_WEST, 0.2, 0.4), (24,)),
            "slum_deprivations": deprivations, "slum": flag(deprivations > 0),
            "income_per_person_khr_month": I * 10_000.0,
            "idpoor": flag(I % 4 == 0), "renter": flag(I % 2 == 0),
            "electricity": np.full(H, np.nan),
        }
    )  # fmt: skip
    respondents = pd.DataFrame(
        {
            "sex": np.where(I % 2 == 0, "female", "male"), "age": np.where(I % 2 == 0, 30.0, 32.0), "disabled": 0.0,
            "migrant": flag(I % 5 == 0), "weight": WEIGHT * households["adults"],
            "safe_at_night": unknown(np.where(IS_WEST, I % 3 == 0, I % 2 == 0).astype(float), (39,)),
            "satisfied_with_life": np.where(IS_WEST, np.where(I % 2 == 0, 4.0, 6.0), 7.0),
            "commute_minutes": np.where(I % 2 == 0, np.where(IS_WEST, 20.0, 45.0), np.nan),
            "crime_victim_12m": flag(I % 10 == 0),
        }
    )  # fmt: skip
    return {
        "households": households,
        "respondents": respondents,
        "members": _members(),
        "threats": _threats(),
    }


def _members() -> pd.DataFrame:
    rows = []
    for i in I:
        rows.append((i, "female", 30, 0, 1, np.nan))
        rows.append((i, "male", 32, 0, 0, np.nan))
        if i < WEST:
            rows.append((i, "female" if i % 2 == 0 else "male", 10, 0, i < 12, i % 8 == 0))
        else:
            rows.append((i, "female", 65, 1, 1, np.nan))
            rows.append((i, "male", 8, 0, i % 4 == 0, i % 8 == 0))
    table = pd.DataFrame(
        rows, columns=["row", "sex", "age", "disabled", "health_cover", "out_of_school_6_14"]
    )
    numbers = ["age", "disabled", "health_cover", "out_of_school_6_14"]
    return table.assign(migrant=np.nan, **{name: table[name].astype(float) for name in numbers})


def _threats() -> pd.DataFrame:
    """Return three threats of every household; severity and likelihood are asked of those affected."""
    parts = [
        ("flood", "environmental", I < 12, np.where(I % 2 == 0, 3, 5), np.where(I % 2 == 0, 2, 4)),
        ("air_waste", "environmental", (I >= 8) & (I < 16), np.full(H, 2), np.full(H, 2)),
        ("crime", "personal", I < 0, np.full(H, 1), np.full(H, 1)),
    ]
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "row": I, "threat": threat, "dimension": dimension, "affected": flag(affected),
                    "severity": np.where(affected, severity, np.nan), "likelihood": np.where(affected, likelihood, np.nan),
                    "coping": "", "helped_by": "",
                }
            )
            for threat, dimension, affected, severity, likelihood in parts
        ],
        ignore_index=True,
    )  # fmt: skip


def write_layer(folder: Path) -> Path:
    """Write the tables as the households step leaves them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables().items():
        write_parquet(table, folder / f"{name}.parquet")
    np.save(folder / "replicates.npy", REPLICATES)
    return folder
