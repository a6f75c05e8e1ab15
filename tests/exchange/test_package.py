"""The data package: its own validator finds nothing, and a spoilt table is found."""

import json
import shutil

import pandas as pd
import pytest
from frictionless import Package, system, validate

from citiesforall.exchange.given import PLANNED
from citiesforall.exchange.package import TYPES


@pytest.fixture(scope="module")
def package(exported):
    """Return the descriptor."""
    return json.loads((exported[0] / "datapackage.json").read_text("utf-8"))


def faults(path):
    """Return what the validator finds."""
    with system.use_context(trusted=True):
        report = validate(str(path))
    return report.flatten(["rowNumber", "fieldName", "type", "message"])


def test_the_validator_finds_nothing(exported):
    folder, _ = exported
    assert faults(folder / "datapackage.json") == []


def test_a_spoilt_table_is_found(exported, tmp_path):
    folder, _ = exported
    for path in [folder / "datapackage.json", *folder.glob("*.csv")]:
        shutil.copy(path, tmp_path)
    path = tmp_path / "observations.csv"
    lines = path.read_text("utf-8").splitlines()
    lines[1] = lines[1].replace("KH9901", "KH77", 1).replace(",ok,", ",perfect,")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    kinds = {one[2] for one in faults(tmp_path / "datapackage.json")}
    assert "constraint-error" in kinds or "foreign-key" in kinds


def test_every_table_says_units_sources_and_licences(package, town):
    names = {one["name"] for one in package["resources"]}
    assert {
        "observations",
        "inequality",
        "places",
        "indicators",
        "groups",
        "sources",
        "local-review",
    } <= names
    assert {name.replace("_", "-") for name in PLANNED if name in town.plan} <= names
    assert len(package["sources"]) == len(town.run["sources"])
    assert {one["title"] for one in package["licenses"]} == {
        one["licence"] for one in town.run["sources"].values()
    }
    observations = next(one for one in package["resources"] if one["name"] == "observations")
    assert all("description" in one for one in observations["schema"]["fields"])
    money = next(one for one in package["resources"] if one["name"] == "development-plan")
    said = {one["name"]: one.get("description", "") for one in money["schema"]["fields"]}
    assert said["usd"] == "In US dollars."
    assert said["local_2027"] == "In the currency of the plan, KHR."
    assert "degrees" in said["lon"]


def test_types_are_those_of_the_tables(exported, package):
    folder, _ = exported
    for one in package["resources"]:
        table = pd.read_csv(folder / one["path"], keep_default_na=False, na_values=[""], low_memory=False)
        assert [field["name"] for field in one["schema"]["fields"]] == list(table.columns)
        for field in one["schema"]["fields"]:
            if field["type"] == "number":
                assert table[field["name"]].dtype.kind in "fi", (one["name"], field["name"])
    assert set(TYPES.values()) == {"number", "integer", "boolean"}


def test_indicators_say_meaning_unit_and_source_in_both_languages(exported):
    table = pd.read_csv(exported[0] / "indicators.csv").set_index("indicator")
    row = table.loc["public_transport_access"]
    assert row["sdg"] == "11.2.1"
    assert row["sdg_series"] == "SP_TRN_PUBL"
    assert row["title_km"] != row["title_en"]
    assert row["unit"] == "%"
    assert table["title_km"].notna().all()


def test_frictionless_opens_it_as_a_package(exported):
    with system.use_context(trusted=True):
        package = Package(str(exported[0] / "datapackage.json"))
    assert package.get_resource("places").read_rows()[0]["place"] == "KH9901"
