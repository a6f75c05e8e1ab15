"""Answers of every household on income, debt, protection, food and water shortage."""

from __future__ import annotations

from typing import Any

import numpy as np

from citiesforall.demo.shapes import Floats, Ints
from citiesforall.demo.survey import Answers
from citiesforall.demo.survey_draws import Columns, days, graded, numbers, several, words, yes

FIES = ("worried", "healthy", "few_kinds", "skipped", "ate_less", "ran_out", "hungry", "whole_day")
FIES_HARDNESS = (-0.4, 0.0, -0.2, 0.9, 0.6, 1.2, 1.6, 2.4)
#: Behaviour -> how much lack it takes, in the units of the hidden score.
RCSI_HARDNESS = {"less_preferred": 0.2, "borrow": 1.2, "portion": 0.8, "adults": 1.7, "meals": 1.4}
#: Food group -> days of a week at mean welfare, and how much more for each unit of welfare.
FCS_DAYS = {
    "staples": (9.5, 0.0), "pulses": (1.4, 0.1), "vegetables": (5.5, 0.4), "fruit": (2.6, 0.8), "meat_fish": (5.0, 1.1),
    "milk": (0.9, 0.6), "sugar": (3.4, 0.5), "oil": (5.6, 0.8), "condiments": (8.5, 0.0),
}  # fmt: skip
HWISE = {"worry": 0.0, "plans": 0.5, "hands": 0.9, "drink": 1.1}
OFTEN_STEPS = (1.9, 1.0, 0.2)
THOUSAND = 1000


def means(answers: Answers, poor: Ints, size: Ints, rng: np.random.Generator) -> Columns:
    """Answer for every household on what it lives from and what it lacks.

    Parameters
    ----------
    answers
        What is true of the households.
    poor
        Class on the list of the poor, 0 where not on it. (h,)
    size
        Persons. (h,)
    rng
        Chance.

    Returns
    -------
    dict
        Question -> answer. (h,)
    """
    lack = -1.15 - 1.15 * answers.welfare + rng.normal(0, 0.8, answers.welfare.size)
    return {
        **_money(answers, size, rng),
        **_protection(answers, poor, rng),
        **_food(answers, lack, rng),
        **_short_water(answers, rng),
    }


def _riel(amount: Any) -> Any:
    """Round an amount as people say it, to thousands."""
    return numbers(np.ones(amount.size, bool), np.round(amount / THOUSAND) * THOUSAND)


def _money(answers: Answers, size: Ints, rng: np.random.Generator) -> Columns:
    w, n = answers.welfare, answers.welfare.size
    income = np.round(np.exp(13.55 + 0.42 * w + 0.45 * np.log(size) + rng.normal(0, 0.3, n)), -4)
    spending = income * np.clip(rng.normal(0.84 - 0.05 * w, 0.12, n), 0.4, 1.3)
    housing = income * np.clip(rng.beta(2.2, 8, n) - 0.03 * w, 0.005, 0.9)
    health = spending * np.where(rng.random(n) < 0.35, 0, rng.beta(0.7, 10 + 2 * w.clip(-2, 2), n))  # noqa: PLR2004 - a third paid nothing
    owes = yes(0.1 - 0.25 * w, rng)
    payment = income * np.clip(rng.beta(1.3, 3.6, n) - 0.04 * w, 0.01, 0.95)
    return {
        "housing_cost_khr_month": _riel(housing),
        "income_khr_month": _riel(income),
        "spending_khr_month": _riel(spending),
        "health_spending_khr_month": _riel(health),
        "has_debt": words(owes),
        "debt_payment_khr_month": np.where(owes, _riel(payment), np.nan),
    }


def _protection(answers: Answers, poor: Ints, rng: np.random.Generator) -> Columns:
    w, n = answers.welfare, answers.welfare.size
    on_list = poor > 0
    benefits = {
        "cash_poor": on_list & yes(np.full(n, 1.4), rng), "cash_mother": yes(-3.2 + 1.2 * on_list, rng),
        "disability": yes(np.full(n, -4.4), rng), "pension": yes(-3.4 + 0.5 * w, rng), "nssf": yes(-3.2 + 0.3 * w, rng),
        "scholarship": yes(-3.0 + 1.0 * on_list, rng), "food": yes(-3.6 + 0.5 * (answers.depth_m > 0), rng),
    }  # fmt: skip
    at_risk = ~on_list & yes(-3.6 - 0.8 * w, rng)
    return {
        "idpoor": np.where(at_risk, "at_risk", np.array(["none", "poor_1", "poor_2"])[poor]),
        "benefits_12m": several(benefits, "none"),
        "remittances": words(yes(np.full(n, -1.1), rng)),
    }


def _food(answers: Answers, lack: Floats, rng: np.random.Generator) -> Columns:
    """Answer the scales of food: eight experiences, five behaviours, nine groups of food."""
    w, n = answers.welfare, answers.welfare.size
    every = np.ones(n, bool)
    fies = {
        f"fies_{number}_{word}": words(yes(1.6 * (lack - hard), rng))
        for number, (word, hard) in enumerate(zip(FIES, FIES_HARDNESS, strict=True), start=1)
    }
    coping = {
        f"rcsi_{word}": numbers(every, days(np.exp(0.9 * (lack - hard)), rng) * (rng.random(n) < 0.8))  # noqa: PLR2004 - some never do
        for word, hard in RCSI_HARDNESS.items()
    }
    eaten = {
        f"fcs_{word}": numbers(every, days(np.maximum(mean + slope * w, 0.05), rng))
        for word, (mean, slope) in FCS_DAYS.items()
    }
    return {**fies, **coping, **eaten}


def _short_water(answers: Answers, rng: np.random.Generator) -> Columns:
    """Answer the four questions on water insecurity."""
    dry = -0.55 - 0.6 * answers.welfare + rng.normal(0, 0.7, answers.welfare.size)
    names = ("often", "sometimes", "rarely", "never")
    return {
        f"hwise_{word}": graded(dry - hard + rng.normal(0, 0.5, dry.size), OFTEN_STEPS, names)
        for word, hard in HWISE.items()
    }
