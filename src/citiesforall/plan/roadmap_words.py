"""Words of the roadmap in one language: headings, names of places, funds, challenges and projects, who is responsible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from citiesforall.core.action import Action
from citiesforall.core.action_checks import OURS, RECALLED
from citiesforall.core.budget import Budget
from citiesforall.core.city import City
from citiesforall.core.indicator import Indicator
from citiesforall.core.references import references
from citiesforall.text import digits, registry, say_key, word

SURVEY, REGISTER, SCORE = ("survey",), ("register",), ("score", "maturity")
"""How the names of methods begin that read a survey, registers or scorecards."""


@dataclass(frozen=True)
class Speech:
    """Hold what is needed to speak about one city in one language.

    Parameters
    ----------
    lang
        ``en`` or ``km``.
    places
        Code -> name in that language.
    budget
        Whose funds are named.
    """

    lang: str
    places: Mapping[str, str]
    budget: Budget


def says(speech: Speech, section: str, key: str, *fill: str) -> str:
    """Return a word of ``data/words_plan.toml`` with its braces filled.

    Parameters
    ----------
    speech
        Language.
    section, key
        Table and key.
    *fill
        What stands in braces, in order.
    """
    return say_key(f"plan.{section}.{key}", speech.lang).format(*fill)


def prose(speech: Speech, section: str, key: str) -> str:
    """Return a sentence with the digits of its language."""
    return digits(says(speech, section, key), speech.lang)


def place_name(speech: Speech, code: object) -> str:
    """Return the name of a place, its code where it has none."""
    return speech.places.get(str(code), str(code))


def fund_name(speech: Speech, fund: str) -> str:
    """Return what the administration calls a fund."""
    one = speech.budget.funds[fund]
    return (one.title_km or one.title) if speech.lang == "km" else one.title


def project_name(speech: Speech, one: Action) -> str:
    """Return code and title of an action."""
    return f"{one.code} {digits(say_key(f'action.{one.id}.title', speech.lang), speech.lang)}"


def works_name(one: Action, units: float, lang: str) -> str:
    """Return what some units of an action are, as a mayor says it: ``6 sangkat forums``.

    Parameters
    ----------
    one
        An action.
    units
        How many; of one unit the title of the action is said.
    lang
        ``en`` or ``km``.
    """
    key = f"plan.works.{one.id}"
    if units == 1 or key not in registry():
        return digits(say_key(f"action.{one.id}.title", lang), lang)
    return digits(say_key(key, lang).format(f"{units:,.0f}"), lang)


def challenge_name(speech: Speech, challenge: object) -> str:
    """Return the title of a challenge; nothing where an item answers none."""
    key = f"challenge.{challenge}.title"
    return say_key(key, speech.lang) if key in registry() else ""


def dimension_name(speech: Speech, dimension: object) -> str:
    """Return the title of a dimension of human security."""
    return word("dimension", str(dimension), speech.lang)


def responsible(speech: Speech, tier: object, partner: object) -> str:
    """Return who leads, and who joins in."""
    named = [str(one) for one in (tier, partner) if isinstance(one, str) and one]
    return " + ".join(says(speech, "tier", one) for one in dict.fromkeys(named))


def indicator_name(speech: Speech, one: Indicator) -> str:
    """Return the title of an indicator with its unit."""
    unit = word("unit_short", one.unit, speech.lang)
    return f"{digits(say_key(f'indicator.{one.id}.title', speech.lang), speech.lang)} ({unit})"


def verified_by(speech: Speech, one: Indicator) -> str:
    """Return how a result is found again."""
    kinds = (("survey", SURVEY), ("register", REGISTER), ("scorecard", SCORE))
    found = next((key for key, begins in kinds if one.method.startswith(begins)), "measured")
    return says(speech, "verify", found)


def said_by(speech: Speech, one: Action) -> str:
    """Return who says the cost of an action, with its grade in words."""
    if one.cost_by == "city":
        return says(speech, "said", "city")
    who = "" if one.said_by in {OURS, RECALLED} else f" ({cited(one.said_by)})"
    return f"{one.grade}: {says(speech, 'grade', one.grade)}{who}"


def cited(key: str) -> str:
    """Return author and year of a reference."""
    one = references()[key]
    return f"{one['author'].split(' and ')[0].split(',')[0]} {one['year']}"


def money_words(speech: Speech, currency: str) -> tuple[str, str]:
    """Return how local money is shown: the words of the heading, and the format of its cells.

    Parameters
    ----------
    speech
        Language.
    currency
        ISO code.

    Returns
    -------
    str, str
        The cells hold whole riel (or units of another currency); the format shows millions (thousands).
    """
    if currency == "KHR":
        return says(speech, "label", "millions"), _dashed("#,##0,,")
    if currency == "USD":
        return "US$", _dashed("#,##0")
    return says(speech, "label", "thousands", currency), _dashed("#,##0,")


def _dashed(form: str) -> str:
    """Return a number format that shows a dash where there is nothing."""
    return f'{form};-{form};"-"'


def city_name(city: City, speech: Speech) -> str:
    """Return the name of the city."""
    place = city.place
    return (place.name_km or place.name) if speech.lang == "km" else place.name
