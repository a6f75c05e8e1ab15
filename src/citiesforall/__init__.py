"""Cities for all: from a city's open data, registers and surveys to indicators per place, group and cell.

In a notebook::

    import citiesforall

    city = citiesforall.run("cities/porto_alegre.toml")
    city.observations, city.cells, city.streets

    citiesforall.what_if("cities/porto_alegre.toml", [{"do": "add_facility", "kind": "market", "lat": -30.03, "lon": -51.22}])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from citiesforall.core.indicator import indicators
    from citiesforall.pipeline.frames import open_run, run
    from citiesforall.pipeline.what_if import session, what_if

__version__ = "0.1.0"
__all__ = ["__version__", "indicators", "open_run", "run", "session", "what_if"]


def __getattr__(name: str) -> Any:
    """Load the public functions when they are first asked for, so that the command starts fast."""
    if name == "indicators":
        from citiesforall.core.indicator import indicators  # noqa: PLC0415

        return indicators
    if name in {"run", "open_run"}:
        from citiesforall.pipeline import frames  # noqa: PLC0415

        return getattr(frames, name)
    if name in {"what_if", "session"}:
        from importlib import import_module  # noqa: PLC0415

        return getattr(import_module("citiesforall.pipeline.what_if"), name)
    raise AttributeError(f"module 'citiesforall' has no attribute '{name}'")
