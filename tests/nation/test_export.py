"""What a nation hands on, read back by others: openpyxl, sdmx1, pysdmx, pyogrio, pmtiles, and the rules of Open SDG's builder."""

import io
import json
import re
import sqlite3
import zipfile
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import sdmx
import yaml
from pmtiles.reader import MemorySource, Reader
from pysdmx.io import read_sdmx
from pysdmx.io.reader import get_datasets
from tests.web.nation_tables import COMMUNES, DISTRICTS, LOST, SHARE, small_nation

from citiesforall.core.indicator import indicators
from citiesforall.core.nation import Nation
from citiesforall.nation.exporting import make_export, read_nation_published
from citiesforall.nation.exporting_map import class_bounds, style_qml
from citiesforall.nation.exporting_workbook import SHEETS, VALUES
from citiesforall.nation.given import CityRun, NationInputs
from citiesforall.text import registry

MIXED = "ignore:.*have mixed types:pandas.errors.DtypeWarning"
SOURCE = {
    "title": "Census", "provider": "Office of statistics", "licence": "CC-BY-4.0", "citation": "Office, 2020. Census.", "vintage": "2020",
    "url": "https://example.org", "grade": "official", "period": "2019",
}  # fmt: skip


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """Return the small nation with its finished steps."""
    base = tmp_path_factory.mktemp("nation")
    folder = small_nation(base)
    run = base / "kh"
    run.mkdir()
    about = {"sources": ["census"], "period": "2022", "missing": "", "note": ""}
    said = {
        "run": "abc", "software": "citiesforall test", "sources": {"census": SOURCE},
        "indicators": {"population": about, SHARE: about},
    }  # fmt: skip
    (run / "run.json").write_text(json.dumps(said), "utf-8")
    place = {"code": "KH", "name": "Small Nation", "name_km": "ប្រទេសតូច", "invented": True}
    nation = Nation.model_validate(
        {"place": place, "period": "2022", "registers": [{"file": "registers.toml"}]}
    )
    done = {"members": folder, "rollup": folder} | {
        name: folder / name for name in ("common", "kinds", "options")
    }
    return NationInputs(nation, (CityRun("registers.toml", "KH", run, "registers", "district"),), done=done)


@pytest.fixture(scope="module")
def exported(given, tmp_path_factory):
    """Return the folder of everything handed on, and what the step said."""
    folder = tmp_path_factory.mktemp("export")
    return folder, make_export(given, folder)


def test_the_same_tables_give_the_same_bytes(given, exported, tmp_path):
    make_export(replace(given, threads=2), tmp_path)
    files = sorted(path.name for path in exported[0].iterdir())
    assert files == [
        "nation.gpkg", "nation.pmtiles", "open_sdg.zip", "sdmx_data_1.0.csv", "sdmx_data_2.0.csv", "sdmx_structure_2.1.xml",
        "sdmx_structure_3.0.xml", "workbook_en.xlsx", "workbook_km.xlsx",
    ]  # fmt: skip
    for name in files:
        assert (tmp_path / name).read_bytes() == (exported[0] / name).read_bytes(), name


def test_what_is_left_out_is_counted(given, exported):
    rows = given.table("rollup", "observations")
    # of 30 rows one has no source and one is withheld
    assert len(rows) == 30
    said = exported[1]["notes"][0]["what"]
    assert (
        "28 values are handed on, 1 rows say why they have none; 1 rows that no source gives are left out"
        in said
    )
    assert "1 places have no outline" in exported[1]["notes"][1]["what"]


