"""Rounds: progress as the United Nations assess it, the chance of being on track, and earlier rounds that are read."""

import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as that
from hypothesis import strategies as st

from citiesforall.core.errors import InputError
from citiesforall.core.nation import Nation
from citiesforall.core.tables import read_parquet, write_parquet
from citiesforall.nation.given import CityRun, NationInputs
from citiesforall.nation.progress_un import Way, assess, chance_on_track, least_on_track, yearly_rate
from citiesforall.nation.rounds import PROGRESS, agenda_base, make_rounds, targets
from citiesforall.nation.steps import Step

from .conftest import NATION, with_step

NAN = math.nan


def test_a_case_worked_by_hand():
    # Twenty per cent in 2015, fifteen in 2020, ten by 2030.
    got = assess(Way(2015, 20.0, 2020, 15.0, 10.0, 2030, higher=False))
    # Actual: (15/20)^(1/5) - 1 = -0.05591; required from the base: (10/20)^(1/15) - 1 = -0.04516; ratio 1.2381.
    assert got.actual_rate == pytest.approx(0.75**0.2 - 1)
    assert got.needed_rate == pytest.approx(0.5 ** (1 / 15) - 1)
    assert got.ratio == pytest.approx(1.2381, abs=5e-4)
    assert got.word == "on_track"
    # At that rate 15 x 0.75^2 = 8.4375 in 2030; (8.4375 - 20) / (10 - 20) = 1.15625 of the way.
    assert got.expected == pytest.approx(8.4375)
    assert got.way_share == pytest.approx(1.15625)
    assert got.word_2023 == "on_track"
    # From now on: (10/15)^(1/10) - 1.
    assert got.needed_from_now == pytest.approx((2 / 3) ** 0.1 - 1)


@pytest.mark.parametrize(
    ("share", "word", "eurostat"),
    [(0.95, "on_track", "on_track"), (0.94, "fair", "fair"), (0.6, "fair", "fair"), (0.59, "fair", "limited"), (0.5, "fair", "limited"),
     (0.49, "limited", "limited"), (0.0, "limited", "limited"), (-0.09, "limited", "back"), (-0.11, "back", "back")],
)  # fmt: skip
def test_lines_between_the_classes(share, word, eurostat):
    needed = (90 / 40) ** (1 / 15) - 1
    now = 40 * (1 + (share + 1e-9) * needed) ** 7
    got = assess(Way(2015, 40.0, 2022, now, 90.0, 2030, higher=True))
    assert got.ratio == pytest.approx(share, abs=1e-6)
    assert (got.word, got.word_eurostat) == (word, eurostat)


def test_a_target_of_nought_is_judged_by_the_share_of_the_way():
    # 30 % to 15 % in 7 years, towards 0: expected 15 x 0.5^(8/7) = 6.793; (30 - 6.793) / 30 = 0.7736 of the way: fair.
    got = assess(Way(2015, 30.0, 2022, 15.0, 0.0, 2030, higher=False))
    assert got.expected == pytest.approx(15 * 0.5 ** (8 / 7))
    assert got.way_share == pytest.approx(1 - 0.5 ** (8 / 7) / 2)
    assert (got.word, got.method) == ("fair", "way_share")
    assert math.isnan(got.needed_rate)
    assert math.isnan(got.ratio)


@pytest.mark.parametrize(
    ("base", "now", "higher", "word"),
    [(50, 50 * 1.021**5, True, "on_track"), (50, 50 * 1.01**5, True, "fair"), (50, 50 * 1.004**5, True, "limited"),
     (50, 40, True, "back"), (50, 50 * 0.979**5, False, "on_track"), (50, 50 * 0.99**5, False, "fair"), (50, 55, False, "back")],
)  # fmt: skip
def test_without_a_numerical_target_the_rate_alone_counts(base, now, higher, word):
    got = assess(Way(2015, base, 2020, now, NAN, 2030, higher))
    assert (got.word, got.method, got.word_eurostat) == (word, "rate", "unknown")
    assert got.word_2023 == (word if word in {"on_track", "fair"} else "stalled")


