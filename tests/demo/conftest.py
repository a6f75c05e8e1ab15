"""One demo town for the whole folder: it takes seconds to make."""

import json

import pytest

from citiesforall.demo import make_demo


@pytest.fixture(scope="session")
def krong(tmp_path_factory):
    """Return the folder of the town every user sees first."""
    return make_demo(tmp_path_factory.mktemp("krong")).parent


@pytest.fixture(scope="session")
def truth(krong):
    return json.loads((krong / "truth.json").read_text("utf-8"))
