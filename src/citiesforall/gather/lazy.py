"""Keeps a library from loading what it does not use: half a second of a run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class Later(ModuleType):
    """Stand for a module until something of it is used."""

    def __getattr__(self, name: str) -> Any:
        """Import the module and return what is asked of it."""
        return getattr(import_module(self.__name__), name)


@contextmanager
def unloaded(*names: str) -> Iterator[None]:
    """Let modules be imported inside without being run; each is run when something of it is first used.

    Parameters
    ----------
    names
        Of modules, a package before its parts; one that is loaded already is left alone.

    Notes
    -----
    gtfs-kit draws maps with folium, which brings a template language, a web client and colour tables; reading
    a feed uses none of them. A map drawn later in the same process works as ever.
    """
    placed = {name: Later(name) for name in names if name not in sys.modules}
    for name, module in placed.items():
        above, _, last = name.rpartition(".")
        if above in placed:
            setattr(placed[above], last, module)
    sys.modules.update(placed)
    try:
        yield
    finally:
        for name in placed:
            sys.modules.pop(name, None)
