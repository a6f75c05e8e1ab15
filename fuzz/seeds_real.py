"""Slices of real files, with the oddities real ones have; nothing where the data are not here."""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import geopandas

from citiesforall.core.city import City, read_city
from fuzz.cityfile import Use, city_text
from fuzz.edits import archives
from fuzz.seeds import CITY, Seed

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("CITIES_DATA", ROOT.parent / "shared" / "data"))
LINES, RECORDS, SHAPES, FEED_LINES = 60, 40, 25, 400
LARGE = 100_000
"""Tables of feeds above this are cut. [bytes]"""
NAMED = ("code", "name", "edition", "members")


def slices(_town: Path, _own: dict[str, list[Use]]) -> list[Seed]:
    """Return a seed for every register of Cambodia, and for streets, bus lines, boundaries and feeds."""
    if not (DATA / "cambodia").is_dir():
        return []
    found = []
    country = read_city(ROOT / "cities" / "cambodia_registers.toml")
    found += [_seed(country, "registers", at) for at in range(len(country.of("registers")))]
    centre = read_city(ROOT / "cities" / "phnom_penh_centre.toml")
    found += [_seed(centre, "streets", 0), _seed(centre, "transit", 0), _seed(centre, "facilities", 0)]
    found += [_seed(centre, "water", 0, "people"), _seed(centre, "totals", 0, "people")]
    city = read_city(ROOT / "cities" / "porto_alegre.toml")
    return [
        *found,
        _seed(city, "people", 0),
        *(_seed(city, "transit", at) for at in range(len(city.of("transit")))),
    ]


def _seed(city: City, role: str, at: int, *more: str) -> Seed:
    """Return one source of a city with the boundaries, both cut."""
    files: dict[str, bytes] = {}
    sources: dict[str, list[Use]] = {}
    for word, one in (("boundaries", 0), *((word, 0) for word in more), (role, at)):
        given = city.of(word)[one]
        said = given.model_dump(mode="json", exclude_defaults=True, exclude={"role", "file", "url", "note"})
        name = Path(given.file).name
        files[name] = cut(name, (DATA / given.file).read_bytes(), city)
        sources[word] = [{**said, "file": name}]
    place = {
        key: value for key, value in city.place.model_dump(mode="json").items() if key in NAMED and value
    }
    return Seed(city.of(role)[at].id, {CITY: city_text(sources, place).encode("utf-8"), **files})


def cut(name: str, raw: bytes, city: City) -> bytes:
    """Return the first part of a file, written as the whole is."""
    match Path(name).suffix:
        case ".csv":
            head, *lines = raw.splitlines(keepends=True)
            codes = [
                code.removeprefix("KH").lstrip("0").encode()
                for code in city.place.members
                if code.startswith("KH")
            ]
            mine = [
                line for line in lines if any(re.search(rb"\b0?" + code + rb"\b", line) for code in codes)
            ]
            return b"".join([head, *(mine or lines[:LINES])])
        case ".json":
            tree = json.loads(raw.decode("utf-8-sig"))
            some = (
                tree[:RECORDS] if isinstance(tree, list) else {key: _first(one) for key, one in tree.items()}
            )
            return json.dumps(some, ensure_ascii=False).encode("utf-8")
        case ".geojson":
            tree = json.loads(raw)
            members = set(city.place.members)
            mine = [one for one in tree["features"] if members & set(map(str, one["properties"].values()))]
            return json.dumps({**tree, "features": mine or tree["features"][:SHAPES]}).encode("utf-8")
        case ".gpkg":
            return _layer(raw)
        case ".zip":
            return archives.packed([(one, _fewer(data)) for one, data in archives.unpacked(raw)])
    return raw


def _first(one: Any) -> Any:
    """Return the first records of a list."""
    return one[:RECORDS] if isinstance(one, list) else one


def _fewer(data: bytes) -> bytes:
    """Return the first lines of a large table."""
    return data if len(data) < LARGE else b"".join(io.BytesIO(data).readlines()[:FEED_LINES])


def _layer(raw: bytes) -> bytes:
    """Return the first rows of a layer."""
    with tempfile.TemporaryDirectory() as folder:
        old, new = Path(folder) / "a.gpkg", Path(folder) / "b.gpkg"
        old.write_bytes(raw)
        geopandas.read_file(old, rows=LINES).to_file(new, driver="GPKG")
        return new.read_bytes()
