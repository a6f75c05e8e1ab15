"""Scenarios over HTTP: kept, listed, opened by their reference, taken out, handed to the planner."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from citiesforall.voices.scenarios import (
    ScenarioIn,
    drop_scenario,
    keep_scenario,
    scenario_kept,
    scenarios_of,
    sites_toml,
)
from citiesforall.web.evidence_routes import Code, city_of
from citiesforall.web.house import Here, Planner

router = APIRouter(prefix="/api/cities", tags=["scenarios"])
Reference = Annotated[str, Path(max_length=20, pattern=r"^[A-Za-z0-9\-]+$")]


@router.get("/{code}/scenarios")
def listed(house: Here, _: Planner, code: Code) -> list[dict[str, Any]]:
    """List the scenarios of a city, the newest first."""
    city_of(house, code)
    with house.engine.connect() as connection:
        return scenarios_of(connection, code)


@router.post("/{code}/scenarios", status_code=201)
def keep(house: Here, who: Planner, code: Code, asked: ScenarioIn) -> dict[str, str]:
    """Keep a scenario."""
    city_of(house, code)
    return {"id": keep_scenario(house.engine, code, asked, who.account)}


@router.get("/{code}/scenarios/{reference}")
def one(house: Here, _: Planner, code: Code, reference: Reference) -> dict[str, Any]:
    """Give one scenario."""
    with house.engine.connect() as connection:
        return scenario_kept(connection, code, reference)


@router.delete("/{code}/scenarios/{reference}", status_code=204)
def drop(house: Here, who: Planner, code: Code, reference: Reference) -> None:
    """Take a scenario out."""
    drop_scenario(house.engine, code, reference, who.account)


@router.post("/{code}/sites.toml")
def sites(house: Here, _: Planner, code: Code, asked: ScenarioIn) -> Response:
    """Give what a scenario adds as sites of the city file."""
    city_of(house, code)
    text = sites_toml(asked.name, list(asked.changes))
    return Response(text, media_type="application/toml; charset=utf-8")
