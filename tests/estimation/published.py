"""The samples of Californian schools that R's `survey` is documented with, as arrays."""

import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np

TABLE = tomllib.loads((Path(__file__).parent / "data" / "api.toml").read_text("utf-8"))


def stratified():
    """Return the stratified sample of 200 schools."""
    table = TABLE["stratified"]
    schools = table["schools"].split()
    stratum = np.array([school[0] for school in schools])
    taken = {name: (stratum == name).sum() for name in "EHM"}
    return SimpleNamespace(
        stratum=stratum,
        cluster=np.arange(len(schools)),
        weight=np.array([table["weight"][name] for name in stratum]),
        fraction=np.array([taken[name] / table["schools_in_stratum"][name] for name in stratum]),
        api00=np.array([float(school[1:4]) for school in schools]),
        award=np.array([float(school[4] == "y") for school in schools]),
    )


def clusters():
    """Return the sample of 15 districts with all their schools, 183."""
    table = TABLE["clusters"]
    rows = [
        (name, school) for name, schools in table.items() if name.isdecimal() for school in schools.split()
    ]
    districts = len({name for name, _ in rows})
    return SimpleNamespace(
        stratum=np.zeros(len(rows), int),
        cluster=np.array([name for name, _ in rows]),
        weight=np.full(len(rows), table["weight"]),
        fraction=np.full(len(rows), districts / table["districts_in_all"]),
        api00=np.array([float(school[:3]) for _, school in rows]),
        award=np.array([float(school[3] == "y") for _, school in rows]),
    )
