"""SDMX: the structure keeps its schema, and two libraries read every observation back."""

import numpy as np
import pandas as pd
import pytest
import sdmx
from pysdmx.io import read_sdmx, write_sdmx
from pysdmx.io.format import Format
from pysdmx.io.pd import PandasDataset
from pysdmx.io.reader import get_datasets

from citiesforall.core.tables import STATUSES
from citiesforall.core.units import units
from citiesforall.exchange.codes import sdg_series, sdmx_codes
from citiesforall.exchange.open_sdg import answers
from citiesforall.exchange.sdmx_data import DATA_1, DATA_2, as_csv_2, flow_schema, sdmx_period, sdmx_table
from citiesforall.exchange.sdmx_structure import PARTS

MIXED = "ignore:.*have mixed types:pandas.errors.DtypeWarning"
KEY = ["REF_AREA", "INDICATOR", "POPULATION_GROUP", "TIME_PERIOD"]


@pytest.mark.parametrize("edition", ["2.1", "3.0"])
def test_the_structure_keeps_the_schema_of_its_edition(exported, town, edition):
    folder, _ = exported
    message = read_sdmx(folder / f"sdmx_structure_{edition}.xml", validate=True)  # against the XSD of SDMX
    structure = message.get_data_structure_definitions()[0]
    assert [one.id for one in structure.components.dimensions] == [
        "FREQ",
        "REF_AREA",
        "INDICATOR",
        "POPULATION_GROUP",
        "TIME_PERIOD",
    ]
    assert {one.id for one in structure.components} == {one.id for one in PARTS}
    lists = {one.id: {code.id for code in one} for one in message.get_codelists()}
    assert lists["CL_PLACE"] == set(town.places["place"])
    assert lists["CL_INDICATOR"] == set(town.observations["indicator"])
    assert lists["CL_CITY_STATUS"] == set(STATUSES)


@pytest.mark.filterwarnings(MIXED)
@pytest.mark.parametrize(("data", "edition"), [(DATA_1, "2.1"), (DATA_2, "3.0")])
def test_pysdmx_reads_every_observation_back(exported, town, data, edition):
    folder, _ = exported
    (found,) = get_datasets(folder / data, folder / f"sdmx_structure_{edition}.xml")
    rows = town.observations
    assert len(found.data) == len(rows)
    table = found.data.reset_index(drop=True)
    for ours, theirs in (
        ("value", "OBS_VALUE"),
        ("low", "LOWER_BOUND"),
        ("high", "UPPER_BOUND"),
        ("num", "NUMERATOR"),
        ("n", "CASES"),
    ):
        said = pd.to_numeric(table[theirs]).to_numpy(float, na_value=np.nan)
        assert np.array_equal(said, rows[ours].to_numpy(float), equal_nan=True), ours
    assert table["REF_AREA"].astype(str).tolist() == rows["place"].tolist()
    assert table["CITY_STATUS"].astype(str).tolist() == rows["status"].tolist()


def test_every_code_used_is_listed(town):
    table = sdmx_table(town)
    lists = {one.id: one.local_codes for one in flow_schema(town).components if one.local_codes is not None}
    assert len(lists) == 10
    for name, codes in lists.items():
        assert set(table[name].unique()) <= {code.id for code in codes}, name
    assert not table.duplicated(["FREQ", *KEY]).any()


def test_the_second_edition_is_what_the_library_writes(town):
    few = sdmx_table(town).head(400)
    said = [
        write_sdmx(PandasDataset(structure=flow_schema(town), data=few.copy()), form)
        for form in (Format.DATA_SDMX_CSV_1_0_0, Format.DATA_SDMX_CSV_2_0_0)
    ]
    assert as_csv_2(said[0]) == said[1]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # sdmx1 leaves its file open
def test_sdmx1_reads_structure_with_both_languages_and_data(exported, town):
    """sdmx1 2.28 reads structures of 2.1 and SDMX-CSV 2.0; of 3.0 it knows no measure relationship, of CSV 1.0 nothing."""
    folder, _ = exported
    message = sdmx.read_sdmx(folder / "sdmx_structure_2.1.xml")
    women = message.codelist["CL_GROUP"]["women"].name.localizations
    assert women["en"] == "Women and girls"
    assert women["km"] == "ស្ត្រី និងក្មេងស្រី"
    found = sdmx.read_sdmx(folder / DATA_2, structure=message.structure["CITY_INDICATORS"])
    observed = found.data[0].obs
    rows = town.observations
    assert len(observed) == len(rows)
    told = {
        tuple(str(one.key[name].value) for name in KEY): one.value
        for one in observed
        if one.value not in {None, ""}
    }
    has = rows[rows["value"].notna()]
    assert len(told) == len(has)
    for row in has.iloc[::37].itertuples():
        assert float(told[row.place, row.indicator, row.group, sdmx_period(row.period)[0]]) == row.value


def test_periods_as_sdmx_writes_them():
    assert sdmx_period("2025") == ("2025", "A")
    assert sdmx_period("2024-Q3") == ("2024-Q3", "Q")
    assert sdmx_period("2024-07") == ("2024-07", "M")
    # 2015 and 2025 compared: from the first day of 2015, 11 years to the last of 2025
    assert sdmx_period("2015/2025") == ("2015-01-01/P11Y", "_O")


def test_every_status_and_unit_has_a_code():
    codes = sdmx_codes()
    assert {codes["status"][one] for one in STATUSES} <= set(codes["obs_status"])
    ids = [codes["unit"][one] for one in units()]
    assert len(ids) == len(set(ids))
    assert codes["status"]["suppressed"] == "Q"
    assert codes["status"]["low_n"] == "U"


def test_series_are_given_to_indicators_that_answer_an_sdg_indicator():
    answering = {one.id for several in answers().values() for one in several}
    assert set(sdg_series()) <= answering
    assert len(set(sdg_series().values())) == len(sdg_series())
