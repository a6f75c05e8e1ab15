"""Open SDG: the rules its builder checks (sdg-build: check_csv, check_metadata, the schema's conditions), run on what we hand on.

The builder itself is not on PyPI. Checked as its source has them: first column Year and last Value, both numeric, no blanks at the
ends of names and texts, no empty rows, file names, required and conditional fields, and a headline row for each year and series.
"""

import zipfile
from dataclasses import replace

import pandas as pd
import pytest
import yaml

from citiesforall.exchange.open_sdg import COLUMNS, answers, data_table, slug
from citiesforall.exchange.open_sdg import yaml as as_yaml

REQUIRED = (
    "reporting_status",
    "published",
    "indicator_number",
    "indicator_name",
    "goal_number",
    "target_number",
)
STATUSES = {"notstarted", "inprogress", "complete"}
DISAGGREGATED = ["Place", "Population group"]


@pytest.fixture(scope="module")
def packed(exported):
    """Return the files of the archive, by name."""
    folder, _ = exported
    with zipfile.ZipFile(folder / "open_sdg.zip") as file:
        assert {one.date_time[0] for one in file.infolist()} == {2000}
        return {name: file.read(name) for name in file.namelist()}


def tables(packed):
    """Yield the tables, by name, as the builder reads them."""
    for name, data in packed.items():
        if name.endswith(".csv"):
            yield name, pd.read_csv(pd.io.common.BytesIO(data))


def test_tables_keep_the_rules_of_the_builder(packed):
    found = dict(tables(packed))
    assert len(found) >= 4
    for name, table in found.items():
        assert name.startswith("data/indicator_")
        assert table.columns[0] == "Year"
        assert table.columns[-1] == "Value"
        assert table["Year"].dtype == "int64"
        assert table["Value"].dtype in ("float64", "int64")
        assert table["Value"].notna().all()
        assert not table.isna().all(axis=1).any()
        for column in table:
            assert column == column.strip()
            texts = table[column].dropna()
            if not pd.api.types.is_numeric_dtype(texts):
                assert (texts == texts.str.strip()).all(), (name, column)
        assert not table.duplicated(["Year", "Series", *DISAGGREGATED]).any(), name


def test_each_series_has_a_headline_where_the_city_has_a_value(packed, town):
    rows = town.observations
    whole = (
        rows[(rows["place"] == town.whole) & (rows["group"] == "all")]
        .set_index("indicator")["value"]
        .dropna()
    )
    table = pd.read_csv(pd.io.common.BytesIO(packed["data/indicator_11-2-1.csv"]))
    headline = table[table[DISAGGREGATED].isna().all(axis=1)]
    said = dict(zip(headline["Series"], headline["Value"], strict=True))
    assert said == {one.title: whole[one.id] for one in answers()["11.2.1"] if one.id in whole}
    assert headline["GeoCode"].isna().all()
    assert table.loc[table["Place"].notna(), "GeoCode"].notna().all()


def test_pages_have_the_fields_the_builder_asks_for(packed):
    pages = {name: data.decode() for name, data in packed.items() if name.startswith("meta/")}
    assert len(pages) == len(answers())
    for name, text in pages.items():
        assert text.startswith("---\n")
        said = yaml.safe_load(text.split("---\n")[1])
        assert all(key in said for key in REQUIRED), name
        assert said["reporting_status"] in STATUSES
        assert name == f"meta/{slug(said['indicator_number'])}.md"
        has = f"data/indicator_{slug(said['indicator_number'])}.csv" in packed
        assert (said["reporting_status"] == "complete") == has
        assert said["data_non_statistical"] is (not has)
        if has:
            assert said["graph_type"] in {"line", "bar"}
            assert said["graph_title"]
        assert said["goal_number"] == said["indicator_number"].split(".")[0]


def test_every_text_of_the_tables_is_translated(packed):
    words = {lang: yaml.safe_load(packed[f"translations/{lang}/data.yml"]) for lang in ("en", "km")}
    assert words["en"].keys() == words["km"].keys()
    for name, table in tables(packed):
        for column in ("Series", "Units", "Place", "Population group", "Observation status"):
            for text in table[column].dropna().unique():
                assert words["en"][text] == text, (name, text)
                assert words["km"][text]
        assert set(table.columns) <= set(words["km"])
    assert words["km"]["Women and girls"] == "ស្ត្រី និងក្មេងស្រី"


def test_the_configuration_names_what_is_there(packed):
    said = yaml.safe_load(packed["config_data.yml"])
    assert said["languages"] == ["en", "km"]
    assert {one["class"] for one in said["inputs"]} == {"InputCsvData", "InputYamlMdMeta"}


def test_two_places_of_one_name_are_told_apart(town):
    places = town.places.assign(name="Same")
    same = replace(town, places=places)
    table = data_table(same, answers()["11.2.1"])
    named = table.loc[table["Place"] != "", ["Place", "GeoCode"]].drop_duplicates()
    assert list(table.columns) == list(COLUMNS)
    assert named["Place"].is_unique
    assert (named["Place"] == "Same (" + named["GeoCode"] + ")").all()


def test_yaml_holds_any_text():
    said = {"plain": "a: b # c", 'It\'s "quoted"': "ភាសា\nខ្មែរ", "n": 1, "yes": True, "Year": "no"}
    assert yaml.safe_load(as_yaml(said)) == said
