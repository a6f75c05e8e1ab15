"""The plan step: from diagnosis, catalogue and budget to a plan with its proof, checked by other means, and its roadmap."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from citiesforall.core.action import Action, actions_for
from citiesforall.core.budget import Budget
from citiesforall.core.errors import InputError
from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import read_parquet, write_csv, write_parquet
from citiesforall.gather.hexagons import LONLAT
from citiesforall.gather.vector_file import moved_xy
from citiesforall.measure.making import city_layers
from citiesforall.network.insert import attach
from citiesforall.network.reach import Reach, reach
from citiesforall.network.streets import load
from citiesforall.plan.build import Built, Given, build
from citiesforall.plan.build_challenges import first_reasons
from citiesforall.plan.check import Checked, check_plan
from citiesforall.plan.effects import make_ground
from citiesforall.plan.making_words import findings_of, other_words, plan_words, services_of
from citiesforall.plan.model import solve
from citiesforall.plan.other_money import curve, firmness
from citiesforall.plan.problem import Limits, Problem, Solution
from citiesforall.plan.roadmap import make_roadmap
from citiesforall.plan.robustness import Robustness
from citiesforall.plan.several import one_after_another
from citiesforall.plan.sites import Sites, candidate_sites, own_table
from citiesforall.plan.tables import Where, money_table, plan_table
from citiesforall.plan.why_infeasible import why

NAMED = 3
"""Reasons named where nothing can be planned."""
HOW = "Add [budget] with years, currency and funds to the city file: docs/how/plan.md."


def make_plan(given: Inputs, folder: Path) -> dict[str, Any]:
    """Plan what to do, where, when and from which fund, and check it.

    Parameters
    ----------
    given
        The city and its finished steps, ``measure`` at least; ``diagnose`` says which challenges rank first.
    folder
        Where ``plan.parquet``, ``plan_money.parquet``, ``frontier.parquet``, ``after.parquet``, ``sites.parquet`` (with CSVs),
        ``plan.json``, ``check.json`` and the roadmap go.

    Returns
    -------
    dict
        Notes, and ``findings``: lines for the end of a run.

    Raises
    ------
    InputError
        A site of the city file where nothing can stand; or a plan that fails its check: no plan rather than a wrong one.
    """
    if given.city.budget is None:
        _write_json(folder / "plan.json", {"status": "no budget", "how": HOW})
        note = Note("plan", f"There is no budget, so nothing is planned. {HOW}")
        return remember([note], [], findings=[f"No plan: the city file has no budget. {HOW}"])
    ready, sites, crs = prepared(given)
    built = build(ready)
    notes = list(sites.notes) if sites else []
    if not built.drafts:
        return _nothing(folder, built, notes)
    solution = solve(built.problem, limits_of(given))
    if solution.status in {"infeasible", "unknown"}:
        return _no_plan(folder, built, (solution, given.city.budget), notes)
    firm, frontier = _more(given, ready, built, solution)
    solution = one_after_another(built, solution, given.city.plan.gap)
    where = Where(None if sites is None else sites.table, crs)
    plan = plan_table(ready.ground, built, solution, where, firm.kept, ready.challenges)
    checked = check_plan(given, plan, services_of(ready.ground, built))
    if checked.faults:
        raise InputError(*checked.faults)
    words = plan_words(ready, built, solution, frontier) | other_words(firm, frontier)
    _write(folder, (plan, money_table(plan, given.city.budget), frontier, sites), checked, words)
    road = make_roadmap(given, folder)
    told = {**words, "notes": [*words["notes"], *(note["what"] for note in road["notes"])]}
    _write_json(folder / "plan.json", told)
    notes += [Note("plan", said, "doubt") for said in words["notes"]]
    info = remember(notes, [], findings=findings_of(given, plan, words, checked.said))
    return {**info, "notes": [*info["notes"], *road["notes"]]}


def prepared(given: Inputs) -> tuple[Given, Sites | None, str]:
    """Collect what a problem is built from.

    Parameters
    ----------
    given
        The city and its finished steps.

    Returns
    -------
    tuple
        What `build` asks for, the candidate sites (None without streets), and the city's reference system.
    """
    assert given.city.budget is not None
    cells = read_parquet(given.done["cells"].folder / "cells.parquet")
    layers, codes = city_layers(given, cells)
    table = read_parquet(given.done["measure"].folder / "observations.parquet")
    ground = make_ground(layers, cells["unit"].to_numpy(dtype=str), _whole(given, codes), table)
    catalogue = actions_for(given.city)
    crs = str(given.done["places"].info["crs"])
    sites, found = _sites(given, cells, catalogue, crs)
    path = given.file("diagnose", "challenges.parquet")
    challenges = None if path is None else read_parquet(path)
    asked = None if sites is None else sites.table
    return Given(ground, catalogue, given.city.budget, given.city.plan, asked, found, challenges), sites, crs


def _whole(given: Inputs, codes: list[str]) -> str:
    """Return the code of the city's row."""
    return str(given.city.place.code) if given.city.place.code in codes else codes[0]


