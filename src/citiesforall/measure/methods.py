"""All methods: importing this registers them under their names."""

from __future__ import annotations

from citiesforall.measure import access, amounts, derive, registers, scorecards, survey, waste

MODULES = (access, amounts, derive, registers, scorecards, survey, waste)
