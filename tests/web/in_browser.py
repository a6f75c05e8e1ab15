"""A real server on a port of its own and a real browser before it; both skipped where the page or the browser is not there."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import uvicorn
from shapely.geometry import box
from tests.web.crowd import free_port

from citiesforall.web.app import STATIC, make_app
from citiesforall.web.house import House

PAGE = Path(os.environ.get("CITIES_PAGE", STATIC))
"""Folder of the built page; another one may be named to try it."""
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
"""Its microphone beeps, and it may use it."""
AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LONGEST_S = 30.0
WEST, SOUTH, SIDE_M = 390_000.0, 1_398_000.0, 3_000.0
"""Corner of the small city in UTM 48 N; its two places lie side by side."""


def small_city(out: Path) -> str:
    """Publish a city of two places without numbers, and return its code."""
    left, right = (
        box(WEST + at * SIDE_M, SOUTH, WEST + (at + 1) * SIDE_M, SOUTH + SIDE_M) for at in range(2)
    )
    rows = {
        "place": ["KH98", "KH980101", "KH980102"],
        "name": ["Small Town", "Left", "Right"],
        "name_km": ["ក្រុងតូច", "ឆ្វេង", "ស្តាំ"],
        "level": ["city", "commune", "commune"],
        "parent": [None, "KH98", "KH98"],
        "area_m2": [2 * SIDE_M**2, SIDE_M**2, SIDE_M**2],
    }
    folder = out / "kh98"
    folder.mkdir(parents=True)
    shapes = gpd.GeoDataFrame(rows, geometry=[left.union(right), left, right], crs="EPSG:32648")
    shapes.to_file(folder / "city.gpkg", layer="places", driver="GPKG")
    said = {"city": {"code": "KH98", "period": "2025"}, "crs": "EPSG:32648", "choices": {}}
    (folder / "run.json").write_text(json.dumps(said), "utf-8")
    columns = ["place", "group", "indicator", "value", "low", "high", "n", "status"]
    pd.DataFrame({name: pd.Series(dtype=str) for name in columns}).to_parquet(folder / "observations.parquet")
    pd.DataFrame({"cell": pd.Series(dtype="int64")}).to_parquet(folder / "cell_values.parquet")
    return "kh98"


@contextmanager
def live(house: House) -> Iterator[str]:
    """Serve a house in a thread and yield its address."""
    if not PAGE.is_dir():
        pytest.skip("the page is not built (make page)")
    port = free_port()
    made = uvicorn.Server(
        uvicorn.Config(
            make_app(house, PAGE),
            host="127.0.0.1",
            port=port,
            log_level="error",
            access_log=False,
            lifespan="off",
        )
    )
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    end = time.monotonic() + LONGEST_S
    while not made.started and time.monotonic() < end:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}/"
    made.should_exit = True
    thread.join(LONGEST_S)


@contextmanager
def browser() -> Iterator[object]:
    """Start a browser without a window."""
    if not CHROMIUM.is_file():
        pytest.skip("Chromium is not installed (Debian: chromium)")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        made = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield made
        made.close()


def faults_of(page) -> list[str]:
    """Return what axe finds wrong with a page by WCAG 2.2 AA."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed (npm ci in ui/)")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found["violations"]]
