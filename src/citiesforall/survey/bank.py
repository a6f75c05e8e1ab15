"""The question bank as the survey room uses it; records and reading are in ``core.questions`` because texts need them."""

from __future__ import annotations

from citiesforall.core.questions import (
    REPEATS,
    SELECTS,
    Bank,
    Choice,
    Module,
    Question,
    bank,
    codes,
    read_bank,
    survey_texts,
)

__all__ = [
    "REPEATS",
    "SELECTS",
    "Bank",
    "Choice",
    "Module",
    "Question",
    "bank",
    "codes",
    "read_bank",
    "survey_texts",
]