def _sites(
    given: Inputs, cells: pd.DataFrame, catalogue: dict[str, Action], crs: str
) -> tuple[Sites | None, Reach | None]:
    """Choose candidate sites and find who is within the longest reach of any action."""
    shapes = given.file("homes", "shapes.parquet")
    if "streets" not in given.done or shapes is None:
        return None, None
    streets = load(given.done["streets"].folder / "streets.npz")
    cells = cells.assign(geometry=shapely.from_wkb(read_parquet(shapes)["geometry"].to_numpy()))
    cells.attrs["cell_m"] = given.city.choices.cell_m
    path = given.file("facilities", "facilities.parquet")
    own = given.city.sites
    lon, lat = (np.array([getattr(one, word) for one in own], np.float64) for word in ("lon", "lat"))
    x, y = moved_xy(lon, lat, LONLAT, crs)
    found = candidate_sites(
        streets,
        cells,
        None if path is None else read_parquet(path),
        own_table(own, x, y),
        given.city.plan.max_sites,
    )
    homes = attach(
        streets, cells["x"].to_numpy(np.float64), cells["y"].to_numpy(np.float64), given.city.choices.snap_m
    )
    longest_m = max((one.reach_m for one in catalogue.values() if one.reach_m is not None), default=1.0)
    return found, reach(streets, found.on_edge, homes, longest_m, given.threads)


def limits_of(given: Inputs) -> Limits:
    """Return how long to look, by the council's choices.

    Parameters
    ----------
    given
        The city.
    """
    return replace(
        Limits(), gap=given.city.plan.gap, seconds=given.city.plan.seconds, seed=given.city.choices.seed
    )


def _more(given: Inputs, ready: Given, built: Built, solution: Solution) -> tuple[Robustness, pd.DataFrame]:
    """Ask how robust the plan is and what other budgets would do."""
    seed = given.city.choices.seed

    def counted(problem: Problem, found: Solution) -> Solution:
        return one_after_another(replace(built, problem=problem), found, given.city.plan.gap)

    firm = firmness(ready.ground, built, solution, seed)
    return firm, curve(built.problem, solution, seed, counted=counted)


def _nothing(folder: Path, built: Built, notes: list[Note]) -> dict[str, Any]:
    """Say that nothing can be planned."""
    _write_json(folder / "plan.json", {"status": "nothing to plan", "left_out": built.left_out})
    reasons = "; ".join(first_reasons(built.left_out, NAMED))
    said = f"Nothing can be planned: {reasons}. All {len(built.left_out)} reasons are in plan.json."
    return remember([*notes, Note("plan", said, "doubt")], [], findings=[said])


def _no_plan(folder: Path, built: Built, found: tuple[Solution, Budget], notes: list[Note]) -> dict[str, Any]:
    """Say that no plan was found, and why where it can be told."""
    solution, budget = found
    reasons: list[str] = []
    if solution.status == "infeasible":
        reasons = list(why(built.problem, budget=budget))
    _write_json(folder / "plan.json", {"status": solution.status, "why": reasons, "left_out": built.left_out})
    said = (
        "No plan keeps all rules."
        if solution.status == "infeasible"
        else "No plan was found in the time allowed."
    )
    return remember([*notes, Note("plan", said, "doubt")], [], findings=[said, *reasons])


def _write(
    folder: Path,
    tables: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame | None, Sites | None],
    checked: Checked,
    words: dict[str, Any],
) -> None:
    """Write the plan."""
    plan, money, frontier, sites = tables
    named = {"plan": plan, "plan_money": money, "after": checked.after}
    named |= {} if frontier is None else {"frontier": frontier}
    named |= {} if sites is None else {"sites": sites.table.drop(columns="part")}
    for name, table in named.items():
        write_parquet(table, folder / f"{name}.parquet")
        write_csv(table, folder / f"{name}.csv")
    _write_json(folder / "plan.json", words)
    _write_json(folder / "check.json", checked.said)


def _write_json(path: Path, words: Any) -> None:
    """Write words as JSON: unknown as null, never as a word that is no JSON."""
    path.write_text(json.dumps(_plain(words), ensure_ascii=False, indent=1) + "\n", "utf-8")


def _plain(words: Any) -> Any:
    """Return words as what JSON knows."""
    if isinstance(words, dict):
        return {str(key): _plain(one) for key, one in words.items()}
    if isinstance(words, list | tuple):
        return [_plain(one) for one in words]
    if isinstance(words, np.generic):
        words = words.item()
    if isinstance(words, float) and not np.isfinite(words):
        return None
    return words
