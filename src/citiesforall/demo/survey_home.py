"""Answers on the dwelling of every household: tenure, walls, water, toilet, energy, waste, floods."""

from __future__ import annotations

import numpy as np

from citiesforall.demo.shapes import Ints
from citiesforall.demo.survey import STRATA, Answers
from citiesforall.demo.survey_draws import Columns, days, graded, numbers, only, pick, several, words, yes

DEPTH_STEPS = (1.1, 0.75, 0.35)  # [m] of water inside: waist, knee, ankle


def home(answers: Answers, size: Ints, rng: np.random.Generator) -> Columns:
    """Answer for every household on where and how it lives.

    Parameters
    ----------
    answers
        What is true of the households.
    size
        Persons. (h,)
    rng
        Chance.

    Returns
    -------
    dict
        Question -> answer. (h,)
    """
    columns = {
        **_building(answers, size, rng),
        **_tenure(answers, rng),
        **_water(answers, rng),
        **_toilet(answers, rng),
    }
    return {**columns, **_hands(answers, rng), **_services(answers, rng), **_flood(answers, rng)}


def rooms_of(answers: Answers, size: Ints, rng: np.random.Generator) -> Ints:
    """Return the rooms of each dwelling. (h,)"""
    w = answers.welfare
    return np.maximum(1, np.round(2.25 + 0.5 * w + 0.12 * (size - 4) + rng.normal(0, 0.6, w.size))).astype(
        np.int64
    )


def _building(answers: Answers, size: Ints, rng: np.random.Generator) -> Columns:
    w, n, slum = answers.welfare, answers.welfare.size, answers.stratum == STRATA.index("informal")
    solid, tiled = yes(3.3 + w - 1.7 * slum, rng), yes(2.4 + w - 1.2 * slum, rng)
    wall = pick({"brick": 0.4, "wood": 0.32, "concrete": 0.2, "metal": 0.08}, n, rng)
    roof = np.where(
        yes(w - 1.0, rng),
        pick({"tiles": 0.75, "concrete": 0.25}, n, rng),
        pick({"metal": 0.7, "fibre_cement": 0.3}, n, rng),
    )
    floor = np.where(yes(w - 0.2, rng), "tiles", pick({"cement": 0.5, "wood": 0.5}, n, rng))
    state = graded(
        w + rng.normal(0, 0.7, n),
        (0.3, -1.1, -3.0),
        ("good", "small_repairs", "large_repairs", "dilapidated"),
    )
    hazards = {
        "river_bank": yes(-3.9 + 2.6 * slum, rng), "over_water": yes(-5.0 + 2.4 * slum, rng),
        "rubbish_dump": yes(-5.2 + 1.5 * slum, rng), "railway": yes(np.full(n, -5.6), rng),
        "road_reserve": yes(-4.2 + 0.8 * slum, rng), "power_line": yes(np.full(n, -5.2), rng),
    }  # fmt: skip
    return {
        "rooms": numbers(np.ones(n, bool), rooms_of(answers, size, rng)),
        "wall": np.where(solid, wall, pick({"bamboo_leaves": 0.6, "salvaged": 0.4}, n, rng)),
        "roof": np.where(solid | tiled, roof, pick({"leaves": 0.6, "salvaged": 0.4}, n, rng)),
        "floor": np.where(solid | tiled, floor, pick({"bamboo": 0.6, "earth": 0.4}, n, rng)),
        "dwelling_condition": state,
        "hazard_site": several(hazards, "none"),
    }


