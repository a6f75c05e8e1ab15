"""The fuzzer itself, for a few seconds; and what it found once: such files end in clear words, or in a layer that is right."""

import csv
import io
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import shapely
from fuzz import audit
from fuzz.base import make_base
from fuzz.cases import READERS, files_of, make_case, seeds_of, write_files
from fuzz.edits import archives, extracts, tables
from fuzz.seeds import CITY, as_bytes, town_uses
from fuzz.trial import try_case
from fuzz.worker import Worker
from rasterio.io import MemoryFile

from citiesforall.core.errors import InputError
from citiesforall.gather.register_boundaries import _areas

CASES = 2
"""Of each reader; ``make fuzz`` tries thousands."""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    made = make_base(tmp_path_factory.mktemp("fuzz"))
    before = os.environ.get("CITIES_DATA")
    os.environ["CITIES_DATA"] = str(made.folder / "town")
    yield made
    os.environ.pop("CITIES_DATA")
    if before is not None:
        os.environ["CITIES_DATA"] = before


@pytest.fixture(scope="module")
def seeds(base):
    """Return the sound cases of a reader, made once."""
    town, made = base.folder / "town", {}
    own = town_uses(town)

    def of(reader):
        if reader not in made:
            made[reader] = seeds_of(reader, town, own)
        return made[reader]

    return of


@pytest.mark.parametrize("reader", [name for name in READERS if name != "real"])
def test_a_spoilt_file_is_read_rightly_or_refused_in_words(base, seeds, tmp_path, reader):
    for number in range(CASES):
        case = make_case(reader, number, seeds(reader))
        folder = tmp_path / str(number)
        write_files(files_of(case), folder)
        ended = try_case(base, reader, folder)
        assert ended.word in ("read", "refused"), f"python -m fuzz --case {case.name}\n{ended.said}"


def test_a_case_is_the_same_every_time(seeds):
    one, other = (make_case("gtfs", 5, seeds("gtfs")) for _ in range(2))
    assert one == other
    assert files_of(one) == files_of(other)


def ended(base, seeds, folder, reader, seed, file, change):
    """Return how a sound case ends after a change to one of its files: rows of a table, a tree, or bytes."""
    files = dict(next(one for one in seeds(reader) if one.name == seed).files)
    raw = files[file]
    if file.endswith(".csv"):
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
        change(rows)
        files[file] = tables.as_text(rows).encode()
    elif file.endswith(".geojson"):
        tree = json.loads(raw)
        change(tree)
        files[file] = json.dumps(tree).encode()
    elif file == CITY:
        files[file] = change(raw.decode()).encode()
    else:
        files[file] = change(raw)
    write_files(files, folder)
    return try_case(base, reader, folder)


def cells(value, column=1):
    """Return a change that writes a value into every row of a table."""

    def change(rows):
        for row in rows[1:]:
            row[column] = value

    return change


def with_option(word):
    """Return a change that adds an option to the last source."""

    def change(text):
        options = text.rindex("options = {") + len("options = {")
        return text[:options] + f" {word} = 1," + text[options:]

    return change


def rewritten(raw, change, **more):
    with MemoryFile(raw) as memory, memory.open() as file:
        values, facts = file.read(), file.profile
    with MemoryFile() as memory:
        with memory.open(**facts | more) as file:
            file.write(change(values))
        return bytes(memory.read())


def deeper(raw):
    return rewritten(raw, lambda depth: depth + 1e6)


def complex_numbers(raw):
    return rewritten(
        raw, lambda counts: counts.astype("complex64"), dtype="complex64", nodata=None, predictor=1
    )


def with_point(tree):
    geometry = tree["features"][0]["geometry"]
    point = {"type": "Point", "coordinates": [104.9, 12.3]}
    tree["features"][0]["geometry"] = {"type": "GeometryCollection", "geometries": [point, geometry]}


def headless(rows):
    del rows[1:]


def nameless(raw):
    book = openpyxl.load_workbook(io.BytesIO(raw))
    book.worksheets[0]["D5"] = None
    return as_bytes(book)


def far_away(raw):
    """Move a point of some street to the other side of the world."""
    with tempfile.TemporaryDirectory() as folder:
        old, new = Path(folder) / "a.osm.pbf", Path(folder) / "b.osm.pbf"
        old.write_bytes(raw)
        things = extracts.things_of(old)
        at = next(thing.nodes[0] for kind, thing in things if kind == "w" and "highway" in thing.tags)
        next(thing for kind, thing in things if kind == "n" and thing.id == at).location = (-75.1, 12.3)
        extracts.write_things(things, new)
        return new.read_bytes()


