"""Triggers worked by hand, and equal to pandas' rolling windows on the demo's and on real series."""

from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.city import City, read_city
from citiesforall.core.errors import DeclarationError
from citiesforall.core.inputs import Finished, Inputs
from citiesforall.core.tables import write_parquet
from citiesforall.core.trigger import (
    Baseline,
    TriggerOverride,
    read_triggers,
    series,
    trigger_texts,
    triggers,
    triggers_with,
)
from citiesforall.demo.series import of_city, of_sangkats
from citiesforall.demo.town import make_town
from citiesforall.diagnose.trigger_levels import NAMES, lasting, past_values, since, states, thresholds
from citiesforall.diagnose.triggers import TRIGGERS, Watched, make_triggers, withheld_months

TEXT = files("citiesforall.data").joinpath("diagnose", "triggers.toml").read_text("utf-8")
U, N, W, A = -1, 0, 1, 2


def row(*values):
    return np.array([values], dtype=float)


def levels(values, one):
    watch, act = thresholds(values, one)
    return lasting(states(values, watch, act, one), one.persistence)


def test_dengue_by_hand():
    # Augusts of five years: 10, 12, 14, 16, 18: median 14, s = sqrt(40 / 4) = 3.1623; watch 17.16, act 20.32.
    years = [10, 12, 14, 16, 18]
    values = np.full((1, 72), 1.0)
    values[0, 7:67:12] = years
    values[0, 67] = 21
    watch, act = thresholds(values, triggers()["dengue_cases"])
    assert watch[0, 67] == pytest.approx(14 + 10**0.5)
    assert act[0, 67] == pytest.approx(14 + 2 * 10**0.5)
    assert NAMES[levels(values, triggers()["dengue_cases"])[0, 67]] == "act"
    values[0, 67] = 19
    assert NAMES[levels(values, triggers()["dengue_cases"])[0, 67]] == "watch"
    values[0, 67] = 17
    assert NAMES[levels(values, triggers()["dengue_cases"])[0, 67]] == "normal"


def test_rice_by_hand():
    # 36 months at 2,000 riel, then 2,300 (15 % above) and more: watch must last two of three months.
    one = triggers()["rice_price"]
    values = row(*[2000.0] * 36, 2350.0, 2400.0, 2700.0, 2800.0)
    watch, act = thresholds(values, one)
    assert watch[0, 36] == pytest.approx(1.15 * 2000)
    assert act[0, 36] == pytest.approx(1.3 * 2000)
    # The mean of 36 months before the third: (34 x 2000 + 2350 + 2400) / 36 = 2,020.83; act 2,627.08: the third is at act.
    assert act[0, 38] == pytest.approx(1.3 * (34 * 2000 + 2350 + 2400) / 36)
    assert [NAMES[level] for level in levels(values, one)[0, 35:]] == [
        "normal",
        "normal",
        "watch",
        "watch",
        "act",
    ]


def test_the_baseline_is_never_the_month_itself():
    assert past_values(row(1, 2, 3, 4), Baseline(months=2, least=2))[0, 2].tolist() == [2, 1]
    years = past_values(np.arange(36.0)[None, :], Baseline(years=2, least=2))
    assert years[0, 30].tolist() == [18, 6]


def test_absolute_is_reached_and_low_can_be_bad():
    one = triggers()["pm25"]
    values = row(49.9, 50, 74.9, 75, np.nan)
    assert levels(values, one)[0].tolist() == [N, W, W, A, U]
    low = one.model_copy(update={"bad": "low", "watch": 50.0, "act": 25.0})
    assert levels(row(51, 50, 26, 25), low)[0].tolist() == [N, W, W, A]


def test_nothing_unusual_is_no_alarm_where_nothing_varies():
    one = triggers()["road_deaths"]
    values = np.zeros((1, 40))
    assert levels(values, one)[0, 26:].tolist() == [N] * 14
    values[0, 39] = 1  # beyond two standard deviations of nothing, but one death is no trend: at least 2
    assert states(values, *thresholds(values, one), one)[0, 39] == N


