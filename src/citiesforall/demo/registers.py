"""Fills the registers: census, list of the poor, commune database, the Ministry's list of health centres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from citiesforall.demo.people import counts

if TYPE_CHECKING:
    from citiesforall.demo.shapes import Floats, Ints
    from citiesforall.demo.survey import Answers
    from citiesforall.demo.town import Town

REGISTER_ERROR_M, FAR_ERROR_M = 45.0, 180.0


def national(code: str) -> str:
    """Return a code as ministries write it: without the country."""
    return code.removeprefix("KH")


def _heads(town: Town) -> dict[str, list[str]]:
    return {
        "code": [national(code) for code in town.sangkats.codes],
        "sangkat": [name[0] for name in town.sangkats.names],
        "sangkat_km": [name[1] for name in town.sangkats.names],
    }


def census(town: Town, answers: Answers) -> pd.DataFrame:
    """Count the people of each sangkat, now and ten years ago."""
    n = town.sangkats.shapes.size
    inside = town.people.sangkat >= 0
    past = np.bincount(town.people.sangkat[inside], town.people.residents_past[inside], n)
    held = counts(town.people, n)
    return pd.DataFrame(
        {
            **_heads(town),
            "households": _per_sangkat(answers.sangkat, np.ones(answers.sangkat.size, bool), n),
            "people_2025": held["people"],
            "people_2015": np.round(past).astype(int),
        }
    )


def groups(town: Town) -> pd.DataFrame:
    """Count women, men and ages of each sangkat."""
    held = counts(town.people, town.sangkats.shapes.size)
    return pd.DataFrame({**_heads(town), **{key: value for key, value in held.items() if key != "people"}})


def poor_list(town: Town, answers: Answers, poor: Ints) -> pd.DataFrame:
    """Count households and persons on the list of the poor, as the Ministry publishes it."""
    n = town.sangkats.shapes.size
    size = np.bincount(town.people.household, minlength=answers.sangkat.size)
    table: dict[str, Any] = {**_heads(town), "date": "2024-07-01"}
    table["Total_HHs"] = _per_sangkat(answers.sangkat, np.ones(poor.size, bool), n)
    for number in (1, 2):
        own = poor == number
        table[f"Total_Poor_{number}_HHs"] = _per_sangkat(answers.sangkat, own, n)
        where = own & (answers.sangkat >= 0)
        table[f"Total_Poor_{number}_Persons"] = np.bincount(answers.sangkat[where], size[where], n).astype(
            int
        )
    for what in ("HHs", "Persons"):
        table[f"Total_Poor_12_{what}"] = table[f"Total_Poor_1_{what}"] + table[f"Total_Poor_2_{what}"]
    return pd.DataFrame(table)


def commune_database(town: Town, answers: Answers) -> pd.DataFrame:
    """Fill the yearly sheet of each sangkat, with the counting errors such sheets have."""
    rng = np.random.default_rng([town.plan.seed, 41])
    n = town.sangkats.shapes.size
    families = _per_sangkat(answers.sangkat, np.ones(answers.sangkat.size, bool), n)
    told = np.round(families * rng.normal(0.97, 0.04, n)).astype(int)
    mean = (
        np.bincount(answers.sangkat[answers.sangkat >= 0], answers.welfare[answers.sangkat >= 0], n)
        / families
    )
    people = counts(town.people, n)

    def share(level: float, slope: float) -> Floats:
        return 1 / (1 + np.exp(-(level + slope * mean + rng.normal(0, 0.15, n))))

    return pd.DataFrame(
        {
            **_heads(town),
            "year": 2024,
            "families": told,
            "families_piped_water": np.round(told * share(0.6, 1.4)).astype(int),
            "families_latrine": np.round(told * share(1.9, 1.3)).astype(int),
            "families_electricity": np.round(told * share(3.2, 1.0)).astype(int),
            "families_without_land_title": np.round(told * share(-1.1, -1.6)).astype(int),
            "families_flooded": np.round(told * _flooded(answers, n) * 0.3).astype(int),
            "children_6_14": np.round(people["age_0_14"] * 0.58).astype(int),
            "children_6_14_out_of_school": np.round(people["age_0_14"] * 0.58 * share(-2.9, -0.9)).astype(
                int
            ),
            "persons_with_disability": np.round(people["people"] * share(-3.6, -0.2)).astype(int),
            "crimes_reported": rng.poisson(people["people"] * 0.0016),
            "road_deaths": rng.poisson(people["people"] * 0.0001),
            "domestic_violence_families": rng.poisson(told * 0.006 * np.exp(-0.4 * mean)),
            "council_members": np.where(people["people"] > 6000, 9, 7),  # noqa: PLR2004 - larger councils
            "council_women": rng.integers(1, 4, n),
        }
    )


def _flooded(answers: Answers, n: int) -> Floats:
    """Return the share of households of each sangkat that live where the flood stands."""
    wet = _per_sangkat(answers.sangkat, answers.depth_m > 0, n)
    return np.asarray(wet / _per_sangkat(answers.sangkat, np.ones(answers.sangkat.size, bool), n))


def _per_sangkat(sangkat: Ints, which: Any, n: int) -> Ints:
    return np.bincount(sangkat[which & (sangkat >= 0)], minlength=n)


def health_register(town: Town) -> list[tuple[dict[str, Any], Floats]]:
    """List health centres as the Ministry's file does: displaced, one missing, one that OpenStreetMap lacks.

    Parameters
    ----------
    town
        The town.

    Returns
    -------
    list
        Properties and place of each. [m]
    """
    rng = np.random.default_rng([town.plan.seed, 42])
    known = [f for f in town.facilities if f.kind == "health_centre"]
    spare = [f for f in town.facilities if f.kind == "sangkat_hall"]
    listed = [(f.name, f.xy) for f in (known[:-1] if len(known) > 1 else known)]
    last = known[-1].xy
    far = max(
        spare,
        key=lambda f: min(float(np.hypot(*(f.xy - k.xy))) for k in known) if _served(town, f.xy) else -1.0,
    )
    listed.append(
        (("Old Market Health Center (invented)", "មណ្ឌលសុខភាពផ្សារចាស់ (ប្រឌិត)"), far.xy if spare else last)
    )
    rows = []
    for number, (name, xy) in enumerate(listed, start=1):
        error = rng.normal(0, FAR_ERROR_M if number == 2 else REGISTER_ERROR_M, 2)  # noqa: PLR2004 - one lies far off
        sangkat = int(town.sangkats.of(xy[None])[0])
        commune = national(town.sangkats.codes[sangkat])
        facts = {
            "PCODE": int(commune[:2]) if commune[:2].isdigit() else 99,
            "PNAME": f"{town.plan.name.plain} (invented)",
            "DCODE": commune[:4],
            "CCODE": commune,
            "CNAME": town.sangkats.names[sangkat][0],
            "ODCODE": "9901",
            "FACILITCOD": f"9901{number:02d}",
            "FACILITNAM": name[0].replace(" Health Center", "") if name else "",
            "COVERNAME": None,
        }
        rows.append((facts, town.plan.frame.out((xy + error)[None])[0]))
    return rows


def _served(town: Town, xy: Floats) -> bool:
    """Say whether a place is in the municipality, on the town's side of the river."""
    inside = bool(town.sangkats.of(xy[None])[0] >= 0)
    return inside and bool(xy[1] > float(town.plan.river.y(xy[:1])[0]))
