"""Two runs of one city, or two cities: what differs, by how much, and why."""

import copy
import json
import math
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiesforall.core.errors import InputError
from citiesforall.core.tables import OBSERVATIONS, read_parquet, write_parquet
from citiesforall.report.compare import COLUMNS, compare_runs
from citiesforall.report.compare_gap import joined, with_gaps
from citiesforall.report.compare_read import Run
from citiesforall.text import word

SOURCE = {
    "provider": "Office", "roles": ["people"], "vintage": "2020", "period": "2020", "sha256": "a" * 64,
    "error": {"relative_sd": 0.1}, "title": "People",
}  # fmt: skip
CHOICES = {"walk_m_s": 1.2, "seed": 1, "draws": 4, "threads": 2}
SHARE, COUNT, OTHER = "health_centre_access", "population", "voter_turnout"
VALUES = {
    ("KH1", SHARE): (50.0, 40.0, 60.0), ("KH11", SHARE): (30.0, 20.0, 40.0), ("KH1", COUNT): (1000.0, 900.0, 1100.0),
    ("KH11", COUNT): (600.0, 500.0, 700.0), ("KH1", OTHER): (80.0, math.nan, math.nan),
}  # fmt: skip


def said_of(code="KH1", period="2020"):
    """Return a run.json of a city with two places and two sources."""
    other = {**SOURCE, "provider": "Council", "roles": ["registers"], "sha256": "b" * 64, "error": None}
    return {
        "run": "run1", "code": "code1", "seed": 1, "draws": 4, "choices": dict(CHOICES), "software": "citiesforall",
        "city": {"code": code, "name": "Town", "name_km": "ក្រុង", "period": period, "invented": False},
        "sources": {"people": copy.deepcopy(SOURCE), "council": other},
        "places": [
            {"place": code, "parent": None, "area_m2": 2e6, "name": "Town", "name_km": None},
            {"place": f"{code}1", "parent": code, "area_m2": 1e6, "name": "North", "name_km": None},
        ],
        "indicators": {SHARE: {"sources": ["people"]}, COUNT: {"sources": ["people"]}, OTHER: {"sources": ["council"]}},
    }  # fmt: skip


def make_run(folder, said=None, values=None, draws=None, versions=None):
    """Write a published folder by hand: observations, run.json and, where given, draws per value."""
    folder.mkdir(parents=True)
    said = said or said_of()
    rows = [
        {
            "place": place, "group": "all", "indicator": key, "version": (versions or {}).get(key, 1),
            "period": said["city"]["period"], "value": value, "low": low, "high": high, "num": value, "den": 1.0, "n": 5.0,
            "status": "missing" if math.isnan(value) else "ok", "run": said["run"],
        }
        for (place, key), (value, low, high) in (values or VALUES).items()
    ]  # fmt: skip
    write_parquet(pd.DataFrame(rows, columns=list(OBSERVATIONS)), folder / "observations.parquet")
    (folder / "run.json").write_text(json.dumps(said), "utf-8")
    if draws is not None:
        index = pd.DataFrame(
            [
                {
                    "indicator": key,
                    "group": "all",
                    "place": place,
                    "num_at": at,
                    "den_at": -1,
                    "num": one[0],
                    "den": 1.0,
                    "additive": True,
                }
                for at, ((place, key), one) in enumerate(draws.items())
            ]
        )
        write_parquet(index, folder / "draws_index.parquet")
        np.save(folder / "draws.npy", np.array(list(draws.values()), float))
    return folder


def row(comparison, key=SHARE, place="KH1"):
    """Return one row of a comparison."""
    table = comparison.table
    return table[(table["indicator"] == key) & (table["place"] == place)].iloc[0]


def changed(values, **new):
    """Return values with those of one indicator changed by an amount."""
    return {
        (place, key): tuple(x + new.get(key, 0.0) for x in value) for (place, key), value in values.items()
    }


@pytest.mark.parametrize(("lang", "says"), [("en", "Nothing changed: 5 values"), ("km", "គ្មានអ្វីប្រែប្រួល")])
def test_a_run_compared_with_itself_has_nothing_changed(tmp_path, lang, says):
    folder = make_run(tmp_path / "a")
    found = compare_runs(folder, folder, lang)
    assert says in found.lines[-1]
    assert tuple(found.table.columns) == COLUMNS
    assert (found.table["why"] == "").all()
    assert (found.table["difference"] == 0).all()


def test_another_version_of_a_definition_is_method_and_touches_its_indicator_alone(tmp_path):
    a = make_run(tmp_path / "a")
    b = make_run(tmp_path / "b", values=changed(VALUES, **{SHARE: 5.0}), versions={SHARE: 2})
    found = compare_runs(a, b, "en")
    assert row(found)["why"] == "method"
    assert row(found, COUNT)["why"] == ""
    assert "another definition of People within a 30-minute walk" in "\n".join(found.lines)


