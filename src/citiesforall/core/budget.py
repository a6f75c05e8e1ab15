"""A city's money and wishes: the budget by year and fund, its own unit rates, its choices for the plan, its own sites."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from citiesforall.core.action import Action, Range, Tier, actions
from citiesforall.core.action_checks import facility_kinds, plan_words
from citiesforall.core.errors import did_you_mean
from citiesforall.core.source import Frozen

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
WEIGHTS = {"idpoor": 2.0, "disabled": 1.5, "women": 1.2}
"""How much one served person counts: of a poor household, with a disability, a woman where an action is about her safety."""
FIRST_YEAR, LAST_YEAR = 2000, 2100
SAME = 1e-6
"""Two rates that differ by less than this share are one."""


def _years(years: tuple[int, ...]) -> tuple[int, ...]:
    """Refuse years that are no plan."""
    said = ", ".join(map(str, years))
    if not years:
        raise ValueError(
            "no year is given. Write the years of the plan, for instance [2027, 2028, 2029, 2030, 2031]."
        )
    if any(later != year + 1 for year, later in pairwise(years)):
        raise ValueError(f"{said} do not rise by one. Write each year once, the first first.")
    if not FIRST_YEAR <= years[0] <= years[-1] <= LAST_YEAR:
        raise ValueError(f"{said} are not all between {FIRST_YEAR} and {LAST_YEAR}. Mend them.")
    return years


def _known(what: str, known: Callable[[], Iterable[str]]) -> AfterValidator:
    """Return a check that words are known; it is asked only when there are words."""

    def check(words: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [word for word in words if word not in set(known())]
        if wrong:
            raise ValueError(
                "\n".join(f"{what} '{word}' is not known. {did_you_mean(word, known())}" for word in wrong)
            )
        return words

    return AfterValidator(check)


def _costs(costs: dict[str, CostOverride]) -> dict[str, CostOverride]:
    """Refuse unit rates of actions that are not there."""
    if wrong := [key for key in costs if key not in actions()]:
        raise ValueError(
            "\n".join(f"action '{key}' is not known. {did_you_mean(key, actions())}" for key in wrong)
        )
    return costs


Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Actions = Annotated[tuple[str, ...], _known("action", actions)]
Kinds = Annotated[tuple[str, ...], _known("kind", facility_kinds)]
Programmes = Annotated[tuple[str, ...], _known("programme", lambda: plan_words("programme"))]


class Fund(Frozen):
    """Hold what one fund can pay, year by year.

    Parameters
    ----------
    title, title_km
        As the administration calls it.
    tier
        Whose money it is.
    capital, recurrent
        For works, and for running what was built; one number a year, in the fund's currency.
    currency
        Where it is not the budget's.
    only
        Programmes it may pay for (a conditional grant); empty for all.
    note
        Where the figures come from.
    """

    title: str
    title_km: str | None = None
    tier: Tier
    capital: tuple[Amount, ...]
    recurrent: tuple[Amount, ...]
    currency: Currency | None = None
    only: Programmes = ()
    note: str = ""


class Budget(Frozen):
    """Hold the money of a plan.

    Parameters
    ----------
    years
        The years planned, rising by one.
    currency
        ``KHR``, ``USD`` or another ISO code.
    khr_per_usd
        Riel for one US dollar.
    per_usd
        Units of the budget's currency for one US dollar, where it is neither riel nor dollar.
    grade
        ``official`` where the council adopted it, ``assumed`` where we did.
    discount_rate
        A year. [share]
    funds
        By id.
    note
        Where the figures come from.
    """

    years: Annotated[tuple[int, ...], AfterValidator(_years)]
    currency: Currency
    khr_per_usd: Rate | None = None
    per_usd: Rate | None = None
    grade: Literal["official", "assumed"]
    discount_rate: Annotated[float, Field(ge=0, le=0.3)] = 0.05
    funds: dict[str, Fund]
    note: str = ""

    @model_validator(mode="after")
    def _adds_up(self) -> Budget:
        if faults := [*_rate_faults(self), *_fund_faults(self)]:
            raise ValueError("\n".join(faults))
        return self


def _rate_faults(budget: Budget) -> Iterator[str]:
    """Yield currencies without a rate, and two rates for one currency."""
    if budget.khr_per_usd and budget.per_usd and budget.currency in {"KHR", "USD"}:
        said = budget.khr_per_usd if budget.currency == "KHR" else 1.0
        if abs(budget.per_usd / said - 1) > SAME:
            yield f"per_usd: {budget.per_usd:g} contradicts the {said:g} {budget.currency} for a dollar. Take one out."
    for currency in dict.fromkeys(
        [budget.currency, *(one.currency or budget.currency for one in budget.funds.values())]
    ):
        if rate_of(budget, currency) is None:
            users = [
                key for key, one in budget.funds.items() if (one.currency or budget.currency) == currency
            ]
            word = "khr_per_usd" if currency == "KHR" else "per_usd"
            advice = (
                f"Give {word}, for instance khr_per_usd = 4100."
                if currency in {"KHR", budget.currency}
                else f"Use {' or '.join(dict.fromkeys(['KHR', 'USD', budget.currency]))}."
            )
            yield f"{currency} (funds {', '.join(users)}) and US dollars stand beside each other without a rate. {advice}"


def _fund_faults(budget: Budget) -> Iterator[str]:
    """Yield what is wrong with the money of the funds."""
    if not budget.funds:
        yield "funds: there is no fund. Add one as [budget.funds.<id>] with title, tier, capital and recurrent."
    for key, one in budget.funds.items():
        for kind in ("capital", "recurrent"):
            money = getattr(one, kind)
            if len(money) != len(budget.years):
                yield f"funds.{key}: {kind} has {len(money)} numbers for {len(budget.years)} years. Give one for each year."


class CostOverride(Frozen):
    """Hold a city's own figures for one action; what is not given stays as in the catalogue.

    Parameters
    ----------
    capital_usd, om_usd_per_year
        One number or a range. [US$]
    capital, om_per_year
        The same in the currency of the budget.
    source
        Who says so: a price list, a contract.
    tier, partner, reach_m, capacity, per_unit, most_share, lead_months, life_years, land_m2, min_spacing_m, max_units
        As in the catalogue (`citiesforall.core.action.Action`).
    """

    capital_usd: Range | None = None
    om_usd_per_year: Range | None = None
    capital: Range | None = None
    om_per_year: Range | None = None
    source: str = ""
    tier: Tier | None = None
    partner: Tier | None = None
    reach_m: float | None = Field(default=None, gt=0, le=50000)
    capacity: float | None = Field(default=None, gt=0)
    per_unit: float | None = Field(default=None, gt=0)
    most_share: float | None = Field(default=None, gt=0, le=1)
    lead_months: int | None = Field(default=None, gt=0, le=120)
    life_years: int | None = Field(default=None, gt=0, le=100)
    land_m2: float | None = Field(default=None, ge=0)
    min_spacing_m: float | None = Field(default=None, ge=0)
    max_units: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _said_once(self) -> CostOverride:
        pairs = (("capital_usd", "capital"), ("om_usd_per_year", "om_per_year"))
        twice = [
            f"{dollar} and {local}: the same cost is given twice. Keep one."
            for dollar, local in pairs
            if getattr(self, dollar) is not None and getattr(self, local) is not None
        ]
        if twice:
            raise ValueError("\n".join(twice))
        return self


class PlanChoices(Frozen):
    """Hold what a council wants of its plan.

    Parameters
    ----------
    objective
        ``fairness_first`` raises the worst-off place and group before the total, ``people`` serves as many people as it can,
        ``needs`` closes the heaviest shortfalls.
    weights
        Group -> how much one served person of it counts, at least 1; those not named keep the default.
    actions
        Only these; empty for all.
    without
        None of these.
    has
        What the city has already, so that it is no longer asked for as a prerequisite (a bus route, piped water).
    max_sites
        Most candidate sites looked at.
    seconds
        A safety net: the search ends by counted work long before; one stopped by it says so, and may differ elsewhere. [s]
    gap
        Share of the optimum that may be given away for speed.
    """

    objective: Literal["fairness_first", "people", "needs"] = "fairness_first"
    weights: dict[Literal["idpoor", "disabled", "women"], Annotated[float, Field(ge=1, le=100)]] = Field(
        default_factory=dict
    )
    actions: Actions = ()
    without: Actions = ()
    has: Actions = ()
    max_sites: Annotated[int, Field(ge=10, le=50000)] = 1500
    seconds: Annotated[float, Field(gt=0, le=3600)] = 300.0
    gap: Annotated[float, Field(ge=0, le=0.2)] = 0.005

    @model_validator(mode="after")
    def _one_mind(self) -> PlanChoices:
        if both := [key for key in self.without if key in self.actions]:
            raise ValueError(f"without: {', '.join(both)}: wanted in actions too. Take it out of one.")
        return self


class OwnSite(Frozen):
    """Hold a site the council offers.

    Parameters
    ----------
    name
        As people call it.
    lon, lat
        WGS 84. [degrees]
    kinds
        Kinds of facility that may stand there; empty for any.
    land_m2
        How much land there is; empty where it is not known. [m2]
    note
        Owner, state of the land.
    """

    name: str
    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    kinds: Kinds = ()
    land_m2: Annotated[float, Field(gt=0)] | None = None
    note: str = ""


Costs = Annotated[dict[str, CostOverride], AfterValidator(_costs)]


def weights_of(choices: PlanChoices) -> dict[str, float]:
    """Return how much one served person of each group counts, the council's own words first."""
    return WEIGHTS | {str(group): weight for group, weight in choices.weights.items()}


def rate_of(budget: Budget, currency: str) -> float | None:
    """Return the units of a currency for one US dollar, None where the budget does not say.

    Parameters
    ----------
    budget
        A budget.
    currency
        ISO code.
    """
    if currency == "USD":
        return 1.0
    if currency == "KHR" and budget.khr_per_usd:
        return budget.khr_per_usd
    return budget.per_usd if currency == budget.currency else None


def payers(budget: Budget, one: Action) -> tuple[str, ...]:
    """Return the funds that may pay for an action: those of its lead or its partner, and not kept for other programmes.

    Parameters
    ----------
    budget
        A budget.
    one
        An action.

    Returns
    -------
    tuple of str
        Ids of funds, those of the lead first.
    """
    able = {
        key: fund.tier
        for key, fund in budget.funds.items()
        if fund.tier in {one.tier, one.partner} and (not fund.only or one.programme in fund.only)
    }
    return tuple(sorted(able, key=lambda key: able[key] != one.tier))
