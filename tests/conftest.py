"""Shared fixtures: the real data folder, where there is one."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Return the folder of real data, or skip the test where it is absent."""
    folder = Path(os.environ.get("CITIES_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real data folder is not here ({folder.name}); set CITIES_DATA")
    return folder