def test_another_file_of_the_same_edition_is_data(tmp_path):
    said = said_of()
    said["sources"]["people"]["sha256"] = "c" * 64
    b = make_run(tmp_path / "b", said, changed(VALUES, **{SHARE: 5.0}))
    found = compare_runs(make_run(tmp_path / "a"), b, "en")
    assert row(found)["why"] == "data"
    assert row(found, OTHER)["why"] == ""
    assert "Data: people: another file of the same edition" in "\n".join(found.lines)


def test_another_source_is_data_even_under_another_name(tmp_path):
    said = said_of()
    said["sources"]["satellite"] = {**said["sources"].pop("people"), "provider": "Agency", "sha256": "d" * 64}
    said["indicators"][SHARE] = said["indicators"][COUNT] = {"sources": ["satellite"]}
    b = make_run(tmp_path / "b", said, changed(VALUES, **{SHARE: 5.0}))
    found = compare_runs(make_run(tmp_path / "a"), b, "en")
    assert row(found)["why"] == "data"
    assert "people is used in the first run only" in "\n".join(found.lines)


def test_a_later_edition_about_a_later_time_is_the_city_itself(tmp_path):
    said = said_of(period="2024")
    said["sources"]["people"] |= {"sha256": "c" * 64, "vintage": "2024", "period": "2024"}
    said["sources"]["council"] |= {"sha256": "e" * 64, "vintage": "2024", "period": "2024"}
    b = make_run(tmp_path / "b", said, changed(VALUES, **{SHARE: 5.0, OTHER: 2.0}))
    found = compare_runs(make_run(tmp_path / "a"), b, "en")
    assert set(found.table["why"]) == {"world"}
    assert "edition 2020, then 2024" in "\n".join(found.lines)


def test_a_later_edition_under_a_new_id_of_the_same_provider_is_the_same_series(tmp_path):
    said = said_of(period="2024")
    newer = {**said["sources"].pop("people"), "sha256": "c" * 64, "vintage": "2024", "period": "2024"}
    said["sources"]["people_2024"] = newer
    said["indicators"][SHARE] = said["indicators"][COUNT] = {"sources": ["people_2024"]}
    found = compare_runs(
        make_run(tmp_path / "a"), make_run(tmp_path / "b", said, changed(VALUES, **{SHARE: 1.0})), "en"
    )
    assert row(found)["why"] == "world"


def test_a_later_edition_without_a_later_period_is_data(tmp_path):
    said = said_of()
    said["sources"]["people"] |= {"sha256": "c" * 64, "vintage": "2024", "period": "2024"}
    b = make_run(tmp_path / "b", said, changed(VALUES, **{SHARE: 5.0}))
    assert row(compare_runs(make_run(tmp_path / "a"), b, "en"))["why"] == "data"


def test_the_same_data_called_a_later_time_is_the_city_file(tmp_path):
    found = compare_runs(make_run(tmp_path / "a"), make_run(tmp_path / "b", said_of(period="2024")), "en")
    assert set(found.table["why"]) == {"choices"}
    assert "the same data are said to be about 2020, then about 2024" in "\n".join(found.lines)


def test_a_choice_is_the_city_file_and_threads_are_no_choice(tmp_path):
    said = said_of()
    said["choices"] |= {"walk_m_s": 1.0, "threads": 8}
    found = compare_runs(
        make_run(tmp_path / "a"), make_run(tmp_path / "b", said, changed(VALUES, **{SHARE: -3.0})), "en"
    )
    assert row(found)["why"] == "choices"
    assert "City file: walk_m_s: 1.2, then 1.0" in "\n".join(found.lines)
    assert "threads" not in "\n".join(found.lines)


def test_a_border_that_moved_is_boundaries_and_only_of_its_place(tmp_path):
    said = said_of()
    said["places"][1]["area_m2"] = 1.1e6
    values = {key: (value[0] + 5 * (key == ("KH11", SHARE)), *value[1:]) for key, value in VALUES.items()}
    found = compare_runs(make_run(tmp_path / "a"), make_run(tmp_path / "b", said, values), "en")
    assert row(found, place="KH11")["why"] == "boundaries"
    assert row(found)["why"] == ""
    assert "North has another border: 1.000 km², then 1.100 km²" in "\n".join(found.lines)


def test_what_the_runs_do_not_tell_is_said_to_be_untold(tmp_path):
    b = make_run(tmp_path / "b", values=changed(VALUES, **{SHARE: 5.0}))
    assert row(compare_runs(make_run(tmp_path / "a"), b, "en"))["why"] == "untold"