def _tenure(answers: Answers, rng: np.random.Generator) -> Columns:
    w, n = answers.welfare, answers.welfare.size
    slum, village = answers.stratum == STRATA.index("informal"), answers.stratum == STRATA.index("village")
    owns = yes(0.9 - 0.6 * (answers.stratum == 0) + 0.2 * w, rng)
    without = ~owns & yes(-1.4 + 1.6 * slum, rng)
    free = pick({"rent_free": 0.7, "employer": 0.3}, n, rng)
    mine = np.where(
        slum & yes(np.full(n, -0.4), rng), "occupied", np.where(yes(w - 2.2, rng), "buying", "owned")
    )
    tenure = np.where(owns, mine, np.where(without, free, "rented"))
    title = owns & yes(1.0 + 0.7 * w - 3.6 * slum - 0.5 * village, rng)
    soft = pick({"soft_title": 0.7, "sale_contract": 0.25, "social_concession": 0.05}, n, rng)
    lost = pick({"none": 0.5, "utility_bill": 0.35, "verbal": 0.15}, n, rng)
    lease = np.where(yes(-0.2 + 0.6 * w, rng), "written_lease", pick({"verbal": 0.8, "none": 0.2}, n, rng))
    paper = np.where(title, "hard_title", np.where(yes(1.2 + 0.4 * w - 2.4 * slum, rng), soft, lost))
    paper = np.where(
        tenure == "occupied", lost, np.where(tenure == "rented", lease, np.where(owns, paper, "verbal"))
    )
    fear = (
        -1.9
        + 2.3 * slum
        - 0.3 * w
        + 0.8 * np.isin(paper, ["none", "verbal", "utility_bill"])
        + rng.normal(0, 1.0, n)
    )
    names = ("very_likely", "somewhat_likely", "unlikely", "very_unlikely")
    return {"tenure": tenure, "tenure_paper": paper, "eviction_fear": graded(fear, (1.4, 0.1, -1.5), names)}


def _water(answers: Answers, rng: np.random.Generator) -> Columns:
    w, n = answers.welfare, answers.welfare.size
    slum, village = answers.stratum == STRATA.index("informal"), answers.stratum == STRATA.index("village")
    every = np.ones(n, bool)
    pipe = yes(1.4 + 0.9 * w - 2.2 * slum - 1.6 * village, rng)
    piped = np.where(
        yes(1.5 + 0.5 * w, rng), "piped_dwelling", pick({"piped_yard": 0.7, "piped_neighbour": 0.3}, n, rng)
    )
    others = {"tube_well": 0.34, "rainwater": 0.13, "bottled": 0.16, "cart": 0.1, "unprotected_well": 0.07, "surface": 0.1,
              "protected_well": 0.05, "kiosk": 0.03, "public_tap": 0.02}  # fmt: skip
    source = np.where(pipe, piped, pick(others, n, rng))
    bought = np.isin(source, ["bottled", "kiosk"])
    inside, yard = np.isin(source, ["piped_dwelling", "rainwater"]), np.isin(source, ["piped_yard"])
    well = np.isin(source, ["tube_well", "protected_well", "unprotected_well"]) & yes(np.full(n, 0.6), rng)
    brought = bought | (source == "cart")
    place = np.select([inside, yard | well, brought], ["dwelling", "yard", "delivered"], "elsewhere")
    minutes = np.minimum(rng.gamma(2.0, 9.0, n) + 2 + 6 * village, 180)
    dirty = -0.9 - 0.5 * w + 1.6 * np.isin(source, ["surface", "unprotected_well", "cart"]) - 0.9 * pipe
    return {
        "water_source": source,
        "water_other_source": only(bought, np.where(yes(w, rng), "piped_dwelling", "tube_well")),
        "water_tap_households": numbers(source == "public_tap", 2 + np.arange(n) % 7),
        "water_place": place,
        "water_minutes": numbers((place == "elsewhere") & every, minutes),
        "water_short_1m": words(yes(-2.2 - 0.5 * w + 0.7 * slum, rng)),
        "water_interrupted_2w": words(yes(-2.0 + 0.9 * pipe - 0.3 * w, rng)),
        "water_test": np.where(yes(dirty, rng), "contaminated", "safe"),
    }


