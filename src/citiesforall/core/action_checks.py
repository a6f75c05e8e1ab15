"""What the records of the catalogue of interventions must hold to, one by one and together."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from importlib.resources import files

from citiesforall.core.action import Action, Effect
from citiesforall.core.errors import did_you_mean
from citiesforall.core.indicator import indicators
from citiesforall.core.references import references

GRADES_SAY = "A: a figure read at its source, a reference; B: recalled, or a reference; C: ours."
NEEDS: dict[Effect, tuple[str, ...]] = {
    "coverage": ("serves", "reach_m"),
    "dose": ("indicator", "per_unit", "target"),
    "household": ("indicator", "capacity"),
    "city": (),
}
"""Words an effect cannot do without."""
FORBIDS: dict[Effect, tuple[str, ...]] = {
    "coverage": ("indicator", "per_unit", "target"),
    "dose": ("serves", "reach_m", "capacity"),
    "household": ("serves", "reach_m", "per_unit", "target"),
    "city": ("serves", "reach_m", "capacity", "indicator", "per_unit", "target"),
}
OURS, RECALLED = "ours", "recalled"
"""Who says a figure where no reference does: our judgement; a published range quoted from memory."""


@cache
def facility_kinds() -> dict[str, str]:
    """Return the kinds of facility there are, with their English titles (``data/facilities.toml``)."""
    text = files("citiesforall.data").joinpath("facilities.toml").read_text("utf-8")
    return {key: str(row["title"]) for key, row in tomllib.loads(text)["kinds"].items()}


@cache
def plan_words(section: str) -> dict[str, str]:
    """Return a section of the words of the plan (``data/words_plan.toml``)."""
    text = files("citiesforall.data").joinpath("words_plan.toml").read_text("utf-8")
    return {key: str(said) for key, said in tomllib.loads(text).get(section, {}).items()}


def record_faults(one: Action) -> list[str]:
    """Return what is wrong with one record, without the names of other actions.

    Parameters
    ----------
    one
        A record whose words are of the right kind.

    Returns
    -------
    list of str
        Lines without file and id; empty where all is well.
    """
    return [*_effect_faults(one), *_name_faults(one), *_sense_faults(one), *_target_faults(one)]


def _effect_faults(one: Action) -> Iterator[str]:
    """Yield words that the effect lacks or cannot have."""
    for word in NEEDS[one.effect]:
        if getattr(one, word) is None:
            yield f"{word}: an action with effect '{one.effect}' needs it. Add it."
    for word in FORBIDS[one.effect]:
        if getattr(one, word) is not None:
            yield f"{word}: it means nothing with effect '{one.effect}'. Take it out or change the effect."
    if one.effect != "dose" and one.most_share != 1:
        yield f"most_share: it means nothing with effect '{one.effect}'. Take it out or change the effect."


def _name_faults(one: Action) -> Iterator[str]:
    """Yield names of indicators, kinds, references and reasons that are not there."""
    known = indicators()
    asked = [("acts_on", name) for name in one.acts_on]
    asked += [("indicator", one.indicator)] if one.indicator else []
    for word, name in asked:
        if name not in known:
            yield f"{word}: indicator '{name}' is not known. {did_you_mean(name, known)}"
    if one.serves is not None and one.serves not in facility_kinds():
        yield f"serves: kind '{one.serves}' is not known. {did_you_mean(one.serves, facility_kinds())}"
    said = [(word, getattr(one, word)) for word in ("said_by", "standard_by")]
    said = [(word, key) for word, key in said if key not in {OURS, RECALLED}]
    for word, key in [*said, *(("cites", key) for key in one.cites)]:
        if key not in references():
            yield f"{word}: reference '{key}' is not known. {did_you_mean(key, {*references(), OURS, RECALLED})}"
    if one.gender not in plan_words("gender"):
        yield f"gender: reason '{one.gender}' is not known. {did_you_mean(one.gender, plan_words('gender'))}"
    if one.programme not in plan_words("programme"):
        yield f"programme '{one.programme}' is not known: rename the file. {did_you_mean(one.programme, plan_words('programme'))}"


def _sense_faults(one: Action) -> Iterator[str]:
    """Yield words that contradict each other."""
    if one.capital_usd[1] == 0 and one.om_usd_per_year[1] == 0:
        yield "capital_usd: nothing can be had for nothing: capital and running cost are both 0. Give one."
    if one.partner == one.tier:
        yield f"partner: '{one.partner}' leads already. Name another tier, or leave it out."
    for word, key in (("grade", one.said_by), ("standard_grade", one.standard_by)):
        wanted = {"A": references(), "B": {*references(), RECALLED}, "C": {OURS}}[getattr(one, word)]
        if key not in wanted:
            yield f"{word}: '{getattr(one, word)}' does not go with '{key}'. {GRADES_SAY}"
    if one.effect == "city" and one.max_units != 1:
        yield "max_units: an action with effect 'city' is one for the city. Write max_units = 1."


def _target_faults(one: Action) -> Iterator[str]:
    """Yield what is wrong between an action and the indicator it moves."""
    if one.indicator is not None and one.indicator not in one.acts_on:
        yield f"acts_on: the indicator '{one.indicator}' is missing. Add it."
    if (found := indicators().get(one.indicator or "")) is not None:
        if found.better == "context":
            yield f"indicator: '{one.indicator}' is neither good nor bad. Name one with a direction."
        post = found.goalposts
        if one.target is not None and post is not None:
            low, high = sorted((post.floor, post.goal))
            if not low <= one.target <= high:
                yield f"target: {one.target:g} is outside the goalposts {low:g} to {high:g} of '{one.indicator}'. Mend it."


def catalogue_faults(found: Mapping[str, Action], named: AbstractSet[str]) -> list[str]:
    """Return what is wrong between records: codes used twice, actions that are not there, circles, contradictions.

    Parameters
    ----------
    found
        Id -> the records that could be read.
    named
        Every id of the files, those that could not be read as well.

    Returns
    -------
    list of str
        One line each.
    """
    faults: list[str] = []
    codes: dict[str, str] = {}
    for key, one in found.items():
        if one.code in codes:
            faults.append(f"{key}: code '{one.code}' is that of '{codes[one.code]}' too. Change one.")
        codes.setdefault(one.code, key)
        faults += [
            f"{key}: {word}: action '{other}' is not known. {did_you_mean(other, named)}"
            for word in ("requires", "excludes")
            for other in getattr(one, word)
            if other not in named
        ]
        if key in one.excludes:
            faults.append(f"{key}: excludes: it excludes itself. Take it out.")
    faults += [
        f"{' -> '.join(circle)}: these require each other in a circle, so none can be first. Take one of them out of requires."
        for circle in _circles(found)
    ]
    return faults + list(_contradictions(found))


def _circles(found: Mapping[str, Action]) -> list[tuple[str, ...]]:
    """Return every circle of prerequisites once, beginning and ending with its first id by the alphabet.

    Parameters
    ----------
    found
        Id -> record.

    Returns
    -------
    list of tuple
        Ids, the first repeated at the end.
    """
    circles: dict[tuple[str, ...], None] = {}

    def walk(key: str, path: tuple[str, ...]) -> None:
        if key in path:
            ring = path[path.index(key) :]
            first = ring.index(min(ring))
            circles[(*ring[first:], *ring[:first], ring[first])] = None
            return
        if key not in done:
            for other in found[key].requires if key in found else ():
                walk(other, (*path, key))
            done.add(key)

    done: set[str] = set()
    for key in found:
        walk(key, ())
    return list(circles)


def all_required(found: Mapping[str, Action], key: str) -> set[str]:
    """Return every action that must be there before one, those they need included.

    Parameters
    ----------
    found
        Id -> record.
    key
        An action.

    Returns
    -------
    set of str
        Ids; the action itself is among them only where it stands in a circle.
    """
    seen: set[str] = set()
    waiting = list(found[key].requires)
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting += found[one].requires if one in found else ()
    return seen


def _contradictions(found: Mapping[str, Action]) -> Iterator[str]:
    """Yield actions whose prerequisite they exclude, or is excluded by them or by another prerequisite."""
    for key in found:
        needed = all_required(found, key) - {key}
        together = {key, *needed} & set(found)
        clashes = {
            tuple(sorted((one, other)))
            for one in together
            for other in found[one].excludes
            if other in together and other != one
        }
        for one, other in sorted(clashes):
            yield (
                f"{key}: '{one}' and '{other}' are both needed for it, and one excludes the other. "
                "Take one out of requires or excludes."
            )
