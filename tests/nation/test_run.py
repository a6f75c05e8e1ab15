"""A nation's run: what is finished stays, what fails is named, and no order changes anything."""

import json
import shutil
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace

import pytest
from tests.nation.conftest import shas

from citiesforall.core.nation import read_nation
from citiesforall.nation import run, tasks
from citiesforall.nation.entries import Entry, entries_of
from citiesforall.nation.given import CityRun
from citiesforall.nation.run import Wanted, inputs_of, make_cities, run_nation
from citiesforall.nation.steps import STEPS
from citiesforall.nation.tasks import Order, invent, kept_answer, make_city, package_sha, was_finished
from citiesforall.pipeline.run import CityDone


def order_of(entry, out, **words):
    return Order(
        entry,
        out,
        out.parent,
        words.pop("through", "diagnose"),
        words.pop("keep", "everything"),
        package_sha(),
        **words,
    )


def never(*_, **__):
    raise AssertionError("what is finished is not made again")


def test_every_step_is_there_and_needs_only_earlier_ones():
    seen = set()
    for step in STEPS:
        assert set(step.needs) <= seen, step.name
        module, function = step.maker.split(":")
        assert callable(getattr(__import__(module, fromlist=[function]), function))
        seen.add(step.name)


def test_a_finished_nation_costs_nothing_and_stays_as_it_is(nation_file, calm, monkeypatch):
    before = {path: path.stat().st_mtime_ns for path in calm.glob("[!.]*/**/*") if path.is_file()}
    monkeypatch.setattr(run, "make_city", never)
    monkeypatch.setattr(tasks, "finish_city", never)
    done = run_nation(nation_file, Wanted(calm, workers=1))
    assert not any(answer.fresh for answer in done.answers)
    assert not any(made.fresh for made in done.steps.values())
    assert "3 cities finished: 0 made now, 3 kept" in done.text
    after = {path: path.stat().st_mtime_ns for path in calm.glob("[!.]*/**/*") if path.is_file()}
    assert after == before


def test_no_timing_stands_among_the_results(calm):
    log = (calm / "nation_kh_cities_log.csv").read_text("utf-8").splitlines()
    assert log[0] == "file,code,seconds,made,why"
    assert len(log) == 4
    assert not any("seconds" in name or "log" in name for name in shas(calm))
    for path in (calm / "nation_kh").rglob("*.json"):
        assert str(calm) not in path.read_text("utf-8"), path


def test_published_files_are_what_the_steps_made(calm):
    folder = calm / "nation_kh"
    for name in (
        "members.parquet",
        "observations.csv",
        "nation.json",
        "common/common.parquet",
        "options/options.csv",
    ):
        assert (folder / name).is_file(), name


def test_a_city_that_fails_is_named_and_the_others_are_there(nation_file, calm, tmp_path):
    """One file is no TOML, one names a source that is not there, one is as it was."""
    shutil.copytree(nation_file.parent / "KH9901", tmp_path / "KH9901")
    text = (tmp_path / "KH9901" / "krong.toml").read_text("utf-8")
    (tmp_path / "broken.toml").write_text("period = ", "utf-8")
    lost = text.replace('data = "."', 'data = "nowhere"').replace("KH9901", "KH9905")
    (tmp_path / "lost.toml").write_text(lost, "utf-8")
    cities = "".join(
        f'[[cities]]\nfile = "{one}"\n' for one in ("broken.toml", "lost.toml", "KH9901/krong.toml")
    )
    head = 'period = "2025"\n[place]\ncode = "KH"\nname = "A"\ninvented = true\n[choices]\nthrough = "diagnose"\n'
    (tmp_path / "nation.toml").write_text(head + cities, "utf-8")
    nation = read_nation(tmp_path / "nation.toml")
    entries = entries_of(nation, "nation.toml")
    answers = make_cities(nation, entries, Wanted(tmp_path / "out", workers=1))
    given = inputs_of(nation, entries, answers, Wanted(tmp_path / "out"))
    assert [city.code for city in given.cities] == ["KH9901"]
    assert list(given.failed) == ["broken.toml", "lost.toml"]
    assert given.failed["broken.toml"].startswith("broken.toml: this is not TOML")
    assert "boundaries.geojson" in given.failed["lost.toml"]
    assert str(tmp_path) not in json.dumps(dict(given.failed))
    known = {name: sha for name, sha in shas(calm).items() if name.startswith("kh9901/")}
    assert shas(tmp_path / "out") == known
    other = inputs_of(nation, entries, answers[::-1], Wanted(tmp_path / "out"))
    assert (other.cities, list(other.failed.items())) == (given.cities, list(given.failed.items()))


