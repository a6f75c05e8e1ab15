"""Puts the app together: the guards, the routes, the page."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from citiesforall import __version__
from citiesforall.web import (
    evidence_routes,
    nation_routes,
    open311_routes,
    scenario_routes,
    session_routes,
    voices_routes,
    what_if_routes,
    workshop_routes,
)
from citiesforall.web.guard import guard
from citiesforall.web.house import House
from citiesforall.web.pages import pages

STATIC = Path(__file__).with_name("static")
SMALL = 1_000
PACKED_HARD = 5
"""Of 9: harder takes three times as long for a few hundredths of the size."""


def make_app(house: House, static: Path = STATIC) -> FastAPI:
    """Make the app.

    Parameters
    ----------
    house
        What it works with.
    static
        Folder of the built page; where it is not there, the routes alone are served.

    Returns
    -------
    FastAPI
        Ready for a server.
    """
    app = FastAPI(title="Cities for all", version=__version__, docs_url=None, redoc_url=None)
    app.state.house = house
    for routes in (
        session_routes,
        what_if_routes,
        scenario_routes,
        evidence_routes,
        nation_routes,
        voices_routes,
        open311_routes,
        workshop_routes,
    ):
        app.include_router(routes.router)
    guard(app, house.rules)
    app.add_middleware(GZipMiddleware, minimum_size=SMALL, compresslevel=PACKED_HARD)
    if house.rules.hosts:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(house.rules.hosts))
    if static.is_dir():
        app.mount("/", pages(static), name="page")
    return app
