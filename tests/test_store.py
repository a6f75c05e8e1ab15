"""The store: never overwritten, never half-made, and its list of rooms equal to import-linter's."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import citiesforall
from citiesforall.store import BELOW, MAKING, WORDED, _words, code_sha, keep, publish, source_sha, sweep

ROOT = Path(__file__).parents[1]


def make_hello(folder):
    (folder / "hello.txt").write_text("hello", encoding="ascii")
    return {"sources": ["s"]}


def again(folder):
    raise AssertionError("a kept step is not made again")


def kept(root, make=make_hello, **choices):
    return keep(root, "greet", make, room="measure", needs={"a": "1"}, choices=choices)


def test_a_step_is_made_once(tmp_path):
    first = kept(tmp_path)
    second = kept(tmp_path, again)
    assert first.fresh
    assert not second.fresh
    assert first.folder == second.folder
    assert second.info["sources"] == ["s"]


def test_another_choice_is_another_result(tmp_path):
    assert kept(tmp_path).key != kept(tmp_path, walk_m_s=0.8).key


def test_a_failed_step_leaves_nothing(tmp_path):
    def broken(folder):
        (folder / "half.txt").write_text("ha", encoding="ascii")
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        kept(tmp_path, broken)
    assert list((tmp_path / "greet").iterdir()) == []
    assert kept(tmp_path).fresh


def test_what_a_killed_process_left_is_swept(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from citiesforall.store import keep\n"
        "def make(folder):\n (folder / 'half').write_text('x'); os._exit(9)\n"
        "keep(Path(sys.argv[1]), 'greet', make, room='measure', needs={'a': '1'}, choices={})"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == 9
    assert len(list((tmp_path / MAKING).iterdir())) == 1
    assert sweep(tmp_path) == 1
    assert not list((tmp_path / MAKING).iterdir())
    assert kept(tmp_path).fresh


def test_what_another_machine_makes_is_left_alone_until_it_is_old(tmp_path):
    theirs = tmp_path / MAKING / ".greet-1-0badcafe-abc_1"
    theirs.mkdir(parents=True)
    assert sweep(tmp_path) == 0
    os.utime(theirs, (1, 1))
    assert sweep(tmp_path) == 1


def test_rooms_below_are_those_of_import_linter():
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = [[room.strip() for room in layer.split("|")] for layer in tool["contracts"][0]["layers"]]
    for room, below in BELOW.items():
        level = next(i for i, layer in enumerate(layers) if room in layer)
        lower = {one for layer in layers[level + 1 :] for one in layer}
        assert set(below) - {room} == lower - {"store", "demo", "voices"}, room  # no step imports these


def test_a_changed_source_has_another_checksum(tmp_path):
    file = tmp_path / "source.csv"
    file.write_text("1", encoding="ascii")
    first = source_sha(file, tmp_path / "memo")
    file.write_text("2", encoding="ascii")
    os.utime(file, (1, 1))
    assert source_sha(file, tmp_path / "memo") != first


def test_publishing_replaces_in_one_move(tmp_path):
    made, target = tmp_path / "made", tmp_path / "out" / "target"
    made.write_text("new", encoding="ascii")
    publish(made, target)
    publish(made, target)
    assert target.read_text("ascii") == "new"
    assert [path.name for path in target.parent.iterdir()] == ["target"]


def test_a_mended_word_makes_documents_anew_and_no_number():
    words = {path.name for path in _words(Path(citiesforall.__file__).parent)}
    assert {"words.toml", "words_report.toml", "km.po", "km.report.po"} <= words
    assert {"nation", "report", "exchange"} == WORDED
    assert code_sha("report") != code_sha("exchange") != code_sha("plan")
