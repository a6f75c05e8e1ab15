"""A catalogue of interventions is checked as a whole, and every fault is one clear line."""

from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiesforall.core.action import action, action_texts, actions, read_actions
from citiesforall.core.action_checks import all_required, catalogue_faults
from citiesforall.core.errors import DeclarationError

CENTRE = """
code = "{code}"
title = "Health centre"
meaning = "A centre."
dimensions = ["health"]
side = "protection"
effect = "coverage"
serves = "health_centre"
reach_m = 2000
capacity = 10000
acts_on = ["health_centre_access"]
unit = "facility"
capital_usd = [100, 300]
om_usd_per_year = [10, 20]
grade = "C"
said_by = "ours"
standard_grade = "C"
standard_by = "ours"
lead_months = 18
life_years = 30
tier = "DM"
gender_effect = 1
gender = "care_near"
"""


def row(key, code="H1", **changes):
    text = CENTRE.format(code=code)
    for word, value in changes.items():
        lines = [line for line in text.splitlines() if line.split(" = ")[0] != word]
        text = "\n".join([*lines, *([f"{word} = {value}"] if value is not None else [])])
    return f"[{key}]\n{text}\n"


def faults(*texts, file="01_health.toml"):
    with pytest.raises(DeclarationError) as caught:
        read_actions({file: "\n".join(texts)})
    return caught.value.faults


def test_a_good_record_is_read():
    one = read_actions({"01_health.toml": row("centre")})["centre"]
    assert one.programme == "health"
    assert one.capital_usd == (100, 300)
    assert one.cost_by == "catalogue"


def test_one_number_is_a_range_of_no_width():
    assert read_actions({"01_health.toml": row("centre", capital_usd=180000)})["centre"].capital_usd == (
        180000,
        180000,
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"capital_usd": None}, "centre.capital_usd: this is missing. Add it."),
        ({"capital_usd": "[-5, 10]"}, "centre.capital_usd: [-5, 10] is no cost. Give numbers of at least 0."),
        ({"om_usd_per_year": "[nan, 10]"}, "centre.om_usd_per_year: [nan, 10] is no cost."),
        ({"capital_usd": "[300, 100]"}, "centre.capital_usd: the low end 300 is above the high end 100. Turn them round."),
        ({"capital_usd": "0", "om_usd_per_year": "0"}, "centre: capital_usd: nothing can be had for nothing"),
        ({"life_years": "0"}, "centre.life_years: 0 must be greater than 0."),
        ({"capacity": "0"}, "centre.capacity: 0 must be greater than 0."),
        ({"tier": '"DMK"'}, "centre.tier: 'DMK' is not known. Did you mean 'DM'?"),
        ({"acts_on": '["health_center_access"]'}, "Did you mean 'health_centre_access'?"),
        ({"serves": '"health_center"'}, "kind 'health_center' is not known. Did you mean 'health_centre'?"),
        ({"requires": '["road"]'}, "centre: requires: action 'road' is not known."),
        ({"excludes": '["centre"]'}, "centre: excludes: it excludes itself."),
        ({"requires": '["centre"]'}, "centre -> centre: these require each other in a circle"),
        ({"serves": None}, "serves: an action with effect 'coverage' needs it."),
        ({"per_unit": "2"}, "per_unit: it means nothing with effect 'coverage'."),
        ({"most_share": "0.5"}, "most_share: it means nothing with effect 'coverage'."),
        ({"partner": '"DM"'}, "partner: 'DM' leads already."),
        ({"grade": '"A"'}, "grade: 'A' does not go with 'ours'. A: a figure read at its source"),
        ({"said_by": '"nobody_2020"'}, "said_by: reference 'nobody_2020' is not known."),
        ({"gender": '"care"'}, "gender: reason 'care' is not known. Did you mean 'care_near'?"),
        ({"capitl": "5"}, "centre.capitl: this word is not known."),
        ({"code": "health"}, "centre.code: 'health' is not of the form"),
        ({"effect": '"city"'}, "max_units: an action with effect 'city' is one for the city."),
    ],
    ids=lambda one: str(one)[:40],
)  # fmt: skip
def test_every_fault_is_one_clear_line(changes, said):
    lines = faults(row("centre", **changes))
    assert any(said in line for line in lines), lines
    assert all(line.startswith("01_health.toml: centre") or "centre" in line for line in lines)
    assert all("\n" not in line for line in lines)


