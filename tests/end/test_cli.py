"""What the command says and leaves: exit codes, files, fault lines; Little Town."""

import hashlib
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest

import citiesforall
from citiesforall.core.indicator import indicators
from citiesforall.core.source import catalogue
from citiesforall.core.tables import OBSERVATIONS
from citiesforall.measure import methods
from citiesforall.measure.method import METHODS
from citiesforall.pipeline.frameworks import role_of
from tests.town.make_town import make_town

METHOD_MODULES = methods.MODULES  # importing them registers the methods
LAYERS = {"places", "cells", "streets", "facilities", "stops", "open_space"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory, plain_file):
    """Return the folder of a run of Little Town."""
    return citiesforall.run(plain_file, tmp_path_factory.mktemp("end") / "out", threads=1).folder


def test_check(cities, plain_file):
    said = cities("check", plain_file)
    assert said.code == 0
    assert said.out.startswith("KH9901 Little Town, 2023 (invented)")
    assert "every file is there" in said.out
    assert said.err == ""


def test_run_says_the_findings_and_where_the_files_are(cities, plain_file, tmp_path):
    said = cities("run", plain_file, "--out", tmp_path / "out", "--threads", 1)
    assert said.code == 0, said.err
    assert "INVENTED" in said.out
    assert "Population: 7,000" in said.out
    waiting = [key for key, one in indicators().items() if role_of(one)] + ["flood_hazard_high"]
    assert f"{len(indicators()) - len(waiting)} of {len(indicators())} indicators measured." in said.out
    assert "Maps, facility lists and grids: 1 (flood_hazard_high)" in said.out
    listed = pd.read_csv(tmp_path / "out" / "kh9901" / "missing.csv")
    assert sorted(listed["indicator"]) == sorted(waiting)
    assert listed["reason"].notna().all()
    assert listed["source_that_would_fill_it"].notna().all()
    for name in ("observations.parquet", "observations.csv", "city.gpkg", "run.json", "missing.csv"):
        assert (tmp_path / "out" / "kh9901" / name).is_file()
        assert name in said.out


def test_observations_are_the_same_in_both_files(finished):
    table = pd.read_parquet(finished / "observations.parquet")
    text = pd.read_csv(finished / "observations.csv", dtype={"period": str})
    assert list(table.columns) == list(text.columns) == list(OBSERVATIONS)
    assert set(table["place"]) == {"KH9901", "KH990101", "KH990102"}
    assert set(table["indicator"]) == set(indicators())
    # The city's period, but for rates (their span) and air (its source's year).
    periods = table.groupby("indicator")["period"].unique().map(list)
    assert periods["health_centre_access"] == periods["population"] == ["2023"]
    assert periods["population_growth"] == ["2013/2023"]
    assert periods["land_consumption_rate"] == ["2015/2020"]
    assert all(len(found) == 1 for found in periods)
    assert len(set(table["run"])) == 1
    for name, kind in OBSERVATIONS.items():
        if kind == "float64":
            assert np.array_equal(table[name], text[name], equal_nan=True), name
        else:
            assert (table[name].astype(str) == text[name].astype(str)).all(), name
    has = table["value"].notna()
    assert (has == table["status"].isin(["ok", "estimated"])).all()


def test_the_map_opens_with_every_layer_and_readable_names(finished):
    file = finished / "city.gpkg"
    assert {name for name, _ in pyogrio.list_layers(file)} == LAYERS
    frames = {name: gpd.read_file(file, layer=name) for name in LAYERS}
    for name, frame in frames.items():
        assert len(frame), name
        assert frame.crs.to_epsg() == 32648, name
        assert frame.geometry.is_valid.all(), name
    places = frames["places"].set_index("place")
    assert places.loc["KH9901", "population"] == 7000
    assert places.loc["KH990101", "name_km"] == "ខាងលិច"
    assert len(frames["cells"]) == 144
    assert frames["cells"].total_bounds.tolist() == [500000, 1300000, 501200, 1301200]
    assert frames["streets"]["length_m"].sum() == pytest.approx(3265)
    with sqlite3.connect(file) as db:
        titles = {
            (t, c): name
            for t, c, name in db.execute("SELECT table_name, column_name, name FROM gpkg_data_columns")
        }
        extensions = {row[0] for row in db.execute("SELECT extension_name FROM gpkg_extensions")}
    db.close()
    assert "gpkg_schema" in extensions
    measured = [key for key, one in indicators().items() if not role_of(one) and key != "flood_hazard_high"]
    for key in measured:
        assert titles["places", key] == f"{indicators()[key].title} [{indicators()[key].unit}]"
    assert not {key for key in indicators() if ("places", key) in titles} - set(measured)
    assert titles["places", "population_low"].startswith("Population: 95 % interval")
    assert ("cells", "market_access") in titles


