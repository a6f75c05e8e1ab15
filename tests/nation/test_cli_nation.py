"""The verb: what it says and how it ends."""

import sys
from types import SimpleNamespace

import pytest

from citiesforall.cli import main
from citiesforall.nation import run
from citiesforall.nation.tasks import ClusterGoneError


@pytest.fixture
def cities(monkeypatch, capfd):
    """Return a function that gives the command words and returns exit code, output and errors."""

    def command(*words):
        monkeypatch.setattr(sys, "argv", ["cities", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        return SimpleNamespace(
            code=int(stopped.value.code or 0), **dict(zip(("out", "err"), capfd.readouterr(), strict=True))
        )

    return command


def test_a_finished_nation(cities, nation_file, calm):
    said = cities("nation", nation_file, "--out", calm)
    assert said.code == 0, said.err
    assert said.out.startswith("Invented nation, 2025 (INVENTED)\n3 cities finished: 0 made now, 3 kept")
    assert "3 members are compared." in said.out
    assert f"Files in {calm / 'nation_kh'}:" in said.out
    for name in ("observations.parquet", "nation.json", "common/", "options/"):
        assert name in said.out
    assert "3 of 3 cities ended, 0 failed" in said.err


def test_every_fault_of_a_bad_file_and_exit_2(cities, tmp_path):
    file = tmp_path / "nation.toml"
    file.write_text(
        'period = "2025"\n[place]\ncode = "KH"\nname = "A"\n[[cities]]\nfile = "a.toml"\n[[cities]]\nfile = "b*.toml"\n',
        "utf-8",
    )
    said = cities("nation", file, "--out", tmp_path / "out")
    assert said.code == 2
    assert said.err.splitlines() == [
        "nation.toml: cities.1.file: 'a.toml' is not there. Put the city file there, or mend the path.",
        "nation.toml: cities.2.file: 'b*.toml' finds no file. Mend the pattern.",
    ]
    assert not (tmp_path / "out").exists()


def test_no_city_has_results_and_exit_1(cities, tmp_path):
    file = tmp_path / "nation.toml"
    file.write_text(
        'period = "2025"\n[place]\ncode = "KH"\nname = "A"\n[[cities]]\nfile = "a.toml"\n', "utf-8"
    )
    (tmp_path / "a.toml").write_text("period = ", "utf-8")
    said = cities("nation", file, "--out", tmp_path / "out", "--workers", 1)
    assert said.code == 1
    assert "0 cities finished: 0 made now, 0 kept" in said.out
    assert "1 city failed" in said.out
    assert "a.toml: a.toml: this is not TOML" in said.out
    assert "No city has results: nothing was made of the nation." in said.out
    assert "a.toml failed:" in said.err


def test_a_cluster_that_went_away_and_exit_3(cities, tmp_path, monkeypatch):
    def gone(*_):
        raise ClusterGoneError("The scheduler at tcp://10.0.0.1:8786 went away.")

    monkeypatch.setattr(run, "run_nation", gone)
    said = cities("nation", tmp_path / "nation.toml", "--scheduler", "tcp://10.0.0.1:8786")
    assert said.code == 3
    assert said.err == "The scheduler at tcp://10.0.0.1:8786 went away.\n"