@pytest.mark.filterwarnings(MIXED)
@pytest.mark.parametrize(("data", "edition"), [("sdmx_data_1.0.csv", "2.1"), ("sdmx_data_2.0.csv", "3.0")])
def test_pysdmx_reads_every_value_with_what_it_covers(given, exported, data, edition):
    folder, _ = exported
    message = read_sdmx(folder / f"sdmx_structure_{edition}.xml", validate=True)  # against the XSD of SDMX
    structure = message.get_data_structure_definitions()[0]
    assert structure.id == "NATION_INDICATORS"
    lists = {one.id: {code.id for code in one} for one in message.get_codelists()}
    assert {"KH", "KH01", "KH0101"} <= lists["CL_PLACE"]
    (found,) = get_datasets(folder / data, folder / f"sdmx_structure_{edition}.xml")
    known, _ = read_nation_published(given)
    assert len(found.data) == len(known.observations)
    for ours, theirs in (
        ("value", "OBS_VALUE"),
        ("low", "LOWER_BOUND"),
        ("coverage_people", "COVERAGE_PEOPLE"),
    ):
        said = pd.to_numeric(found.data[theirs]).to_numpy(float, na_value=np.nan)
        assert np.array_equal(said, known.observations[ours].to_numpy(float), equal_nan=True), ours
    assert set(found.data["BASIS"]) == {"registers"}
    assert found.data["OBS_STATUS"].tolist().count("Q") == 1  # the withheld one


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # sdmx1 leaves its file open
def test_sdmx1_reads_provinces_and_districts_in_both_languages(given, exported):
    folder, _ = exported
    message = sdmx.read_sdmx(folder / "sdmx_structure_2.1.xml")
    name = message.codelist["CL_PLACE"]["KH01"].name.localizations
    assert (name["en"], name["km"]) == ("Province 01", "ខ្មែរ 01")
    found = sdmx.read_sdmx(folder / "sdmx_data_2.0.csv", structure=message.structure["NATION_INDICATORS"])
    told = {
        (str(one.key["REF_AREA"].value), str(one.key["INDICATOR"].value)): one.value
        for one in found.data[0].obs
    }
    # people of 100, 200, ... 800 in eight communes: 3,600 in all, 100 + 200 + 300 + 400 in the first province
    assert float(told["KH", "population"]) == 3600
    assert float(told["KH01", "population"]) == 1000


def test_the_workbook_has_a_sheet_for_each_table_in_both_languages(given, exported):
    books = {
        lang: openpyxl.load_workbook(exported[0] / f"workbook_{lang}.xlsx", data_only=True)
        for lang in ("en", "km")
    }
    names = books["en"].sheetnames
    assert len(names) == len(books["km"].sheetnames) == 1 + 2 + 10 + 1
    assert {"Nation and provinces", "Shared challenges", "Options and costs", "Gaps", "Sources"} <= set(names)
    assert all(re.search("[\u1780-\u17f9]", name) for name in books["km"].sheetnames)
    for book in books.values():
        for sheet in book:
            text = " ".join(
                str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None
            )
            assert "exchange.nation" not in text
    rows = list(books["en"]["Nation and provinces"].iter_rows(values_only=True))
    head = next(row for row in rows if "Indicator" in row)
    made = [dict(zip(head, row, strict=True)) for row in rows[rows.index(head) + 1 :]]
    people = {row["Code"]: row["Value"] for row in made if row["Id"] == "population"}
    assert people == {"KH": 3600, "KH01": 1000, "KH02": 2600}
    assert {row["Made from"] for row in made} == {"Registers"}
    assert {row["Share of people covered"] for row in made if row["Id"] == SHARE} == {0.8}
    assert "invented" in str(rows[1][0])


def test_every_column_and_sheet_has_words():
    columns = {name for _, names in SHEETS.values() for name in names} | set(VALUES) - {"id"}
    assert [name for name in columns if f"exchange.nation_column.{name}" not in registry()] == []
    assert [name for name in SHEETS if f"exchange.nation_sheet.{name}" not in registry()] == []