def test_persistence_and_missing_months():
    k2of3 = (2, 3)
    assert lasting(np.array([[N, W, W]]), k2of3)[0].tolist() == [U, U, W]
    assert lasting(np.array([[N, N, N, W, N, W]]), k2of3)[0].tolist() == [U, N, N, N, N, W]
    assert lasting(np.array([[N, N, A, W, A]]), k2of3)[0].tolist() == [U, N, N, W, A]
    assert lasting(np.array([[N, N, W, U, W]]), k2of3)[0].tolist() == [U, N, N, U, W]
    assert (
        lasting(np.array([[N, N, W, U, N]]), k2of3)[0, 4] == U
    )  # had the missing month been at watch, so were this one
    assert lasting(np.array([[N, N, N, U, N]]), k2of3)[0, 4] == N  # one missing month alone makes no two
    assert lasting(np.array([[A, U]]), (1, 1))[0].tolist() == [A, U]


def test_since():
    found = np.array([[N, W, A, A, W, U, W]])
    assert since(found)[0].tolist() == [-1, 1, 2, 2, 1, -1, 6]


# Agreement with an independent calculation: pandas' rolling windows and loops.
def by_pandas(values, one):
    """Return thresholds of one place by pandas."""
    line = pd.Series(values)
    if one.baseline is None:
        return np.full(len(line), one.watch), np.full(len(line), one.act)
    if one.baseline.months:
        window = line.shift(1).rolling(one.baseline.months, min_periods=one.baseline.least)
        centre = window.mean() if "mean" in one.rule else window.median()
        spread = window.std()
    else:
        past = pd.concat([line.shift(12 * year) for year in range(1, one.baseline.years + 1)], axis=1)
        enough = past.notna().sum(axis=1) >= one.baseline.least
        centre = (past.mean(axis=1) if "mean" in one.rule else past.median(axis=1)).where(enough)
        spread = past.std(axis=1).where(enough)
    out = []
    for at, level in enumerate((one.watch, one.act)):
        made = centre * level if one.rule.startswith("times") else centre + level * spread
        floor = one.at_least[at] if one.at_least else -np.inf
        out.append(made.where(made.isna(), np.maximum(made, floor)).to_numpy())
    return out


def level_by_hand(values, watch, act, one):
    """Return the levels of one place by a loop."""
    own = []
    for value, low, high in zip(values, watch, act, strict=True):
        if np.isnan(value) or np.isnan(low) or np.isnan(high):
            own.append(None)
            continue

        def over(line, floor, value=value):
            return value >= line if one.baseline is None or line == floor else value > line

        floors = one.at_least or (np.nan, np.nan)
        own.append(2 if over(high, floors[1]) else 1 if over(low, floors[0]) else 0)
    k, n = one.persistence
    out = []
    for at, this in enumerate(own):
        window = [own[i] if i >= 0 else None for i in range(at - n + 1, at + 1)]
        hits = sum(level is not None and level >= 1 for level in window)
        if this is None:
            out.append("unknown")
        elif sum(level == 2 for level in window) >= k:
            out.append("act")
        elif hits >= k:
            out.append("watch")
        else:
            out.append("unknown" if hits + window.count(None) >= k else "normal")
    return out


def check_against_pandas(values, one):
    watch, act = thresholds(values, one)
    found = lasting(states(values, watch, act, one), one.persistence)
    for place in range(values.shape[0]):
        ours = by_pandas(values[place], one)
        np.testing.assert_allclose(watch[place], ours[0], rtol=1e-9)
        np.testing.assert_allclose(act[place], ours[1], rtol=1e-9)
        assert [NAMES[level] for level in found[place]] == level_by_hand(
            values[place], watch[place], act[place], one
        )


@pytest.mark.parametrize("key", [key for key in triggers() if key != "river_level"])
def test_equal_to_pandas_on_series_with_gaps(key):
    rng = np.random.default_rng(7)
    values = rng.poisson(6, (5, 84)).astype(float)
    values[rng.random(values.shape) < 0.08] = np.nan
    check_against_pandas(values, triggers()[key])


