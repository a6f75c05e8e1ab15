"""What if, from a city file and a scenario to lines of text and files beside the run."""

import hashlib
import json

import pandas as pd
import pytest

from citiesforall.core.errors import CitiesError
from citiesforall.core.tables import read_parquet
from citiesforall.pipeline.what_if import session, what_if, what_if_text
from tests.town.make_town import X0, Y0, make_town

SCENARIO = f"""
name = "A clinic, a stop"
[[change]]
do = "add_facility"
kind = "health_centre"
x = {X0 + 860}
y = {Y0 + 600}
name = "Venus"
[[change]]
do = "add_stop"
mode = "bus"
per_hour = 12
x = {X0 + 850}
y = {Y0 + 700}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return Little Town's city file, a folder of results, and a scenario."""
    folder = tmp_path_factory.mktemp("what_if")
    (folder / "s.toml").write_text(SCENARIO, "utf-8")
    city = make_town(folder / "data", errors="people lists", choices="draws = 10")
    return city, folder / "out", folder / "s.toml"


def shas(folder):
    """Return the checksum of every file."""
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "what_if" not in path.parts
    }


def test_an_answer_in_lines_and_in_files(place):
    city, out, scenario = place
    text = what_if_text(city, scenario, out=out, threads=1)
    assert text.startswith(
        "What if: A clinic, a stop, Little Town\n  1. A new facility: Public health centre"
    )
    assert "  2. A new stop: bus, " in text
    assert "\nTypical walk to a public health facility\n" in text
    assert "Little Town, All residents: " in text
    assert "People newly served: " in text
    folder = out / "kh9901" / "what_if" / "a_clinic_a_stop"
    assert text.endswith(f"Files: {folder}")
    table = read_parquet(folder / "observations.parquet")
    assert {
        "place",
        "group",
        "indicator",
        "before",
        "after",
        "difference",
        "num",
        "den",
        "n",
        "status",
    } <= set(table)
    assert len(table) == len(pd.read_csv(folder / "observations.csv"))
    said = json.loads((folder / "scenario.json").read_text("utf-8"))
    assert [one["do"] for one in said["scenario"]["changes"]] == ["add_facility", "add_stop"]
    assert said["scenario"]["changes"][0]["kind"] == "health_centre"


def test_in_khmer_with_intervals_and_nothing_else_touched(place):
    city, out, scenario = place
    what_if_text(city, scenario, out=out, lang="km", intervals=True, threads=1)
    before = shas(out)
    text = what_if_text(
        city, scenario, ["market@11.76,105.0078"], out=out, lang="km", intervals=True, threads=1
    )
    assert text.startswith("ចុះបើ: A clinic, a stop, ក្រុងតូច")
    assert "ចន្លោះជឿជាក់ 95% ក្រោយ: " in text
    assert shas(out) == before


def test_the_python_function_and_the_session_say_the_same(place):
    city, out, scenario = place
    rows = [{"do": "add_facility", "kind": "market", "x": X0 + 850.0, "y": Y0 + 700.0}]
    found = what_if(city, rows, out, threads=1)
    asked = session(city, out, threads=1)
    pd.testing.assert_frame_equal(found, asked.answer(rows), check_exact=True)
    assert len(what_if(str(city), str(scenario), str(out), threads=1))


def test_what_changes_nothing_is_said(place):
    city, out, _ = place
    assert "No number changes." in what_if_text(
        city, None, ["post_office@11.76,105.0078"], out=out, threads=1
    )


def test_faults_of_file_and_words_are_told_together_and_nothing_is_answered(place, tmp_path):
    city, _, _ = place
    bad = tmp_path / "bad.toml"
    bad.write_text('[[change]]\ndo = "remove_stpo"\n', "utf-8")
    with pytest.raises(CitiesError) as caught:
        what_if_text(city, bad, ["bank@x", "bnk@11.76,105.0"], out=tmp_path / "out", threads=1)
    assert len(caught.value.faults) == 3
    assert not (tmp_path / "out").exists()
    with pytest.raises(CitiesError, match="nothing is changed"):
        what_if_text(city, None, out=tmp_path / "out", threads=1)


def test_a_scenario_the_city_cannot_have_leaves_no_files(place):
    city, out, _ = place
    with pytest.raises(CitiesError, match="outside the city"):
        what_if(city, [{"do": "add_facility", "kind": "bank", "lon": 0.0, "lat": 0.0}], out, threads=1)
    assert not (out / "kh9901" / "what_if" / "what_if" / "none").exists()
