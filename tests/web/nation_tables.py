"""A small nation as it is published: two provinces of two districts of two communes, squares side by side; one has no outline."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from citiesforall.core.tables import write_parquet

WEST, SOUTH, SIDE = 104.0, 11.0, 0.1
PROVINCES = ("KH01", "KH02")
DISTRICTS = tuple(f"{province}0{n}" for province in PROVINCES for n in (1, 2))
COMMUNES = tuple(f"{district}0{n}" for district in DISTRICTS for n in (1, 2))
LOST = "KH020202"
"""Has no outline."""
SHARE = "inadequate_housing"
CHALLENGES = ("unsafe_sanitation", "inadequate_housing", "air_pollution")


def small_nation(out: Path) -> Path:
    """Publish the nation and return its folder."""
    folder = out / "nation_kh"
    for name in ("common", "kinds", "options"):
        (folder / name).mkdir(parents=True)
    (folder / "nation.json").write_text(json.dumps(about()), "utf-8")
    tables = {
        "places": places(), "members": members(), "observations": observations(),
        "common/challenge_members": judged(), "common/common": common(), "common/priorities": priorities(),
        "kinds/kinds": kinds(), "kinds/member_kinds": member_kinds(), "kinds/kind_profile": profile(), "kinds/peers": peers(),
        "options/options": options(), "options/gaps": gaps(),
    }  # fmt: skip
    for name, table in tables.items():
        write_parquet(table, folder / f"{name}.parquet")
    return folder


def about():
    """Return what ``nation.json`` says."""
    city = {
        "code": "KH",
        "file": "registers.toml",
        "kind": "registers",
        "run": "abc",
        "period": "2022",
        "reaches": "diagnose",
    }
    return {
        "code": "KH", "name": "Small Nation", "name_km": "ប្រទេសតូច", "period": "2022", "invented": True,
        "counts": {"members": 4, "cities": 1, "failed": 1, "places": {}}, "failed": {"lost.toml": "its extract is not there"},
        "cities": [city],
    }  # fmt: skip


def places():
    """Return every place with its outline."""
    squares = {
        code: shapely.box(WEST + at * SIDE, SOUTH, WEST + (at + 1) * SIDE, SOUTH + SIDE)
        for at, code in enumerate(COMMUNES)
    }
    rows = []
    for code in ("KH", *PROVINCES, *DISTRICTS, *COMMUNES):
        level = {2: "nation", 4: "province", 6: "district", 8: "commune"}[len(code)]
        shape = shapely.union_all([square for key, square in squares.items() if key.startswith(code)])
        shape = None if code == LOST else shape
        rows.append(
            {
                "place": code, "name": "Small Nation" if level == "nation" else f"{level.title()} {code[2:]}",
                "name_km": None if level == "commune" else f"ខ្មែរ {code[2:]}", "level": level,
                "parent": None if level == "nation" else code[:-2], "geometry": None if shape is None else shapely.to_wkb(shape),
                "x": np.nan if shape is None else shape.centroid.x, "y": np.nan if shape is None else shape.centroid.y,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def members():
    """Return the members: the districts."""
    n = len(DISTRICTS)
    return pd.DataFrame(
        {
            "member": DISTRICTS, "name": [f"District {code[2:]}" for code in DISTRICTS], "name_km": None, "level": "district",
            "parent": [code[:4] for code in DISTRICTS], "city": "KH", "place": DISTRICTS, "kind": "registers", "part_of": "",
            "invented": True, "people": [1000.0, 2000.0, 3000.0, np.nan], "people_status": ["ok"] * (n - 1) + ["missing"],
            "area_m2": 1e8, "reaches": "diagnose",
        }
    )  # fmt: skip


def observations():
    """Return people and one share at every level; the last commune is unknown, one district is withheld."""
    rows = []
    for number, code in enumerate(("KH", *PROVINCES, *DISTRICTS, *COMMUNES)):
        people = sum(100.0 * (at + 1) for at, one in enumerate(COMMUNES) if one.startswith(code))
        rows.append(_row(code, "population", people, people, people, "ok", 1.0))
        share = 5.0 * number
        status = "missing" if code == LOST else "suppressed" if code == "KH0102" else "modelled"
        rows.append(_row(code, SHARE, share, share - 2, share + 2, status, 0.8 if len(code) < 8 else 1.0))
    return pd.DataFrame(rows)


def _row(place, indicator, value, low, high, status, coverage):
    has = status not in {"missing", "suppressed"}
    return {
        "place": place, "group": "all", "indicator": indicator, "version": 1, "period": "2022",
        "value": value if has else np.nan, "low": low if has else np.nan, "high": high if has else np.nan, "num": np.nan,
        "den": np.nan, "n": np.nan, "status": status, "run": "abc", "coverage_people": coverage, "coverage_places": coverage,
        "basis": "registers", "quality": "modelled",
    }  # fmt: skip


def judged():
    """Return who has which challenge; nobody knows the air."""
    rows = []
    for at, challenge in enumerate(CHALLENGES):
        for number, member in enumerate(DISTRICTS):
            severity = (
                np.nan
                if challenge == "air_pollution" or (at == 1 and number == 3)
                else 20.0 * (number + 1) - 5 * at
            )
            rows.append(
                {
                    "challenge": challenge, "dimension": "health", "member": member, "severity": severity, "low": severity - 3,
                    "high": severity + 3, "people": 10.0 * severity, "people_low": 9.0 * severity, "people_high": 11.0 * severity,
                    "has": None if np.isnan(severity) else severity >= 30, "rank": np.nan, "indicator": SHARE,
                    "basis": "registers", "confidence": "low", "status": "missing" if np.isnan(severity) else "modelled",
                    "note": "",
                }
            )  # fmt: skip
    return pd.DataFrame(rows).astype({"has": "boolean"})


def common():
    """Return the common challenges."""
    table = judged()
    rows = []
    for rank, challenge in enumerate(CHALLENGES, start=1):
        known = table[(table["challenge"] == challenge) & table["severity"].notna()]
        is_known = len(known) > 0
        severity = known["severity"].mean()
        rows.append(
            {
                "challenge": challenge, "dimension": "health", "members_judged": len(known),
                "members_with": int(known["has"].sum()), "members_all": 4, "people_judged": 6000.0 if is_known else np.nan,
                "people": known["people"].sum() if is_known else np.nan, "people_low": 900.0, "people_high": 3000.0,
                "severity": severity, "severity_low": severity - 2, "severity_high": severity + 2,
                "rank": float(rank) if is_known else np.nan, "rank_low": 1.0, "rank_high": 2.0, "chance_top3": 1.0 if is_known else np.nan,
                "coverage_people": 1.0 if is_known else 0.0, "confidence": "low", "note": "",
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def priorities():
    """Return the priorities of nation and provinces."""
    return pd.DataFrame(
        [
            {
                "level": level, "place": place, "challenge": challenge, "rank": float(rank), "rank_low": 1.0, "rank_high": 2.0,
                "chance_first": 0.75 if rank == 1 else 0.25, "chance_top3": 1.0, "people": 1500.0, "severity": 50.0,
            }
            for level, place in (("nation", "KH"), ("province", "KH01"), ("province", "KH02"))
            for rank, challenge in enumerate(CHALLENGES[:2], start=1)
        ]
    )  # fmt: skip


def kinds():
    """Return two kinds."""
    return pd.DataFrame(
        {
            "kind": ["K1", "K2"], "label": ["", ""], "members": [2, 2], "people": [3000.0, 3000.0], "stability": [0.9, 0.7],
            "silhouette": [0.4, 0.3],
        }
    )  # fmt: skip


def member_kinds():
    """Return who is of which kind."""
    return pd.DataFrame(
        {"member": DISTRICTS, "kind": ["K1", "K1", "K2", "K2"], "chance": 0.8, "second_kind": ["K2", "K2", "K1", "K1"]}
    )  # fmt: skip


def profile():
    """Return what makes the kinds apart."""
    return pd.DataFrame(
        {
            "kind": ["K1", "K2"], "feature": SHARE, "value": [20.0, 30.0], "nation_value": 25.0, "z": [-1.0, 1.0],
        }
    )  # fmt: skip


def peers():
    """Return one peer that does better."""
    return pd.DataFrame(
        [
            {
                "member": "KH0201", "peer": "KH0202", "order": 1, "distance": 0.5, "challenge": CHALLENGES[0], "indicator": SHARE,
                "own": 25.0, "own_low": 23.0, "own_high": 27.0, "peer_value": 20.0, "peer_low": 18.0, "peer_high": 22.0,
                "difference": -5.0, "chance_better": 0.95,
            }
        ]
    )  # fmt: skip


def options():
    """Return one action that plans chose."""
    return pd.DataFrame(
        [
            {
                "challenge": CHALLENGES[0], "action": "sewer", "plans": 1, "plans_all": 2, "units": 12.0, "unit": "km",
                "capital_usd": 1e6, "capital_low_usd": 8e5, "capital_high_usd": 1.3e6, "om_usd": 2e4, "om_low_usd": 1e4,
                "om_high_usd": 3e4, "people": 900.0, "people_low": 800.0, "people_high": 950.0, "grade": "literature",
                "status": "estimated", "note": "",
            }
        ]
    )  # fmt: skip


def gaps():
    """Return one gap of money."""
    row = {
        "kind": "finance",
        "challenge": CHALLENGES[0],
        "action": "sewer",
        "members": 3,
        "people": 500.0,
        "usd": 4e5,
        "note": "",
    }
    return pd.DataFrame([row])