def test_a_dose_needs_an_indicator_with_a_direction():
    dose = {
        "effect": '"dose"', "serves": None, "reach_m": None, "capacity": None, "indicator": '"population"', "per_unit": "1",
        "target": "5", "acts_on": '["population"]',
    }  # fmt: skip
    assert any("'population' is neither good nor bad" in line for line in faults(row("centre", **dose)))
    dose |= {"indicator": '"safe_at_night"', "target": "120"}
    lines = faults(row("centre", **dose))
    assert any("acts_on: the indicator 'safe_at_night' is missing" in line for line in lines)
    assert any("target: 120 is outside the goalposts 20 to 100" in line for line in lines)


def test_all_faults_of_all_files_come_at_once():
    with pytest.raises(DeclarationError) as caught:
        read_actions(
            {
                "01_health.toml": row("one", capital_usd="[-1, 2]", tier='"XX"')
                + row("two", code="H2", life_years="0"),
                "02_education.toml": "not toml",
                "03_nothing.toml": row("three", code="H3"),
                "04_sanitation.toml": row("four", code="H3")
                + row("five", code="H5", requires='["one", "none"]'),
            }
        )
    lines = caught.value.faults
    assert len(lines) == 7
    assert any(line.startswith("02_education.toml: this is not TOML") for line in lines)
    assert any("programme 'nothing' is not known" in line for line in lines)
    assert any("code 'H3' is that of 'three' too" in line for line in lines)
    assert any("action 'none' is not known" in line for line in lines), (
        "a record with faults of its own is still there"
    )
    assert not any("'one' is not known" in line for line in lines)


def test_a_circle_is_named():
    lines = faults(
        row("cone", code="H1", requires='["alpha"]'),
        row("alpha", code="H2", requires='["beta"]'),
        row("beta", code="H3", requires='["cone"]'),
        row("free", code="H4"),
    )
    assert lines == (
        "alpha -> beta -> cone -> alpha: these require each other in a circle, so none can be first. Take one of them out of requires.",
    )


def test_a_prerequisite_that_is_excluded_is_named():
    (line,) = faults(row("one", excludes='["two"]', requires='["two"]'), row("two", code="H2"))
    assert "'one' and 'two' are both needed for it, and one excludes the other" in line
    lines = faults(
        row("one", requires='["two"]'),
        row("two", code="H2", requires='["three"]'),
        row("three", code="H3", excludes='["one"]'),
    )
    assert any(line.startswith("one: 'one' and 'three'") for line in lines)


def test_an_id_twice_in_two_files_is_told():
    with pytest.raises(DeclarationError, match="this id is declared twice"):
        read_actions({"01_health.toml": row("one"), "02_education.toml": row("one", code="H2")})


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_circles_are_found_exactly_where_there_are_any(pairs):
    """Held against networkx on random graphs of prerequisites."""
    graph = nx.DiGraph(pairs)
    base = actions()["health_post"]
    found = {
        f"a{node}": base.model_copy(
            update={"id": f"a{node}", "code": f"H{node}", "requires": tuple(f"a{to}" for to in graph[node])}
        )
        for node in graph
    }
    said = [line for line in catalogue_faults(found, set(found)) if "in a circle" in line]
    assert bool(said) == (not nx.is_directed_acyclic_graph(graph))
    for line in said:
        ring = line.split(":")[0].split(" -> ")
        assert ring[0] == ring[-1]
        assert all(graph.has_edge(int(a[1:]), int(b[1:])) for a, b in pairwise(ring))
    for node in graph:
        assert all_required(found, f"a{node}") - {f"a{node}"} == {
            f"a{to}" for to in nx.descendants(graph, node)
        }


def test_an_unknown_action_names_the_nearest():
    with pytest.raises(DeclarationError, match="Did you mean 'health_centre'"):
        action("health_center")


def test_texts_have_keys():
    texts = action_texts()
    assert len(texts) == 2 * len(actions())
    assert texts["action.health_centre.title"] == "Health centre"
