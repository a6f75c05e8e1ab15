"""Money in dollars of equal purchasing power, by hand."""

import numpy as np
import pytest

from citiesforall.core.errors import NoDataError
from citiesforall.measure.purchasing_power import register_rate_ppp

from .test_waste import Town, town

SPENT = ["heritage_public_local", "heritage_private"]


def test_riel_become_dollars_that_buy_as_much():
    """(400 + 50) million riel / 1500 riel a dollar / 150 000 people = 2 dollars a person."""
    figures = {"heritage_public_local": 400e6, "heritage_private": 50e6, "ppp_factor": 1500.0}
    found = register_rate_ppp(town(**figures), num=SPENT, den=["residents"])
    assert found.num[0, 0] == pytest.approx(300_000)
    assert found.value()[0] == pytest.approx(2)


@pytest.mark.parametrize("left_out", ["ppp_factor", "heritage_private"])
def test_what_is_not_known_is_said(left_out):
    figures = {"heritage_public_local": 400e6, "heritage_private": 50e6, "ppp_factor": 1500.0}
    del figures[left_out]
    with pytest.raises(NoDataError, match=left_out):
        register_rate_ppp(town(**figures), num=SPENT, den=["residents"])


def test_a_parity_nobody_wrote_is_no_parity():
    figures = {"heritage_public_local": 400e6, "heritage_private": 50e6, "ppp_factor": np.nan}
    with pytest.raises(NoDataError):
        register_rate_ppp(town(**figures), num=SPENT, den=["residents"])
    with pytest.raises(NoDataError, match="no register"):
        register_rate_ppp(Town(None), num=SPENT, den=["residents"])