def test_who_meets_the_target_has_achieved_it_and_who_left_it_goes_back():
    assert assess(Way(2015, 9.0, 2020, 9.5, 10.0, 2030, higher=False)).word == "achieved"
    assert assess(Way(2015, 9.0, 2020, 11.0, 10.0, 2030, higher=False)).word == "back"
    assert assess(Way(2015, 100.0, 2020, 100.0, 100.0, 2030, higher=True)).word == "achieved"
    assert assess(Way(2015, 100.0, 2020, 98.0, 100.0, 2030, higher=True)).word == "back"
    assert assess(Way(2015, 0.0, 2020, 3.0, 0.0, 2030, higher=False)).word == "back"


@pytest.mark.parametrize("base", [0.0, -3.0])
def test_a_base_of_nought_has_no_rate(base):
    got = assess(Way(2015, base, 2020, 5.0, 10.0, 2030, higher=True))
    assert got.word == "unknown"
    assert math.isnan(got.actual_rate)
    assert math.isnan(
        chance_on_track(Way(2015, base, 2020, 5.0, 10.0, 2030, higher=True), (0.0, 1.0), (4.0, 6.0))
    )


way = st.builds(
    Way,
    st.just(2015), st.floats(1, 99), st.integers(2016, 2029), st.floats(1, 99), st.one_of(st.floats(0, 100), st.just(NAN)),
    st.just(2030), st.booleans(),
)  # fmt: skip


@that(way)
def test_the_least_value_on_track_is_on_the_line(one):
    least = float(least_on_track(one, np.array([one.base]))[0])
    better, worse = (least * (1 + sign * 1e-6) for sign in ((1, -1) if one.higher else (-1, 1)))
    up = {"on_track", "achieved"}
    if least > 0 and not math.isclose(least, one.base, rel_tol=1e-6):
        assert assess(replace(one, now=better)).word in up
        assert assess(replace(one, now=worse)).word not in up


@that(way, st.floats(0.1, 10), st.floats(0.1, 10))
def test_the_chance_is_that_of_drawing_both_values(one, base_width, now_width):
    got = chance_on_track(
        one, (one.base - base_width, one.base + base_width), (one.now - now_width, one.now + now_width)
    )
    random = np.random.default_rng(1)
    z = 1.959964
    base = np.maximum(random.normal(one.base, base_width / z, 20_000), 1e-6 * one.base)
    now = random.normal(one.now, now_width / z, 20_000)
    least = least_on_track(one, base)
    drawn = float((now >= least).mean() if one.higher else (now <= least).mean())
    assert got == pytest.approx(drawn, abs=0.02)


def test_without_any_interval_the_chance_is_not_known():
    one = Way(2015, 20.0, 2020, 15.0, 10.0, 2030, higher=False)
    assert math.isnan(chance_on_track(one, (NAN, NAN), (NAN, NAN)))
    assert chance_on_track(one, (NAN, NAN), (14.9, 15.1)) > 0.99
    assert chance_on_track(one, (19.9, 20.1), (NAN, NAN)) == 1.0


@that(st.floats(0.01, 1e6), st.floats(0.01, 1e6), st.integers(1, 40))
def test_a_rate_takes_the_first_value_to_the_last(first, last, years):
    assert first * (1 + yearly_rate(first, last, years)) ** years == pytest.approx(
        last, rel=1e-9, abs=1e-12 * first
    )


def test_every_target_is_of_an_indicator_that_has_a_better_side():
    found = targets()
    assert found["public_transport_access"].at(33.0) == 100
    assert found["idpoor_households"].at(27.0) == 13.5
    assert all(one.grade in "ABC" and one.year >= 2020 for one in found.values())


# ----------------------------------------------------------------------------------------------------------------- rounds


