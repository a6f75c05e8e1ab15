"""The README and the changelog count the indicators rightly."""

import re
from pathlib import Path

import pytest

from citiesforall.core.indicator import indicators

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_the_number_of_indicators_is_right(name):
    said = re.search(r"(?:of|\*) (\d+) indicators", (ROOT / name).read_text("utf-8"))
    assert said is not None
    assert int(said.group(1)) == len(indicators())