def test_run_json_says_what_every_number_was_made_from(finished, plain_file):
    said = json.loads((finished / "run.json").read_text("utf-8"))
    assert said["city"]["invented"] is True
    assert said["city"]["code"] == "KH9901"
    assert said["crs"] == "EPSG:32648"
    assert set(said["indicators"]) == set(indicators())
    assert said["indicators"]["flood_hazard_high"]["missing"]
    of_maps = [key for key, one in indicators().items() if not role_of(one)]
    assert [key for key in of_maps if said["indicators"][key]["missing"]] == ["flood_hazard_high"]
    for one in said["sources"].values():
        assert one["sha256"] == hashlib.sha256((plain_file.parent / one["file"]).read_bytes()).hexdigest()
        assert one["licence"] == "invented"
    assert set(said["indicators"]["pm25_mean"]["sources"]) == {"units", "people", "air"}
    assert "register" in said["indicators"]["market_access"]["sources"]
    assert "feed" in said["indicators"]["public_transport_access"]["sources"]
    assert "tuktuk" not in said["indicators"]["public_transport_access"]["sources"]
    assert "groups" in str(said["layers"]["cells"]["sources"])
    assert str(plain_file.parent) not in json.dumps(said), "a folder of this machine"


def test_explain(cities, finished):
    said = cities("explain", "pm25_mean", "--place", "KH990101", "--out", finished.parent)
    assert said.code == 0, said.err
    for words in ("pm25_mean, version", "West (KH990101), an invented place", "29.0 ug/m3", "116,000 / 4,000", "interval: none",
                  "SDG 11.6.2", "weighted_mean(of=pm25_ug_m3)", "air of Little Town", "vintage 2022", "licence invented"):  # fmt: skip
        assert words in said.out, words


def test_explain_says_why_a_number_is_missing_or_estimated(cities, finished):
    missing = cities("explain", "flood_hazard_high", "--out", finished.parent)
    assert "missing" in missing.out
    assert "because" in missing.out
    estimated = cities("explain", "market_access", "--place", "KH990102", "--out", finished.parent)
    assert "status estimated" in estimated.out


def test_explain_of_what_is_not_there_ends_with_2(cities, finished, tmp_path):
    for words in (
        ("explain", "market_acces", "--out", finished.parent),
        ("explain", "market_access", "--place", "KH990103", "--out", finished.parent),
        ("explain", "market_access", "--group", "wemen", "--out", finished.parent),
        ("explain", "market_access", "--out", tmp_path / "nothing"),
    ):
        said = cities(*words)
        assert said.code == 2, words
        assert said.out == ""
        assert len(said.err.splitlines()) == 1, said.err


def test_indicators_in_both_languages(cities):
    english, khmer = cities("indicators"), cities("indicators", "--lang", "km")
    assert english.code == khmer.code == 0
    assert english.out.startswith(f"{len(indicators())} indicators")
    for key in indicators():
        assert f" {key} " in english.out, key
        assert f" {key} " in khmer.out, key
    assert "ភាគរយ" in khmer.out or any("\u1780" <= sign <= "\u17ff" for sign in khmer.out)
    assert cities("indicators", "--dimension", "fod").code == 2


def test_sources(cities):
    said = cities("sources")
    assert said.code == 0
    assert all(key in said.out for key in catalogue())
    one = next(iter(catalogue()))
    assert catalogue()[one].citation in cities("sources", one).out
    assert cities("sources", "nothing_like_it").code == 2


def test_parts_add_up_to_the_city(finished):
    """Whatever is a sum per cell is a sum per place; what is not says so by its method."""
    table = pd.read_parquet(finished / "observations.parquet")
    level = {key: level_of(key) for key in indicators()}
    rows = table[table["status"].isin(["ok", "estimated"])].set_index(["indicator", "group", "place"])
    checked = 0
    for key, group in {(key, group) for key, group, _ in rows.index if level[key] != "row"}:
        found = rows.loc[(key, group)]
        for amount in ("num", "den") if level[key] == "cell" else ("num",):
            parts = found.loc["KH990101", amount] + found.loc["KH990102", amount]
            assert parts == pytest.approx(found.loc["KH9901", amount], rel=1e-12), (key, group, amount)
        checked += 1
    assert checked > 150


