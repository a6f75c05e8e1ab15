"""Keeps a library from loading what it does not use: a second of a run."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

BESIDE_NUMPY = ("numpy.f2py", "numpy.testing", "numpy.ctypeslib")
"""Parts of numpy that scipy loads by taking every name of numpy, and no result needs: a translator of Fortran, a test kit."""

RARELY = (100_000, 50, 100)
"""How many objects more before Python looks for rings of dead ones: libraries make a million that all stay."""


class Later(ModuleType):
    """Stand for a module until something of it is used."""

    def __getattr__(self, name: str) -> Any:
        """Import the module and return what is asked of it."""
        if sys.modules.get(self.__name__) is self:  # used while it still stands there: make way
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@contextmanager
def unloaded(*names: str) -> Iterator[None]:
    """Let modules be imported inside without being run; each is run when something of it is first used.

    Parameters
    ----------
    names
        Of modules, a package before its parts; one that is loaded already is left alone. The package of a part is
        among them, or loaded.

    Notes
    -----
    gtfs-kit draws maps with folium, which brings a template language, a web client and colour tables; reading
    a feed uses none of them. A map drawn later in the same process works as ever.
    """
    placed = {name: Later(name) for name in names if name not in sys.modules}
    told = []
    for name, module in placed.items():
        above, _, last = name.rpartition(".")
        parent = placed.get(above) or sys.modules.get(above)
        if parent is not None and last not in vars(parent):
            setattr(parent, last, module)
            told.append((parent, last, module))
    sys.modules.update(placed)
    try:
        yield
    finally:
        for name, module in placed.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
        for parent, last, module in told:
            if vars(parent).get(last) is module and parent not in placed.values():
                delattr(parent, last)


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Let Python look for rings of dead objects rarely: a tenth of a run went into looking at libraries again and again."""
    before = gc.get_threshold()
    gc.set_threshold(*RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def light_scipy() -> None:
    """Load scipy's special functions, on which its other parts build, without what no result needs."""
    if "scipy.special" not in sys.modules:
        import numpy  # noqa: F401, ICN001, PLC0415 - whose parts are kept away must be there

        with unloaded(*BESIDE_NUMPY):
            import scipy.special  # noqa: F401, PLC0415 - only now that its way is clear
