"""Little Town, run as it is and in other ways; each once for all tests."""

import ast
import math
import operator
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.tables import read_parquet
from citiesforall.pipeline.run import gather_layers, measure_city, publish_run

from .make_town import HOMES, X0, Y0, make_town

EXPECTED = tomllib.loads(Path(__file__).with_name("expected.toml").read_text("utf-8"))
VARIANTS = {
    "base": {},
    "errors": {"errors": "people lists"},
    "people_err": {"errors": "people"},
    "lists_err": {"errors": "lists"},
    "table": {"flood": "table"},
    "reach_500": {"choices": "reach_m = 500"},
    "no_streets": {"streets": False},
}
STEPS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def worked(text: str) -> float:
    """Add up a sum as it is written out: numbers, + - * /, brackets and ln()."""

    def value(node):
        match node:
            case ast.Expression():
                return value(node.body)
            case ast.Constant(value=int() | float() as number):
                return number
            case ast.BinOp():
                return STEPS[type(node.op)](value(node.left), value(node.right))
            case ast.Call(func=ast.Name(id="ln"), args=[of]):
                return math.log(value(of))
            case ast.Name(id="inf"):
                return math.inf
        raise ValueError(text)

    return value(ast.parse(text, mode="eval"))


@dataclass(frozen=True)
class Town:
    """A finished run: observations by indicator, group and place; cells; walks; the folder of results."""

    observations: pd.DataFrame
    cells: pd.DataFrame
    walks: Path | None
    out: Path

    def home(self, name: str) -> int:
        """Return the position of a home's cell part."""
        x, y = HOMES[name]
        return int(np.flatnonzero((self.cells["x"] == X0 + x) & (self.cells["y"] == Y0 + y))[0])


@pytest.fixture(scope="session")
def town(tmp_path_factory):
    """Return a function that gives a variant of the town, run through the whole pipeline."""
    made: dict[str, Town] = {}

    def run(name: str) -> Town:
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            city, out = make_town(folder / "data", **VARIANTS[name]), folder / "out"
            found = gather_layers(city, out, threads=1)
            results = publish_run(found, measure_city(found), out)
            table = read_parquet(results / "observations.parquet")
            made[name] = Town(
                table.set_index(["indicator", "group", "place"]).sort_index(),
                read_parquet(found.layers["cells"].folder / "cells.parquet"),
                found.layers["walks"].folder if "walks" in found.layers else None,
                results,
            )
        return made[name]

    return run
