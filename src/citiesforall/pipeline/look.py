"""Commands that look and do not compute: check, compare, fetch, indicators, sources."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from citiesforall.core.city import City, read_city
from citiesforall.core.errors import CitiesError, DeclarationError, did_you_mean, raise_all
from citiesforall.core.indicator import DIMENSIONS, indicators
from citiesforall.core.source import FORMATS, catalogue
from citiesforall.gather.snapshot import fetch_city, find, folders_of
from citiesforall.text import say


def check_city(city_file: Path) -> list[str]:
    """Read the city file, find every source, verify what states a checksum.

    Parameters
    ----------
    city_file
        A TOML file.

    Returns
    -------
    list of str
        What was found, a line each.

    Raises
    ------
    CitiesError
        Carrying every fault.
    """
    city = read_city(city_file)
    folders = folders_of(city_file, city)
    faults: list[str] = []
    lines = [
        f"{city.place.code} {city.place.name}, {city.period}{' (invented)' if city.place.invented else ''}"
    ]
    for role, uses in city.sources.items():
        for use in uses:
            try:
                path = find(use, folders)
            except CitiesError as error:
                faults += error.faults
                continue
            size = path.stat().st_size
            lines.append(
                f"  {role:<14} {use.id:<34} {use.vintage:<12} {use.licence:<14} {use.grade:<9} {size / 1e6:8.2f} MB"
            )
    without = [role for role in FORMATS if role not in city.sources]
    lines.append(f"  no source for: {', '.join(without)}" if without else "  a source for every role")
    if any(use.licence == "none-stated" for uses in city.sources.values() for use in uses):
        lines.append("  a source states no licence: do not pass its data on")
    raise_all(faults)
    return [*lines, "the city file is sound and every file is there"]


def fetch_sources(city_file: Path, into: Path | None) -> None:
    """Download what the city's sources name and is not on disk.

    Parameters
    ----------
    city_file
        A TOML file.
    into
        Folder for downloads; the city's data folder where None.

    Raises
    ------
    CitiesError
        Carrying every fault; what was fetched stays.
    """
    city: City = read_city(city_file)
    folder = into or Path(os.path.normpath(city_file.resolve().parent / city.data))

    def tell(name: str, done: int, of: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{name}: {done / 1e6:.1f} of {of / 1e6:.1f} MB   ")

    for path in fetch_city(city, folder, city_file=city_file, progress=tell):
        sys.stdout.write(f"{path}\n")


def list_indicators(lang: str, dimension: str) -> str:
    """Return the registry as a table of text.

    Parameters
    ----------
    lang
        ``en`` or ``km``.
    dimension
        Only this one, or empty.

    Raises
    ------
    DeclarationError
        The language or the dimension is not known.
    """
    if lang not in {"en", "km"}:
        raise DeclarationError(f"--lang '{lang}' is not known. {did_you_mean(lang, ('en', 'km'))}")
    if dimension and dimension not in DIMENSIONS:
        raise DeclarationError(
            f"--dimension '{dimension}' is not known. {did_you_mean(dimension, DIMENSIONS)}"
        )
    chosen = [one for one in indicators().values() if dimension in {"", one.dimension}]
    lines = []
    for name in DIMENSIONS:
        inside = [one for one in chosen if one.dimension == name]
        if inside:
            lines += ["", name]
            titles = {
                one.id: say(f"indicator.{one.id}.title", one.title, lang) or one.title for one in inside
            }
            lines += [
                f"  {one.id:<40} {one.unit:<12} {', '.join(one.sdg):<7} {titles[one.id]}" for one in inside
            ]
    return "\n".join([f"{len(chosen)} indicators: id, unit, SDG, title", *lines])


def list_sources(source: str, role: str) -> str:
    """Return the catalogue as a table of text, or one product in full.

    Parameters
    ----------
    source
        Catalogue id, or empty for all.
    role
        Only products for this role, or empty.

    Raises
    ------
    DeclarationError
        The id or the role is not known.
    """
    if role and role not in FORMATS:
        raise DeclarationError(f"--role '{role}' is not known. {did_you_mean(role, FORMATS)}")
    if source and source not in catalogue():
        raise DeclarationError(f"source '{source}' is not known. {did_you_mean(source, catalogue())}")
    if not source:
        rows = [
            f"{key:<34} {one.role:<14} {one.vintage:<12} {one.licence:<16} {one.title}"
            for key, one in catalogue().items()
            if role in {"", one.role}
        ]
        return "\n".join(rows)
    one = catalogue()[source]
    said = {
        "title": one.title, "provider": one.provider, "page": one.url, "licence": one.licence, "cite as": one.citation,
        "used for": f"{one.role} ({one.format})", "grade": one.grade, "vintage": one.vintage,
        "download": one.download or "by hand", "note": one.note,
    }  # fmt: skip
    lines = [source] + [f"  {word:<10} {text}" for word, text in said.items() if text]
    if one.error:
        stated = {k: v for k, v in one.error.model_dump(exclude_none=True).items() if k != "said_by"}
        lines.append(f"  {'error':<10} {stated}, said by {one.error.said_by}")
    return "\n".join(lines)


def compare(first: Path, second: Path, lang: str, csv: Path | None) -> str:
    """Say what differs between two runs or two cities.

    Parameters
    ----------
    first, second
        Folders that finished runs have left.
    lang
        ``en`` or ``km``.
    csv
        Where every row is written, or None.

    Returns
    -------
    str
        Lines of text.

    Raises
    ------
    CitiesError
        A folder is not a run's, or the two have nothing in common.
    """
    from citiesforall.core.tables import write_csv  # noqa: PLC0415 - loads pandas
    from citiesforall.report.compare import compare_runs  # noqa: PLC0415 - as above

    if lang not in {"en", "km"}:
        raise DeclarationError(
            f"--lang {lang}: this language is not known. {did_you_mean(lang, ('en', 'km'))}"
        )
    found = compare_runs(first, second, lang)
    if csv is not None:
        write_csv(found.table, csv)
    return "\n".join(found.lines)
