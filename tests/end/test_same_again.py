"""The same city gives the same bytes: twice, on any number of threads, and after being killed at any moment."""

import random
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from citiesforall.pipeline.run import gather_layers, measure_city, run_city

from .conftest import run_and_die

RESULTS = (
    "observations.parquet", "observations.csv", "inequality.parquet", "inequality.csv", "draws.npy", "draws_index.parquet", "city.gpkg",
    "cell_values.parquet", "walk_minutes.parquet", "run.json", "missing.csv", "sources.csv", "findings.txt",
)  # fmt: skip


def results(out: Path) -> dict[str, bytes]:
    """Return the bytes of the files users look for."""
    return {name: (out / "kh9901" / name).read_bytes() for name in RESULTS}


def store(out: Path) -> dict[str, int]:
    """Return every file of the store and when it was written."""
    return {
        str(path.relative_to(out)): path.stat().st_mtime_ns
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def whole(town_file, tmp_path_factory):
    """Return the folder and the bytes of an undisturbed run."""
    out = tmp_path_factory.mktemp("whole") / "out"
    run_city(town_file, out, threads=1)
    return out, results(out)


@pytest.mark.parametrize("threads", [1, 2])
def test_fresh_runs_give_the_same_bytes(whole, town_file, tmp_path, threads):
    run_city(town_file, tmp_path / "out", threads=threads)
    found = results(tmp_path / "out")
    for name in RESULTS:
        assert found[name] == whole[1][name], name


def test_a_second_run_makes_nothing(whole, town_file):
    out, before = whole
    files = store(out)
    said = run_city(town_file, out, threads=2)
    assert "Population: 7,000" in said
    assert store(out) == files
    assert results(out) == before
    found = gather_layers(town_file, out, threads=2)
    assert set(found.layers) == {"places", "streets", "facilities", "stops", "homes", "cells", "walks"}
    done = measure_city(found)
    assert {"measure", "results"} <= set(done)
    assert not any(made.fresh for made in done.values())


def test_what_users_delete_comes_back_without_making_it_again(whole, town_file):
    out, before = whole
    for name in RESULTS:
        (out / "kh9901" / name).unlink()
    run_city(town_file, out)
    assert results(out) == before


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_random_moments_and_started_again(whole, town_file, tmp_path, seed):
    """Four kills by the clock, anywhere in a run of about a second or two, then a run to the end."""
    chance, out = random.Random(seed), tmp_path / "out"
    for _ in range(4):
        run_and_die(lambda: run_city(town_file, out, threads=2), after_s=chance.uniform(0.02, 1.2))
        leave_nothing_half_made(out)
    run_city(town_file, out, threads=2)
    assert results(out) == whole[1]


def test_killed_at_every_kind_of_write_and_started_again(whole, town_file, tmp_path):
    """Kill at the n-th file written, moved or removed, n rising, until a run gets to its end untouched."""
    out, n, kills = tmp_path / "out", 1, 0
    while run_and_die(lambda: run_city(town_file, out, threads=1), at_event=n):
        leave_nothing_half_made(out)
        kills += 1
        n = n + 1 if n < 8 else int(n * 1.4)
        assert kills < 60, "it never gets to its end"
    assert kills >= 10
    assert results(out) == whole[1]


def test_killed_while_results_are_put_in_place(whole, town_file, tmp_path):
    """Each file is the old one or the new one, wherever the kill falls; everything else is kept from before."""
    out = tmp_path / "out"
    shutil.copytree(whole[0] / ".store", out / ".store")
    old = dict.fromkeys(RESULTS, b"from an earlier run")
    (out / "kh9901").mkdir()
    for name, text in old.items():
        (out / "kh9901" / name).write_bytes(text)
    kills = 0
    while run_and_die(lambda: run_city(town_file, out, threads=1), at_event=kills + 1):
        kills += 1
        assert all(text in {old[name], whole[1][name]} for name, text in results(out).items()), kills
        assert kills < 100, "it never gets to its end"
    assert kills > 10
    assert results(out) == whole[1]


def leave_nothing_half_made(out: Path) -> None:
    """Check that whatever carries its final name is whole: a step has its made.json, a result opens."""
    for folder in out.glob(".store/*/[!.]*"):
        if folder.is_dir():
            assert (folder / "made.json").is_file(), folder
    for file in out.glob("kh9901/[!.]*"):
        assert file.stat().st_size > 0, file


def test_another_seed_moves_the_intervals_only(whole, town_file, tmp_path):
    city = tmp_path / "town.toml"
    text = town_file.read_text("utf-8").replace("[choices]\n", "[choices]\nseed = 2\n", 1)
    city.write_text(
        text.replace('period = "2023"\n', f'period = "2023"\ndata = "{town_file.parent}"\n', 1), "utf-8"
    )
    run_city(city, tmp_path / "out", threads=2)
    one, other = (pd.read_parquet(folder / "kh9901" / RESULTS[0]) for folder in (whole[0], tmp_path / "out"))
    same = ["place", "group", "indicator", "version", "period", "value", "num", "den", "n", "status"]
    assert one[same].equals(other[same])
    has = one["low"].notna() & other["low"].notna()
    assert has.sum() > 100
    assert not np.array_equal(one.loc[has, "low"], other.loc[has, "low"])