def test_equal_to_pandas_on_real_feedback(data_root):
    """Count patients' reports of bribes or poor service a month, as complaints: 2018 to 2023, many months empty."""
    table = pd.read_csv(data_root / "cambodia" / "health_feedback_2018_2023.csv", dtype=str)
    table = table[table["visited_date"].str.fullmatch(r"20\d\d-\d\d", na=False)]
    score = pd.to_numeric(table["quality"], errors="coerce")
    bad = (table["bribe"] == "true") | (score <= 2)
    months = pd.period_range(table["visited_date"].min(), table["visited_date"].max(), freq="M").astype(str)
    per_month = (
        bad.groupby(table["visited_date"]).sum().reindex(months)
    )  # a month nobody wrote in is missing, not 0
    assert per_month.isna().any()
    assert per_month.sum() > 5
    values = per_month.to_numpy(dtype=float)[None, :]
    one = triggers()["complaints"]
    check_against_pandas(values, one)
    check_against_pandas(
        values, one.model_copy(update={"baseline": Baseline(months=12, least=3), "at_least": (1.0, 2.0)})
    )


@pytest.fixture(scope="module")
def town():
    return make_town(203, 60_000, "KH99")


def test_equal_to_pandas_on_the_demo(town):
    city, reports = of_city(town), of_sangkats(town)
    own = {"river_level": TriggerOverride(watch=9.5, act=10.5)}
    names = {
        "school_dropout": "pupils_left",
        "idpoor_applications": "new_applications",
        "domestic_violence": "violence_reports",
    }
    for one in triggers_with(own)[0].values():
        column = names.get(one.series, one.series)
        if column in city:
            values = city[column].to_numpy(dtype=float)[None, :]
        else:
            values = reports.pivot_table(column, "sangkat_code", "month", dropna=False).to_numpy(
                dtype=float, na_value=np.nan
            )
        check_against_pandas(values, one)


def test_the_demo_tells_its_story(town):
    """Rice gets dear in the last four months; the flood of September 2024; dengue in the last rainy season."""
    city, reports = of_city(town), of_sangkats(town)
    rice = levels(city["rice_price"].to_numpy(dtype=float)[None, :], triggers()["rice_price"])
    assert [NAMES[level] for level in rice[0, -6:]] == ["normal", "normal", "normal", "watch", "watch", "act"]
    river = triggers()["river_level"].model_copy(update={"watch": 9.5, "act": 10.5})
    assert NAMES[levels(city["river_level"].to_numpy(dtype=float)[None, :], river)[0, 56]] == "act"
    dengue = reports.groupby("month")["dengue_cases"].sum().to_numpy(dtype=float)[None, :]
    assert "act" in [NAMES[level] for level in levels(dengue, triggers()["dengue_cases"])[0, 66:70]]


def made(tmp_path, rows, own=None, people=None):
    """Run the step on a series table."""
    folder = tmp_path / "series"
    folder.mkdir()
    table = pd.DataFrame(rows, columns=["place", "series", "period", "value"]).assign(
        source="s", derived=False
    )
    write_parquet(table, folder / "series.parquet")
    measured = tmp_path / "measure"
    measured.mkdir()
    counts = pd.DataFrame(
        [
            {"place": p, "indicator": "population", "group": "all", "value": n}
            for p, n in (people or {"KH9901": 4400.0}).items()
        ]
    )
    write_parquet(counts, measured / "observations.parquet")
    city = City.model_validate(
        {"place": {"code": "KH9901", "name": "x"}, "period": "2024", "triggers": own or {}}
    )
    out = tmp_path / "out"
    out.mkdir()
    info = make_triggers(
        Inputs(city, {}, {"series": Finished(folder, {}), "measure": Finished(measured, {})}), out
    )
    return info, pd.read_parquet(out / "triggers.parquet"), pd.read_csv(out / "triggers_now.csv")