def test_open_sdg_has_a_headline_of_the_nation_and_a_place_for_every_province(exported):
    with zipfile.ZipFile(exported[0] / "open_sdg.zip") as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    tables = {name: pd.read_csv(io.BytesIO(data)) for name, data in files.items() if name.endswith(".csv")}
    table = next(one for one in tables.values() if len(one))
    assert table.columns[0] == "Year"
    assert table.columns[-1] == "Value"
    headline = table[table["Place"].isna()]
    assert len(headline) == table["Series"].nunique()
    assert {"Province 01", "Province 02", "District 0101"} <= set(table["Place"].dropna())
    for name, data in files.items():
        if name.startswith("meta/"):
            said = yaml.safe_load(data.decode().strip("-\n "))
            assert said["national_geographical_coverage"] == "Small Nation"


def test_the_map_opens_with_names_values_and_styles(given, exported):
    path = exported[0] / "nation.gpkg"
    assert {str(name) for name, _ in pyogrio.list_layers(path)} >= {"provinces", "districts", "communes"}
    about, table = pyogrio.read_arrow(path, layer="communes")
    communes = table.to_pandas().set_index("place")
    assert about["crs"] == "EPSG:4326"
    assert list(communes.index) == list(COMMUNES)
    assert communes.loc[COMMUNES[0], "population"] == 100
    assert communes.loc[LOST, "name"] == "Commune 020202"
    assert communes[SHARE].isna().tolist() == [code == LOST for code in COMMUNES]
    districts = pyogrio.read_dataframe(path, layer="districts").set_index("place")
    assert np.isnan(districts.loc["KH0102", SHARE])
    assert districts.loc["KH0102", f"{SHARE}_status"] == "suppressed"
    assert districts.loc[DISTRICTS[0], f"{SHARE}_coverage"] == 0.8
    with sqlite3.connect(path) as db:
        styles = db.execute(
            "SELECT f_table_name, styleName, styleQML, useAsDefault FROM layer_styles"
        ).fetchall()
        aliases = dict(
            db.execute("SELECT column_name, name FROM gpkg_data_columns WHERE table_name = 'districts'")
        )
        kinds = dict(db.execute("SELECT table_name, data_type FROM gpkg_contents"))
    db.close()
    assert aliases[SHARE] == f"{indicators()[SHARE].title} [%]"
    assert kinds["layer_styles"] == "attributes"
    assert [name for name, *_, default in styles if default] == ["provinces", "districts", "communes"]
    for _, _, qml, _ in styles:
        root = ET.fromstring(qml.partition("\n")[2])
        rules = root.findall("renderer-v2/rules/rule")
        assert rules[-1].get("filter") == "ELSE"
        assert len(rules) == len(root.findall("renderer-v2/symbols/symbol"))


def test_every_value_falls_into_one_class_of_the_style():
    rng = np.random.default_rng(1)
    for key in (SHARE, "population"):
        one = indicators()[key]
        values = rng.lognormal(3, 1, 200).clip(0, 100)
        inner = class_bounds(values, one)
        assert 1 <= len(inner) <= 4
        qml = style_qml(key, one, inner, ["place", key])
        tests = [
            rule.get("filter")
            for rule in ET.fromstring(qml.partition("\n")[2]).findall("renderer-v2/rules/rule")[:-1]
        ]
        for value in (*values, *inner):
            said = [
                test.replace(f'"{key}" IS NOT NULL', "True").replace(f'"{key}"', repr(float(value)))
                for test in tests
            ]
            assert sum(eval(test.replace("AND", "and")) for test in said) == 1
    assert class_bounds(np.array([np.nan]), indicators()[SHARE]) == []


def test_tiles_hold_every_layer_and_say_whose_they_are(exported):
    data = (exported[0] / "nation.pmtiles").read_bytes()
    reader = Reader(MemorySource(data))
    said = reader.metadata()
    assert {one["id"] for one in said["vector_layers"]} == {"provinces", "districts", "communes"}
    assert said["name"] == "Small Nation, 2022"
    assert "Office, 2020" in said["attribution"]


def test_a_step_that_lacks_is_said(given, tmp_path):
    with pytest.raises(FileNotFoundError, match="the step 'rollup' of the nation has not been made"):
        make_export(replace(given, done={}), tmp_path)
