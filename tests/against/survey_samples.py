"""Samples that svy and samplics bring along, as arrays; skips where the libraries are not installed."""

import warnings
from importlib import resources
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

pl = pytest.importorskip("polars")
svy = pytest.importorskip("svy")
with warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)  # samplics says on import that svy follows it
    samplics = pytest.importorskip("samplics")


def households():
    """Return the World Bank's synthetic sample that svy brings along: 825 households, strata of region and urban or rural."""
    file = resources.files("svy.datasets").joinpath("_bundled", "hld_sample_wb_2023.parquet")
    table = pl.read_parquet(str(file))
    return SimpleNamespace(
        stratum=np.char.add(table["geo1"].to_numpy().astype(str), table["urbrur"].to_numpy().astype(str)),
        cluster=table["ea"].to_numpy().astype(str), domain=table["geo1"].to_numpy().astype(str),
        weight=table["hhweight"].to_numpy(), yes=(table["electricity"] == "Yes").to_numpy().astype(float),
        amount=table["tot_exp"].to_numpy().astype(float),
    )  # fmt: skip


def health():
    """Return NHANES II as samplics brings it along: blood pressure of some 10,000 people, 31 strata of two clusters."""
    file = resources.files("samplics.datasets").joinpath("data", "nhanes2.csv")
    table = pd.read_csv(str(file)).dropna(subset=["highbp", "finalwgt", "zinc"])
    return SimpleNamespace(
        stratum=table["stratid"].to_numpy().astype(str), cluster=table["psuid"].to_numpy().astype(str),
        domain=table["region"].to_numpy().astype(str), weight=table["finalwgt"].to_numpy(float),
        yes=table["highbp"].to_numpy(float), amount=table["zinc"].to_numpy(float),
    )  # fmt: skip


def of_svy(sample):
    columns = {
        name: getattr(sample, name) for name in ("stratum", "cluster", "domain", "weight", "yes", "amount")
    }
    table = pl.DataFrame({name: value.tolist() for name, value in columns.items()})
    return svy.Sample(table, svy.Design(stratum="stratum", psu="cluster", wgt="weight")), table
