"""The waste balance of SDG 11.6.1, by hand."""

import numpy as np
import pytest

from citiesforall.core.errors import NoDataError
from citiesforall.measure.layers import Layers
from citiesforall.measure.register_layer import RegisterLayer, Series
from citiesforall.measure.waste import ASSUMED, register_waste_share

FIGURES = {
    "waste_per_person": 0.60, "waste_non_household": 30.0, "waste_collected": 84.0, "waste_controlled_disposal": 48.0,
    "waste_controlled_recovery": 6.0,
}  # fmt: skip


class Town:
    """As much of the layers as the method reads."""

    group = "all"

    def __init__(self, registers):
        self.registers = registers


def town(**figures) -> Layers:
    """One city of 150 000 people without units."""
    series = {
        key: Series(np.array([value]), np.array([False]), np.array(["figures"], dtype=object), "2024")
        for key, value in figures.items()
    }
    layer = RegisterLayer(series, np.array([-1]), np.array([[150_000.0]]), "2024", {}, 203, ("KH99",))
    return Town(layer)


def test_the_example_of_the_metadata():
    """150 000 x 0.60 kg = 90 t of households, + 30 t other = 120 t; 48 to a controlled site + 6 recovered = 54."""
    found = register_waste_share(
        town(**FIGURES), num=["waste_controlled_disposal", "waste_controlled_recovery"]
    )
    assert found.num[0, 0] == pytest.approx(54)
    assert found.den[0, 0] == pytest.approx(120)
    assert found.value()[0] == pytest.approx(0.45)
    assert not found.estimated
    assert register_waste_share(town(**FIGURES), num=["waste_collected"]).value()[0] == pytest.approx(
        84 / 120
    )


def test_waste_that_was_not_weighed_is_assumed_and_said():
    """90 t of households are 70 % of all: 128.57 t."""
    figures = {key: value for key, value in FIGURES.items() if key != "waste_non_household"}
    found = register_waste_share(town(**figures), num=["waste_collected"])
    assert found.den[0, 0] == pytest.approx(90 / 0.7)
    assert found.estimated
    assert found.note == ASSUMED


def test_more_collected_than_generated_shows_and_is_doubted():
    """200 t of 120 t: somebody's figure is wrong, and 100 % would hide it."""
    found = register_waste_share(town(**FIGURES | {"waste_collected": 200.0}), num=["waste_collected"])
    assert found.value()[0] == pytest.approx(200 / 120)
    assert found.status.tolist() == ["estimated"]
    assert "more than its whole in KH99" in found.note
    found = register_waste_share(town(**FIGURES | {"waste_collected": 120.0}), num=["waste_collected"])
    assert found.value()[0] == 1
    assert found.note == ""


def test_without_weighing_households_nothing_is_said():
    figures = {key: value for key, value in FIGURES.items() if key != "waste_per_person"}
    with pytest.raises(NoDataError):
        register_waste_share(town(**figures), num=["waste_collected"])
    with pytest.raises(NoDataError, match="no register"):
        register_waste_share(Town(None), num=["waste_collected"])
