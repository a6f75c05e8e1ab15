"""The page of the interventions: what each does, costs and needs, and how far its figures can be trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from citiesforall.core.action import TIERS, Action, actions
from citiesforall.core.action_checks import OURS, RECALLED, plan_words
from citiesforall.pipeline.list_actions import effect_said, ends
from citiesforall.reference.markdown import anchor, bullets, code, page, table
from citiesforall.reference.references import cited
from citiesforall.text import digits, say_key, word

REFERENCES = "references.md"
GRADES: Mapping[str, str] = {
    "A": "a Cambodian figure read at its source",
    "B": "a published figure quoted from memory: check before it is quoted on",
    "C": "our judgement from comparable works: put the local unit rate in its place",
}
SAYS = (
    "What a city can do, the tier that leads it, what it costs and whom it serves. A city puts its own unit rates in their "
    "place with `[costs.<id>]` in its file. All costs are US dollars of 2023 to 2024, one unit, low and high."
)
DOSE_SAYS = (
    "How far a dose moves an indicator (the share of the way to the target, and how fast) is ours everywhere; so is every "
    "capacity and reach with grade C. `cities actions <id>` prints one in full, in English or Khmer."
)


def actions_page() -> str:
    """Return the catalogue of interventions, by programme."""
    known = actions()
    grades = Counter(str(one.grade) for one in known.values())
    counted = "; ".join(f"{grades[key]} of grade {key} ({said})" for key, said in GRADES.items())
    parts = [f"{len(known)} interventions. {SAYS}", f"Costs: {counted}.", DOSE_SAYS]
    tiers = bullets(f"{code(key)}: {say_key(f'plan.tier.{key}', 'en')}" for key in TIERS)
    parts += ["Tiers:", tiers]
    for programme in plan_words("programme"):
        inside = [one for one in known.values() if one.programme == programme]
        parts += [
            f"## {say_key(f'plan.programme.{programme}', 'en')} · {say_key(f'plan.programme.{programme}', 'km')}",
            table(
                (
                    "Code",
                    "Intervention",
                    "សកម្មភាព",
                    "Lead",
                    "Capital, US$",
                    "Running, US$ a year",
                    "Unit",
                    "Grade",
                ),
                map(_row, inside),
            ),
            *(_one(one) for one in inside),
        ]
    return page("Interventions · សកម្មភាព", *parts)


def _row(one: Action) -> tuple[str, ...]:
    """Return one line of the index."""
    return (
        one.code,
        f"[{one.title}](#{one.id})",
        digits(say_key(f"action.{one.id}.title", "km"), "km"),
        one.tier + (f" + {one.partner}" if one.partner else ""),
        ends(one.capital_usd),
        ends(one.om_usd_per_year),
        say_key(f"plan.unit.{one.unit}", "en"),
        one.grade,
    )


def _one(one: Action) -> str:
    """Return one intervention in full."""
    lines = [
        f"Effect: {effect_said(one)} Grade {one.standard_grade}, {_who(one.standard_by)}.",
        f"Cost: grade {one.grade}, {_who(one.said_by)}.",
        f"For: {', '.join(word('dimension', key, 'en').lower() for key in one.dimensions)}; {_said('side', one.side).lower()}.",
        f"Time: {one.lead_months} months to service, {one.life_years} years of life.",
        f"Acts on: {', '.join(f'[{key}](indicators/{key}.md)' for key in one.acts_on)}.",
        *_limits(one),
        f"Women and girls: {_said('gender_effect', str(one.gender_effect))}. {_said('gender', one.gender)}",
        f"Land and homes: risk {one.resettlement_risk}. {_said('safeguard', one.resettlement_risk)}",
        *([f"Figures: {one.note}"] if one.note else []),
        *([f"References: {', '.join(cited(key, REFERENCES) for key in one.cites)}."] if one.cites else []),
    ]
    khmer = digits(say_key(f"action.{one.id}.meaning", "km"), "km")
    return f"{anchor(one.id)}\n### {one.code} {one.title} ({code(one.id)})\n\n{one.meaning}\n\n{khmer}\n\n{bullets(lines)}"


def _said(section: str, key: str) -> str:
    """Return a word of the plan in English."""
    return say_key(f"plan.{section}.{key}", "en")


def _limits(one: Action) -> list[str]:
    """Return prerequisites, exclusions, land and numbers, nothing where there are none."""
    links = {
        word: ", ".join(f"[{key}](#{key})" for key in getattr(one, word)) for word in ("requires", "excludes")
    }
    said = [
        f"needs {links['requires']} first" if links["requires"] else "",
        f"not with {links['excludes']} in one place" if links["excludes"] else "",
        f"{one.min_spacing_m:,g} m apart" if one.min_spacing_m else "",
        f"{one.land_m2:,g} m2 of land" if one.land_m2 else "",
        f"at most {one.max_units} in a city" if one.max_units else "",
    ]
    told = "; ".join(part for part in said if part)
    return [f"Limits: {told}."] if told else []


def _who(key: str) -> str:
    """Return who says a figure, as a link where a reference does."""
    return {OURS: "ours", RECALLED: "from memory"}.get(key) or cited(key, REFERENCES)