def test_the_table(tmp_path):
    rows = [("KH9901", "pm25_day_max", f"2024-{m:02d}", v) for m, v in ((1, 60.0), (2, 80.0), (3, 90.0))]
    rows += [("KH9901", "domestic_violence", f"2024-{m:02d}", 3.0) for m in (1, 2, 3)]
    info, table, now = made(tmp_path, rows)
    assert list(table.columns) == list(TRIGGERS)
    air = table[table["trigger"] == "pm25"]
    assert air["level"].tolist() == ["watch", "act", "act"]
    assert air["since"].tolist() == ["2024-01", "2024-02", "2024-02"]
    assert air["latest"].tolist() == [False, False, True]
    assert set(air["people"]) == {4400.0}
    assert air["owner"].iloc[0] == "Provincial department of environment"
    assert now["trigger"].tolist() == ["pm25"]
    assert info["levels"]["act"] == 1
    # Three reports of violence could point at people.
    few = table[table["trigger"] == "domestic_violence"]
    assert few["value"].isna().all()
    assert few["note"].str.contains("withheld").all()
    # A trigger nobody has a series for is told, not dropped.
    rice = table[table["trigger"] == "rice_price"]
    assert rice[["level", "note"]].to_numpy().tolist() == [["unknown", "no_series"]]
    assert any(
        "10 of 13 triggers" in note["what"] or "11 of 13 triggers" in note["what"] for note in info["notes"]
    )


def test_per_households_and_overrides(tmp_path):
    # 4,400 people are 1,000 households: 12 applications are 12 for each thousand.
    rows = [("KH9901", "idpoor_applications", f"2024-{m:02d}", 12.0) for m in (1, 2, 3)]
    rows += [("KH9901", "river_level", "2024-03", 9.9)]
    own = {"river_level": {"watch": 9.5, "act": 10.5}, "evictions": {"off": True}}
    _, table, _ = made(tmp_path, rows, own)
    poor = table[table["trigger"] == "idpoor_applications"]
    assert poor["value"].tolist() == pytest.approx([12, 12, 12])
    assert poor["level"].tolist() == ["unknown", "act", "act"]
    river = table[table["trigger"] == "river_level"].iloc[-1]
    assert (river["level"], river["grade"], river["watch"]) == ("watch", "city", 9.5)
    assert "evictions" not in set(table["trigger"])


def test_levels_nobody_said(tmp_path):
    info, table, _ = made(tmp_path, [("KH9901", "river_level", "2024-03", 9.9)])
    river = table[table["trigger"] == "river_level"].iloc[0]
    assert (river["level"], river["note"]) == ("unknown", "no_levels")
    assert any("Write [triggers.river_level]" in note["what"] for note in info["notes"])


def test_a_series_that_ended(tmp_path):
    rows = [("KH9901", "pm25_day_max", "2024-01", 60.0), ("KH9901", "heat_index_max", "2024-06", 40.0)]
    _, table, _ = made(tmp_path, rows)
    assert table.set_index("trigger").loc["pm25", "note"] == "stale"


def test_an_old_all_clear_is_none(tmp_path):
    rows = [("KH9901", "pm25_day_max", "2024-01", 5.0), ("KH9901", "heat_index_max", "2024-06", 20.0)]
    info, table, _ = made(tmp_path, rows)
    air = table.set_index("trigger").loc["pm25"]
    assert (air["level"], air["note"]) == ("unknown", "stale")
    assert info["levels"]["normal"] == 1  # the heat of the newest month


def test_lines_made_from_withheld_numbers_are_withheld(tmp_path):
    months = [f"{year}-{m:02d}" for year in (2022, 2023) for m in range(1, 13)]
    rows = [
        ("KH9901", "domestic_violence", month, 3.0 if at == 5 else 9.0) for at, month in enumerate(months)
    ]
    _, table, _ = made(tmp_path, rows)
    told = table[table["trigger"] == "domestic_violence"]
    assert told["value"].isna().sum() == 1
    assert told[["watch", "act"]].isna().all(axis=None)
    assert (told["level"] == "normal").any()


def test_a_withheld_number_cannot_be_found_by_subtraction():
    # The city has 30; 3 of them in the second place. Were only the 3 hidden, 30 - 20 - 7 would tell them.
    watched = Watched(
        np.array([[30.0], [3.0], [20.0], [7.0]]),
        ("C", "C1", "C2", "C3"),
        ("2024-01",),
        np.array([-1, 0, 0, 0]),
    )
    assert withheld_months(watched)[:, 0].tolist() == [False, True, False, True]


