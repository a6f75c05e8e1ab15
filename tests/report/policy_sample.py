"""Finished tables of small made-up nations, in the columns that the steps of a nation write."""

import json
from pathlib import Path

import pandas as pd
import shapely

from citiesforall.core.nation import Nation
from citiesforall.core.tables import write_parquet
from citiesforall.report.policy_evidence import CityShown, NationEvidence, read_nation_evidence

CHALLENGES = {
    "unsafe_sanitation": ("health", "families_improved_latrine", 70.0),
    "poverty": ("economic", "idpoor_households", 40.0),
    "outgrown_services": ("community", "residents_per_health_centre", 35.0),
}
"""Challenge -> dimension, leading indicator, severity in the nation."""
UNCOUNTED = "outgrown_services"
PEOPLE, PERIOD, DEGREE = 61_234.5, "2022", 0.1
NAN = float("nan")


def places_of(provinces: int, each: int) -> list[tuple[str, str]]:
    """Return member and parent, two digits a level."""
    return [
        (f"KH{p:02d}{m:02d}", f"KH{p:02d}") for p in range(1, provinces + 1) for m in range(1, each + 1)
    ] or [(f"KH99{m:02d}", "KH") for m in range(1, each + 1)]


def tables(provinces: int = 2, each: int = 3, *, plans: int = 1, invented: bool = False) -> dict[str, dict]:
    """Return step -> table -> rows; without provinces the members are of the nation itself."""
    members = places_of(provinces, each)
    upper = sorted({parent for _, parent in members} - {"KH"})
    made = {
        "members": {"members": _members(members, invented), "places": _places(members, upper)},
        "rollup": {"observations": _observations(members, upper), "within_between": _within()},
        "common": _common(members, upper),
        "kinds": _kinds(members),
        "options": _options(plans),
        "rounds": _rounds(members),
    }
    return {step: {name: pd.DataFrame(rows) for name, rows in found.items()} for step, found in made.items()}


def _members(members, invented):
    return [
        {
            "member": code, "name": f"Town {code}", "name_km": f"ក្រុង {code}" if at else None, "level": "district",
            "parent": parent, "city": "KH", "place": code, "kind": "streets" if invented or at == 0 else "registers",
            "part_of": "", "invented": invented, "people": PEOPLE * (at + 1), "people_status": "estimated",
            "area_m2": 1e8, "reaches": "plan" if at == 0 else "diagnose",
        }
        for at, (code, parent) in enumerate(members)
    ]  # fmt: skip


