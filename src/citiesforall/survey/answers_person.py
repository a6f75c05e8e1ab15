"""Answers of the adult who was asked: safety, services, voice, community, connection, getting about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from citiesforall.survey.answers import (
    amount,
    any_of,
    has_a,
    if_asked,
    is_a,
    is_code,
    unknown,
    yes,
)
from citiesforall.survey.asked import Asked, Floats

#: answer -> question and what its answer must count as.
TAGGED = {
    "safe_at_night": ("safe_at_night", "safe"), "safe_by_day": ("safe_by_day", "safe"),
    "trusts_neighbours": ("trust_neighbours", "trusts"), "trusts_council": ("trust_council", "trusts"),
    "has_say_in_decisions": ("say_in_government", "positive"), "system_responsive": ("influence_on_politics", "positive"),
    "satisfied_health": ("health_overall", "satisfied"), "satisfied_education": ("education_overall", "satisfied"),
    "satisfied_government": ("government_overall", "satisfied"), "feels_warned": ("warned", "warned"),
    "walks_or_cycles": ("main_mode", "active"),
}  # fmt: skip
#: answer -> question that is answered by yes or no.
YES = {
    "joined_meeting_12m": "joined_meeting_12m", "had_official_contact_12m": "official_contact_12m",
    "paid_bribe_12m": "paid_bribe_12m", "bribe_asked_12m": "bribe_asked_12m",
    "knows_complaint_office": "knows_complaint_office", "complained_12m": "complained_12m",
    "complaint_resolved": "complaint_resolved", "uses_eservices": "eservices_12m", "has_bank_account": "bank_account",
    "has_mobile_internet": "mobile_internet",
}  # fmt: skip
#: answer -> question with several answers, and what one of them must count as.
SEVERAL = {
    "crime_victim_12m": ("crimes_12m", "victim"), "discriminated_12m": ("discrimination_12m", "discriminated"),
    "digital_skills": ("digital_skills_3m", "skill"),
}  # fmt: skip
SERVICES = ("satisfied_health", "satisfied_education", "satisfied_government")
#: answer -> questions on the attributes of a service.
ATTRIBUTES = {
    "satisfied_health_attributes": ("health_access", "health_affordable", "health_facilities", "health_equal", "health_courtesy"),
    "satisfied_education_attributes": (
        "education_access", "education_affordable", "education_facilities", "education_equal", "education_teaching",
    ),
    "satisfied_government_attributes": (
        "government_access", "government_affordable", "government_equal", "government_process", "government_time",
    ),
}  # fmt: skip


def harassed(nothing: Floats, when: Floats) -> Floats:
    """Say who met with harassment in the past twelve months. (H,)

    Parameters
    ----------
    nothing
        Met with none of the acts in three years. (H,)
    when
        The latest was in the past twelve months. (H,)

    Notes
    -----
    SDG 11.7.2: acts of three years by kind, then when the latest was. Who does not want to answer is not known.
    """
    out: Floats = np.where(nothing == 1, 0.0, when)
    return out


def mean_known(parts: Sequence[Floats]) -> Floats:
    """Return the mean of the parts that are known; nan where none is. (H,) [share]"""
    held = np.stack(parts)
    known = (~np.isnan(held)).sum(axis=0)
    out = np.full(held.shape[1], np.nan)
    np.divide(np.nansum(held, axis=0), known, out=out, where=known > 0)
    return out


def derive_person(asked: Asked, given: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the answers of the adults who were asked.

    Parameters
    ----------
    asked
        Interviews.
    given
        Answers the file gives as they are.

    Returns
    -------
    dict
        Answer -> share or number. (H,)

    Notes
    -----
    Safety (SDG 16.1.4): who never goes out alone does not feel safe. Services (16.6.2): satisfaction with the latest experience
    with each service used in twelve months, and beside it the mean share of its five attributes a person agrees with, of those
    answered; ``service_satisfied`` is ours: the mean over the services a person used. Voice (16.7.2): the mean of both
    questions, as the metadata average them; "some" and more count. Bribes (16.5.1): paid or asked for, of those who had
    contact. Harassment (11.7.2) and bribes are known where both their parts are. Digital skills (4.4.1): at least one of nine
    in three months. Who might not vote is not counted.
    """
    found = {name: is_a(asked, *rule) for name, rule in TAGGED.items()}
    found |= {name: yes(asked, question) for name, question in YES.items()}
    found |= {name: has_a(asked, *rule) for name, rule in SEVERAL.items()}
    found |= {
        f"harassed_{kind}_12m": harassed(
            only_none(asked, f"{kind}_harassment_types"),
            is_code(asked, f"{kind}_harassment_when", ("past_12_months",)),
        )
        for kind in ("physical", "sexual")
    }
    found |= {
        name: mean_known([is_a(asked, question, "agrees") for question in questions])
        for name, questions in ATTRIBUTES.items()
    }
    found["voted"] = is_code(asked, "voted", ("yes",), ("not_allowed", "dont_know", "refused"))
    found["satisfied_with_life"] = amount(asked, "life_satisfaction")
    found["commute_minutes"] = amount(asked, "commute_minutes")
    rode, mode = yes(asked, "public_transport_30d"), is_a(asked, "main_mode", "public")
    found["uses_public_transport"] = (
        any_of([rode, if_asked(mode)]) if "public_transport_30d" in asked.codes else unknown(asked)
    )
    both = {**found, **given}
    found["harassed_12m"] = any_of([both["harassed_physical_12m"], both["harassed_sexual_12m"]])
    found["bribe_12m"] = any_of([both["paid_bribe_12m"], both["bribe_asked_12m"]])
    found["service_satisfied"] = mean_known([both[name] for name in SERVICES])
    found["inclusive_and_responsive"] = (both["has_say_in_decisions"] + both["system_responsive"]) / 2
    return found | dict(given)


def only_none(asked: Asked, question: str) -> Floats:
    """Return 1 where none of the acts was met with, 0 where one was, nan where that is not known. (H,)"""
    if question not in asked.sets:
        return unknown(asked)
    said = (
        np.nan if not one or "refused" in one else float(one == frozenset({"none"}))
        for one in asked.sets[question]
    )
    return np.fromiter(said, dtype=np.float64, count=asked.n)