def _toilet(answers: Answers, rng: np.random.Generator) -> Columns:
    w, n, core = answers.welfare, answers.welfare.size, answers.stratum == 0
    slum, village = answers.stratum == STRATA.index("informal"), answers.stratum == STRATA.index("village")
    flush = yes(2.7 + 1.1 * w - 1.6 * slum - 0.6 * village, rng)
    sewer = core & yes(np.full(n, -0.3), rng)
    kinds = {"flush_septic": 0.52, "flush_pit": 0.38, "flush_open": 0.1}
    poor = {"pit_slab": 0.28, "pit_open": 0.07, "hanging": 0.2, "none": 0.45}
    toilet = np.where(flush, np.where(sewer, "flush_sewer", pick(kinds, n, rng)), pick(poor, n, rng))
    has = toilet != "none"
    shared = has & yes(-2.2 + 2.0 * slum - 0.4 * w, rng)
    pit = np.isin(toilet, ["flush_septic", "flush_pit", "pit_slab"])
    gone = pick(
        {"never": 0.48, "treatment_plant": 0.1, "service_unknown": 0.27, "covered_pit": 0.05, "open": 0.1},
        n,
        rng,
    )
    return {
        "toilet": toilet,
        "toilet_shared": only(has, words(shared)),
        "toilet_households": numbers(shared, np.minimum(2 + rng.poisson(0.9 + slum), 10)),
        "toilet_emptied": only(pit, gone),
    }


def _hands(answers: Answers, rng: np.random.Generator) -> Columns:
    w, n = answers.welfare, answers.welfare.size
    place = graded(w + rng.normal(0.9, 0.9, n), (-0.2, -1.2), ("fixed", "mobile", "none"))
    seen = place != "none"
    return {
        "handwashing_place": place,
        "handwashing_water": only(seen, words(yes(2.4 + 0.5 * w, rng))),
        "handwashing_soap": only(seen, words(yes(1.7 + 0.6 * w, rng))),
    }


def _services(answers: Answers, rng: np.random.Generator) -> Columns:
    w, n = answers.welfare, answers.welfare.size
    slum, village = answers.stratum == STRATA.index("informal"), answers.stratum == STRATA.index("village")
    light = pick({"battery": 0.4, "none": 0.4, "solar": 0.2}, n, rng)
    fuel = pick({"firewood": 0.55, "charcoal": 0.45}, n, rng)
    waste = pick({"burned": 0.6, "dumped": 0.25, "buried": 0.15}, n, rng)
    taken = yes(1.3 + 0.3 * w - 2.6 * slum - 1.9 * village, rng)
    return {
        "lighting": np.where(
            yes(3.6 + 0.8 * w - 1.2 * slum, rng),
            np.where(village & yes(np.full(n, -2.5), rng), "mini_grid", "grid"),
            light,
        ),
        "cooking_fuel": np.where(
            yes(1.5 + 1.1 * w - 0.8 * village, rng),
            np.where(yes(-2.0 + 0.4 * w, rng), "electricity", "lpg"),
            fuel,
        ),
        "waste": np.where(
            taken, np.where(yes(np.full(n, 1.2), rng), "collected_home", "collected_point"), waste
        ),
        "smoke_or_odour": words(yes(-1.2 + 1.0 * slum - 0.4 * taken, rng)),
        "internet_at_home": words(yes(1.4 + 0.9 * w, rng)),
        "computer_at_home": words(yes(-1.6 + 1.1 * w, rng)),
    }


def _flood(answers: Answers, rng: np.random.Generator) -> Columns:
    depth, n = answers.depth_m, answers.welfare.size
    wet = (depth > 0) & yes(-1.2 + 0.9 * depth, rng)
    inside = depth * rng.uniform(0.35, 0.9, n)
    return {
        "home_flooded_12m": words(wet),
        "flood_depth": only(wet, graded(inside, DEPTH_STEPS, ("above", "waist", "knee", "ankle"))),
        "flood_days": numbers(wet, 1 + days(2.5 + 3 * depth, rng, 60)),
    }
