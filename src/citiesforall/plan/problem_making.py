"""Problems and parts of problems made from a few arrays: lead times, no rules at all, the plain siting problem."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from citiesforall.plan.problem import Demand, Float, Int, Money, Objective, Options, Problem, Rules, Sparse

MONTHS = 12


def lead_years(months: npt.ArrayLike) -> Int:
    """Return whole years from start to service for works that begin in January. (O,)

    Parameters
    ----------
    months
        Lead time. (O,) [months]

    Returns
    -------
    ndarray
        4 months -> 0 (ready in the year of the start), 12 -> 1, 18 -> 1, 24 -> 2.

    Raises
    ------
    ValueError
        Never for numbers.
    """
    return np.floor(np.asarray(months, np.float64) / MONTHS).astype(np.int64)


def no_rules(n_options: int) -> Rules:
    """Return rules that forbid nothing.

    Parameters
    ----------
    n_options
        O.

    Returns
    -------
    Rules
        All empty.

    Raises
    ------
    ValueError
        `n_options` is negative.
    """
    none = csr_array((0, n_options))
    return Rules(np.empty(0, np.int64), none, none, none, np.empty(0), ())


def siting(covers: Sparse, people: Float, n_sites: int, objective: Objective = "people") -> Problem:
    """Return the plain siting problem: which so many sites cover most people (maximal covering location).

    Parameters
    ----------
    covers
        Which demand rows a site reaches. (O, D) csr of 1
    people
        Of each row. (D,) [people]
    n_sites
        Sites to choose at most.
    objective
        What to raise.

    Returns
    -------
    Problem
        One service, one place, one year, no money [church_revelle_1974].

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    n, d = covers.shape
    zero, one = np.zeros(d, np.int64), np.ones((n, 1))
    total = np.array([people.sum()])
    options = Options(
        names=tuple(f"site {number}" for number in range(n)),
        units_min=np.zeros(n, np.int64),
        units_max=np.ones(n, np.int64),
        capacity=np.full(n, np.inf),
        lead_years=np.zeros(n, np.int64),
        may_start=one.astype(bool),
    )
    demand = Demand(
        people=np.asarray(people, np.float64),
        weight=np.ones(d),
        service=zero,
        place=zero,
        cell=np.arange(d),
        group_share=np.ones((d, 1)),
        place_need=total,
        place_served=np.zeros(1),
        group_need=total,
        group_served=np.zeros(1),
        services=("service",),
        places=("city",),
        groups=("all",),
    )
    free = np.full((1, 1), np.inf)
    money = Money(
        *(0 * one, np.zeros((n, 2)), one.astype(bool), free, np.full((1, 2), np.inf)),
        *(np.zeros(1, np.int64), np.zeros(1, bool), (0,), ("any",)),
    )
    rules = no_rules(n)
    rules = replace(
        rules, counts=csr_array(one.T), count_max=np.array([float(n_sites)]), count_names=("sites",)
    )
    return Problem(options, demand, money, rules, covers, objective)
