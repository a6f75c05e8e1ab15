"""Early-warning triggers and the monthly series they watch, declared in ``data/diagnose/triggers.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError

from citiesforall.core.action import Dimension, Tier, actions
from citiesforall.core.errors import DeclarationError, did_you_mean, raise_all
from citiesforall.core.faults import plain_faults
from citiesforall.core.references import references
from citiesforall.core.source import Frozen

FILE = "triggers.toml"
LEVELS = ("unknown", "normal", "watch", "act")
Rule = Literal["absolute", "times_mean", "times_median", "sd_from_mean", "sd_from_median", "percentile"]
MOST_PERCENT = 100.0
Record = TypeVar("Record", bound=Frozen)


class Series(Frozen):
    """Declare one monthly series.

    Parameters
    ----------
    id
        Words in ``snake_case``.
    title, unit, held_by
        English; Khmer under ``trigger.series.<id>.title`` and ``.unit``.
    adds
        What months, weeks, days and places become together: their sum, mean or highest value.
    low, high
        Smallest and largest value that can be.
    dated
        Counts of single years, not a monthly series.
    sensitive
        Whether few cases could point at people: values of 1 to 4 are not shown.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    unit: str
    adds: Literal["sum", "mean", "max"]
    low: float = 0.0
    high: float | None = None
    dated: bool = False
    sensitive: bool = False
    held_by: str


class Baseline(Frozen):
    """Say which earlier values a level is relative to: the months before, or the same month of the years before.

    Parameters
    ----------
    months, years
        How many; one of the two.
    least
        How many of them must be known.
    """

    months: Annotated[int, Field(ge=2, le=240)] | None = None
    years: Annotated[int, Field(ge=2, le=20)] | None = None
    least: Annotated[int, Field(ge=2, le=240)]

    def size(self) -> int:
        """Return how many earlier values there are."""
        return self.months or self.years or 0


Persistence = tuple[Annotated[int, Field(ge=1, le=24)], Annotated[int, Field(ge=1, le=24)]]


class Trigger(Frozen):
    """Declare one trigger.

    Parameters
    ----------
    id
        Words in ``snake_case``.
    title, meaning
        English; Khmer under ``trigger.<id>.title`` and so on.
    dimension
        Of human security.
    series
        What it watches.
    bad
        Whether high or low values are bad.
    rule
        ``absolute``: the level itself. ``times_mean``, ``times_median``: so many times that of the baseline. ``sd_from_mean``,
        ``sd_from_median``: so many standard deviations of the baseline away, on the bad side. ``percentile`` of the baseline.
    baseline
        Earlier values; none for ``absolute``.
    watch, act
        Levels; None where only the city can say them.
    at_least
        Whatever the baseline, fewer than this is no watch, and no act.
    per, per_amount
        The series is divided by people or households of the place, and given for so many of them.
    persistence
        k of the last n months.
    tier, owner
        Who acts: tier of the administration and office.
    actions, action
        What was agreed beforehand: ids of the catalogue, and a sentence.
    budget_line
        What pays for it.
    grade, said_by, cites
        How far the levels can be trusted (``V`` read at its source, ``K`` from memory, ``ours``, ``city``), and who says them.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    meaning: str
    dimension: Dimension
    series: str
    bad: Literal["high", "low"] = "high"
    rule: Rule
    baseline: Baseline | None = None
    watch: float | None = None
    act: float | None = None
    at_least: tuple[float, float] | None = None
    per: Literal["people", "households"] | None = None
    per_amount: float = Field(default=1000.0, gt=0)
    persistence: Persistence = (1, 1)
    tier: Tier
    owner: str = Field(min_length=3)
    actions: tuple[str, ...] = Field(min_length=1)
    action: str = Field(min_length=10)
    budget_line: str = Field(min_length=3)
    grade: Literal["V", "K", "ours", "city"]
    said_by: str = Field(min_length=3)
    cites: tuple[str, ...] = ()


class TriggerOverride(Frozen):
    """Hold what a city says otherwise (``[triggers.<id>]`` of its file); words as of `Trigger`.

    Parameters
    ----------
    off
        The city does not use this trigger.
    """

    watch: float | None = None
    act: float | None = None
    at_least: tuple[float, float] | None = None
    persistence: Persistence | None = None
    tier: Tier | None = None
    owner: Annotated[str, Field(min_length=3)] | None = None
    actions: tuple[str, ...] | None = None
    action: Annotated[str, Field(min_length=10)] | None = None
    budget_line: Annotated[str, Field(min_length=3)] | None = None
    said_by: Annotated[str, Field(min_length=3)] | None = None
    off: bool = False


@cache
def _declared() -> tuple[dict[str, Series], dict[str, Trigger]]:
    """Return the series and triggers of the package."""
    return read_triggers(files("citiesforall.data").joinpath("diagnose", FILE).read_text("utf-8"))


def series() -> dict[str, Series]:
    """Return every declared series, by id."""
    return _declared()[0]


def triggers() -> dict[str, Trigger]:
    """Return every declared trigger, by id, in the order of the file."""
    return _declared()[1]


def read_triggers(text: str, name: str = FILE) -> tuple[dict[str, Series], dict[str, Trigger]]:
    """Read series and triggers from TOML and check every word they use.

    Parameters
    ----------
    text
        Tables ``[series.<id>]`` and ``[triggers.<id>]``.
    name
        For the faults.

    Returns
    -------
    tuple
        Series and triggers, by id.

    Raises
    ------
    DeclarationError
        Carrying every fault: levels reversed, persistence that cannot be, unknown series, actions and references.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError(f"{name}: this is not TOML: {error}. Mend the line named.") from None
    faults = [
        f"{name}: {section}: this word is not known. {did_you_mean(section, ('series', 'triggers'))}"
        for section in sorted(tables.keys() - {"series", "triggers"})
    ]
    known: dict[str, Series] = {}
    found: dict[str, Trigger] = {}
    faults += _read_into(known, Series, "series", tables, name)
    faults += _read_into(found, Trigger, "triggers", tables, name)
    for one in found.values():
        faults += [f"{name}: triggers.{one.id}: {fault}" for fault in trigger_faults(one, known)]
    raise_all(faults, DeclarationError)
    return known, found


