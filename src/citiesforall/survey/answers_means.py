"""Answers on income, debt, protection, health cost and food of the household."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from citiesforall.core.notes import Note
from citiesforall.estimation.fies import food_insecurity
from citiesforall.estimation.scales import at_least, at_most, fies_raw, food_consumption_score, hwise4, rcsi
from citiesforall.survey.answers import amount, any_of, has_a, is_a, is_code, unknown, yes
from citiesforall.survey.asked import Asked, Floats

DEBT_SHARE = 0.50
HEALTH_SHARE = 0.10
FIES = (
    "fies_1_worried", "fies_2_healthy", "fies_3_few_kinds", "fies_4_skipped", "fies_5_ate_less", "fies_6_ran_out",
    "fies_7_hungry", "fies_8_whole_day",
)  # fmt: skip
RCSI = ("rcsi_less_preferred", "rcsi_borrow", "rcsi_portion", "rcsi_adults", "rcsi_meals")
FCS = ("staples", "pulses", "vegetables", "fruit", "meat_fish", "milk", "sugar", "oil")
HWISE = ("hwise_worry", "hwise_plans", "hwise_hands", "hwise_drink")
HOW_OFTEN = ("never", "rarely", "sometimes", "often")
FCS_CUTS = (35.0, 42.0)
"""Highest score that is poor or borderline; the second where oil and sugar are eaten daily by nearly all [wfp_2008]."""
FIES_MODERATE, FIES_SEVERE, RCSI_CRISIS, HWISE_INSECURE = 4.0, 7.0, 19.0, 4.0


@dataclass(frozen=True)
class OfMembers:
    """Hold what the roster says of each household.

    Parameters
    ----------
    female_head
        Its head is a woman. (H,)
    all_covered
        Every member has health cover. (H,)
    insured
        A member has the health equity fund or social security. (H,)
    """

    female_head: Floats
    all_covered: Floats
    insured: Floats


def per_person(income: Floats, size: Floats) -> Floats:
    """Return income per person. (H,) [KHR/month]"""
    out = np.full(income.size, np.nan)
    np.divide(income, size, out=out, where=size > 0)
    return out


def debt_burden(has_debt: Floats, payment: Floats, income: Floats, most: float = DEBT_SHARE) -> Floats:
    """Say whether more than half of the income goes into paying back debts. (H,)

    Parameters
    ----------
    has_debt
        Owes money. (H,)
    payment, income
        A month. (H,) [KHR]
    most
        Share of income [ours].

    Notes
    -----
    Who owes nothing is not burdened; who pays back and has no income is.
    """
    known = ~np.isnan(payment) & ~np.isnan(income)
    heavy = np.where(known, (payment > most * income).astype(np.float64), np.nan)
    out: Floats = np.where(has_debt == 0, 0.0, np.where(np.isnan(has_debt), np.nan, heavy))
    return out


def catastrophic_health(spent: Floats, budget: Floats, income: Floats, most: float = HEALTH_SHARE) -> Floats:
    """Say whether health care took more than a tenth of the household's budget. (H,)

    Parameters
    ----------
    spent
        Out of pocket, last month. (H,) [KHR]
    budget
        Total spending of a month. (H,) [KHR]
    income
        Of a month; taken where spending is not known. (H,) [KHR]
    most
        Share.

    Notes
    -----
    SDG 3.8.2: out-of-pocket health expenditure above 10 % of total household expenditure or income. One month instead of a
    year lets the share come out higher.
    """
    whole = np.where(np.isnan(budget), income, budget)
    known = ~np.isnan(spent) & ~np.isnan(whole)
    out: Floats = np.where(known, (spent > most * whole).astype(np.float64), np.nan)
    return out


def derive_means(
    asked: Asked, size: Floats, members: OfMembers, given: Mapping[str, Floats]
) -> dict[str, Floats]:
    """Return the answers on means and protection.

    Parameters
    ----------
    asked
        Interviews.
    size
        Persons of the household. (H,)
    members
        What the roster says.
    given
        Answers the file gives as they are.

    Returns
    -------
    dict
        Answer -> share or number. (H,)

    Notes
    -----
    Social protection is a benefit of the state in twelve months, or a member with the health equity fund or social security;
    SDG 1.3.1 leaves health care out [ours].
    """
    income = given.get("income_khr_month", amount(asked, "income_khr_month"))
    benefit = has_a(asked, "benefits_12m", "protected")
    return {
        "income_khr_month": income,
        "income_per_person_khr_month": per_person(income, size),
        "debt_burden": debt_burden(yes(asked, "has_debt"), amount(asked, "debt_payment_khr_month"), income),
        "social_protection": any_of([benefit, np.where(np.isnan(members.insured), 0.0, members.insured)])
        if "benefits_12m" in asked.sets
        else unknown(asked),
        "idpoor": is_a(asked, "idpoor", "poor"),
        "health_cover_all": members.all_covered,
        "catastrophic_health_10": catastrophic_health(
            amount(asked, "health_spending_khr_month"), amount(asked, "spending_khr_month"), income
        ),
        "remittances": yes(asked, "remittances"),
        "female_headed": members.female_head,
    } | dict(given)


def derive_food(
    asked: Asked, given: Mapping[str, Floats], *, oil_and_sugar_daily: bool
) -> tuple[dict[str, Floats], list[Note]]:
    """Return the scales of food and water insecurity but for those that need the weights.

    Parameters
    ----------
    asked
        Interviews.
    given
        Answers the file gives as they are; cut-offs are taken of a given score.
    oil_and_sugar_daily
        Whether nearly all eat oil and sugar daily, so that the higher cut-off of the food consumption score holds.

    Returns
    -------
    tuple
        Answer -> share or number, (H,); and which cut-off was taken.
    """
    often = [
        np.select(
            [is_code(asked, name, (word,)) == 1 for word in HOW_OFTEN],
            np.arange(len(HOW_OFTEN), dtype=float),
            np.nan,
        )
        for name in HWISE
    ]
    scores = {
        "fies_raw": fies_raw(fies_items(asked)),
        "rcsi": rcsi(np.column_stack([amount(asked, name) for name in RCSI])),
        "fcs": food_consumption_score(np.column_stack([amount(asked, f"fcs_{name}") for name in FCS])),
        "hwise": hwise4(np.column_stack(often)),
    }
    scores |= {name: given[name] for name in scores if name in given}
    cut = FCS_CUTS[oil_and_sugar_daily]
    cuts = {
        "fies_4_up": at_least(scores["fies_raw"], FIES_MODERATE),
        "fies_7_up": at_least(scores["fies_raw"], FIES_SEVERE),
        "rcsi_19_up": at_least(scores["rcsi"], RCSI_CRISIS),
        "fcs_poor_borderline": at_most(scores["fcs"], cut),
        "hwise_insecure": at_least(scores["hwise"], HWISE_INSECURE),
    }
    notes = []
    if not np.isnan(scores["fcs"]).all():
        said = str(oil_and_sugar_daily).lower()
        what = (
            f"food consumption is poor or borderline up to a score of {cut:g} (oil_and_sugar_daily = {said})."
        )
        notes.append(Note(asked.where, what))
    return {**scores, **cuts}, notes


def derive_rasch(asked: Asked, weight: Floats, where: str) -> tuple[dict[str, Floats], list[Note]]:
    """Return the chances of food insecurity on the global scale, and what the scale says of itself.

    Parameters
    ----------
    asked
        Interviews.
    weight
        Of each household. (H,)
    where
        Survey, for notes.
    """
    items = fies_items(asked)
    if np.isnan(items).any(axis=1).all():
        nothing = unknown(asked)
        return {"fies_moderate_severe": nothing, "fies_severe": nothing}, []
    scored = food_insecurity(items, weight)
    notes = [Note(where, doubt, "doubt") for doubt in scored.doubts]
    return {"fies_moderate_severe": scored.moderate_severe, "fies_severe": scored.severe}, notes


def fies_items(asked: Asked) -> Floats:
    """Return the eight answers of the Food Insecurity Experience Scale. (H, 8)"""
    return np.column_stack([yes(asked, name) for name in FIES])
