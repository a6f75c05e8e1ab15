"""The text of `cities actions`: the catalogue of interventions by programme, or one in full."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from citiesforall.core.action import Action, actions, actions_for
from citiesforall.core.action_checks import OURS, RECALLED
from citiesforall.core.budget import payers
from citiesforall.core.city import City, read_city
from citiesforall.core.errors import DeclarationError, did_you_mean
from citiesforall.core.references import references
from citiesforall.text import digits, say_key, word

LANGS = ("en", "km")
CENTS_BELOW = 10.0


def list_actions(action: str = "", *, lang: str = "en", city: Path | None = None) -> str:
    """Return the catalogue as a table of text, or one intervention in full.

    Parameters
    ----------
    action
        Id or code (``health_centre``, ``H2``); empty for all.
    lang
        ``en`` or ``km``.
    city
        A city file, whose own unit rates take the place of the catalogue's.

    Returns
    -------
    str
        Lines.

    Raises
    ------
    DeclarationError
        The language or the action is not known; or the city file has faults.
    """
    if lang not in LANGS:
        raise DeclarationError(f"--lang '{lang}' is not known. {did_you_mean(lang, LANGS)}")
    town = None if city is None else read_city(city)
    known = actions() if town is None else actions_for(town)
    if not action:
        return _table(known, lang)
    by_code = {one.code.casefold(): key for key, one in known.items()}
    key = by_code.get(action.casefold(), action)
    if key not in known:
        raise DeclarationError(f"action '{action}' is not known. {did_you_mean(action, known)}")
    return "\n".join(_whole(known[key], known, lang, town))


def _table(known: Mapping[str, Action], lang: str) -> str:
    """Return every action by programme: code, id, tier, cost of one unit, grade, title."""
    lines = [says("count", lang, str(len(known))), says("key", lang)]
    for programme in dict.fromkeys(one.programme for one in known.values()):
        lines += ["", say_key(f"plan.programme.{programme}", lang)]
        for one in known.values():
            if one.programme == programme:
                mark = "*" if one.cost_by == "city" else " "
                cost = f"{ends(one.capital_usd):>24} {one.unit:<11}{one.grade}{mark}"
                lines.append(f"  {one.code:<4} {one.id:<22} {one.tier:<3} {cost} {_title(one.id, lang)}")
    return "\n".join(lines)


def says(key: str, lang: str, *fill: str) -> str:
    """Return a sentence of ``plan.says`` with its braces filled."""
    return say_key(f"plan.says.{key}", lang).format(*fill)


def ends(cost: tuple[float, float]) -> str:
    """Return a range of money."""
    low, high = (f"{value:,.2f}" if 0 < value < CENTS_BELOW else f"{value:,.0f}" for value in cost)
    return low if cost[0] == cost[1] else f"{low} - {high}"


def _title(key: str, lang: str) -> str:
    """Return the title of an action."""
    return digits(say_key(f"action.{key}.title", lang), lang)


def _whole(one: Action, known: Mapping[str, Action], lang: str, town: City | None) -> list[str]:
    """Return everything that is known of one action."""

    def plan(section: str, key: str) -> str:
        return say_key(f"plan.{section}.{key}", lang)

    lead = plan("tier", one.tier)
    told = {
        "programme": plan("programme", one.programme),
        "dimension": ", ".join(word("dimension", dimension, lang) for dimension in one.dimensions),
        "side": plan("side", one.side),
        "effect": effect_said(one, lang),
        "standard": says("graded", lang, one.standard_grade, who_says(one.standard_by, lang)),
        "unit": plan("unit", one.unit),
        "capital": f"US$ {ends(one.capital_usd)}",
        "running": says("a_year", lang, f"US$ {ends(one.om_usd_per_year)}"),
        "cost": cost_said(one, lang),
        "time": says("months", lang, str(one.lead_months), str(one.life_years)),
        "lead": says("with", lang, lead, plan("tier", one.partner)) if one.partner else lead,
        "needs": ", ".join(f"{_title(key, lang)} ({key})" for key in one.requires if key in known),
        "not_with": ", ".join(f"{_title(key, lang)} ({key})" for key in one.excludes if key in known),
        "land": says("square", lang, f"{one.land_m2:,g}") if one.land_m2 else "",
        "spacing": says("apart", lang, f"{one.min_spacing_m:,g}") if one.min_spacing_m else "",
        "at_most": says("in_city", lang, str(one.max_units)) if one.max_units else "",
        "homes": f"{plan('risk', one.resettlement_risk)}. {plan('safeguard', one.resettlement_risk)}",
        "women": f"{plan('gender_effect', str(one.gender_effect))}. {plan('gender', one.gender)}",
        "acts_on": ", ".join(f"{_indicator(key, lang)} ({key})" for key in one.acts_on),
        "funds": _funds(one, town, lang),
        "note": one.note,
    }
    meaning = digits(say_key(f"action.{one.id}.meaning", lang), lang)
    lines = [f"  {plan('card', name):<10} {text}" for name, text in told.items() if text]
    return [f"{one.code} {_title(one.id, lang)} ({one.id})", f"  {meaning}", *lines]


def _indicator(key: str, lang: str) -> str:
    """Return the title of an indicator."""
    return digits(say_key(f"indicator.{key}.title", lang), lang)


def effect_said(one: Action, lang: str = "en") -> str:
    """Return what one unit does, in a sentence of numbers.

    Parameters
    ----------
    one
        An action.
    lang
        ``en`` or ``km``.
    """
    served = says("unlimited", lang) if one.capacity is None else says("people", lang, f"{one.capacity:,g}")
    whom = "" if one.demand == "everybody" else " " + say_key(f"plan.says.{one.demand}", lang)
    moved = _indicator(one.indicator, lang) if one.indicator else ""
    match one.effect:
        case "coverage":
            return says("coverage", lang, served, whom, f"{one.reach_m:,.0f}")
        case "household":
            return says("household", lang, served, whom, moved)
        case "dose":
            return says("dose", lang, f"{one.most_share:g}", f"{one.target:g}", f"{one.per_unit:g}", moved)
        case _:
            return says("city", lang)


def who_says(key: str, lang: str = "en") -> str:
    """Return who says a figure: ours, from memory, or author, year and title.

    Parameters
    ----------
    key
        Of an action: ``said_by`` or ``standard_by``.
    lang
        ``en`` or ``km``.
    """
    if key in {OURS, RECALLED}:
        return says({OURS: "by_ours", RECALLED: "by_memory"}[key], lang)
    one = references()[key]
    return f"{one['author'].split(' and ')[0].split(',')[0]} {one['year']}: {one['title']}"


def cost_said(one: Action, lang: str = "en") -> str:
    """Return how far the cost of an action can be trusted, and who says it."""
    if one.cost_by == "city":
        return says("by_city", lang)
    grade = say_key(f"plan.grade.{one.grade}", lang)
    who = "" if one.said_by in {OURS, RECALLED} else f"; {who_says(one.said_by, lang)}"
    return says("graded", lang, one.grade, grade + who)


def _funds(one: Action, town: City | None, lang: str) -> str:
    """Return which funds of a city may pay for an action."""
    if town is None or town.budget is None:
        return ""
    funds = [town.budget.funds[key] for key in payers(town.budget, one)]
    names = [(fund.title_km or fund.title) if lang == "km" else fund.title for fund in funds]
    return ", ".join(names) or says("no_fund", lang)
