"""What an interval is made of: one source with all the error, two that add up, and what `cities explain` says of it."""

import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from citiesforall.core.indicator import Indicator
from citiesforall.measure import methods
from citiesforall.measure.layers import Layers, Ways
from citiesforall.measure.parts_of_error import Part, erring, only, split_draws, split_number, values_of
from citiesforall.pipeline.explain import _interval
from citiesforall.pipeline.run import run_city
from citiesforall.text import word
from tests.town.make_town import make_town

assert methods.MODULES, "importing them registers the methods"
S, C, F = 401, 400, 60
SPEEDS = {"walk_m_s": 1.0, "slow_walk_m_s": 0.8}
SOURCES = {"people": "grid", "pm25_ug_m3": "air", "survey": "survey"}
CLINIC = Indicator.model_validate(
    {
        "id": "clinic", "title": "t", "meaning": "m", "dimension": "health", "unit": "%", "better": "higher",
        "method": "share_within_walk", "with": {"to": "clinic", "minutes": 15},
    }
)  # fmt: skip
AIR = CLINIC.model_copy(
    update={"id": "air", "method": "weighted_mean", "options": {"of": "pm25_ug_m3"}, "unit": "ug/m3"}
)
REGISTER, MAP = Part("list", "register"), Part("list", "map")
PEOPLE, DUST = Part("people", "grid"), Part("column:pm25_ug_m3", "air")