def _box(at):
    x, y = 104.0 + DEGREE * (at % 3), 12.0 + DEGREE * (at // 3)
    return shapely.box(x, y, x + DEGREE, y + DEGREE)


def _places(members, upper):
    shapes = {code: _box(at) for at, (code, _) in enumerate(members)}
    inside = {
        one: shapely.union_all([shapes[code] for code, parent in members if parent == one]) for one in upper
    }
    whole = shapely.union_all(list(shapes.values()))
    rows = [("KH", "Nation", "ប្រទេស", "nation", None, whole)]
    rows += [(one, f"Province {one}", f"ខេត្ត {one}", "province", "KH", inside[one]) for one in upper]
    rows += [(code, f"Town {code}", None, "district", parent, shapes[code]) for code, parent in members]
    names = ("place", "name", "name_km", "level", "parent", "geometry")
    return [dict(zip(names, row[:5], strict=False)) | {"geometry": shapely.to_wkb(row[5])} for row in rows]


def _observations(members, upper):
    codes = ["KH", *upper, *(code for code, _ in members)]
    rows = []
    for challenge, (_, indicator, severity) in CHALLENGES.items():
        for at, code in enumerate(codes):
            value = 100.0 - severity + at if challenge == "unsafe_sanitation" else severity + at
            rows.append(
                {
                    "place": code, "group": "all", "indicator": indicator, "version": 1, "period": PERIOD, "value": value,
                    "low": value - 2, "high": value + 2, "num": value, "den": 100.0, "n": 10.0, "status": "estimated",
                    "run": "r", "coverage_people": 0.75, "coverage_places": 0.7, "basis": "registers", "quality": "official",
                }
            )  # fmt: skip
    rows.append(
        rows[0] | {"indicator": "harassment", "value": NAN, "low": NAN, "high": NAN, "status": "missing"}
    )
    return rows


def _within():
    return [
        {
            "indicator": "idpoor_households", "level": "province", "measure": "theil_t", "total": 0.2, "within": 0.15,
            "between": 0.05, "share_between": 0.25, "n": 6, "status": "ok",
        }
    ]  # fmt: skip


def _common(members, upper):
    own, national, ranked = [], [], []
    for rank, (challenge, (dimension, indicator, severity)) in enumerate(CHALLENGES.items(), start=1):
        counted = challenge != UNCOUNTED
        for at, (code, _) in enumerate(members):
            people = 1000.0 * (at + 1) if counted else NAN
            own.append(
                {
                    "challenge": challenge, "dimension": dimension, "member": code, "severity": severity - at, "low": severity - at - 3,
                    "high": severity - at + 3, "people": people, "people_low": people * 0.9, "people_high": people * 1.1,
                    "has": True, "rank": float(rank), "indicator": indicator, "basis": "registers", "confidence": "low",
                    "status": "estimated", "note": "",
                }
            )  # fmt: skip
        people = 123_456.0 if counted else NAN
        row = {
            "challenge": challenge, "dimension": dimension, "members_judged": float(len(members)), "members_with": len(members) - 1.0,
            "members_all": float(len(members)), "people_judged": PEOPLE, "people": people, "people_low": people - 9000,
            "people_high": people + 9000, "severity": severity, "severity_low": severity - 3, "severity_high": severity + 3,
            "rank": float(rank), "rank_low": max(1.0, rank - 1), "rank_high": rank + 1.0, "chance_first": 1.0 - 0.3 * rank,
            "chance_top3": 0.95, "coverage_people": 0.75, "confidence": "low", "note": "",
        }  # fmt: skip
        national.append(row)
        for place in upper:
            kept = {
                key: row[key]
                for key in row
                if key not in {"dimension", "confidence", "members_all", "people_judged"}
            }
            ranked.append(kept | {"level": "province", "place": place})
    silent = national[0] | dict.fromkeys(
        ["people", "people_low", "people_high", "severity", "severity_low", "severity_high", "rank", "rank_low", "rank_high",
         "chance_first", "chance_top3", "coverage_people"], NAN
    )  # fmt: skip
    national.append(silent | {"challenge": "violence", "dimension": "personal", "confidence": ""})
    return {
        "challenge_members": own,
        "common": national,
        "priorities": ranked or [{"level": "nation", "place": "KH"} | national[0]],
    }


def _kinds(members):
    first, second = members[0][0], members[1][0]
    own = {code: "K1" if at else "K2" for at, (code, _) in enumerate(members)}
    kinds = [
        {
            "kind": kind, "label": "", "name": f"Kind {kind}", "name_km": f"ប្រភេទ {kind}", "members": list(own.values()).count(kind),
            "people": PEOPLE, "stability": 0.8, "silhouette": 0.4, "example": first, "clear": "clear",
        }
        for kind in ("K1", "K2")
    ]  # fmt: skip
    profile = [
        {"kind": kind, "feature": "people", "value": 1.0, "nation_value": 2.0, "z": z}
        for kind, z in (("K1", -0.5), ("K2", 1.2))
    ]
    pair = {
        "member": first, "peer": second, "order": 1, "distance": 0.5, "challenge": "poverty", "indicator": "idpoor_households",
        "own": 40.0, "own_low": 38.0, "own_high": 42.0, "peer_value": 20.0, "peer_low": 18.0, "peer_high": 22.0,
        "difference": -20.0, "chance_better": 0.99,
    }  # fmt: skip
    of = [{"member": code, "kind": kind, "chance": 0.9, "second_kind": ""} for code, kind in own.items()]
    return {"kinds": kinds, "member_kinds": of, "kind_profile": profile, "peers": [pair]}


def _options(plans):
    row = {
        "challenge": "unsafe_sanitation", "action": "household_latrine", "plans": 1, "plans_all": plans, "units": 1200.0,
        "unit": "household", "capital_usd": 420_000.0, "capital_low_usd": 300_000.0, "capital_high_usd": 540_000.0,
        "om_usd": 12_000.0, "om_low_usd": 9_000.0, "om_high_usd": 15_000.0, "people": 5280.0, "people_low": 5000.0,
        "people_high": 5500.0, "grade": "B", "status": "ok", "note": "",
    }  # fmt: skip
    money = {
        "challenge": "unsafe_sanitation", "action": "household_latrine", "tier": "DM", "fund": "krong", "capital_usd": 420_000.0,
        "low": 300_000.0, "high": 540_000.0, "om_usd": 12_000.0,
    }  # fmt: skip
    gap = {
        "kind": "evidence", "challenge": "violence", "action": "", "members": 6.0, "people": 1e5, "usd": NAN, "note": "not_judged",
        "tier": "", "fund": "",
    }  # fmt: skip
    if not plans:
        return {"gaps": [gap]}
    return {"options": [row], "options_money": [money], "gaps": [gap, gap | {"kind": "finance", "usd": 2e5}]}


def _rounds(members):
    row = {
        "place": "KH", "group": "all", "indicator": "idpoor_households", "base_year": 2011.0, "base": 27.0, "now_year": 2022.0,
        "now": 17.6, "low": 16.0, "high": 19.7, "target": 13.5, "target_source": "un", "needed_rate": -0.036,
        "actual_rate": -0.038, "ratio": 1.06, "class": "on_track", "chance_on_track": 0.8, "method": "ratio", "status": "estimated",
    }  # fmt: skip
    return {"progress": [row, *(row | {"place": code, "class": "fair"} for code, _ in members)]}


def write(folder: Path, made: dict[str, dict], without: tuple[str, ...] = ()) -> dict[str, Path]:
    """Write tables as the steps do and return step -> folder; some steps may be left out."""
    folders = {}
    for step, found in made.items():
        if step in without:
            continue
        folders[step] = folder / step
        folders[step].mkdir(parents=True)
        for name, table in found.items():
            write_parquet(table, folders[step] / f"{name}.parquet")
    said = {
        "cities": [
            {"code": "KH", "file": "registers.toml", "kind": "registers", "run": "abc", "period": PERIOD}
        ]
    }
    (folders["members"] / "nation.json").write_text(json.dumps(said), "utf-8")
    return folders


def nation_of(*, invented: bool = False, **more: object) -> Nation:
    """Return a nation file."""
    place = {"code": "KH", "name": "Nation", "name_km": "ប្រទេស", "invented": invented}
    return Nation.model_validate({"place": place, "period": PERIOD, "cities": [{"file": "a.toml"}]} | more)


def city(folder: Path) -> CityShown:
    """Return a city that covers the nation, with its run and growth of its provinces."""
    folder.mkdir(parents=True)
    source = {
        "title": "Register", "provider": "Ministry", "licence": "MIT", "vintage": "2022", "period": "2022", "grade": "official",
        "roles": ["registers"], "id": "reg",
    }  # fmt: skip
    model = source | {
        "title": "Model",
        "grade": "modelled",
        "vintage": "2014",
        "period": "",
        "id": "mod",
        "roles": ["people"],
    }
    run = {
        "software": "citiesforall 0.1.0",
        "sources": {"reg": source, "mod": model},
        "indicators": {"harassment": {"missing": "no survey"}},
    }
    (folder / "run.json").write_text(json.dumps(run), "utf-8")
    (folder / "diagnose").mkdir()
    rows = [
        {
            "place": place, "quantity": "people", "rate": rate, "low": rate - 0.005, "high": rate + 0.005, "from_year": 2008.0,
            "to_year": 2019.0, "past": 1.0, "present": 2.0, "together": together, "source": "census", "status": "ok", "note": "",
        }
        for place, rate, together in (("KH", 0.0136, "KH"), ("KH01", 0.038, "KH01"), ("KH02", -0.0102, "KH02 KH03"))
    ]  # fmt: skip
    write_parquet(pd.DataFrame(rows), folder / "diagnose" / "growth.parquet")
    return CityShown("KH", "registers.toml", folder, "registers")


def evidence(
    folder: Path, without: tuple[str, ...] = (), *, invented: bool = False, **shape: int
) -> NationEvidence:
    """Return the evidence of a small nation, read from its files."""
    folders = write(folder, tables(invented=invented, **shape), without)
    return read_nation_evidence(
        nation_of(invented=invented), folders, [city(folder / "city")], {"broken.toml": "no people."}
    )
