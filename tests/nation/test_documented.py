"""Every file that a nation publishes stands in docs/reference/tables.md, with every column, in its order and of its kind."""

from fnmatch import fnmatch
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from citiesforall.reference.nation import OTHER_FILES, nation_tables
from citiesforall.text import registry

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "tables.md").read_text("utf-8")
#: Test of a type -> the word of the page for it.
KINDS = (
    (pa.types.is_boolean, "true or false"),
    (pa.types.is_integer, "whole number"),
    (pa.types.is_floating, "number"),
    (lambda one: pa.types.is_string(one) or pa.types.is_large_string(one), "text"),
    (pa.types.is_binary, "WKB"),
)


def published(folder):
    """Return the files a reader sees, from the folder of a nation."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("[!.]*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def kinds_of(path):
    """Return column -> its kinds; a column of nothing at all has none, for readers could not tell what it would hold."""
    return {
        field.name: {word for is_kind, word in KINDS if is_kind(field.type)} for field in pq.read_schema(path)
    }


def faults_of(path, declared):
    """Return in one line each what the page says otherwise than a table."""
    kinds = kinds_of(path)
    if list(kinds) != list(declared):
        return [f"{path.name} has {list(kinds)}, the page {list(declared)}"]
    return [
        f"{path.name}: {name} is {kinds[name]}, the page says {kind}"
        for name, (kind, _) in declared.items()
        if kind not in kinds[name]
    ]


def test_every_published_table_is_documented_column_by_column(calm):
    folder = calm / "nation_kh"
    tables = {name.removesuffix(".parquet") for name in published(folder) if name.endswith(".parquet")}
    declared = nation_tables()
    assert tables == {name for name in declared if name != "policy/numbers"}
    faults = [
        fault
        for name in sorted(tables)
        for fault in faults_of(folder / f"{name}.parquet", declared[name]["columns"])
    ]
    assert not faults, "src/citiesforall/data/reference/nation_tables.toml:\n" + "\n".join(faults)
    head = csv.open_csv(folder / "policy" / "numbers.csv").schema.names
    assert head == list(declared["policy/numbers"]["columns"])


def test_every_other_file_is_documented(calm):
    patterns = [name.replace("<lang>", "*").replace("<id>", "*") for name, _ in OTHER_FILES]
    known = [f"{name}{end}" for name in nation_tables() for end in (".parquet", ".csv")]
    strange = [
        name
        for name in published(calm / "nation_kh")
        if name not in known and not any(fnmatch(name, pattern) for pattern in patterns)
    ]
    assert not strange


def test_a_column_that_nobody_documented_is_found(calm, tmp_path):
    path = calm / "nation_kh" / "members.parquet"
    whole = pq.read_table(path)
    declared = nation_tables()["members"]["columns"]
    assert faults_of(path, declared) == []
    pq.write_table(whole.append_column("secret", pa.array([1.0] * whole.num_rows)), tmp_path / "more.parquet")
    assert faults_of(tmp_path / "more.parquet", declared)
    as_text = whole.set_column(10, "people", whole["people"].cast(pa.string()))
    pq.write_table(as_text, tmp_path / "text.parquet")
    assert faults_of(tmp_path / "text.parquet", declared) == [
        "text.parquet: people is {'text'}, the page says number"
    ]


@pytest.mark.parametrize("name", nation_tables())
def test_the_page_shows_every_column(name):
    part = PAGE[PAGE.index("\n## A nation\n") :]
    start = part.index(f"\n`{name}`. ")
    shown = part[start : part.find("\n### ", start)]
    one = nation_tables()[name]
    assert all(
        f"| `{column}` | {kind} | {said} |" in shown for column, (kind, said) in one["columns"].items()
    )
    for column, section in one.get("words", {}).items():
        assert column in one["columns"]
        assert any(key.startswith(f"{section}.") for key in registry()), section
