"""A small plan made by hand: three projects, two funds, three places, five years."""

from types import SimpleNamespace

import pandas as pd

from citiesforall.core.action import actions
from citiesforall.core.city import City
from citiesforall.plan.roadmap_tables import Plan

YEARS = (2027, 2028, 2029, 2030, 2031)
BUDGET = {
    "years": YEARS,
    "currency": "KHR",
    "khr_per_usd": 4100,
    "grade": "assumed",
    "funds": {
        "dm": {
            "title": "Municipality fund",
            "title_km": "មូលនិធិក្រុង",
            "tier": "DM",
            "capital": [410_000_000] * 5,
            "recurrent": [61_500_000] * 5,
        },
        "cs": {
            "title": "Sangkat fund",
            "tier": "CS",
            "capital": [82_000_000] * 5,
            "recurrent": [8_200_000] * 5,
        },
    },
}
CITY = City.model_validate(
    {
        "period": "2025",
        "place": {"code": "KH99", "name": "Krong Test", "name_km": "ក្រុងសាកល្បង", "invented": True},
        "budget": BUDGET,
    }
)
COLUMNS = (
    "item", "action", "place", "units", "start_year", "ready_year", "fund", "capital_usd", "om_usd", "people", "challenge",
)  # fmt: skip
ROWS = [
    # A post for 30,000 in 2027, ready 2028 with 9,000 a year; taps for 11,000 in 2028, 1,000 a year at once; a park in 2030.
    ("P001", "health_post", "KH9901", 1.0, 2027, 2028, "dm", 30_000.0, 9_000.0, 2_000.0, "health_care"),
    ("P002", "public_tap", "KH9902", 2.0, 2028, 2028, "cs", 11_000.0, 1_000.0, 500.0, "unsafe_water"),
    ("P003", "pocket_park", "KH9902", 1.0, 2030, 2030, "dm", 50_000.0, 1_500.0, 3_000.0, ""),
]


def items(rows=ROWS):
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    known = [actions()[key] for key in table["action"]]
    return table.assign(
        code=[one.code for one in known],
        site="",
        site_name=["Wat Leu", "", ""][: len(rows)],
        lon=104.0,
        lat=11.0,
        unit=[one.unit for one in known],
        tier=[one.tier for one in known],
        partner=[one.partner or "" for one in known],
        people_low=float("nan"),
        people_high=float("nan"),
        kept_share=0.9,
        grade=[one.grade for one in known],
        side=[one.side for one in known],
        dimension=[one.dimensions[0] for one in known],
        resettlement_risk=[one.resettlement_risk for one in known],
        gender_effect=[one.gender_effect for one in known],
        note="",
    )


def money(rows=ROWS, budget=CITY.budget):
    table = items(rows)
    said = []
    for year in YEARS:
        for fund, one in budget.funds.items():
            mine = table[table["fund"] == fund]
            for kind in ("capital", "recurrent"):
                limit = getattr(one, kind)[YEARS.index(year)] / budget.khr_per_usd
                spent = (
                    mine.loc[mine["start_year"] == year, "capital_usd"].sum()
                    if kind == "capital"
                    else mine.loc[mine["ready_year"] <= year, "om_usd"].sum()
                )
                said.append((year, fund, one.tier, kind, limit, spent, limit - spent))
    return pd.DataFrame(said, columns=["year", "fund", "tier", "kind", "limit_usd", "spent_usd", "left_usd"])


def plan(rows=ROWS):
    return Plan(items(rows), money(rows), CITY.budget, actions())


def observation(place, indicator, value, **more):
    return {
        "place": place, "group": "all", "indicator": indicator, "version": 1, "period": "2025", "value": value, "low": value - 2,
        "high": value + 2, "num": 1.0, "den": 1.0, "n": 1.0, "status": "ok", "run": "first", **more,
    }  # fmt: skip


BEFORE = pd.DataFrame(
    [
        observation("KH99", "health_centre_access", 60.0),
        observation("KH9901", "health_centre_access", 20.0),
        observation("KH9902", "health_centre_access", 90.0),
        observation("KH99", "drinking_water_point_access", 40.0),
        observation("KH9902", "drinking_water_point_access", 30.0),
        observation("KH99", "open_space_access", 10.0),
        observation("KH9902", "open_space_access", 0.0),
        observation("KH99", "water_insecurity", 25.0),
        observation("KH99", "pharmacy_access", 55.0),
        observation("KH9901", "births_with_skilled_help", float("nan"), status="missing"),
    ]
)
AFTER = pd.DataFrame(
    [
        observation("KH99", "health_centre_access", 70.0, before=60.0, how="measured"),
        observation("KH9901", "health_centre_access", 80.0, before=20.0, how="measured"),
        observation("KH9902", "health_centre_access", 90.0, before=90.0, how="measured"),
        observation("KH99", "drinking_water_point_access", 50.0, how="measured"),
        observation("KH9902", "drinking_water_point_access", 70.0, how="measured"),
        observation("KH99", "open_space_access", 30.0, how="stated"),
        observation("KH9902", "open_space_access", 40.0, how="stated"),
    ]
)


def given(folder, rows=ROWS, city=CITY):
    """Write what the plan step leaves, and return what a roadmap is handed."""
    items(rows).to_parquet(folder / "plan.parquet")
    money(rows).to_parquet(folder / "plan_money.parquet")
    AFTER.to_parquet(folder / "after.parquet")
    (folder / "plan.json").write_text('{"status": "optimal", "gap": 0.0, "people_once": 4200.0}')
    (folder / "measure").mkdir(exist_ok=True)
    BEFORE.to_parquet(folder / "measure" / "observations.parquet")
    places = pd.DataFrame(
        {
            "place": ["KH99", "KH9901", "KH9902"],
            "name": ["Krong Test", "Phsar Leu", "Ou Thmei"],
            "name_km": ["ក្រុងសាកល្បង", "ផ្សារលើ", None],
        }
    )
    places.to_parquet(folder / "measure" / "places.parquet")
    return SimpleNamespace(city=city, file=lambda step, name: folder / "measure" / name)
