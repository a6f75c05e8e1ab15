"""Libraries kept from loading what they do not use work as ever afterwards."""

from __future__ import annotations

import subprocess
import sys

import pytest

from citiesforall.core.lazy import light_scipy, unloaded

SPECIAL = """
import sys
from citiesforall.core.lazy import light_scipy
light_scipy()
assert not any(name.startswith(("numpy.f2py", "numpy.testing", "numpy.ctypeslib")) for name in sys.modules), "loaded"
import numpy
import numpy.testing
import scipy.linalg
import scipy.ndimage
import scipy.special
assert scipy.special.ndtri(0.5) == 0.0
numpy.testing.assert_allclose(scipy.linalg.det([[2.0, 0.0], [0.0, 3.0]]), 6.0)
assert callable(numpy.f2py.run_main) and callable(numpy.ctypeslib.as_array)
assert scipy.ndimage.label([[1, 0, 1]])[1] == 2
"""


def test_what_scipy_brings_along_is_loaded_only_when_used() -> None:
    """numpy's Fortran translator and test kit stay away, and are there for whoever asks."""
    done = subprocess.run([sys.executable, "-c", SPECIAL], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_module_used_while_it_is_kept_away_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a name is enough: the stand-in makes way for the module."""
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with unloaded("colorsys"):
        import colorsys  # noqa: PLC0415

        stand_in = colorsys
        assert stand_in.rgb_to_hsv(0.0, 0.0, 0.0) == (0.0, 0.0, 0.0)
    import colorsys  # noqa: PLC0415

    assert colorsys is not stand_in
    assert stand_in.hsv_to_rgb is colorsys.hsv_to_rgb


def test_what_is_loaded_is_left_alone() -> None:
    """Nothing changes for a library that is there."""
    light_scipy()
    before = sys.modules["scipy.special"]
    with unloaded("scipy.special"):
        assert sys.modules["scipy.special"] is before
    assert sys.modules["scipy.special"] is before
