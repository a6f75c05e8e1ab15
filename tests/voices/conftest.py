"""Databases of voices: a SQLite file, and a PostgreSQL cluster of our own where the package is installed."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from citiesforall.voices.database import open_database

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
NOBODY = 65534


@pytest.fixture(scope="session")
def postgres():
    """Start PostgreSQL on a socket in a folder of its own and return its address; skip where it is not installed."""
    if not PLACES:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # the folders of tests are closed to whom the server runs as
    as_root = os.getuid() == 0
    if as_root:  # the server refuses to run as root
        folder.chmod(0o755)
        os.chown(folder, NOBODY, NOBODY)
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if as_root else {}
    data, bin_ = folder / "data", PLACES[-1]
    done = subprocess.run(
        [bin_ / "initdb", "-D", data, "-U", "test", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=False,
        capture_output=True,
        text=True,
        **who,
    )
    if done.returncode:
        pytest.fail(done.stderr)
    settings = f"-k {folder} -c listen_addresses='' -c fsync=off"
    subprocess.run(
        [bin_ / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", settings, "start"],
        check=True,
        capture_output=True,
        **who,
    )
    yield f"postgresql://test@/postgres?host={folder}"
    subprocess.run(
        [bin_ / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=True, capture_output=True, **who
    )
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """Return an empty database of each kind."""
    if request.param == "sqlite":
        engine = open_database(tmp_path / "voices.db")
    else:
        address = request.getfixturevalue("postgres")
        engine = open_database(address)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        engine.dispose()
        engine = open_database(address)
    yield engine
    engine.dispose()
