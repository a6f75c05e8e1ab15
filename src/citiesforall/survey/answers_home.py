"""Answers on the dwelling: sanitation, durability, space, tenure, cost, and the slum household of SDG 11.1.1."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from citiesforall.survey.answers import (
    all_of,
    amount,
    any_of,
    asked_of_most,
    has_a,
    is_a,
    is_code,
    opposite,
    unknown,
    yes,
)
from citiesforall.survey.answers_water import derive_water
from citiesforall.survey.asked import Asked, Floats

MOST_HOUSEHOLDS = 2.0
PERSONS_PER_ROOM = 3.0
COST_SHARE = 0.30
FEWEST_DEPRIVATIONS = 3
"""Deprivations of five that must have been asked of most, or slum conditions are not told [ours]."""
DEPRIVATIONS = (
    "improved_water_11_1_1",
    "improved_sanitation",
    "sufficient_living_area",
    "durable_housing",
    "secure_tenure",
)
#: answer -> question and what its answer must count as.
TAGGED = {
    "tenure_document": ("tenure_paper", "document"), "fears_eviction": ("eviction_fear", "likely"),
    "renter": ("tenure", "renter"), "electricity": ("lighting", "electric"), "waste_collected": ("waste", "collected"),
    "sewer_connected": ("toilet", "sewer"),
}  # fmt: skip
#: answer -> question that is answered by yes or no.
YES = {
    "internet_at_home": "internet_at_home", "computer_at_home": "computer_at_home", "home_flooded_12m": "home_flooded_12m",
    "water_interrupted": "water_interrupted_2w", "smoke_or_odour": "smoke_or_odour",
}  # fmt: skip


def improved_sanitation(kind: Floats, shared: Floats, households: Floats) -> Floats:
    """Say whether the toilet is of an improved kind and used by two households at most. (H,)

    Parameters
    ----------
    kind
        Flush to sewer, septic tank or pit; ventilated pit, pit with slab, composting. (H,)
    shared
        Used by other households too. (H,)
    households
        That use it, this one included. (H,)

    Notes
    -----
    Metadata of SDG 11.1.1 [un_sdg_11_1_1], measurement table of 2018.
    """
    few = np.where(np.isnan(households), np.nan, (households <= MOST_HOUSEHOLDS).astype(np.float64))
    own = np.where(shared == 1, few, opposite(shared))
    return all_of([kind, np.where(kind == 0, 0.0, own)])


def basic_sanitation(kind: Floats, shared: Floats) -> Floats:
    """Say whether the toilet is of an improved kind and the household's own. (H,)

    Notes
    -----
    Joint Monitoring Programme [who_unicef_jmp_2018].
    """
    return all_of([kind, np.where(kind == 0, 0.0, opposite(shared))])


def safely_managed_sanitation(basic: Floats, sewer: Floats, contained: Floats, treated: float) -> Floats:
    """Say whether a basic toilet's contents stay in the ground or are treated. (H,)

    Parameters
    ----------
    basic
        `basic_sanitation`. (H,)
    sewer
        Flushes to a sewer. (H,)
    contained
        Pit or tank never emptied, emptied to a covered pit or a treatment plant. (H,)
    treated
        Share of sewage that is treated, 0 or 1; nan where nobody says.

    Notes
    -----
    Joint Monitoring Programme [who_unicef_jmp_2018]. Whether sewage is treated no household knows: it is a choice of the city
    file, unknown unless said.
    """
    return all_of([basic, np.where(basic == 0, 0.0, np.where(sewer == 1, treated, contained))])


def handwashing(place: Floats, water: Floats, soap: Floats) -> Floats:
    """Say whether hands can be washed at home with water and soap. (H,)

    Parameters
    ----------
    place
        A place was seen; nan where it might not be seen. (H,)
    water, soap
        Seen there. (H,)

    Notes
    -----
    SDG 6.2.1, basic hygiene of the Joint Monitoring Programme [who_unicef_jmp_2018].
    """
    return all_of([place, np.where(place == 0, 0.0, water), np.where(place == 0, 0.0, soap)])


def durable_housing(parts: Mapping[str, Floats]) -> Floats:
    """Say whether walls, roof and floor are of lasting material, the building sound and the site without danger. (H,)

    Notes
    -----
    Metadata of SDG 11.1.1 [un_sdg_11_1_1]. What was asked of fewer than half of the households is left out; of
    the rest all must be known.
    """
    asked = asked_of_most(parts)
    if not asked.keys() & {"wall", "roof", "floor"}:
        return np.full(next(iter(parts.values())).size, np.nan)
    return all_of(list(asked.values()))


def durable_parts(asked: Asked) -> dict[str, Floats]:
    """Return what `durable_housing` rests on: walls, roof, floor, state of the building, site. (H,) each"""
    parts = {name: is_a(asked, name, "durable") for name in ("wall", "roof", "floor")}
    parts["dwelling_condition"] = is_a(asked, "dwelling_condition", "sound")
    parts["hazard_site"] = has_a(asked, "hazard_site", "safe_site")
    return parts


def persons_per_room(size: Floats, rooms: Floats) -> Floats:
    """Return persons per room for living and sleeping. (H,) [persons]"""
    out = np.full(size.size, np.nan)
    np.divide(size, rooms, out=out, where=rooms > 0)
    return out


def sufficient_living_area(crowd: Floats, most: float = PERSONS_PER_ROOM) -> Floats:
    """Say whether no more than three persons share a room. (H,)

    Parameters
    ----------
    crowd
        Persons per room. (H,)
    most
        The same document speaks of three (definition) and of two (measurement table); three is taken unless the city says.

    Notes
    -----
    Metadata of SDG 11.1.1 [un_sdg_11_1_1].
    """
    out: Floats = np.where(np.isnan(crowd), np.nan, (crowd <= most).astype(np.float64))
    return out


def secure_tenure(document: Floats, fears: Floats) -> Floats:
    """Say whether a document, or no fear of eviction, protects the household. (H,)

    Notes
    -----
    Metadata of SDG 11.1.1 [un_sdg_11_1_1]: evidence of documents, or protection against eviction in fact or as perceived. (SDG
    1.4.2 asks for both.) Where one of the two was hardly asked, the other decides; else both must be known.
    """
    parts = asked_of_most({"document": document, "fears": opposite(fears)})
    return any_of(list(parts.values())) if parts else np.full(document.size, np.nan)


def slum_deprivations(parts: Mapping[str, Floats]) -> Floats:
    """Count the deprivations of a household, nan where one is not known. (H,)

    Parameters
    ----------
    parts
        Of `DEPRIVATIONS` those that were asked of most: 1 has it, 0 is deprived. (H,)
    """
    held = np.stack(list(parts.values()))
    out: Floats = (1.0 - held).sum(axis=0)
    return out


def slum(parts: Mapping[str, Floats]) -> Floats:
    """Say whether a household lives in slum conditions: one deprivation of five or more. (H,)

    Parameters
    ----------
    parts
        Of `DEPRIVATIONS` those that were asked of most: 1 has it, 0 is deprived. (H,)

    Notes
    -----
    Metadata of SDG 11.1.1 [un_sdg_11_1_1]. Known only where all the parts are: if one known deprivation were enough, but none
    counted only where all five are known, every unanswered question would raise the share.
    """
    return opposite(all_of(list(parts.values())))


def housing_cost_share(cost: Floats, income: Floats) -> Floats:
    """Return housing cost as a share of income. (H,) [share]"""
    out = np.full(cost.size, np.nan)
    np.divide(cost, income, out=out, where=income > 0)
    return out


def housing_cost_burden(share: Floats, cost: Floats, income: Floats, most: float = COST_SHARE) -> Floats:
    """Say whether housing takes more than 30 % of income; who has no income and pays is burdened. (H,)

    Notes
    -----
    Metadata of SDG 11.1.1 [un_sdg_11_1_1]: affordability.
    """
    out: Floats = np.where(np.isnan(share), np.nan, (share > most).astype(np.float64))
    return np.where((income == 0) & (cost > 0), 1.0, out)


def derive_home(
    asked: Asked, size: Floats, choices: Mapping[str, float], given: Mapping[str, Floats]
) -> dict[str, Floats]:
    """Return the answers on the dwelling.

    Parameters
    ----------
    asked
        Interviews.
    size
        Persons of the household. (H,)
    choices
        ``persons_per_room``, ``sewage_treated`` where the city says.
    given
        Answers the file gives as they are; they take the place of ours, also where others rest on them.

    Returns
    -------
    dict
        Answer -> share or number. (H,)
    """
    found: dict[str, Floats] = {name: is_a(asked, *rule) for name, rule in TAGGED.items()}
    found |= {name: yes(asked, question) for name, question in YES.items()}
    cooks = is_code(asked, "cooking_fuel", (), ("none",))
    found["improved_cooking_fuel"] = is_a(asked, "cooking_fuel", "clean") + cooks
    found |= derive_water(asked, given) | _sanitation(asked, found, choices.get("sewage_treated", np.nan))
    found["durable_housing"] = durable_housing(durable_parts(asked))
    found["persons_per_room"] = given.get("persons_per_room", persons_per_room(size, amount(asked, "rooms")))
    most = choices.get("persons_per_room", PERSONS_PER_ROOM)
    found["sufficient_living_area"] = sufficient_living_area(found["persons_per_room"], most)
    both = {**found, **given}
    found["secure_tenure"] = secure_tenure(both["tenure_document"], both["fears_eviction"])
    both = {**found, **given}
    parts = asked_of_most({name: both[name] for name in DEPRIVATIONS})
    enough = len(parts) >= FEWEST_DEPRIVATIONS
    found["slum_deprivations"] = slum_deprivations(parts) if enough else unknown(asked)
    found["slum"] = slum(parts) if enough else unknown(asked)
    return {**found, **given} | _cost(asked, {**found, **given}, given)


def _sanitation(asked: Asked, found: Mapping[str, Floats], treated: float) -> dict[str, Floats]:
    """Return the ladders of sanitation and hygiene."""
    kind, shared = is_a(asked, "toilet", "improved"), yes(asked, "toilet_shared")
    basic = basic_sanitation(kind, shared)
    contained = is_code(
        asked, "toilet_emptied", ("never", "treatment_plant", "covered_pit"), ("service_unknown", "dont_know")
    )
    place = is_code(asked, "handwashing_place", ("fixed", "mobile"), ("not_allowed",))
    return {
        "improved_sanitation": improved_sanitation(kind, shared, amount(asked, "toilet_households")),
        "basic_sanitation": basic,
        "safely_managed_sanitation": safely_managed_sanitation(
            basic, found["sewer_connected"], contained, treated
        ),
        "handwashing": handwashing(place, yes(asked, "handwashing_water"), yes(asked, "handwashing_soap")),
    }


def _cost(asked: Asked, found: Mapping[str, Floats], given: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return what housing costs, and inadequate housing: slum conditions or a cost that cannot be borne."""
    cost = amount(asked, "housing_cost_khr_month")
    income = given.get("income_khr_month", amount(asked, "income_khr_month"))
    share = given.get("housing_cost_share", housing_cost_share(cost, income))
    burden = given.get("housing_cost_burden", housing_cost_burden(share, cost, income))
    parts = asked_of_most({"slum": found["slum"], "burden": burden})
    inadequate = any_of(list(parts.values())) if len(parts) > 1 else unknown(asked)
    return {
        "housing_cost_share": share,
        "housing_cost_burden": burden,
        "inadequate_housing": given.get("inadequate_housing", inadequate),
    }