def test_no_series_at_all(tmp_path):
    city = City.model_validate({"place": {"code": "KH9901", "name": "x"}, "period": "2024"})
    info = make_triggers(Inputs(city, {}), tmp_path)
    table = pd.read_parquet(tmp_path / "triggers.parquet")
    assert set(table["level"]) == {"unknown"}
    assert len(table) == len(triggers())
    assert info["levels"]["unknown"] == len(triggers())


def wrong(*changes):
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    with pytest.raises(DeclarationError) as error:
        read_triggers(text)
    return error.value.faults


PM25 = "watch = 50\nact = 75"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((PM25, "watch = 75\nact = 50"), "triggers.pm25: act 50 and watch 75 are reversed"),
        ((PM25, "watch = 50"), "triggers.pm25: watch and act go together"),
        ((PM25 + "\npersistence = [1, 1]", PM25 + "\npersistence = [5, 3]"), "persistence [5, 3]: 5 of the last 3 months"),
        (('series = "pm25_day_max"', 'series = "pm25"'), "series 'pm25' is not known. Known: complaints"),
        (('"air_sensors"', '"air_sensor"'), "action 'air_sensor' is not known. Did you mean 'air_sensors'?"),
        (('owner = "Provincial department of environment"\n', ""), "triggers.pm25.owner: this is missing"),
        (('"kh_air_standard", "who', '"kh_air", "who'), "reference 'kh_air' is not known"),
        (("baseline = { months = 36, least = 24 }\nwatch = 1.15", "watch = 1.15"), "rule times_mean needs a baseline"),
        (("months = 36, least = 24 }\nwatch = 1.15", "months = 36, least = 48 }\nwatch = 1.15"), "least 48 is more than the 36"),
        (("months = 36, least = 24 }\nwatch = 1.15", "months = 36, years = 2, least = 2 }\nwatch = 1.15"), "months or years, one"),
        (('rule = "times_mean"', 'rule = "times_mode"'), "'times_mode' is not known"),
        (("at_least = [3, 5]", "at_least = [5, 3]"), "at_least [5, 3] is reversed"),
        (("[series.fish_price]", "[seires.fish_price]"), "seires: this word is not known"),
    ],
)  # fmt: skip
def test_bad_triggers(change, said):
    lines = wrong(change)
    assert any(said in line for line in lines), lines
    assert all(line.startswith("triggers.toml: ") for line in lines)


def test_all_faults_at_once():
    lines = wrong(
        (PM25, "watch = 75\nact = 50"),
        ('"air_sensors"', '"air_sensor"'),
        ("at_least = [3, 5]", "at_least = [5, 3]"),
    )
    assert len(lines) == 3


def test_a_city_file_with_wrong_triggers(tmp_path):
    (tmp_path / "c.toml").write_text(
        'period = "2024"\n[place]\ncode = "KH9901"\nname = "x"\n'
        "[triggers.pm25]\nwatch = 90\n[triggers.dust]\nwatch = 1\n[triggers.heat]\npersistence = [4, 2]\n"
    )
    with pytest.raises(DeclarationError) as error:
        read_city(tmp_path / "c.toml")
    said = "\n".join(error.value.faults)
    assert "c.toml: triggers.pm25: act 75 and watch 90 are reversed" in said
    assert "c.toml: triggers.dust: this trigger is not known" in said
    assert "c.toml: triggers.heat: persistence [4, 2]" in said


def test_overrides_leave_the_rest():
    found, faults = triggers_with({"heat": TriggerOverride(owner="Our own office")})
    assert not faults
    assert found["heat"].owner == "Our own office"
    assert found["heat"].grade == "K"  # its levels are still those of the package
    assert found["pm25"] == triggers()["pm25"]


def test_every_text_has_a_key():
    texts = trigger_texts()
    assert len(texts) == 2 * len(series()) + 5 * len(triggers())
    assert all(texts.values())


def test_small_numbers_about_people_raise_no_alarm():
    for one in triggers().values():
        if series()[one.series].sensitive:
            assert one.at_least is not None
            assert min(one.at_least) >= 5
