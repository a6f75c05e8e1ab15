"""Shared fixtures: the real data folder, where there is one."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same code gives the same verdict on every machine; `make fuzz`, or HYPOTHESIS_PROFILE=explore, looks for new cases.
settings.register_profile("steady", derandomize=True)
settings.register_profile("explore", settings.default)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Return the folder of real data, or skip the test where it is absent."""
    folder = Path(os.environ.get("CITIES_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real data folder is not here ({folder.name}); set CITIES_DATA")
    return folder
