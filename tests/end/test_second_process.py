"""Half of a city is made by a second process; it can only be started before numpy is loaded."""

import os
import subprocess
import sys

from citiesforall.pipeline.steps import BESIDE

WATCHED = """
import os, sys
from pathlib import Path
from citiesforall.pipeline import run, steps
kept = steps.keep
def watched(root, name, *args, **named):
    with Path(sys.argv[3]).open("a") as said:
        said.write(f"{os.getpid()} {name}\\n")
    return kept(root, name, *args, **named)
steps.keep = watched
assert "numpy" not in sys.modules
print(os.getpid())
run.run_city(Path(sys.argv[1]), Path(sys.argv[2]), through="measure")
"""


def test_a_city_is_made_by_two_processes(town_file, tmp_path):
    said = tmp_path / "said.txt"
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(town_file), str(tmp_path / "out"), str(said)],
        check=True, capture_output=True, text=True, env=os.environ,
    )  # fmt: skip
    first = done.stdout.split()[0]
    by: dict[str, set[str]] = {}
    for line in said.read_text().splitlines():
        process, step = line.split()
        by.setdefault(process, set()).add(step)
    assert len(by) == 2
    (second,) = by.keys() - {first}
    assert by[second] >= {step.name for piece in BESIDE for step in piece}
    assert "measure" in by[first] - by[second]
