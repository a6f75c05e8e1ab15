"""Risk: by hand, what stands in for what, and faults of the declarations."""

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.errors import DeclarationError
from citiesforall.core.tables import read_parquet
from citiesforall.diagnose.challenge_said import coped
from citiesforall.diagnose.challenge_threats import FACTORS, read_threats, threats
from citiesforall.diagnose.risk import CLASSES, class_of, factor_of, make_risk, risk_of

from .invented_city import CITY, city_of, make_places


def test_risk_by_hand():
    # H 0.5, E 0.4, V 0.8, C 0.5: cube root of 0.2 x 0.8 x 0.5 = 0.08, 0.4308869.
    assert risk_of(*map(np.float64, (0.5, 0.4, 0.8, 0.5))) == pytest.approx(0.4308869, rel=1e-6)


def test_classes():
    words = class_of(np.array([0.0, 0.19, 0.2, 0.35, 0.5, 0.65, 1.0, np.nan]))
    assert list(words) == ["very low", "very low", "low", "medium", "high", "very high", "very high", ""]
    assert tuple(dict.fromkeys(words))[:5] == CLASSES


HUNGER = {
    ("food_insecurity", "all"): {CITY: (0.27, 1000.0), "C00": (0.5, 400.0)},
    ("idpoor_households", "all"): {CITY: (0.2, 250.0), "C00": (0.25, 100.0)},
    ("debt_burden", "all"): {CITY: (0.1, 1000.0)},
    ("social_protection", "all"): {CITY: (0.6, 1000.0), "C00": (0.5, 400.0)},
    ("market_access", "all"): {CITY: (0.84, 1000.0), "C00": (0.2, 400.0)},
    ("population", "all"): {CITY: (1000.0, 1.0), "C00": (400.0, 1.0)},
}


def row_of(folder, threat, place):
    table = read_parquet(folder / "risk.parquet").set_index(["threat", "place", "group"])
    return table.loc[(threat, place, "all")]


def test_factors_by_hand(tmp_path):
    given, seen = city_of(tmp_path, make_places(2, 2), HUNGER)
    make_risk(given, tmp_path, seen)
    city = row_of(tmp_path, "hunger", CITY)
    # Nothing is said of how hard it strikes: hazard 1. Exposure 0.27. Vulnerability: IDPoor 20 % of 0 to 50 = 0.4, debt 10 % of
    # 0 to 50 = 0.2: mean 0.3. Capacity: social protection 0.6, market access (84 - 20) / 80 = 0.8: mean 0.7.
    assert (city["hazard"], city["exposure"]) == (1.0, pytest.approx(0.27))
    assert (city["vulnerability"], city["capacity"]) == (pytest.approx(0.3), pytest.approx(0.7))
    assert city["risk"] == pytest.approx((0.27 * 0.3 * 0.3) ** (1 / 3))
    assert city["people"] == pytest.approx(270)
    assert "hazard_is_one" in city["note"]


def test_the_citys_value_stands_in_and_is_said(tmp_path):
    given, seen = city_of(tmp_path, make_places(2, 2), HUNGER)
    make_risk(given, tmp_path, seen)
    unit = row_of(tmp_path, "hunger", "C00")
    # Debt is known of the city only: vulnerability (0.5 + 0.2) / 2; market access 20 % scores 0: capacity (0.5 + 0) / 2.
    assert (unit["vulnerability"], unit["capacity"]) == (pytest.approx(0.35), pytest.approx(0.25))
    assert unit["status"] == "estimated"
    nothing = row_of(tmp_path, "hunger", "C11")
    assert np.isnan(nothing["risk"])
    assert (nothing["status"], "not_own" in nothing["note"]) == ("missing", True)


def test_a_factor_nobody_measured_makes_risk_unknown_not_zero(tmp_path):
    some = {
        key: value for key, value in HUNGER.items() if key[0] not in {"social_protection", "market_access"}
    }
    given, seen = city_of(tmp_path, make_places(2, 2), some)
    info = make_risk(given, tmp_path, seen)
    city = row_of(tmp_path, "hunger", CITY)
    assert np.isnan(city["risk"])
    assert city["note"] == "lacks_capacity"
    assert any("hunger" in note["what"] for note in info["notes"])


def test_groups_are_told_apart(tmp_path):
    poor = {("food_insecurity", "idpoor"): {CITY: (0.6, 200.0)}}
    given, seen = city_of(tmp_path, make_places(2, 2), HUNGER | poor)
    make_risk(given, tmp_path, seen)
    table = read_parquet(tmp_path / "risk.parquet").set_index(["threat", "place", "group"])
    assert table.loc[("hunger", CITY, "idpoor"), "risk"] > table.loc[("hunger", CITY, "all"), "risk"]


def test_half_of_a_factor_is_too_little():
    known = (np.full((1, 2), 0.5), np.array([True, True]), np.array([True, True]))
    unknown = (np.full((1, 2), np.nan), np.array([False, False]), np.array([False, False]))
    assert factor_of([known, unknown], 0).value[0].tolist() == [0.5, 0.5]
    assert factor_of([known, unknown, unknown], 0) is None
    assert factor_of([], 0) is None


def test_coping():
    told = pd.DataFrame(
        {
            "coping": ["savings", "sold", "nothing", "", "savings ate_less"],
            "helped_by": ["family", "nobody", "family", "", ""],
        }
    )
    # Helped and without harm 1; neither 0; helped but nothing done 1/2; nothing said nan; harm, and nothing said of help: 0.
    assert coped(told).tolist() == pytest.approx([1, 0, 0.5, np.nan, 0], nan_ok=True)


def test_declared_threats_cover_every_dimension():
    assert {one.dimension for one in threats().by_id.values()} == {
        "economic", "food", "health", "environmental", "personal", "community", "political",
    }  # fmt: skip


def test_every_fault_of_the_file_at_once():
    text = """
[standards]
nonsense = { floor = 1, goal = 0 }
flood_hazard_index_mean = { floor = 0, goal = 100 }
[flood]
dimension = "environmental"
said = ["floods"]
hazard = ["vulnerability_index_mean"]
exposure = ["pm25_mean", "flood_exposur"]
vulnerability = ["idpoor_households"]
capacity = []
[wind]
dimension = "weather"
exposure = ["flood_exposure"]
vulnerability = ["idpoor_households"]
capacity = ["feels_warned"]
[storm]
dimension = "environmental"
said = ["floods"]
hazard = ["vulnerability_index_mean"]
exposure = ["pm25_mean", "flood_exposur"]
vulnerability = ["idpoor_households"]
capacity = ["feels_warned"]
"""
    with pytest.raises(DeclarationError) as error:
        read_threats(text)
    said = "\n".join(error.value.faults)
    assert len(error.value.faults) == 8
    for part in (
        "flood: capacity", "wind: dimension", "standards: indicator 'nonsense'", "reversed", "threat 'floods'",
        "'pm25_mean' is no share", "'flood_exposur' is not known. Did you mean 'flood_exposure'", "has no goalposts",
    ):  # fmt: skip
        assert part in said, part


def test_broken_toml_is_one_line():
    with pytest.raises(DeclarationError, match="cannot be read as TOML"):
        read_threats("[flood\n")
    assert FACTORS == ("hazard", "exposure", "vulnerability", "capacity")