def test_whatever_is_wrong_with_a_city_is_an_answer(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError(f"in {tmp_path}/out/.store/cells/x.npy\nand more")

    monkeypatch.setattr(tasks, "finish_city", broken)
    answer = make_city(order_of(Entry("a/b.toml", tmp_path / "b.toml", "KH0203"), tmp_path / "out"))
    assert answer.why == (
        "ZeroDivisionError: in .store/cells/x.npy and more (a fault of ours: run `cities run a/b.toml --trace`)"
    )
    assert not answer.folder


def test_a_changed_source_is_seen(nation_file, calm, tmp_path):
    folder = tmp_path / "KH9902"
    shutil.copytree(nation_file.parent / "KH9902", folder)
    shutil.copytree(calm / ".store", tmp_path / "out" / ".store")
    shutil.copytree(calm / "kh9902", tmp_path / "out" / "kh9902")
    order = order_of(Entry("KH9902/krong.toml", folder / "krong.toml", "KH9902"), tmp_path / "out")
    assert not was_finished(order)
    assert not make_city(order).fresh  # its steps are kept: another path is another mark, not another result
    assert was_finished(order)
    assert kept_answer(order) is not None
    assert kept_answer(replace(order, through="plan")) is None
    with (folder / "idpoor.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert kept_answer(order) is None


def test_an_invented_city_keeps_its_results_only(tmp_path, monkeypatch):
    entry = Entry("invented/krong_5_2000", tmp_path, "KH9906", seed=5, people=2_000)

    def finish(file, out, *, root, **_):
        assert file.is_file()
        root.mkdir(parents=True)
        folder = out / "kh9906"
        folder.mkdir(parents=True)
        said = {"city": {"code": "KH9906", "invented": True}}
        (folder / "run.json").write_text(json.dumps(said), "utf-8")
        steps = {name: SimpleNamespace(key=name, fresh=True) for name in ("streets", "measure", "results")}
        return CityDone(folder, steps)

    monkeypatch.setattr(tasks, "finish_city", finish)
    order = order_of(entry, tmp_path / "out", through="measure", keep="results")
    first = make_city(order)
    assert (first.why, first.code, first.kind, first.reaches, first.fresh) == (
        "",
        "KH9906",
        "streets",
        "measure",
        True,
    )
    assert not (tmp_path / "out" / ".invented" / "kh9906").exists()
    monkeypatch.setattr(tasks, "finish_city", never)
    again = make_city(order)
    assert (again.fresh, again.key) == (False, first.key)
    shutil.rmtree(tmp_path / "out" / "kh9906")
    assert kept_answer(order) is None


def test_inventing_leaves_nothing_half_there(tmp_path, monkeypatch):
    entry = Entry("invented/krong_5_2000", tmp_path, "KH9906", seed=5, people=2_000)

    def half(folder, **_):
        folder.mkdir(parents=True)
        (folder / "krong.toml").write_text("half", "utf-8")
        raise OSError("disk full")

    monkeypatch.setattr("citiesforall.demo.make_demo", half)
    with suppress(OSError):
        invent(tmp_path / "own" / "sources", entry)
    assert list((tmp_path / "own").iterdir()) == []
    monkeypatch.undo()
    file = invent(tmp_path / "own" / "sources", entry)
    assert 'code = "KH9906"' in file.read_text("utf-8")
    written = file.stat().st_mtime_ns
    assert invent(tmp_path / "own" / "sources", entry).stat().st_mtime_ns == written


def test_a_level_that_a_run_does_not_have(nation_file, calm):
    nation = read_nation(nation_file)
    entries = [replace(entry, members="province") for entry in entries_of(nation, "nation.toml")]
    answers = make_cities(nation, entries, Wanted(calm, workers=1))
    given = inputs_of(nation, entries, answers, Wanted(calm))
    assert not given.cities
    assert given.failed["KH9801/krong.toml"].startswith("it has no place of level 'province'.")


@pytest.mark.parametrize(("reaches", "there"), [("measure", False), ("diagnose", True)])
def test_tables_of_an_earlier_run_that_went_further_are_not_shown(calm, reaches, there):
    city = CityRun("a.toml", "KH9901", calm / "kh9901", "streets", reaches=reaches)
    assert (city.table("diagnose/scores") is not None) == there
    assert city.table("observations") is not None
