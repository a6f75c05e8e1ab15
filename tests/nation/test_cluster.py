"""A real cluster of several processes: workers killed, the client killed, a scheduler by its address; always the same bytes."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from tests.nation.conftest import shas

from citiesforall.core.nation import read_nation
from citiesforall.nation import cluster
from citiesforall.nation.entries import entries_of
from citiesforall.nation.run import Wanted, make_cities
from citiesforall.nation.tasks import ClusterGoneError

CITIES = Path(sys.executable).parent / "cities"
LONGEST_S = 300.0
DIES = """import os, signal
from citiesforall.nation import tasks
from citiesforall.pipeline.run import finish_city as make
def die_of_one(path, *words, **more):
    if "KH9902" in str(path):
        os.kill(os.getpid(), signal.SIGKILL)
    return make(path, *words, **more)
tasks.finish_city = die_of_one
"""
"""Given to workers: one city ends each that makes it."""


@contextmanager
def running(*words, **more):
    """Start a command and end it, with all its children, whatever happens."""
    process = subprocess.Popen(list(map(str, words)), start_new_session=True, **more)
    try:
        yield process
    finally:
        with_children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(LONGEST_S)
        psutil.wait_procs(with_children, timeout=30)
        if process.stdout:
            process.stdout.close()


def nation_of(file, out, workers):
    """Start ``cities nation``."""
    return running(
        CITIES, "nation", file, "--out", out, "--workers", workers, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )  # fmt: skip


def wait_until(true, what):
    """Wait for something to come true."""
    ends = time.monotonic() + LONGEST_S
    while not (found := true()):
        assert time.monotonic() < ends, what
        time.sleep(0.02)
    return found


def workers_of(process):
    """Return the worker processes that a command started."""
    found = psutil.Process(process.pid).children(recursive=True)
    return [one for one in found if "spawn_main" in " ".join(one.cmdline())]


def test_a_worker_is_killed_in_the_middle(nation_file, calm, tmp_path):
    out = tmp_path / "out"
    with nation_of(nation_file, out, 2) as process:
        half = wait_until(lambda: list(out.glob(".store/.making/.measure-*")), "no city is measured")[0]
        victim = int(half.name.split("-")[1])
        assert victim in {one.pid for one in workers_of(process)}
        os.kill(victim, signal.SIGKILL)
        said = process.communicate(timeout=LONGEST_S)[0]
    assert process.returncode == 0, said
    assert "Dashboard: http://127.0.0.1:" in said
    assert "3 cities finished" in said
    assert shas(out) == shas(calm)


def test_the_client_is_killed_and_started_again_with_eight_workers(nation_file, calm, tmp_path):
    out = tmp_path / "out"
    with nation_of(nation_file, out, 2) as process:
        wait_until(lambda: list(out.glob(".store/.cities/*.json")), "no city is finished")
        left = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait(LONGEST_S)
    _, alive = psutil.wait_procs(left, timeout=60)
    assert not alive, "workers outlive the command that started them"
    assert not (out / "nation_kh").exists()
    with nation_of(nation_file, out, 8) as process:
        said = process.communicate(timeout=LONGEST_S)[0]
    assert process.returncode == 0, said
    assert " 0 kept" not in said
    assert shas(out) == shas(calm)


@contextmanager
def cluster_by_address(folder, preload=None):
    """Start a scheduler and two workers on loopback as somebody else would; give the scheduler's address."""
    dask = [sys.executable, "-m", "dask"]
    env = os.environ | {
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1", "DASK_DISTRIBUTED__DASHBOARD__LINK": "http://{host}/",
    }  # fmt: skip
    found = folder / "scheduler.json"
    quiet = {"cwd": folder, "env": env, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    start = [
        *dask,
        "scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
        "--scheduler-file",
        found,
    ]
    with running(*start, **quiet):
        wait_until(found.is_file, "no scheduler")
        more = ["--preload", preload] if preload else []
        work = [
            *dask,
            "worker",
            "--scheduler-file",
            found,
            "--nworkers",
            "2",
            "--nthreads",
            "1",
            "--no-dashboard",
            *more,
        ]
        with running(*work, "--host", "127.0.0.1", "--local-directory", folder, **quiet):
            yield json.loads(wait_until(lambda: found.read_text("utf-8"), "no address"))["address"]


def test_a_cluster_by_its_address_and_a_city_that_ends_its_workers(nation_file, calm, tmp_path):
    """The city that kills whoever makes it is named; the others are made, the same as ever."""
    (tmp_path / "dies.py").write_text(DIES, "utf-8")
    out, nation = tmp_path / "out", read_nation(nation_file)
    with cluster_by_address(tmp_path, tmp_path / "dies.py") as address:
        answers = make_cities(nation, entries_of(nation, nation_file.name), Wanted(out, scheduler=address))
    failed = {answer.file: answer.why for answer in answers if answer.why}
    assert list(failed) == ["KH9902/krong.toml"]
    assert failed["KH9902/krong.toml"].startswith("its workers were ended")
    assert not list(out.glob(".seen-*"))
    known = {name: sha for name, sha in shas(calm).items() if name.startswith(("kh9801/", "kh9901/"))}
    assert shas(out) == known


def test_workers_that_do_not_see_the_folder_are_not_used(nation_file, tmp_path, monkeypatch):
    @contextmanager
    def nowhere(_):
        yield tmp_path / "not here"

    monkeypatch.setattr(cluster, "_sign", nowhere)
    nation = read_nation(nation_file)
    with (
        cluster_by_address(tmp_path) as address,
        pytest.raises(ClusterGoneError, match="does not see the folder of results") as said,
    ):
        make_cities(nation, entries_of(nation, nation_file.name), Wanted(tmp_path / "out", scheduler=address))
    assert "at the same path (a shared disk)" in str(said.value)
    assert shas(tmp_path / "out") == {}


def test_nobody_answers_at_the_address(nation_file, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_S", "1s")
    nation = read_nation(nation_file)
    with pytest.raises(ClusterGoneError, match="no Dask scheduler answers there"):
        make_cities(
            nation,
            entries_of(nation, nation_file.name),
            Wanted(tmp_path / "out", scheduler="tcp://127.0.0.1:9"),
        )