def level_of(key: str) -> str:
    """Return how an indicator's answer is added up."""
    return METHODS[indicators()[key].method].level


def test_a_broken_city_file_ends_with_2_and_a_line_for_each_fault(cities, tmp_path):
    city = make_town(tmp_path / "town")
    out = tmp_path / "out"
    assert cities("run", city, "--out", out, "--threads", 1).code == 0
    before = contents(out / "kh9901")
    good = city.read_text("utf-8")
    bad = good.replace('period = "2023"', 'period = "next year"', 1).replace(
        "[sources.pm25]", "[sources.pm52]"
    )
    bad = bad.replace('format = "gtfs"', 'format = "gfts"').replace(
        "invented = true", 'invented = true\ncolour = "red"'
    )
    city.write_text(bad, "utf-8")
    for verb in ("check", "run", "gather", "measure"):
        said = cities(verb, city, *(() if verb == "check" else ("--out", out)))
        assert said.code == 2, verb
        assert said.out == ""
        lines = said.err.splitlines()
        assert len(lines) == 4, said.err
        assert all(line.startswith("town.toml: ") for line in lines)
        for word, line in zip(
            ("pm52", "gfts", "colour", "next year"), sorted(lines, key=order_of(lines)), strict=True
        ):
            assert word in line
    assert contents(out / "kh9901") == before
    city.write_text(good, "utf-8")
    assert cities("run", city, "--out", out).code == 0
    assert contents(out / "kh9901") == before


def order_of(lines):
    """Return a key that puts fault lines into the order of the words looked for."""
    words = ("pm52", "gfts", "colour", "next year")
    return lambda line: next(at for at, word in enumerate(words) if word in line)


@pytest.mark.parametrize(
    ("file", "spoil"),
    [
        ("people.tif", lambda path: path.write_bytes(path.read_bytes()[:300])),
        ("units.gpkg", lambda path: path.write_bytes(b"not a map")),
        ("streets.geojson", lambda path: path.write_text('{"type": "FeatureCollection", "features": []}')),
        ("feed.zip", lambda path: path.write_bytes(path.read_bytes()[:200])),
        (
            "facilities.geojson",
            lambda path: path.write_text(path.read_text().replace('"market"', '"markte"')),
        ),
        ("groups.csv", lambda path: path.write_text("code,all,women\nKH990101,1,2\n")),
        ("air.tif", Path.unlink),
    ],
)
def test_a_broken_source_ends_with_2_in_one_clear_line(cities, tmp_path, file, spoil):
    city = make_town(tmp_path / "town")
    spoil(city.parent / file)
    said = cities("run", city, "--out", tmp_path / "out", "--threads", 1)
    assert said.code == 2, said.out
    assert said.out == ""
    assert "Traceback" not in said.err
    assert file in said.err
    assert 1 <= len(said.err.splitlines()) <= 6, said.err
    assert not (tmp_path / "out" / "kh9901").exists()


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_the_installed_command(plain_file, tmp_path):
    """Once through the console script itself: help, a fault, a flag that shows the trace."""
    script = Path(sys.executable).with_name("cities")
    if not script.is_file():
        pytest.skip("the package is not installed as a command here")
    helped = subprocess.run([script, "--help"], capture_output=True, text=True, check=False)
    assert helped.returncode == 0
    assert all(
        verb in helped.stdout
        for verb in ("check", "gather", "measure", "run", "demo", "explain", "indicators", "sources")
    )
    broken = subprocess.run(
        [script, "check", tmp_path / "none.toml"], capture_output=True, text=True, check=False
    )
    assert broken.returncode == 2
    assert len(broken.stderr.splitlines()) == 1
    traced = subprocess.run(
        [script, "--trace", "check", tmp_path / "none.toml"], capture_output=True, text=True, check=False
    )
    assert "Traceback" in traced.stderr


def test_three_lines_in_a_notebook(finished):
    run = citiesforall.open_run(finished)
    assert run.observations.attrs["units"]["market_access"] == "%"
    assert run.observations.attrs["sources"]["air"]["licence"] == "invented"
    assert len(run.cells) == 144
    assert run.streets.attrs["crs"] == "EPSG:32648"
    assert {"market", "public_health"} <= set(run.facilities["kind"])
    assert set(run.places["place"]) == {"KH9901", "KH990101", "KH990102"}
