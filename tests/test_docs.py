"""What the documentation shows must be so: links lead somewhere, commands exist, city files are sound, code compiles."""

import ast
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer

from citiesforall.cli import app
from citiesforall.core.city import read_city
from citiesforall.core.indicator import Indicator
from citiesforall.core.source import FORMATS

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "docs").glob("*/*.md"),
    ]
)
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


def blocks(kind):
    found = []
    for page in PAGES:
        for indent, language, body in BLOCK.findall(page.read_text("utf-8")):
            if language == kind:
                found.append(
                    pytest.param(
                        "\n".join(line.removeprefix(indent) for line in body.splitlines()), id=page.name
                    )
                )
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists() or target == "benchmarks/record.md", (
                f"{page.name}: {target}"
            )


@pytest.mark.parametrize("code", blocks("python"))
def test_python_compiles(code):
    ast.parse(code)


@pytest.mark.parametrize("code", blocks("toml"))
def test_toml_is_a_sound_city_or_indicator(code, tmp_path):
    table = tomllib.loads(code)
    if "place" in table:
        (tmp_path / "city.toml").write_text(code, encoding="utf-8")
        assert read_city(tmp_path / "city.toml").of("people")
    else:
        for key, row in table.items():
            Indicator.model_validate({"id": key, **row})


@pytest.mark.parametrize("code", blocks("sh"))
def test_commands_exist(code):
    commands = typer.main.get_command(app).commands
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for line in code.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["cities"]:
            assert words[1] in commands, line
            command = commands[words[1]]
            if hasattr(command, "commands"):
                assert words[2] in command.commands, line
                command = command.commands[words[2]]
            options = {option for parameter in command.params for option in parameter.opts}
            assert {word for word in words if word.startswith("--")} <= options, line
        elif words[:1] == ["make"]:
            assert words[1] in targets, line


def test_the_table_of_roles_is_whole():
    text = (ROOT / "docs" / "start.md").read_text("utf-8")
    table = text[text.index("| role |") :]
    for role, formats in FORMATS.items():
        if role != "voices":  # read by a later part of the system
            row = next(line for line in table.splitlines() if f"`{role}`" in line)
            assert all(f"`{word}`" in row for word in formats), row


def test_notebook_lines_work_as_said():
    import citiesforall  # noqa: PLC0415

    assert set(citiesforall.__all__) == {"__version__", "indicators", "open_run", "run", "session", "what_if"}
    assert citiesforall.run.__doc__