def observations(values, period, *, version=1, indicator="public_transport_access"):
    """Return observations of some places."""
    rows = [
        {"place": place, "group": "all", "indicator": indicator, "version": version, "period": period, "value": value,
         "low": value - 2, "high": value + 2, "num": value * 10, "den": 1000.0, "n": 9.0, "status": "ok", "run": "r"}
        for place, value in values.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def about(code, period, sha="a"):
    """Return what a run says of itself."""
    source = {"id": "osm", "provider": "OpenStreetMap", "roles": ["streets"], "sha256": sha, "period": period, "vintage": period,
              "error": None}  # fmt: skip
    return {
        "run": period, "code": "c", "choices": {}, "seed": 1, "draws": 10, "city": {"code": code, "period": period},
        "places": [{"place": code, "parent": None, "area_m2": 1e7}], "sources": {"osm": source},
        "indicators": {"public_transport_access": {"sources": ["osm"], "period": period}},
    }  # fmt: skip


def nation_of(base, table, period, *, sha="a", rounds=(), growth=None):
    """Return the inputs of a nation of one city with its members and roll-up made."""
    folder = base / f"city{period}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps(about("KH9901", period, sha)))
    if growth is not None:
        (folder / "diagnose").mkdir(exist_ok=True)
        write_parquet(growth, folder / "diagnose" / "growth.parquet")
    made = base / f"made{period}"
    made.mkdir(exist_ok=True)
    members = pd.DataFrame(
        [
            {
                "member": "KH9901",
                "city": "KH9901",
                "place": "KH9901",
                "parent": "KH99",
                "part_of": "",
                "people": 9e4,
            }
        ]
    )
    places = pd.DataFrame(
        [
            {"place": "KH", "parent": ""},
            {"place": "KH99", "parent": "KH"},
            {"place": "KH9901", "parent": "KH99"},
        ]
    )
    for name, one in (("members", members), ("places", places), ("observations", table)):
        write_parquet(one, made / f"{name}.parquet")
    place = {"code": "KH", "name": "Invented nation", "invented": True}
    nation = Nation.model_validate(
        {
            "place": place,
            "period": period,
            "cities": [{"file": "x.toml"}],
            "rounds": list(rounds),
            "folder": base,
        }
    )
    city = CityRun("x.toml", "KH9901", folder, "streets", parent="KH99", invented=True)
    return NationInputs(nation, (city,), done={"members": made, "rollup": made})


def published(base, given, name):
    """Make the rounds of a nation and publish what a later round reads."""
    folder = base / name
    (folder / "rounds").mkdir(parents=True)
    make_rounds(given, folder / "rounds")
    for table in ("members", "places", "observations"):
        shutil.copy(given.done["rollup"] / f"{table}.parquet", folder)
    return folder


@pytest.fixture
def two_rounds(tmp_path):
    """Return a nation with one earlier round, five years before."""
    first = nation_of(tmp_path, observations({"KH9901": 40.0, "KH": 40.0}, "2020"), "2020")
    published(tmp_path, first, "round2020")
    table = observations({"KH9901": 55.0, "KH": 55.0}, "2025")
    return nation_of(tmp_path, table, "2025", sha="b", rounds=[{"folder": "round2020", "year": 2020}])


def made(given, folder):
    """Make the step and return its tables and what it remembers."""
    folder.mkdir(exist_ok=True)
    said = make_rounds(given, folder)
    return read_parquet(folder / "progress.parquet"), read_parquet(folder / "changes.parquet"), said


def test_progress_from_round_to_round(two_rounds, tmp_path):
    progress, changes, said = made(two_rounds, tmp_path / "out")
    row = progress.set_index("place").loc["KH9901"]
    assert list(progress.columns) == list(PROGRESS)
    assert (row["base_year"], row["base"], row["now_year"], row["now"], row["target"]) == (
        2020,
        40,
        2025,
        55,
        100,
    )
    # Actual (55/40)^(1/5) - 1 = 6.58 %; required (100/40)^(1/10) - 1 = 9.60 %: ratio 0.685.
    assert row["ratio"] == pytest.approx((1.375**0.2 - 1) / (2.5**0.1 - 1))
    assert (row["class"], row["target_source"], row["target_grade"], row["points"]) == (
        "fair",
        "un_sdg_global_framework",
        "A",
        2,
    )
    assert "two_points" in row["note"]
    assert 0 < row["chance_on_track"] < 0.01
    assert said["rounds"] == ["2020", "2025"]
    change = changes.set_index("place").loc["KH9901"]
    assert (change["from_round"], change["to_round"], change["of_world"], change["difference"]) == (
        "2020",
        "2025",
        15.0,
        15.0,
    )


def test_three_rounds_use_the_first_and_the_last(two_rounds, tmp_path):
    middle = nation_of(tmp_path, observations({"KH9901": 41.0}, "2022"), "2022")
    published(tmp_path, middle, "round2022")
    rounds = [{"folder": "round2022", "year": 2022}, {"folder": "round2020", "year": 2020}]
    nation = two_rounds.nation.model_copy(update={"rounds": Nation.model_validate(
        {"place": {"code": "KH", "name": "x"}, "period": "2025", "cities": [{"file": "x"}], "rounds": rounds}).rounds})  # fmt: skip
    progress, changes, _ = made(replace(two_rounds, nation=nation), tmp_path / "out")
    row = progress.set_index("place").loc["KH9901"]
    assert (row["points"], row["base_year"], row["now_year"]) == (3, 2020, 2025)
    assert "two_points" not in row["note"]
    assert [*zip(changes["from_round"], changes["to_round"], strict=True)][:1] == [("2020", "2022")]
    of = changes[changes["place"] == "KH9901"]
    assert of["difference"].tolist() == [1.0, 14.0]


def test_values_of_another_version_are_no_series(two_rounds, tmp_path):
    table = observations({"KH9901": 55.0}, "2025", version=2)
    write_parquet(table, two_rounds.done["rollup"] / "observations.parquet")
    progress, changes, _ = made(two_rounds, tmp_path / "out")
    row = progress.set_index("place").loc["KH9901"]
    assert (row["class"], row["status"], row["note"]) == (
        "unknown",
        "missing",
        "versions_left_out not_told_apart",
    )
    assert changes.set_index("place").loc["KH9901", "not_told_apart"] == 15.0


def test_the_old_sources_measured_again_tell_a_method_from_the_world(two_rounds, tmp_path):
    again = nation_of(tmp_path, observations({"KH9901": 43.0}, "2020"), "2020")
    run = again.cities[0].folder / "run.json"
    run.write_text(run.read_text().replace('"code": "c"', '"code": "d"'))
    published(tmp_path, again, "again2020")
    present = two_rounds.cities[0].folder / "run.json"
    present.write_text(present.read_text().replace('"code": "c"', '"code": "d"'))
    rounds = [{"folder": "round2020", "year": 2020}, {"folder": "again2020", "year": 2020}]
    given = replace(
        two_rounds,
        nation=Nation.model_validate(two_rounds.nation.model_dump() | {"rounds": rounds, "folder": tmp_path}),
    )
    progress, changes, said = made(given, tmp_path / "out")
    assert said["rounds"] == ["2020 round2020", "2020 again2020", "2025"]
    of = changes[changes["place"] == "KH9901"].set_index("to_round")
    # 40 by the old version, 43 by the new one on the same sources, 55 by the new one on the new sources.
    assert of.loc["2020 again2020", ["of_methods", "difference"]].tolist() == [3.0, 3.0]
    assert of.loc["2025", ["of_world", "difference"]].tolist() == [12.0, 12.0]
    assert progress.set_index("place").loc["KH9901", "base"] == 43.0


@pytest.mark.parametrize("break_it", ["no_folder", "no_table", "no_columns", "not_parquet", "bad_record"])
def test_a_bad_earlier_round_is_one_clear_line(two_rounds, tmp_path, break_it):
    folder = tmp_path / "round2020"
    if break_it == "no_folder":
        shutil.rmtree(folder)
    elif break_it == "no_table":
        (folder / "places.parquet").unlink()
    elif break_it == "no_columns":
        write_parquet(pd.DataFrame({"place": ["KH"]}), folder / "observations.parquet")
    elif break_it == "not_parquet":
        (folder / "members.parquet").write_text("no table")
    else:
        (folder / "rounds" / "basis.json").write_text('{"cities": {"KH": {"run": 1}}}')
    with pytest.raises(InputError) as error:
        made(two_rounds, tmp_path / "out")
    assert len(error.value.faults) == 1
    assert error.value.faults[0].startswith("rounds: round2020: ")
    assert "Traceback" not in str(error.value)


def test_a_round_without_a_record_still_gives_progress(two_rounds, tmp_path):
    (tmp_path / "round2020" / "rounds" / "basis.json").unlink()
    progress, changes, _ = made(two_rounds, tmp_path / "out")
    assert progress.set_index("place").loc["KH9901", "class"] == "fair"
    assert "not_told_apart" in progress.set_index("place").loc["KH9901", "note"]
    assert changes.set_index("place").loc["KH9901", "not_told_apart"] == 15.0


def test_series_inside_the_present_tables(tmp_path):
    earlier = observations({"KH": 26.9}, "2010/2011", indicator="idpoor_households_earliest")
    now = observations({"KH": 17.6}, "2022", indicator="idpoor_households")
    growth = pd.DataFrame([{"place": "KH", "quantity": "people", "past": 13_395_682.0, "present": 15_552_211.0, "from_year": 2008,
                            "to_year": 2019, "status": "ok", "note": "", "together": "KH"}])  # fmt: skip
    given = nation_of(tmp_path, pd.concat([earlier, now], ignore_index=True), "2022", growth=growth)
    progress, changes, _ = made(given, tmp_path / "out")
    rows = progress.set_index("indicator")
    poor = rows.loc["idpoor_households"]
    # Half, by 2030, of what there was in 2015 on the way between the two values: 23.05, not 26.9, the older and worse one.
    # The base before 2015 and of another indicator: both are said.
    then = 26.9 * (float(poor["now"]) / 26.9) ** (4 / (poor["now_year"] - 2011))
    assert (poor["base_year"], poor["target_grade"]) == (2011, "C")
    assert poor["target"] == pytest.approx(then / 2, rel=1e-12)
    assert poor["note"] == "earlier_definition two_points base_before_2015"
    people = rows.loc["population"]
    # (15,552,211 / 13,395,682)^(1/11) - 1 = 1.366 %; the logarithmic rate of the census is 1.357 %.
    assert people["actual_rate"] == pytest.approx(math.exp(0.01357) - 1, abs=1e-5)
    assert (people["class"], people["note"]) == ("no_direction", "two_points census")
    assert len(changes) == 0


def test_the_2030_agenda_halves_what_there_was_in_2015():
    # Eight years from 40 to 10: a quarter. After four of them, in 2015, half of the way in logarithms: 20.
    assert agenda_base((2011, 2019), 40.0, 10.0) == pytest.approx(20.0)
    assert agenda_base((2015, 2019), 40.0, 10.0) == 40.0
    assert agenda_base((2018, 2019), 40.0, 10.0) == 40.0
    assert agenda_base((2008, 2011), 40.0, 10.0) == 40.0, "nothing is known of 2015"
    assert agenda_base((2011, 2019), 40.0, 0.0) == 40.0


def test_values_that_speak_for_other_shares_of_the_people_say_so(two_rounds, tmp_path):
    path = two_rounds.done["rollup"] / "observations.parquet"
    write_parquet(read_parquet(path).assign(coverage_people=0.99, low=NAN, high=NAN), path)
    before = tmp_path / "round2020" / "observations.parquet"
    write_parquet(read_parquet(before).assign(coverage_people=0.70), before)
    row = made(two_rounds, tmp_path / "out")[0].set_index("place").loc["KH9901"]
    assert (row["base_coverage"], row["now_coverage"]) == (0.70, 0.99)
    assert row["note"] == "two_points other_coverage one_interval"


def test_the_same_bytes_twice(two_rounds, tmp_path):
    made(two_rounds, tmp_path / "a")
    made(replace(two_rounds, threads=4), tmp_path / "b")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name
        assert str(tmp_path) not in path.read_bytes().decode("latin-1"), "no path of a machine"


def test_a_nation_that_was_not_rolled_up_has_empty_tables(two_rounds, tmp_path):
    given = replace(two_rounds, done={}, nation=two_rounds.nation.model_copy(update={"rounds": ()}))
    progress, changes, said = made(given, tmp_path / "out")
    assert (len(progress), len(changes), said["series"]) == (0, 0, 0)


# -------------------------------------------------------------------------------------- rounds of nations as they are made


def rolled_up(given, root):
    """Return the inputs of a nation with its sums made."""
    return with_step(given, Step("rollup", "citiesforall.nation.rollup:make_rollup", ("members",)), root)


def publish(given, folder):
    """Publish a round of a nation as the next one reads it."""
    folder.mkdir()
    for step, name in (("members", "members"), ("members", "places"), ("rollup", "observations")):
        shutil.copy(given.done[step] / f"{name}.parquet", folder)
    (folder / "rounds").mkdir()
    return make_rounds(given, folder / "rounds")


def test_the_same_krongs_again_are_unchanged(nation, tmp_path):
    given = rolled_up(nation, tmp_path / "store")
    publish(given, tmp_path / "before")
    rounds = Nation.model_validate(
        NATION | {"rounds": [{"folder": "before", "year": 2024}], "folder": tmp_path}
    )
    _, changes, said = made(replace(given, nation=rounds), tmp_path / "out")
    told = changes[changes["status"] != "missing"]
    assert len(told) > 100
    assert (told["difference"] == 0).all()
    assert set(told["note"]) == {"unchanged"}
    assert said["rounds"] == ["2024", "2025"]
    assert {"KH", "KH98", "KH99", "KH9901", "KH9902", "KH9801"} <= set(told["place"])


def test_krongs_of_which_one_has_another_source(nation, tmp_path):
    given = rolled_up(nation, tmp_path / "store")
    publish(given, tmp_path / "before")
    record = tmp_path / "before" / "rounds" / "basis.json"
    said = json.loads(record.read_text("utf-8"))
    for source in said["cities"]["KH9902"]["sources"].values():
        source["sha256"] = "another"
    record.write_text(json.dumps(said), "utf-8")
    path = tmp_path / "before" / "observations.parquet"
    table = read_parquet(path)
    moved = (
        (table["indicator"] == "population")
        & (table["group"] == "all")
        & table["place"].isin(["KH", "KH99", "KH9902"])
    )
    table.loc[moved, ["value", "num"]] -= 100.0
    write_parquet(table, path)
    rounds = Nation.model_validate(
        NATION | {"rounds": [{"folder": "before", "year": 2024}], "folder": tmp_path}
    )
    _, changes, _ = made(replace(given, nation=rounds), tmp_path / "out")
    people = changes[changes["indicator"] == "population"].set_index("place")
    # A hundred people more: all of them in the krong whose source is another, so of the data at every level.
    for place in ("KH9902", "KH99", "KH"):
        assert people.loc[place, "difference"] == 100.0
        assert people.loc[place, "of_data"] == pytest.approx(100.0), place
        assert people.loc[place, "not_told_apart"] == pytest.approx(0.0)
    assert people.loc["KH9901", "difference"] == 0.0


def test_a_district_of_cambodia_that_gives_a_commune_away(cambodia, tmp_path):
    given = with_step(
        cambodia, Step("members", "citiesforall.nation.members:make_members"), tmp_path / "store"
    )
    given = rolled_up(given, tmp_path / "store")
    publish(given, tmp_path / "before")
    record = tmp_path / "before" / "rounds" / "basis.json"
    said = json.loads(record.read_text("utf-8"))
    places = read_parquet(tmp_path / "before" / "places.parquet")
    first, other = sorted(
        places.loc[(places["level"] == "district") & (places["parent"] == "KH01"), "place"]
    )[:2]
    commune = min(places.loc[places["parent"] == first, "place"])
    # Before, the first district's commune was the other district's: amounts of both districts go with it.
    places.loc[places["place"] == commune, "parent"] = other
    write_parquet(places, tmp_path / "before" / "places.parquet")
    for one in said["cities"]["KH"]["places"]:
        if one["place"] == commune:
            one["parent"] = other
    record.write_text(json.dumps(said), "utf-8")
    path = tmp_path / "before" / "observations.parquet"
    table = read_parquet(path)
    of = table[(table["indicator"] == "idpoor_households") & (table["group"] == "all")]
    gone = of.set_index("place").loc[commune]
    for district, sign in ((first, -1), (other, 1)):
        at = of.index[of["place"] == district][0]
        num, den = table.loc[at, "num"] + sign * gone["num"], table.loc[at, "den"] + sign * gone["den"]
        table.loc[at, ["num", "den", "value"]] = num, den, 100 * num / den
    write_parquet(table, path)
    nation = given.nation.model_copy(
        update={
            "rounds": Nation.model_validate(NATION | {"rounds": [{"folder": "before", "year": 2020}]}).rounds,
            "folder": tmp_path,
        }
    )
    _, changes, _ = made(replace(given, nation=nation), tmp_path / "out")
    rows = changes[changes["indicator"] == "idpoor_households"].set_index("place")
    for district in (first, other):
        assert rows.loc[district, "difference"] != 0
        assert rows.loc[district, "of_boundaries"] == pytest.approx(
            rows.loc[district, "difference"], abs=1e-9
        )
        assert rows.loc[district, ["of_world", "of_data", "of_methods"]].eq(0).all()
    assert rows.loc["KH01", "difference"] == 0
    assert rows.loc["KH", "note"] == "unchanged"
