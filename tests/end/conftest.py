"""The command `cities` on Little Town, in this process and in killed children of it."""

import os
import signal
import sys
import time
from dataclasses import dataclass

import pytest

from citiesforall.cli import main
from tests.town.make_town import make_town

LONGEST_S = 120.0


@dataclass(frozen=True)
class Said:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


@pytest.fixture
def cities(monkeypatch, capfd):
    """Return a function that gives the command words and returns what it said."""

    def run(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["cities", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        out, err = capfd.readouterr()
        return Said(int(stopped.value.code or 0), out, err)

    return run


@pytest.fixture(scope="session")
def town_file(tmp_path_factory):
    """Return the city file of Little Town with stated errors, so that draws count too."""
    return make_town(tmp_path_factory.mktemp("town"), errors="people lists")


@pytest.fixture(scope="session")
def plain_file(tmp_path_factory):
    """Return the city file of Little Town as it is."""
    return make_town(tmp_path_factory.mktemp("plain"))


def run_and_die(act, *, after_s=None, at_event=None):
    """Run `act` in a child that SIGKILL ends after a time, or at its n-th file event; return whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            if at_event is not None:
                _die_at(at_event)
            act()
        finally:
            os._exit(0)
    ends = time.monotonic() + (LONGEST_S if after_s is None else after_s)
    while time.monotonic() < ends:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.WIFSIGNALED(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def _die_at(number: int) -> None:
    """Let this process be killed at its n-th opening for writing, making of a folder, move or removal."""
    left = [number]

    def watch(event, args):
        writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
        if writes or event in {"os.mkdir", "os.rename", "os.remove", "shutil.rmtree", "shutil.copyfile"}:
            left[0] -= 1
            if left[0] <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