def city(*errs):
    """Return a made-up city of 400 cells and 60 clinics, half of them of each list; `errs` names what errs."""
    chance = np.random.default_rng(4)
    people = chance.uniform(5, 50, C)
    spread = np.exp(0.4 * chance.normal(size=(S, C)))
    spread[0] = 1
    lists = ["register"] * (F // 2) + ["map"] * (F // 2)
    gone = np.array([0.1 if source in errs else 0.0 for source in lists])
    present = chance.uniform(size=(S, F)) >= gone
    present[0] = True
    facility = np.stack([chance.permutation(F)[:2] for _ in range(C)]).T.astype(np.int32)
    first = chance.uniform(200, 1200, C)
    air = chance.uniform(10, 40, C)
    way = Ways(
        np.stack([first, first + 500]),
        facility,
        present if gone.any() else present[:1],
        False,
        ("register", "map"),
    )
    layers = Layers(
        group="all", people=people * spread if "people" in errs else people[None, :], people_past=None, walk_m_s=1.0,
        base_walk_m_s=1.0, cells={"people": people, "pm25_ug_m3": air}, known_street=np.ones(C, bool), leg_m=np.zeros(C),
        ways={"clinic": way}, starts=np.array([0, C // 2]), belongs=np.array([[True, True], [True, False], [False, True]]),
        drawn={"pm25_ug_m3": air * np.exp(0.05 * spread * (np.arange(S) > 0)[:, None])} if "air" in errs else {},
    )  # fmt: skip
    return erring(layers, SOURCES, {"clinic": lists})


@pytest.mark.parametrize(
    ("errs", "part", "one"),
    [("people", PEOPLE, CLINIC), ("register", REGISTER, CLINIC), ("air", DUST, AIR)],
)
def test_a_source_with_all_the_error_has_all_of_the_interval(errs, part, one):
    found = city(errs)
    assert found.parts == (part,)
    for row in range(3):
        split = split_number(found, one, "all", row, SPEEDS)
        assert [alone.part for alone in split.parts] == [part]
        assert split.parts[0].share == pytest.approx(1, abs=1e-12)
        assert split.together == pytest.approx(0, abs=1e-12)
        assert split.parts[0].half_width == split.half_width


def test_a_source_that_errs_but_cannot_touch_the_number_has_none():
    split = split_number(city("people", "register", "air"), AIR, "all", 0, SPEEDS)
    assert {alone.part for alone in split.parts} == {PEOPLE, DUST}, "air is not walked to"
    split = split_number(city("people", "air"), CLINIC, "all", 0, SPEEDS)
    assert {alone.part: alone.variance for alone in split.parts}[DUST] == 0


def test_two_lists_that_err_by_themselves_add_up():
    """Var(a + b) = Var a + Var b + 2 cov; the covariance of independent draws is 0 but for their number."""
    found = city("register", "map")
    assert found.parts == (MAP, REGISTER)
    split = split_number(found, CLINIC, "all", 0, SPEEDS)
    variances = {alone.part: alone.variance for alone in split.parts}
    covariance = 2 * np.sqrt(variances[MAP] * variances[REGISTER] / S)  # its standard error
    assert split.variance == pytest.approx(sum(variances.values()), abs=3 * covariance)
    assert sum(alone.share for alone in split.parts) + split.together == pytest.approx(1)
    assert abs(split.together) < 0.1


def test_people_and_a_list_share_an_interval():
    split = split_number(city("people", "register"), CLINIC, "all", 1, SPEEDS)
    shares = {alone.part.what: alone.share for alone in split.parts}
    assert set(shares) == {"people", "list"}
    assert all(0.02 < share < 0.98 for share in shares.values())
    assert sum(shares.values()) + split.together == pytest.approx(1)
    assert abs(split.together) < 0.1
    assert split.parts[0].share >= split.parts[1].share, "the widest first"
    assert max(alone.half_width for alone in split.parts) < split.half_width


def test_what_does_not_err_is_as_published():
    found = city("people", "register", "map", "air")
    for part in found.parts:
        layers = only(found, part)
        assert layers.people.shape[0] == (S if part == PEOPLE else 1)
        assert layers.drawn["pm25_ug_m3"].shape[0] == (S if part == DUST else 1)
        present = layers.ways["clinic"].present
        if part == REGISTER:
            assert present[:, F // 2 :].all()
            assert not present[:, : F // 2].all()
        elif part == MAP:
            assert present[:, : F // 2].all()
        else:
            assert present.shape[0] == 1
    assert (
        values_of(found.layers, CLINIC, "all", 0, SPEEDS)[0]
        == values_of(only(found, PEOPLE), CLINIC, "all", 0, SPEEDS)[0]
    )


def test_draws_that_add_up_exactly_are_split_exactly():
    a, b = np.random.default_rng(0).normal(size=(2, 501))
    a[0] = b[0] = 0
    split = split_draws(5 + 3 * a + 4 * b, {PEOPLE: 5 + 3 * a, REGISTER: 5 + 4 * b, MAP: np.array([5.0])})
    assert [alone.part for alone in split.parts] == [REGISTER, PEOPLE, MAP]
    assert split.together == pytest.approx(0, abs=1e-12)
    assert split.parts[0].share == pytest.approx(16 / 25, abs=0.05)
    assert split.parts[0].half_width == pytest.approx(4 * 1.96, rel=0.1)
    assert split.parts[2].share == split.parts[2].half_width == 0


def test_what_exists_only_together_is_said():
    a, b = np.random.default_rng(0).normal(size=(2, 2001))
    a[0] = b[0] = 0
    split = split_draws(a * b, {PEOPLE: a * 0, REGISTER: b * 0})
    assert split.together == pytest.approx(1)


def test_no_error_or_no_bound_is_not_split():
    same = np.full(50, 3.0)
    assert split_draws(same, {PEOPLE: same}) is None
    assert split_draws(same[:1], {}) is None
    drawn = np.random.default_rng(0).normal(size=50)
    unbounded = drawn.copy()
    unbounded[::5] = np.inf
    unbounded[0] = 1
    assert split_draws(unbounded, {PEOPLE: drawn}) is None
    hardly = np.random.default_rng(0).normal(size=201)
    hardly[7] = np.nan
    assert split_draws(hardly, {PEOPLE: hardly}).parts[0].share == pytest.approx(1)


def test_a_group_is_split_as_everybody():
    found = city("people", "register")
    women = found.layers.column("people") * np.linspace(0.3, 0.7, C)
    layers = replace(found.layers, cells={**found.layers.cells, "people_women": women})
    split = split_number(replace(found, layers=layers), CLINIC, "women", 0, SPEEDS)
    assert {alone.part.what for alone in split.parts} == {"people", "list"}


LINE = re.compile(r"^    (.+): ± ([\d.,]+) .*?(?:(-?\d+) %|< 1 %), (.+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Return the folders of results of Little Town: only people err, people and lists err."""
    folders = {}
    for errors in ("people", "people lists"):
        folder = tmp_path_factory.mktemp(errors.replace(" ", "_"))
        run_city(make_town(folder / "data", errors=errors), folder / "out", threads=1)
        folders[errors] = folder / "out"
    return folders


def test_explain_names_the_one_source_that_errs(ran, cities):
    said = cities("explain", "public_transport_access", "--out", ran["people"]).out
    ((what, _, share, source),) = LINE.findall(said)
    assert (what, share, source) == (word("error_part", "people", "en"), "100", "people of Little Town")
    assert "only together: < 1 %" in said


def test_explain_splits_what_errs_together(ran, cities):
    said = cities("explain", "public_transport_access", "--out", ran["people lists"]).out
    found = {line[0]: (float(line[1]), line[2], line[3]) for line in LINE.findall(said)}
    assert set(found) == {word("error_part", one, "en") for one in ("people", "list")}
    assert found[word("error_part", "people", "en")][2] == "people of Little Town"
    low, high = map(float, re.search(r"95 % interval: ([\d.]+) % to ([\d.]+) %", said).groups())
    assert all(half <= (high - low) / 2 + 0.1 for half, _, _ in found.values())
    assert re.search(r"only together: (-?\d+ %|< 1 %)", said)


def test_explain_says_status_and_cases_in_khmer_too(ran, cities):
    said = cities("explain", "pm25_mean", "--out", ran["people"], "--lang", "km").out
    assert word("explain", "parts", "km") in said
    assert word("error_part", "people", "km") in said
    assert word("status", "estimated", "km") in said


def test_explain_says_when_the_layers_are_gone(ran, cities, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(ran["people"], out)
    shutil.rmtree(out / ".store" / "walks")
    said = cities("explain", "public_transport_access", "--out", out)
    assert said.code == 0
    assert "no longer in the store" in said.out
    assert "(walks)" in said.out
    assert "95 % interval" in said.out


def test_explain_says_when_this_version_measures_something_else(ran, cities, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(ran["people"], out)
    cells = next((out / ".store" / "cells").glob("*/cells.parquet"))
    from citiesforall.core.tables import read_parquet, write_parquet  # noqa: PLC0415

    table = read_parquet(cells)
    write_parquet(table.assign(people=table["people"][::-1].to_numpy()), cells)
    assert (
        "this version measures another value"
        in cities("explain", "public_transport_access", "--out", out).out
    )


def test_a_number_without_an_interval_is_not_split(ran, cities):
    said = cities("explain", "land_area", "--out", ran["people"]).out
    assert "interval: none" in said
    assert word("explain", "parts", "en") not in said


@pytest.mark.parametrize(
    ("method", "status", "how"),
    [
        ("survey_share", "ok", "by the sample's design"), ("survey_mean", "low_n", "by the sample's design"),
        ("survey_share", "modelled", "by the model"), ("survey_quantile", "ok", "200 draws"),
        ("share_within_walk", "ok", "200 draws"),
    ],
)  # fmt: skip
def test_explain_says_what_an_interval_rests_on(method, status, how):
    row = {"low": 10.0, "high": 20.0, "status": status}
    said = _interval(row, CLINIC.model_copy(update={"method": method}), {"draws": 200}, "en")
    assert said.startswith("  95 % interval: 10")
    assert said.endswith(f"({how})")
