"""What a city can report to a framework: measured, missing with the reason, or without an indicator."""

import json

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.errors import CitiesError, DeclarationError
from citiesforall.core.framework import framework, frameworks
from citiesforall.core.tables import write_parquet
from citiesforall.pipeline.frameworks import (
    fillers,
    framework_of_run,
    framework_text,
    read_run,
    standing,
)


def row(indicator, value, status="ok", place="KH99", group="all", period="2024"):
    return {
        "place": place, "group": group, "indicator": indicator, "version": 1, "period": period, "value": value, "low": np.nan,
        "high": np.nan, "num": value, "den": 1.0, "n": 1.0, "status": status, "run": "r",
    }  # fmt: skip


TABLE = pd.DataFrame(
    [
        row("pm25_mean", 29.3),
        row("pm25_mean", 35.0, place="KH9901"),
        row("pm25_mean", 33.0, group="women"),
        row("public_transport_access", np.nan, "missing"),
        row("open_space_share", 1.2, "estimated"),
        row("open_space_access", np.nan, "missing"),
    ]
)


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "town"
    folder.mkdir()
    write_parquet(TABLE, folder / "observations.parquet")
    said = {
        "city": {"code": "KH99", "name": "Town", "period": "2024", "invented": True},
        "indicators": {
            "public_transport_access": {"missing": "no stop is known"},
            "pm25_mean": {"missing": ""},
        },
        "places": [{"place": "KH99", "name": "Town"}],
    }
    (folder / "run.json").write_text(json.dumps(said), "utf-8")
    return tmp_path


def block(text, code):
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip().startswith(f"{code} "))
    end = next((i for i in range(start + 1, len(lines)) if not lines[i].startswith("     ")), len(lines))
    return "\n".join(lines[start:end])


def test_measured_shows_the_citys_own_value(out):
    text = framework_of_run("sdg11", "en", out, "town")
    assert text.startswith("Town (KH99), 2024\n")
    assert "measured" in block(text, "11.6.2")
    assert "pm25_mean: 29.3 ug/m3" in block(text, "11.6.2")


def test_missing_says_why_and_what_would_fill_it(out):
    said = block(framework_of_run("sdg11", "en", out, ""), "11.2.1")
    assert "missing" in said
    assert "public_transport_access: No data; because: no stop is known" in said
    assert "would be filled by: Public transport + Streets + People" in said


def test_one_of_several_indicators_is_enough(out):
    said = block(framework_of_run("sdg11", "en", out, "town"), "11.7.1")
    assert "measured" in said
    assert "open_space_share: 1.2 % [Estimated]" in said
    assert "open_space_access: No data" in said


def test_items_are_counted(out):
    text = framework_of_run("sdg11", "en", out, "town")
    assert text.splitlines()[-1].startswith("15 items: 2 measured, ")


def test_observations_alone_are_enough():
    assert "pm25_mean: 29.3 ug/m3" in framework_text("sdg11", "en", TABLE)


@pytest.mark.parametrize("name", frameworks())
@pytest.mark.parametrize("lang", ["en", "km"])
def test_without_a_run_every_item_stands_once(name, lang):
    text = framework_text(name, lang)
    codes = [line.split()[0] for line in text.splitlines() if line.startswith("  ") and line[2] != " "]
    assert codes == list(framework(name).items)


def test_khmer_says_it_in_khmer():
    text = framework_text("human_security", "km")
    assert "សន្តិសុខស្បៀង" in text
    assert "៥១" in text


def test_how_an_item_stands():
    run = read_run_of(TABLE)
    assert standing((), run) == "open"
    assert standing(("pm25_mean",), None) == "measured"
    assert standing(("public_transport_access",), run) == "missing"
    assert standing(("public_transport_access", "pm25_mean"), run) == "measured"


def read_run_of(table):
    from citiesforall.pipeline.frameworks import _run_of  # noqa: PLC0415

    return _run_of(table)


def test_a_source_is_named_with_what_it_must_hold():
    item = framework("sdg11").items["11.6.2"]
    assert fillers(item, ("pm25_mean",), "en") == "Fine particles (PM2.5) + People"
    work = framework("u4ssc").items["EC:P:EM:1C"]
    said = fillers(work, ("unemployment", "unemployment_reported"), "en")
    assert (
        said
        == "Household survey: unemployed + Municipal figures, the workbook a city fills in: unemployed, labour_force"
    )
    assert fillers(work, ("unemployment",), "en", held=False) == "Household survey"
    assert fillers(framework("sdg11").items["11.3.2"], ("civil_society_participation",), "en").endswith(
        ": participation"
    )


def test_faults_are_clear(out):
    with pytest.raises(DeclarationError, match="--framework 'sdg' is not known"):
        framework_of_run("sdg", "en", out, "town")
    with pytest.raises(DeclarationError, match="--lang 'fr'"):
        framework_text("sdg11", "fr")
    with pytest.raises(CitiesError, match="no such run"):
        framework_of_run("sdg11", "en", out, "tow")


def test_a_run_is_read_once(out):
    run = read_run(out / "town")
    assert run.rows["pm25_mean"]["value"] == 29.3
    assert run.reasons == {"public_transport_access": "no stop is known"}
