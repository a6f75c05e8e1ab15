"""The committed reference pages are those the registry makes; links lead somewhere; nothing is left out."""

import re
from pathlib import Path

import pytest

from citiesforall.cli import app
from citiesforall.core.indicator import indicators
from citiesforall.core.source import catalogue
from citiesforall.core.tables import OBSERVATIONS
from citiesforall.core.units import units
from citiesforall.measure.method import METHODS
from citiesforall.reference.__main__ import main, write_lock, write_pages, write_words
from citiesforall.reference.docstring import Docstring, docstring, entries, prose
from citiesforall.reference.markdown import table
from citiesforall.reference.pages import CONTENTS, all_pages
from citiesforall.reference.translations import read_entries, synced
from citiesforall.text import locale_path

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
PAGES = all_pages()
LINK = re.compile(r"\]\(([^)\s]+)\)")


def test_committed_pages_are_up_to_date():
    stale = [
        name
        for name, text in PAGES.items()
        if not (FOLDER / name).is_file() or (FOLDER / name).read_text("utf-8") != text
    ]
    assert not stale, (
        f"run `python -m citiesforall.reference write`; stale: {', '.join(stale[:10])} ({len(stale)} in all)"
    )


def test_no_page_is_of_an_indicator_that_is_gone():
    here = {f"indicators/{path.name}" for path in (FOLDER / "indicators").glob("*.md")}
    assert here <= set(PAGES)


def test_pages_do_not_depend_on_the_moment_or_the_machine():
    assert all_pages() == PAGES
    assert not [
        name
        for name, text in PAGES.items()
        if "/work/" in text or "/home/" in text or "site-packages" in text
    ]


@pytest.mark.parametrize("name", [*PAGES, "glossary.md"])
def test_links_lead_somewhere(name):
    text = PAGES.get(name) or (FOLDER / name).read_text("utf-8")
    for target in LINK.findall(text):
        if "://" in target:
            continue
        path, _, place = target.partition("#")
        page = (Path(name).parent / path).as_posix() if path else name
        page = re.sub(r"(^|/)[^/.]+/\.\./", r"\1", page)
        assert page in PAGES or page in CONTENTS, f"{name}: {target}"
        assert not place or f'<a id="{place}"></a>' in PAGES[page], f"{name}: {target}"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("indicators.md", indicators()),
        ("methods.md", METHODS),
        ("sources.md", catalogue()),
        ("units.md", units()),
        ("tables.md", OBSERVATIONS),
        ("cli.md", [one.name or one.callback.__name__ for one in app.registered_commands]),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_nothing_is_undocumented(name, words):
    assert [
        word for word in words if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", PAGES[name])
    ] == []


def test_every_indicator_page_says_all_of_it_in_both_languages():
    for key, one in indicators().items():
        text = PAGES[f"indicators/{key}.md"]
        assert one.meaning in text
        assert f"`{one.definition_sha()}`" in text
        assert "## ជាភាសាខ្មែរ" in text
        assert all(cited in text for cited in one.cites)
        assert "Formula: value = " in text
        assert "()" not in text


def test_sums_of_a_page_are_its_units_factor():
    assert (
        "value = 100 x (residents who reach it) / (residents whose access is known)"
        in PAGES["indicators/health_centre_access.md"]
    )
    assert "value = (time) / 60" in PAGES["indicators/health_walk_median.md"]
    assert "value = 1,000,000 x (people) / (land area)" in PAGES["indicators/population_density.md"]


def test_writing_twice_writes_once(tmp_path):
    assert write_pages(tmp_path) == f"{len(PAGES)} pages, {len(PAGES)} written, 0 removed"
    (tmp_path / "indicators" / "gone.md").write_text("old", "utf-8")
    assert write_pages(tmp_path) == f"{len(PAGES)} pages, 0 written, 1 removed"


def test_a_lock_is_made_and_then_stays(tmp_path):
    path = tmp_path / "definitions.lock"
    assert write_lock(path) == f"{len(indicators())} definitions added to definitions.lock"
    assert write_lock(path) == "0 definitions added to definitions.lock"


def test_an_unknown_verb_ends_with_one_line(capsys):
    assert main(["wriet"]) == 2
    said = capsys.readouterr().err
    assert "Did you mean 'write'?" in said
    assert said.count("\n") == 1
    assert main([]) == 2


def test_translations_follow_the_registry(tmp_path):
    header = '# Words\nmsgid ""\nmsgstr ""\n"X-Signed-By: \\n"\n'
    old = header + '\nmsgctxt "a"\nmsgid "One"\nmsgstr "មួយ"\n\nmsgctxt "gone"\nmsgid "Two"\nmsgstr "ពីរ"\n'
    new = synced(old, {"b": 'He said "no"', "a": "One more"})
    found = read_entries(new)
    assert list(found) == ["b", "a"]
    assert found["b"].text == "", "a new text waits for its translation"
    assert found["a"].stale, "a changed English marks its translation"
    assert found["a"].text == "មួយ"
    assert '#| msgid "One"' in new
    assert new.startswith(header)
    assert synced(new, {"b": 'He said "no"', "a": "One more"}).count("#, fuzzy") == 1, (
        "the mark stays until somebody takes it out"
    )


def test_what_is_left_to_translate_is_listed(tmp_path):
    path = tmp_path / "km.po"
    path.write_text(locale_path("km").read_text("utf-8").replace('msgstr "ឱសថស្ថាន"', 'msgstr ""', 1), "utf-8")
    said = write_words(path).splitlines()
    assert said[1] == "kind.pharmacy.title: Pharmacy"
    assert len(said) == 2


def sample(to, limit=1):
    """Walk somewhere.

    Parameters
    ----------
    to : str
        Where
        to go.
    limit
        How far ``at most``. [m]

    Returns
    -------
    CellAmounts
        num = a, den = b.

    Notes
    -----
    First line
    goes on [smith_2000].

    Second paragraph. [m]
    """


def test_a_docstring_is_taken_apart():
    said = docstring(sample)
    assert isinstance(said, Docstring)
    assert said.summary == "Walk somewhere."
    assert entries(said.sections["Parameters"]) == {"to": "Where to go.", "limit": "How far ``at most``. [m]"}
    assert (
        prose(said.sections["Notes"], "r.md")
        == "First line goes on [smith_2000](r.md#smith_2000).\n\nSecond paragraph. [m]"
    )


def test_a_table_keeps_bars_and_lines_inside_its_cells():
    assert table(("A",), [("x|y\nz",)]) == "| A |\n| --- |\n| x\\|y z |"
    assert table(("A",), []) == ""
