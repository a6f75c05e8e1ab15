"""All methods: importing this registers them under their names."""

from __future__ import annotations

from citiesforall.measure import (
    access,
    amounts,
    derive,
    purchasing_power,
    register_urban,
    registers,
    scorecards,
    survey,
    waste,
)

MODULES = (access, amounts, derive, purchasing_power, register_urban, registers, scorecards, survey, waste)