def test_several_reasons_are_all_said_and_not_weighed(tmp_path):
    said = said_of()
    said["choices"]["walk_m_s"] = 1.0
    said["sources"]["people"]["sha256"] = "c" * 64
    b = make_run(tmp_path / "b", said, changed(VALUES, **{SHARE: 5.0}), versions={SHARE: 2})
    found = compare_runs(make_run(tmp_path / "a"), b, "en")
    assert row(found)["why"] == "method data choices"
    assert "cannot tell how much each" in "\n".join(found.lines)


def test_a_value_in_one_run_alone_is_a_row_without_difference(tmp_path):
    values = {**VALUES, ("KH1", OTHER): (math.nan,) * 3}
    found = compare_runs(make_run(tmp_path / "a"), make_run(tmp_path / "b", values=values), "en")
    lost = row(found, OTHER)
    assert lost["why"] == "missing"
    assert math.isnan(lost["difference"])
    assert lost["b_status"] == "missing"
    assert any("80.0%, No data; unknown" in line for line in found.lines)


def test_the_interval_of_a_difference_of_independent_values_by_hand(tmp_path):
    # a = 50 (40 to 60), b = 70 (60 to 85): 20 - sqrt((70-60)^2 + (60-50)^2) = 5.858; 20 + sqrt((85-70)^2 + (50-40)^2) = 38.028
    said = said_of()
    said["sources"]["people"]["sha256"] = "c" * 64
    values = {**VALUES, ("KH1", SHARE): (70.0, 60.0, 85.0)}
    one = row(compare_runs(make_run(tmp_path / "a"), make_run(tmp_path / "b", said, values), "en"))
    assert one["difference"] == 20.0
    assert one["low"] == pytest.approx(5.857864, abs=1e-6)
    assert one["high"] == pytest.approx(38.027756, abs=1e-6)
    assert one["how"] == "intervals"


DRAWN = {("KH1", SHARE): [0.50, 0.40, 0.50, 0.60]}
"""Draws of 50 % (as published first); shares are kept in SI."""


def paired(tmp_path, **changes):
    """Compare two runs with draws that err together: b is 10 points above a in every draw but one."""
    said = said_of()
    said["choices"]["walk_m_s"] = 1.0
    said |= changes
    up = {("KH1", SHARE): [0.60, 0.50, 0.60, 0.71]}
    values = {**VALUES, ("KH1", SHARE): (60.0, 50.0, 71.0)}
    a = make_run(tmp_path / "a", draws=DRAWN)
    return row(compare_runs(a, make_run(tmp_path / "b", said, values, draws=up), "en"))


def test_errors_that_both_share_drop_out_of_the_difference(tmp_path):
    # Draw by draw: 10, 10, 11 points; 2.5 and 97.5 percentiles of {10, 10, 11}: 10 and 10.95. The two intervals alone: 10 -+ 14.
    one = paired(tmp_path)
    assert one["how"] == "draws"
    assert one["low"] == pytest.approx(10.0)
    assert one["high"] == pytest.approx(10.95)


@pytest.mark.parametrize(
    "changes", [{"seed": 2}, {"sources": {**said_of()["sources"], "people": {**SOURCE, "sha256": "c" * 64}}}]
)
def test_draws_are_paired_only_where_seed_and_sources_are_shared(tmp_path, changes):
    one = paired(tmp_path, **changes)
    assert one["how"] == "intervals"
    assert one["low"] == pytest.approx(10 - math.hypot(10, 10))


def run_of(values):
    """Return a run in memory, without draws."""
    rows = [(f"KH{at}", "all", SHARE, 1, "2020", *three, "ok") for at, three in enumerate(values)]
    columns = ["place", "group", "indicator", "version", "period", "value", "low", "high", "status"]
    return Run(Path(), said_of(), pd.DataFrame(rows, columns=columns), None, None)


threes = st.tuples(*[st.floats(-1e6, 1e6)] * 3).map(sorted).map(lambda x: (x[1], x[0], x[2]))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(threes, threes), min_size=1, max_size=8))
def test_the_interval_holds_the_difference_and_turns_with_it(pairs):
    a, b = (run_of([pair[at] for pair in pairs]) for at in (0, 1))
    there, back = (with_gaps(joined(x, y).assign(sources=""), x, y, frozenset()) for x, y in ((a, b), (b, a)))
    assert (there["low"] <= there["difference"]).all()
    assert (there["difference"] <= there["high"]).all()
    np.testing.assert_allclose(there["low"], -back["high"], rtol=0, atol=1e-9)


def other_city(tmp_path, value, versions=None):
    """Compare the town with another city."""
    values = {("BR2", SHARE): value, ("BR2", COUNT): (2000.0, math.nan, math.nan)}
    b = make_run(tmp_path / "b", said_of("BR2"), values, versions=versions)
    return compare_runs(make_run(tmp_path / "a"), b, "en")


