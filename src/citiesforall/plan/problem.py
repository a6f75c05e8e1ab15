"""The planning problem and its answer as arrays: what may be done, whom it serves, what it costs, which rules hold.

Shapes: `O` options (an action at a site, in a place or in the city), `D` demand rows (people of a cell part, or households of
a place in need, for one service), `T` years, `F` funds, `P` places, `G` groups, `V` services, `Q` prerequisites, `K` clashes,
`H` counts.
Money is in one currency, in prices of the year it is paid. How the arrays are made from layers is not said here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Sparse = Any
"""A `scipy.sparse.csr_array`; scipy brings no types."""

Objective = Literal["fairness_first", "needs", "people"]
Status = Literal["optimal", "feasible", "infeasible", "unknown"]
Method = Literal["exact", "lagrangian", "none"]


@dataclass(frozen=True)
class Options:
    """Hold what may be done: an action at a site, in a place or in the city.

    Parameters
    ----------
    names
        What to call each option in messages; unique. (O,)
    units_min
        Units that must be in the plan; 0 for a free option. (O,) int
    units_max
        Most units; 0 for a forbidden option, 1 for a facility. (O,) int
    capacity
        People (person-services) a unit can serve; inf where nothing limits it. (O,) [people]
    lead_years
        Whole years from start to service: 0 is ready in the year it starts, see `lead_years`. (O,) int
    may_start
        Years in which it may start. (O, T) bool
    """

    names: tuple[str, ...]
    units_min: Int
    units_max: Int
    capacity: Float
    lead_years: Int
    may_start: Bool


@dataclass(frozen=True)
class Demand:
    """Hold the people without a service today, row by row, and what is served already.

    Parameters
    ----------
    people
        People of the row not yet served by the row's service. (D,)
    weight
        Weight of one of them (need of the group, of the place, of the service). (D,)
    service, place, cell
        Positions; rows of one cell are the same people asking for several services. (D,) int
    group_share
        Share of the row's people in each group; groups may overlap. (D, G)
    place_need, place_served
        Weighted people asking for services, and those served today. (P,)
    group_need, group_served
        The same by group. (G,)
    services, places, groups
        Names. (V,), (P,), (G,)

    Notes
    -----
    `place_need` is the sum over rows *and over those served today* of weight x people, so that
    `place_served + sum(weight x people of the place's rows) = place_need` where every unserved person has a row.
    A group's need is the same sum with `group_share` as a factor.
    """

    people: Float
    weight: Float
    service: Int
    place: Int
    cell: Int
    group_share: Float
    place_need: Float
    place_served: Float
    group_need: Float
    group_served: Float
    services: tuple[str, ...]
    places: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Money:
    """Hold costs and funds.

    Parameters
    ----------
    capital
        Of one unit started in a year, all paid in that year. (O, T) [USD]
    om
        Of one unit in a year in which it is ready; the last column stands for every year after the plan. (O, T + 1) [USD/year]
    payable
        Whether a fund may pay for it: the mandate of the fund's tier. (O, F) bool
    capital_limit
        Capital of a fund in a year. (F, T) [USD]
    recurrent_limit
        Money of a fund for operation and maintenance of what the plan adds; last column: every year after the plan.
        (F, T + 1) [USD/year]
    recurrent_fund
        Which fund runs what a fund has built; usually itself. (F,) int
    carries
        Whether unspent capital of a fund may be spent in later years. (F,) bool
    years
        Names of the years, as 2026. (T,)
    funds
        Names. (F,)

    Notes
    -----
    A limit of inf is no limit; such a fund has no row in the model.
    """

    capital: Float
    om: Float
    payable: Bool
    capital_limit: Float
    recurrent_limit: Float
    recurrent_fund: Int
    carries: Bool
    years: tuple[int, ...]
    funds: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """Hold which options need, shut out or count with which.

    Parameters
    ----------
    needs
        Option that has a prerequisite. (Q,) int
    needs_any
        Options of which one must have started in an earlier or the same year. (Q, O) csr of 1
    clashes
        Sets of options of which at most one may be taken: exclusions at a site, sites too near to each other. (K, O) csr of 1
    counts
        Sets of options whose units are counted together: an action, all sites; usually 1, else what a unit counts. (H, O) csr
    count_max
        Most units of a set. (H,)
    count_names
        What to call the sets in messages. (H,)

    Notes
    -----
    A prerequisite that stands already is left out. One whose options are all missing (an empty row) forbids the option.
    Give near sites as maximal cliques where possible, not as pairs: fewer rows and a better bound.
    """

    needs: Int
    needs_any: Sparse
    clashes: Sparse
    counts: Sparse
    count_max: Float
    count_names: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """Hold a planning problem.

    Parameters
    ----------
    options, demand, money, rules
        See there.
    covers
        Share of a demand row's people that one unit of an option serves, in (0, 1]. (O, D) csr
    objective
        ``fairness_first``, ``needs`` or ``people``.
    discount_rate
        Per year; what is served later counts less when years are chosen. [share]

    Notes
    -----
    Shares of several options on one row add up, to at most 1: a person is counted once. Concave effects (doses) are given as
    several options or units of falling share. Rows with the same covers, weight, place
    and service are served in equal proportion.
    """

    options: Options
    demand: Demand
    money: Money
    rules: Rules
    covers: Sparse
    objective: Objective = "fairness_first"
    discount_rate: float = 0.0

    @property
    def n_options(self) -> int:
        """Return the number of options, O."""
        return len(self.options.names)

    @property
    def n_rows(self) -> int:
        """Return the number of demand rows, D."""
        return len(self.demand.people)

    @property
    def n_years(self) -> int:
        """Return the number of years, T."""
        return len(self.money.years)

    @property
    def n_funds(self) -> int:
        """Return the number of funds, F."""
        return len(self.money.funds)


@dataclass(frozen=True)
class Limits:
    """Hold how long to look and how good is good enough.

    Parameters
    ----------
    gap
        Relative gap at which a plan is called optimal. [share]
    level_gap
        Gap at which the worst place's or group's share is called raised as far as it goes. [share]
    nodes
        Nodes of the search tree per stage: the same input then gives the same plan on every machine.
    seconds
        Of all stages together: a safety net. A plan stopped by it says so (`Solution.limited_by`) and may differ between
        machines.
    seed
        Of the solver's choices among equals.
    most_nonzeros
        Cover entries, equal rows merged, beyond which the Lagrangian takes over.
    """

    gap: float = 1e-3
    level_gap: float = 5e-3
    nodes: int = 20_000
    seconds: float = 600.0
    seed: int = 1
    most_nonzeros: int = 4_000


@dataclass(frozen=True)
class Stage:
    """Hold one step of the search: what was raised, how far, and what is proved about it.

    Parameters
    ----------
    name
        ``worst_place``, ``worst_group``, ``total`` or ``timing``.
    value, bound
        Reached, and what no plan can exceed given the stages before.
    gap
        (bound - value) / |value|. [share]
    status
        The solver's own word, not a modelling layer's.
    nodes, seconds
        Spent.
    limited_by
        ``""``, ``nodes`` or ``seconds``.
    """

    name: str
    value: float
    bound: float
    gap: float
    status: Status
    nodes: int = 0
    seconds: float = 0.0
    limited_by: str = ""


@dataclass(frozen=True)
class Solution:
    """Hold a plan and its proof.

    Parameters
    ----------
    status
        ``optimal``: proved within the gaps of `Limits` in every stage but ``timing``, whose own gap stands in `stages`.
        ``feasible``: a plan, with the gap given. ``infeasible``: proved that there is none. ``unknown``: neither found nor
        refuted within the limits.
    units
        Of each option. (O,) int
    option, year, fund, count
        The plan's items: option, position of the start year, position of the fund, units; by year, fund, option. (I,) int
    served_share
        Share of each demand row served when all is ready. (D,)
    assigned
        People of a row served by an option, each once; in order of readiness where several could. (O, D) csr
    objective, bound, gap
        Of the stage ``total``: weighted people (``people``: people) newly served; what no plan under the same floors
        exceeds; relative gap.
    stages
        Every step with its own proof.
    people
        Newly served by service. (V,)
    people_once
        People newly served by at least one service: a lower bound, the larger of the services in each cell.
    place_share, group_share
        Weighted share served after the plan, (P,), (G,); nan where nobody asks.
    at_their_most
        Places (positions) that no plan can raise, or that are raised as far as all candidates together could.
    method
        ``exact`` or ``lagrangian`` (``none`` where there is no plan).
    weights
        The weights in words, for the reader.
    seconds
        Spent; compared by nobody.
    limited_by
        ``""``, ``nodes`` or ``seconds``.
    """

    status: Status
    units: Int
    option: Int
    year: Int
    fund: Int
    count: Int
    served_share: Float
    assigned: Sparse
    objective: float
    bound: float
    gap: float
    stages: tuple[Stage, ...]
    people: Float
    people_once: float
    place_share: Float
    group_share: Float
    at_their_most: Int
    method: Method
    weights: str = ""
    seconds: float = 0.0
    limited_by: str = ""
    notes: tuple[str, ...] = field(default_factory=tuple)
