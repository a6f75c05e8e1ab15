"""The step as a whole: fixed bytes, nothing withheld told, fewer files where steps are missing."""

import json
import zipfile
from dataclasses import replace

import pandas as pd
import pytest

from citiesforall.core.inputs import Finished
from citiesforall.exchange.given import HAS_VALUE, told_once
from citiesforall.exchange.making import make_exchange
from citiesforall.exchange.sdmx_data import DATA_1, DATA_2


def test_everything_is_made_and_said(exported):
    folder, info = exported
    names = {path.name for path in folder.iterdir()}
    assert names >= {
        "workbook_en.xlsx", "workbook_km.xlsx", "sdmx_structure_2.1.xml", "sdmx_structure_3.0.xml", DATA_1, DATA_2, "open_sdg.zip",
        "datapackage.json", "observations.csv", "local_review.csv", "local_review_en.md", "local_review_km.md", "map.pmtiles",
        "places.parquet", "cells.parquet", "streets.parquet", "facilities.parquet", "development_plan.csv",
    }  # fmt: skip
    assert all(path.is_file() for path in folder.iterdir())
    assert "values and" in info["notes"][-1]["what"]
    assert info["sources"]


def test_the_same_tables_give_the_same_bytes(exported, town_inputs, tmp_path):
    folder, _ = exported
    make_exchange(town_inputs, tmp_path)
    for path in sorted(folder.iterdir()):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


@pytest.mark.filterwarnings("ignore:.*have mixed types:pandas.errors.DtypeWarning")
def test_what_is_withheld_is_in_no_export(exported, town):
    folder, _ = exported
    rows = town.observations
    hidden = rows[rows["status"] == "suppressed"]
    assert len(hidden) > 10
    key = ["REF_AREA", "INDICATOR", "POPULATION_GROUP"]
    wanted = set(zip(hidden["place"], hidden["indicator"], hidden["group"], strict=True))
    for name in (DATA_1, DATA_2):
        table = pd.read_csv(folder / name, dtype={"TIME_PERIOD": str})
        has = table[[one in wanted for one in zip(*(table[k] for k in key), strict=True)]]
        assert len(has) == len(hidden)
        amounts = ["OBS_VALUE", "LOWER_BOUND", "UPPER_BOUND", "NUMERATOR", "DENOMINATOR", "CASES"]
        assert has[amounts].isna().all().all()
        assert (has["OBS_STATUS"] == "Q").all()
    table = pd.read_csv(folder / "observations.csv", dtype={"period": str})
    has = table[table["status"] == "suppressed"]
    assert len(has) == len(hidden)
    assert has[["value", "low", "high", "num", "den", "n"]].isna().all().all()


def test_open_sdg_holds_published_values_alone(exported, town):
    """By difference: no row is a sum or a rest of others, so nothing follows that the observations do not tell."""
    folder, _ = exported
    rows = town.observations
    told = {
        (place if place != town.whole else "", round(value, 9))
        for place, value in rows.loc[rows["status"].isin(HAS_VALUE), ["place", "value"]].itertuples(
            index=False
        )
    }
    with zipfile.ZipFile(folder / "open_sdg.zip") as packed:
        for name in packed.namelist():
            if name.endswith(".csv"):
                table = pd.read_csv(packed.open(name), dtype={"GeoCode": str}).fillna({"GeoCode": ""})
                assert set(zip(table["GeoCode"], table["Value"].round(9), strict=True)) <= told


def test_without_plan_diagnosis_and_map_fewer_files_are_made_and_it_is_said(town_inputs, tmp_path):
    bare = tmp_path / "results"
    bare.mkdir()
    run = town_inputs.done["results"].folder / "run.json"
    (bare / "run.json").write_bytes(run.read_bytes())
    done = {name: one for name, one in town_inputs.done.items() if name not in {"diagnose", "plan"}}
    done["results"] = Finished(bare, {})
    folder = tmp_path / "out"
    folder.mkdir()
    city = town_inputs.city.model_copy(update={"budget": None})
    info = make_exchange(replace(town_inputs, city=city, done=done), folder)
    names = {path.name for path in folder.iterdir()}
    assert not names & {"map.pmtiles", "places.parquet", "development_plan.csv"}
    assert {"workbook_en.xlsx", "datapackage.json", DATA_1} <= names
    said = " ".join(note["what"] for note in info["notes"])
    assert "no GeoParquet and no map tiles" in said
    assert "the city has no budget" in said
    assert "no diagnosis has been made" in said
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    assert "development-plan" not in {one["name"] for one in package["resources"]}


def test_one_language_gives_one_workbook(town_inputs, tmp_path):
    choices = town_inputs.city.report.model_copy(update={"languages": ("km",)})
    city = town_inputs.city.model_copy(update={"report": choices})
    make_exchange(replace(town_inputs, city=city), tmp_path)
    assert (tmp_path / "workbook_km.xlsx").is_file()
    assert not (tmp_path / "workbook_en.xlsx").exists()


def test_what_no_place_has_is_told_once_for_the_whole_city():
    """Places a, b of city c: of x one has a value, so every row stays; of y none has, so the city's row alone stays."""
    status = {("x", "c"): "ok", ("x", "a"): "missing", ("x", "b"): "ok"}
    status |= {("y", "c"): "missing", ("y", "a"): "missing", ("y", "b"): "missing"}
    status |= {("z", "c"): "not_applicable", ("z", "a"): "missing", ("z", "b"): "suppressed"}
    rows = pd.DataFrame([(place, key, "all", said) for (key, place), said in status.items()],
                        columns=["place", "indicator", "group", "status"])  # fmt: skip
    kept = told_once(rows, "c")
    left = pd.concat([rows, kept]).drop_duplicates(keep=False)
    assert left[["indicator", "place"]].to_numpy().tolist() == [["y", "a"], ["y", "b"]]
    assert len(kept) == len(rows) - 2