def _read_into(
    out: dict[str, Record], record: type[Record], section: str, tables: Mapping[str, Any], name: str
) -> list[str]:
    """Read the tables of a section into records; return the faults."""
    faults: list[str] = []
    words = tuple(record.model_fields)
    for key, row in tables.get(section, {}).items():
        try:
            out[key] = record.model_validate({"id": key, **row})
        except ValidationError as error:
            lines = plain_faults(error.errors(), lambda _: words)
            faults += [f"{name}: {section}.{key}.{line}" for line in lines]
    return faults


def trigger_faults(one: Trigger, known: Mapping[str, Series]) -> list[str]:
    """Return what is wrong with one trigger, a sentence each.

    Parameters
    ----------
    one
        The trigger.
    known
        Series that are declared.
    """
    faults = []
    if one.series not in known or known[one.series].dated:
        monthly = [key for key, row in known.items() if not row.dated]
        faults.append(f"series '{one.series}' is not known. {did_you_mean(one.series, monthly)}")
    faults += [
        f"action '{key}' is not known. {did_you_mean(key, actions())}"
        for key in one.actions
        if key not in actions()
    ]
    faults += [
        f"reference '{key}' is not known. {did_you_mean(key, references())}"
        for key in one.cites
        if key not in references()
    ]
    k, n = one.persistence
    if k > n:
        faults.append(
            f"persistence [{k}, {n}]: {k} of the last {n} months cannot be. Write the smaller number first."
        )
    return faults + _level_faults(one) + _baseline_faults(one)


def _level_faults(one: Trigger) -> list[str]:
    """Return what is wrong with the levels."""
    if one.watch is None or one.act is None:
        alone = one.watch is not None or one.act is not None
        return ["watch and act go together: one of them is missing. Add it."] if alone else []
    faults = []
    falling = one.bad == "low" and not one.rule.startswith(
        "sd"
    )  # standard deviations are counted towards the bad side
    if (one.act < one.watch) if not falling else (one.act > one.watch):
        side = "below" if falling else "above"
        faults.append(
            f"act {one.act:g} and watch {one.watch:g} are reversed: act must not be {'above' if falling else 'below'} watch. "
            f"Exchange them, so that act is at or {side} watch."
        )
    if one.rule == "percentile" and not all(0 < level < MOST_PERCENT for level in (one.watch, one.act)):
        faults.append(
            f"watch {one.watch:g} and act {one.act:g} are percentiles: write numbers between 0 and 100."
        )
    if one.rule.startswith(("times", "sd")) and min(one.watch, one.act) <= 0:
        faults.append(f"watch {one.watch:g} and act {one.act:g} must be above 0 with rule {one.rule}.")
    if one.at_least is not None and one.at_least[0] > one.at_least[1]:
        faults.append(
            f"at_least [{one.at_least[0]:g}, {one.at_least[1]:g}] is reversed. Write that of watch first."
        )
    return faults


def _baseline_faults(one: Trigger) -> list[str]:
    """Return what is wrong with the baseline."""
    if one.rule == "absolute":
        return ["rule absolute has no baseline. Remove it, or choose another rule."] if one.baseline else []
    if one.baseline is None:
        return [f"rule {one.rule} needs a baseline. Add baseline = {{ months = 36, least = 24 }}."]
    if (one.baseline.months is None) == (one.baseline.years is None):
        return ["baseline: months or years, one of the two. Remove or add one."]
    if one.baseline.least > one.baseline.size():
        return [
            f"baseline: least {one.baseline.least} is more than the {one.baseline.size()} there are. Lower it."
        ]
    return []


def triggers_with(own: Mapping[str, TriggerOverride]) -> tuple[dict[str, Trigger], list[str]]:
    """Return the triggers of a city, with what its file says otherwise.

    Parameters
    ----------
    own
        Id -> the city's words.

    Returns
    -------
    dict
        Id -> trigger; those switched off are absent.
    list of str
        What is wrong, one sentence each.
    """
    faults = [
        f"triggers.{key}: this trigger is not known. {did_you_mean(key, triggers())}"
        for key in own
        if key not in triggers()
    ]
    found: dict[str, Trigger] = {}
    for key, one in triggers().items():
        said = own.get(key, TriggerOverride())
        if said.off:
            continue
        words: dict[str, Any] = said.model_dump(exclude_none=True, exclude={"off"})
        if {"watch", "act", "at_least", "persistence"} & words.keys():
            words = {"said_by": "the city file", "grade": "city", **words}
        found[key] = one.model_copy(update=words)
        faults += [
            f"triggers.{key}: {fault}" for fault in (trigger_faults(found[key], series()) if words else ())
        ]
    return found, faults


@cache
def trigger_texts() -> dict[str, str]:
    """Return the public texts by key.

    Returns
    -------
    dict
        ``trigger.series.<id>.title`` and ``.unit``; ``trigger.<id>.title``, ``.meaning``, ``.owner``, ``.action`` and
        ``.budget_line``.
    """
    texts = {
        f"trigger.series.{one.id}.{part}": getattr(one, part)
        for one in series().values()
        for part in ("title", "unit")
    }
    for one in triggers().values():
        texts |= {
            f"trigger.{one.id}.{part}": getattr(one, part)
            for part in ("title", "meaning", "owner", "action", "budget_line")
        }
    return texts
