"""A server in this process, over a database of its own."""

import pytest
from fastapi.testclient import TestClient

from citiesforall.voices.accounts import make_account
from citiesforall.voices.database import open_database
from citiesforall.web.app import make_app
from citiesforall.web.house import House, Rules

PASSWORD = "a long password"
ROLES = ("officer", "planner", "administrator")


@pytest.fixture
def engine(tmp_path):
    """Return an empty database with one account of each role."""
    made = open_database(tmp_path / "voices.db")
    for role in ROLES:
        make_account(made, role, role, PASSWORD, "test")
    yield made
    made.dispose()


@pytest.fixture
def house(engine, tmp_path):
    """Return a house without cities."""
    return House(engine, Rules(), tmp_path)


@pytest.fixture
def client(house):
    """Return a client nobody has signed in with."""
    with TestClient(make_app(house)) as made:
        yield made


@pytest.fixture
def as_role(house):
    """Return a function that signs in."""
    opened = []

    def sign_in(role):
        made = TestClient(make_app(house))
        opened.append(made)
        said = made.post("/api/session", json={"name": role, "password": PASSWORD}).json()
        made.headers["x-csrf"] = said["csrf"]
        return made

    yield sign_in
    for made in opened:
        made.close()