def spoilt_sheet(raw):
    held = [(name, data[:200] if "sheet1" in name else data) for name, data in archives.unpacked(raw)]
    return archives.packed(held)


def spoilt_member(raw):
    at = raw.index(b"stops.txt") + 60
    return raw[:at] + b"\xff" * 40 + raw[at + 40 :]


@pytest.mark.parametrize(
    ("reader", "seed", "file", "change", "said"),
    [
        ("hexagons", "units", "hexagons.csv", cells("9" * 400, 0), "are not H3 hexagons"),
        ("hexagons", "people", "hexagons.csv", cells(""), "nobody lives in the city"),
        ("hexagons", "people", "hexagons.csv", cells("1e18"), "more than on Earth"),
        ("tables", "groups", "groups.csv", cells("9" * 400, 3), "values are not numbers"),
        ("tables", "pm25", "air.csv", cells("1e9", 0), "stations lie nowhere on the map"),
        ("tables", "pm25", "air.csv", cells("9999", 2), "2000 ug/m3 is the most there can be"),
        ("rasters", "flood", "flood_depth_rp100.tif", deeper, "100 m is the most there can be"),
        ("rasters", "people", "people.tif", complex_numbers, "its values are complex numbers"),
        ("rasters", "flood", CITY, with_option("scael"), "options.scael: this word is not known"),
        ("gazetteer", "list", "list.xlsx", spoilt_sheet, "this is no readable workbook"),
        ("households", "town", "sample.csv", headless, "the field list has no rows"),
        ("gtfs", "gtfs", "gtfs.zip", spoilt_member, "this cannot be read as a GTFS feed"),
    ],
)  # fmt: skip
def test_what_was_found_is_refused_in_words(base, seeds, tmp_path, reader, seed, file, change, said):
    found = ended(base, seeds, tmp_path, reader, seed, file, change)
    assert (found.word, said in found.said) == ("refused", True), found


@pytest.mark.parametrize(
    ("reader", "seed", "file", "change"),
    [
        ("boundaries", "units", "boundaries.geojson", with_point),
        ("gazetteer", "list", "list.xlsx", nameless),
        ("streets", "pbf", "streets.osm.pbf", far_away),
    ],
)
def test_what_was_found_is_read_rightly(base, seeds, tmp_path, reader, seed, file, change):
    found = ended(base, seeds, tmp_path, reader, seed, file, change)
    assert found.word == "read", found


@pytest.mark.parametrize(
    ("fault", "good"),
    [
        ("a.csv: row 3: 'x' is no number. Write one.", True),
        ("a.csv: there is no column 'b'.\nMend it.", False),
        ("'NoneType' object is not iterable", False),
        ("a.csv: it cannot be read: KeyError('x'). Mend it.", False),
    ],
)
def test_faults_are_sentences(fault, good):
    assert (not list(audit.faults_told((fault,)))) == good


def test_what_is_quoted_from_a_file_never_breaks_a_line():
    error = InputError("a.xlsx: 'one\ntwo\x1b[31m' is no number. Write one.")
    assert error.faults == ("a.xlsx: 'one two [31m' is no number. Write one.",)


def test_shapes_without_area_are_no_shapes_of_places():
    line, square = shapely.LineString([(0, 0), (1, 1)]), shapely.box(0, 0, 1, 1)
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    made = _areas(np.array([line, None, square, bow_tie, shapely.Polygon()], dtype=object))
    assert [shape is None for shape in made] == [True, True, False, False, True]
    assert shapely.is_valid(made[3])


def test_a_worker_that_hangs_or_dies_is_made_anew(base, tmp_path, monkeypatch):
    body = "import sys, time, os\nprint('ready', flush=True)\nfor line in sys.stdin:\n"
    for what, said in (("time.sleep(60)", "no answer in 0.5 s"), ("os._exit(3)", "the process died")):
        script = tmp_path / "stub.py"
        script.write_text(body + f"    {what}\n")
        worker = Worker(tmp_path, 0.5)
        monkeypatch.setattr("fuzz.worker.COMMAND", (sys.executable, str(script)))
        try:
            assert said in worker.trial("gtfs", tmp_path)["signature"]
            assert worker.process is None
        finally:
            worker.stop()
