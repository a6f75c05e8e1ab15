"""A street of four cell parts in two units, small enough to work every answer by hand."""

import numpy as np
import pytest

from citiesforall.measure.layers import Layers, Ways

PEOPLE = np.array([100.0, 50.0, 30.0, 20.0])
"""West: 100 and 50 people; east: 30 and 20."""


def ways(metres, estimated=False, S=1):
    m = np.array([metres], dtype=float)
    facility = np.where(np.isfinite(m), 0, -1).astype(np.int32)
    return Ways(m, facility, np.ones((S, 1), dtype=bool), estimated, ("list",))


def little(people=PEOPLE, **changes):
    given = {
        "group": "all",
        "people": np.atleast_2d(np.asarray(people, float)),
        "people_past": np.array([80.0, 40.0, 30.0, 10.0]),
        "walk_m_s": 1.0,
        "base_walk_m_s": 1.0,
        "cells": {
            "people": PEOPLE, "land_m2": np.array([1e4, 1e4, 1e4, 5e3]), "built_m2": np.array([4e3, 3e3, 2e3, 1e3]),
            "built_past_m2": np.array([2e3, 2e3, 2e3, 1e3]), "pm25_ug_m3": np.array([20.0, 30.0, np.nan, 10.0]),
            "flood_class": np.array([0.0, 1.0, 2.0, np.nan]), "urban_class": np.array([30.0, 30.0, 21.0, 12.0]),
            "street_m": np.array([200.0, 100.0, 0.0, 50.0]),
        },
        "known_street": np.array([True, True, True, False]),
        "leg_m": np.array([10.0, 60.0, 20.0, np.inf]),
        "ways": {"clinic": ways([100, 700, 1900, 50]), "market": ways([np.inf, 300, 900, 10])},
        "starts": np.array([0, 2]),
        "belongs": np.array([[True, True], [True, False], [False, True]]),
        "years": {"people": 2025.0, "people_growth": 2025.0, "people_past": 2015.0, "built_m2": 2025.0, "built_past_m2": 2015.0},
    }  # fmt: skip
    return Layers(**{**given, **changes})


@pytest.fixture
def town():
    """Return the layers of the little street: rows are the city, west and east."""
    return little()