@pytest.mark.parametrize(
    ("value", "told"),
    [((70.0, 61.0, 75.0), "lower"), ((70.0, 59.0, 75.0), "overlap"), ((30.0, 20.0, 39.0), "higher")],
)
def test_a_city_is_called_higher_only_where_intervals_lie_apart(tmp_path, value, told):
    found = other_city(tmp_path, value)
    assert row(found)["told"] == told
    assert row(found, COUNT)["told"] == "unknown"
    assert row(found)["place_b"] == "BR2"
    assert (found.table["why"] == "").all()


def test_cities_are_compared_by_one_definition_only(tmp_path):
    found = other_city(tmp_path, (70.0, 61.0, 75.0), versions={SHARE: 2})
    assert list(found.table["indicator"]) == [COUNT]
    assert "1 are left out, for the cities have values of other versions" in "\n".join(found.lines)


def spoil_json(folder):
    (folder / "run.json").write_text("{", "utf-8")


def spoil_words(folder):
    (folder / "run.json").write_text("{}", "utf-8")


def spoil_table(folder):
    (folder / "observations.parquet").write_bytes(b"PAR1 no")


def spoil_draws(folder):
    (folder / "draws.npy").write_bytes(b"no")


def spoil_index(folder):
    np.save(folder / "draws.npy", np.empty((0, 4)))


def drop_table(folder):
    (folder / "observations.parquet").unlink()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (shutil.rmtree, "there is no such folder"), (drop_table, "not a finished run, for it has no observations.parquet"),
        (spoil_json, "it is not JSON"), (spoil_words, "it does not say run, code, city"), (spoil_table, "it is not a table"),
        (spoil_draws, "the file is spoilt"), (spoil_index, "do not belong together"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_said_in_one_line(tmp_path, spoil, says):
    a, b = make_run(tmp_path / "a"), make_run(tmp_path / "b", draws=DRAWN)
    spoil(b)
    with pytest.raises(InputError, match=says) as raised:
        compare_runs(a, b, "en")
    assert len(raised.value.faults) == 1
    assert "\n" not in raised.value.faults[0]


def test_runs_without_a_common_indicator_are_refused(tmp_path):
    b = make_run(tmp_path / "b", said_of("BR2"), {("BR2", "bribery"): (3.0, 2.0, 4.0)})
    with pytest.raises(InputError, match="no indicator has a value in both"):
        compare_runs(make_run(tmp_path / "a"), b, "en")


def test_a_measured_town_has_nothing_changed_and_a_slower_walk_is_its_city_file(town_out, tmp_path):
    _, out = town_out
    same = compare_runs(out / "kh9901", out / "kh9901", "en")
    assert same.lines[-1].startswith("Nothing changed")
    slower = tmp_path / "slower"
    shutil.copytree(out / "kh9901", slower)
    said = json.loads((slower / "run.json").read_text("utf-8"))
    said["choices"]["walk_m_s"] = 1.0
    (slower / "run.json").write_text(json.dumps(said), "utf-8")
    table = read_parquet(slower / "observations.parquet")
    table.loc[table["indicator"] == SHARE, ["value", "low", "high"]] -= 1.0
    write_parquet(table, slower / "observations.parquet")
    found = compare_runs(out / "kh9901", slower, "en").table
    assert set(found.loc[found["indicator"] == SHARE, "why"]) == {"choices"}
    assert (found.loc[found["indicator"] != SHARE, "why"] == "").all()


@pytest.mark.real
@pytest.mark.parametrize("lang", ["en", "km"])
def test_two_real_cities_stand_side_by_side(lang):
    out = Path(os.environ.get("CITIES_RESULTS", Path(__file__).parents[2] / "out"))
    folders = [out / "kh12_centre", out / "br4314902_sample"]
    if not all(folder.is_dir() for folder in folders):
        pytest.skip("no results of both cities; set CITIES_RESULTS to the folder of a run")
    found = compare_runs(*folders, lang)
    table = found.table.set_index(["indicator", "group"])
    tables = [read_parquet(folder / "observations.parquet") for folder in folders]
    for (key, group), one in table.iterrows():
        for side, place, given_ in zip("ab", (one["place"], one["place_b"]), tables, strict=True):
            here = given_[
                (given_["indicator"] == key) & (given_["group"] == group) & (given_["place"] == place)
            ]
            assert one[side] == here["value"].iloc[-1]
    assert (found.table["version_a"] == found.table["version_b"]).all()
    apart = found.table["told"].isin(["higher", "lower"])
    overlap = (found.table["a_low"] <= found.table["b_high"]) & (
        found.table["b_low"] <= found.table["a_high"]
    )
    assert not (apart & overlap).any()
    assert word("status", "ok", lang)  # both languages are whole
