"""Observations as SDMX-CSV: 1.0 (SDMX 2.1) and 2.0 (SDMX 3.0); every one of them, those without a value too."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
from pysdmx.io import write_sdmx
from pysdmx.io.format import Format
from pysdmx.io.pd import PandasDataset
from pysdmx.model import Schema

from citiesforall.core.group import groups
from citiesforall.core.indicator import indicators
from citiesforall.exchange.codes import sdg_series, sdmx_codes
from citiesforall.exchange.given import Published
from citiesforall.exchange.sdmx_structure import (
    AGENCY,
    FLOW,
    VERSION,
    code_lists,
    flow_of,
    khmer_names,
    parts_of,
    structure_message,
    structure_of,
)

STRUCTURES = {
    "sdmx_structure_2.1.xml": Format.STRUCTURE_SDMX_ML_2_1,
    "sdmx_structure_3.0.xml": Format.STRUCTURE_SDMX_ML_3_0,
}
DATA_1, DATA_2 = "sdmx_data_1.0.csv", "sdmx_data_2.0.csv"
INFINITE = re.compile(r"(?<=[,-])inf(?=[,\n])")
"""As the library writes it; XML Schema's double is ``INF``."""
INFORMATION = "I"
"""Action of SDMX-CSV 2.0: the rows tell, they ask nobody to change anything."""
MONTHLY = len("2024-01")


def sdmx_period(period: str) -> tuple[str, str]:
    """Return a period as SDMX writes it, and its frequency.

    Parameters
    ----------
    period
        ``2025``, ``2024-Q3``, ``2024-07`` or ``2015/2025``.

    Returns
    -------
    str, str
        Two years compared are a range that holds both: ``2015-01-01/P11Y``, of frequency ``_O`` (other).
    """
    first, _, last = period.partition("/")
    if last:
        return f"{first[:4]}-01-01/P{int(last[:4]) - int(first[:4]) + 1}Y", "_O"
    if "Q" in period:
        return period, "Q"
    return period, "M" if len(period) == MONTHLY else "A"


def sdmx_table(given: Published) -> pd.DataFrame:
    """Return the observations with the columns of the structure, one row each, in their order.

    Parameters
    ----------
    given
        The observations.

    Returns
    -------
    pandas.DataFrame
        A column for every component; a value that is withheld or missing is nan, what is not reached at all is infinite.
    """
    rows, codes, declared, series = given.observations, sdmx_codes(), indicators(), sdg_series()
    periods = {one: sdmx_period(one) for one in rows["period"].unique()}
    unit = {key: codes["unit"][declared[key].unit] for key in rows["indicator"].unique()}
    told = {
        "FREQ": rows["period"].map({key: freq for key, (_, freq) in periods.items()}),
        "REF_AREA": rows["place"],
        "INDICATOR": rows["indicator"],
        "POPULATION_GROUP": rows["group"],
        "TIME_PERIOD": rows["period"].map({key: said for key, (said, _) in periods.items()}),
        "OBS_VALUE": rows["value"],
        "UNIT_MEASURE": rows["indicator"].map(unit),
        "OBS_STATUS": rows["status"].map(dict(codes["status"])),
        "CITY_STATUS": rows["status"],
        "LOWER_BOUND": rows["low"],
        "UPPER_BOUND": rows["high"],
        "NUMERATOR": rows["num"],
        "DENOMINATOR": rows["den"],
        "CASES": rows["n"],
        "DEFINITION_VERSION": rows["version"],
        "SERIES": rows["indicator"].map(dict(series)),
        "RUN": rows["run"],
    }
    for part in ("SEX", "AGE", "DISABILITY_STATUS"):
        told[part] = rows["group"].map({key: one.sdmx.get(part, "_T") for key, one in groups().items()})
    if given.is_nation:
        told |= {
            name: rows[name.lower()] for name in ("COVERAGE_PEOPLE", "COVERAGE_PLACES", "BASIS", "QUALITY")
        }
    return pd.DataFrame({one.id: told[one.id].to_numpy() for one in parts_of(given)})


def write_data(given: Published, folder: Path) -> None:
    """Write structure and data in both editions of SDMX.

    Parameters
    ----------
    given
        What is published.
    folder
        Where ``sdmx_structure_<edition>.xml`` and ``sdmx_data_<edition>.csv`` go.
    """
    khmer = khmer_names(given)
    for name, form in STRUCTURES.items():
        (folder / name).write_text(structure_message(given, form, khmer), "utf-8")
    data = PandasDataset(structure=flow_schema(given), data=sdmx_table(given))
    said = write_sdmx(data, Format.DATA_SDMX_CSV_1_0_0)
    assert said is not None, "a message without a path is returned"
    said = INFINITE.sub("INF", said)
    (folder / DATA_1).write_text(said, "utf-8")
    (folder / DATA_2).write_text(as_csv_2(said, flow_of(given)), "utf-8")


def as_csv_2(said: str, flow: str = FLOW) -> str:
    """Return SDMX-CSV 1.0 as SDMX-CSV 2.0: the columns are the same but for the first, which names the dataflow.

    Parameters
    ----------
    said
        Of our dataflow.
    flow
        Its id.
    """
    flow = f"{AGENCY}:{flow}({VERSION}),"
    assert said.startswith("DATAFLOW,"), said[:40]
    said = said.replace(f"\n{flow}", f"\ndataflow,{flow}{INFORMATION},")
    return f"STRUCTURE,STRUCTURE_ID,ACTION,{said.removeprefix('DATAFLOW,')}"


def flow_schema(given: Published) -> Schema:
    """Return what the dataflow holds: the components of its structure with their code lists."""
    _, structure, _ = structure_of(given, code_lists(given))
    return Schema(
        context="dataflow", agency=AGENCY, id=flow_of(given), components=structure.components, version=VERSION
    )
