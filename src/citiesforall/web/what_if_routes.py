"""What-if over HTTP: a city kept warm answers what would change."""

from __future__ import annotations

import json
import time
from functools import cache
from threading import Lock
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Response
from pydantic import Field

from citiesforall.core.errors import InputError
from citiesforall.core.indicator import indicators
from citiesforall.core.source import Frozen
from citiesforall.pipeline.served import cell_grid
from citiesforall.web.evidence_routes import Code, Name, city_of
from citiesforall.web.house import Here, House, Planner

router = APIRouter(prefix="/api/cities", tags=["what-if"])
COLUMNS = ("place", "group", "indicator", "before", "after", "difference", "status", "num_before", "num")


class Asked(Frozen):
    """Hold the changes of a scenario, as tables of a scenario file."""

    changes: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, max_length=200)]
    intervals: bool = False


@cache
def _warm(city_file: str, out: str) -> tuple[Any, Lock]:
    """Open a city once; its searches share their room, so one question is answered at a time."""
    from citiesforall.pipeline.what_if import session  # noqa: PLC0415 - it loads every method and the searches

    return session(city_file, out), Lock()


def warm_of(house: House, code: str) -> tuple[Any, Lock]:
    """Return a warm city with its lock.

    Raises
    ------
    InputError
        Its city file is not known to the server.
    """
    file = house.cities.get(code.lower())
    if file is None:
        raise InputError(
            f"city '{code}': there is none to be asked here. Start `cities serve CITY.toml` with its city file."
        )
    return _warm(str(file), str(house.out))


@router.post("/{code}/warm", status_code=204)
def warm(house: Here, _: Planner, code: Code) -> None:
    """Make a city ready to be asked."""
    warm_of(house, code)


@router.post("/{code}/what-if")
def ask(house: Here, _: Planner, code: Code, asked: Asked) -> dict[str, Any]:
    """Say what would change: column by column, for every place and group that differs."""
    begun = time.perf_counter()
    from citiesforall.pipeline.what_if import counts_people  # noqa: PLC0415 - as above

    city, lock = warm_of(house, code)
    with lock:
        table = city.answer(list(asked.changes), intervals=asked.intervals)
    columns = [*COLUMNS, *(("low", "high") if asked.intervals else ())]
    return {
        "columns": {name: _listed(table[name].to_numpy()) for name in columns},
        "counts_people": [key for key in sorted(set(table["indicator"])) if counts_people(indicators()[key])],
        "milliseconds": round(1000 * (time.perf_counter() - begun), 1),
    }


@router.post("/{code}/what-if/cells/{indicator}")
def ask_cells(house: Here, _: Planner, code: Code, indicator: Name, asked: Asked) -> Response:
    """Give an indicator by cell as it would be: pixels as ``cells`` gives those of today."""
    from citiesforall.pipeline.what_if import cells_after  # noqa: PLC0415 - as above

    one = city_of(house, code)
    city, lock = warm_of(house, code)
    cell_grid(one, indicator)  # refuses what cells do not hold before anything is worked out
    with lock:
        values = cells_after(city, list(asked.changes), indicator)
    frame, pixels = cell_grid(one, indicator, values)
    return Response(pixels, media_type="application/octet-stream", headers={"X-Grid": json.dumps(frame)})


def _listed(values: Any) -> list[Any]:
    """Return a column as JSON has it; nan is None."""
    if np.issubdtype(values.dtype, np.floating):
        return [None if not np.isfinite(one) else one for one in values.tolist()]
    return [str(one) for one in values.tolist()]
