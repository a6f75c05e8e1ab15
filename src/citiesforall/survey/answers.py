"""What all derived answers share: yes, no and unknown as 1, 0 and nan, and how several of them combine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from citiesforall.survey.asked import Asked, Floats
from citiesforall.survey.bank import bank, codes

UNKNOWN = frozenset({"dont_know", "refused"})
NOBODY = "none"

HOUSEHOLDS = (
    "improved_water", "improved_water_11_1_1", "basic_water", "safely_managed_water", "improved_sanitation",
    "basic_sanitation", "safely_managed_sanitation", "handwashing", "durable_housing", "sufficient_living_area", "secure_tenure",
    "tenure_document", "fears_eviction", "renter", "persons_per_room", "slum_deprivations", "slum", "inadequate_housing",
    "housing_cost_share", "housing_cost_burden", "electricity", "waste_collected", "internet_at_home", "computer_at_home",
    "improved_cooking_fuel", "home_flooded_12m", "income_khr_month", "income_per_person_khr_month", "debt_burden",
    "social_protection", "idpoor", "health_cover_all", "catastrophic_health_10", "remittances", "fies_raw", "fies_4_up",
    "fies_7_up", "fies_moderate_severe", "fies_severe", "rcsi", "rcsi_19_up", "fcs", "fcs_poor_borderline", "hwise",
    "hwise_insecure", "female_headed", "water_interrupted", "sewer_connected", "smoke_or_odour",
)  # fmt: skip
RESPONDENTS = (
    "safe_at_night", "safe_by_day", "harassed_physical_12m", "harassed_sexual_12m", "harassed_12m", "crime_victim_12m",
    "joined_meeting_12m", "trusts_neighbours", "discriminated_12m", "satisfied_health", "satisfied_education",
    "satisfied_government", "satisfied_health_attributes", "satisfied_education_attributes",
    "satisfied_government_attributes", "service_satisfied", "has_say_in_decisions", "system_responsive",
    "inclusive_and_responsive", "had_official_contact_12m", "paid_bribe_12m", "bribe_asked_12m", "bribe_12m", "voted",
    "knows_complaint_office", "complained_12m", "complaint_resolved", "trusts_council", "feels_warned", "uses_eservices",
    "digital_skills", "has_bank_account", "has_mobile_internet", "satisfied_with_life", "commute_minutes",
    "uses_public_transport", "walks_or_cycles",
)  # fmt: skip
MEMBERS = (
    "unemployed", "in_labour_force", "employed", "informal_work", "vulnerable_work", "neet_15_24", "child_labour_5_17",
    "out_of_school_6_14", "attends_preschool_3_5", "attends_primary_secondary_6_17", "birth_registered_under_5",
    "health_cover", "disabled", "literate_15_up", "tertiary_25_up", "road_injury_12m", "ill_treated", "migrant",
    "has_id_document",
)  # fmt: skip
ANSWERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"households": HOUSEHOLDS, "respondents": RESPONDENTS, "members": MEMBERS}
)
#: Highest value of answers that are numbers; all others are shares from 0 to 1.
NUMBERS: Mapping[str, float] = MappingProxyType(
    {
        "persons_per_room": 60.0, "slum_deprivations": 5.0, "housing_cost_share": np.inf, "income_khr_month": np.inf,
        "income_per_person_khr_month": np.inf, "fies_raw": 8.0, "rcsi": 56.0, "fcs": 112.0, "hwise": 12.0,
        "satisfied_with_life": 10.0, "commute_minutes": 600.0,
    }
)  # fmt: skip


def unknown(asked: Asked) -> Floats:
    """Return nan for every row: what an answer is that was not asked. (n,)"""
    return np.full(asked.n, np.nan)


def is_code(
    asked: Asked, question: str, yes: Iterable[str], unknown_codes: Iterable[str] = UNKNOWN
) -> Floats:
    """Return 1 where an answer is one of some codes, 0 where another, nan where it is not known. (n,)

    Parameters
    ----------
    asked
        A table.
    question
        With one answer.
    yes
        Codes that count.
    unknown_codes
        Codes that say nothing.
    """
    if question not in asked.codes:
        return unknown(asked)
    good, silent = frozenset(yes), frozenset(unknown_codes)
    said = (np.nan if one is None or one in silent else float(one in good) for one in asked.codes[question])
    return np.fromiter(said, dtype=np.float64, count=asked.n)


def is_a(asked: Asked, question: str, tag: str) -> Floats:
    """Return 1 where an answer counts as something (``improved``, ``satisfied``), 0 where not. (n,)

    Parameters
    ----------
    asked
        A table.
    question
        With one answer.
    tag
        A word under ``is`` in the bank's lists.
    """
    return is_code(asked, question, _tagged(question, tag))


def yes(asked: Asked, question: str) -> Floats:
    """Return 1 where the answer is yes, 0 where no, nan where it is not known. (n,)"""
    return is_code(asked, question, ("yes",))


def has_a(asked: Asked, question: str, tag: str) -> Floats:
    """Return 1 where one of several answers counts as something, 0 where others were given. (n,)

    Parameters
    ----------
    asked
        A table.
    question
        With several answers.
    tag
        A word under ``is`` in the bank's lists.
    """
    return has_code(asked, question, _tagged(question, tag))


def has_code(asked: Asked, question: str, wanted: Iterable[str]) -> Floats:
    """Return 1 where one of several answers is wanted, 0 where others were given, nan where nothing is known. (n,)"""
    if question not in asked.sets:
        return unknown(asked)
    good = frozenset(wanted)
    said = (
        1.0 if one and one & good else np.nan if not one or one <= UNKNOWN else 0.0
        for one in asked.sets[question]
    )
    return np.fromiter(said, dtype=np.float64, count=asked.n)


def amount(asked: Asked, question: str) -> Floats:
    """Return a number that was asked, nan where it is not known. (n,)"""
    return asked.numbers[question] if question in asked.numbers else unknown(asked)


def any_of(parts: Sequence[Floats]) -> Floats:
    """Return 1 where one part is 1, 0 where none is; nan where a part is unknown. (n,)

    Parameters
    ----------
    parts
        Shares; where a part does not apply, what it then counts as. (n,)

    Notes
    -----
    Complete cases. One part that is 1 would decide alone, but who has it would then be counted on one answer and who has it
    not only on all: the share of the known would be too high by what nobody answered. Complete cases are right where what is
    missing does not hang on what is true; `citiesforall.survey.left_out` says how many it leaves out.
    """
    held = np.stack(parts)
    out: Floats = np.where(np.isnan(held).any(axis=0), np.nan, (held == 1).any(axis=0).astype(np.float64))
    return out


def all_of(parts: Sequence[Floats]) -> Floats:
    """Return 0 where one part is 0, 1 where none is; nan where a part is unknown. (n,)

    Parameters
    ----------
    parts
        Shares; where a part does not apply, what it then counts as. (n,)

    Notes
    -----
    Complete cases, as in `any_of`: else a share would be too low by what nobody answered.
    """
    return opposite(any_of([opposite(part) for part in parts]))


def if_asked(share: Floats) -> Floats:
    """Return a share, or 0 for all where it is known of nobody: what was not asked adds nothing. (n,)"""
    return np.zeros(share.size) if np.isnan(share).all() else share


def opposite(share: Floats) -> Floats:
    """Return 1 where a share is 0 and 0 where it is 1; nan stays. (n,)"""
    return np.asarray(1.0 - share)


def where_known(condition: npt.NDArray[np.bool_], share: Floats) -> Floats:
    """Return a share where a condition holds, nan elsewhere: who is not of the group asked about is not counted. (n,)"""
    out: Floats = np.where(condition, share, np.nan)
    return out


def asked_of_most(parts: Mapping[str, Floats], least: float = 0.5) -> dict[str, Floats]:
    """Return the parts that are known for enough rows; one that was hardly asked must not decide. (n,)

    Parameters
    ----------
    parts
        Name -> share.
    least
        Share of rows in which a part must be known [ours].
    """
    return {name: part for name, part in parts.items() if part.size and np.isfinite(part).mean() >= least}


def _tagged(question: str, tag: str) -> tuple[str, ...]:
    """Return the codes of a question that count as something."""
    read = bank()
    return codes(read, read.questions[question].choices or "", tag)
