"""Which sheet holds interviews, members, threats; and their answers, read with every fault of every sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.core.notes import Note
from citiesforall.core.questions import SILENT
from citiesforall.survey.answers import ANSWERS, NUMBERS
from citiesforall.survey.asked import Asked, parse
from citiesforall.survey.bank import REPEATS, bank
from citiesforall.survey.columns import Columns, match, missing
from citiesforall.survey.export import Export, Sheet, read_export
from citiesforall.survey.faults import Fault
from citiesforall.survey.values import squeezed
from citiesforall.survey.visits import system_column

OPTIONS = frozenset(
    {
        "sample", "members", "threats", "sheet", "values", "member_columns", "threat_columns", "left_out", "weights", "weight_of",
        "size_from", "trim", "post_stratify", "persons_per_room", "sewage_treated", "oil_and_sugar_daily",
    }
)  # fmt: skip
#: Words of a city file -> the question that asks them.
SAME: Mapping[str, str] = MappingProxyType(
    {
        "household": "household_id", "unit": "sangkat_code", "size": "household_size", "date": "interview_date",
        "sex": "respondent_sex", "age": "respondent_age",
    }
)  # fmt: skip
#: Without these nothing can be measured of a form of ours.
NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"main": ("household_id", "household_size"), "member": ("sex", "age"), "threat": ()}
)
DESIGN = ("cluster", "stratum", "sangkat_code")
TABLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"main": ("household", "respondent"), "member": ("member",), "threat": ("threat",)}
)
WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"main": ("weight",), "member": ("household_id",), "threat": ("household_id",)}
)
#: Answers that a table may give of each sheet.
GIVEN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "main": (*ANSWERS["households"], *ANSWERS["respondents"], "disabled", "migrant"),
        "member": ANSWERS["members"],
        "threat": (),
    }
)
REPEAT_LINKS = ("PARENT_KEY", "_parent_index")


@dataclass(frozen=True)
class Read:
    """Hold one sheet, read.

    Parameters
    ----------
    sheet
        As text.
    columns
        Where its questions are.
    asked
        Its answers.
    """

    sheet: Sheet
    columns: Columns
    asked: Asked


@dataclass(frozen=True)
class ReadAll:
    """Hold the sheets of a survey.

    Parameters
    ----------
    main
        Interviews and visits.
    members, threats
        None where there are none.
    modules
        Modules of the form that were asked.
    faults
        Of columns and values.
    notes
        What was mended.
    """

    main: Read
    members: Read | None
    threats: Read | None
    modules: tuple[str, ...]
    faults: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def read_sheets(use: SourceUse, paths: Sequence[Path], *, sampled: bool) -> ReadAll:
    """Read all sheets of a survey.

    Parameters
    ----------
    use
        The source: ``columns``, ``where``, ``options``.
    paths
        Its files.
    sampled
        Whether a field list says strata, clusters and sangkats.

    Returns
    -------
    ReadAll
        Answers and every fault.

    Raises
    ------
    InputError
        A file cannot be read, or no sheet can be the interviews.
    """
    faults = _words(use)
    export = read_export(_all_files(use, paths), use.encoding)
    chosen, notes = _assigned(export, use, paths[0])
    chosen["main"] = _filtered(chosen["main"], use)
    read: dict[str, Read] = {}
    modules: list[str] = []
    for table, sheet in chosen.items():
        one, said, found = _read(table, sheet, use, modules, sampled=sampled)
        read[table] = one
        faults += found
        notes += said
    if use.format != "table" and "member" not in read:
        what = (
            "members of the households are not in the file. KoboToolbox writes them to XLSX only, ODK Central to the zip "
            "with all data: export again that way."
        )
        faults.append(Fault(chosen["main"].where, what))
    if not read["main"].sheet.rows:
        faults.append(Fault(chosen["main"].where, "there is no interview in it."))
    return ReadAll(
        read["main"], read.get("member"), read.get("threat"), tuple(modules), faults, [*export.notes, *notes]
    )


def _words(use: SourceUse) -> list[Fault]:
    """Return faults for words of the city file that are not known."""
    where = f"sources.households '{use.id}'"
    faults = [
        Fault(where, f"options.{word}: this word is not known. {did_you_mean(word, OPTIONS)}")
        for word in use.options
        if word not in OPTIONS
    ]
    columns = {"columns": "main", "member_columns": "member", "threat_columns": "threat"}
    for word, table in columns.items():
        mapping = use.columns if word == "columns" else use.options.get(word, {})
        known = {*_names(table), *WORDS[table], *GIVEN[table], *(SAME if table == "main" else ())}
        faults += [
            Fault(where, f"{word}.{name}: this is no question, answer or word of the design. {did_you_mean(name, known)}")
            for name in mapping
            if name not in known
        ]  # fmt: skip
    values = use.options.get("values", {})
    asked = {*bank().questions, *NUMBERS, *(one for names in GIVEN.values() for one in names), "*"}
    faults += [
        Fault(where, f"options.values.{name}: this is no question or answer. {did_you_mean(name, asked)}")
        for name in (values if isinstance(values, dict) else ())
        if name not in asked
    ]
    return faults


def _names(table: str) -> tuple[str, ...]:
    """Return the questions of a sheet."""
    return tuple(one.name for one in bank().questions.values() if one.table in TABLES[table])


def beside(name: str, paths: Sequence[Path]) -> Path:
    """Return a file that an option names: one of the source's own, else beside it.

    Parameters
    ----------
    name
        As written in the city file.
    paths
        Files of the source.
    """
    own = [path for path in paths if path.name == Path(name).name]
    return own[0] if own else paths[0].parent / name


def _all_files(use: SourceUse, paths: Sequence[Path]) -> list[Path]:
    """Return the files with interviews, members and threats; not the field list."""
    sample = Path(str(use.options.get("sample", ""))).name
    files = [path for path in paths if path.name != sample]
    for word in ("members", "threats"):
        name = str(use.options.get(word, ""))
        if Path(name).suffix.lower() in (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".zip"):
            files.append(beside(name, paths))
    return list(dict.fromkeys(files))


def _assigned(export: Export, use: SourceUse, first: Path) -> tuple[dict[str, Sheet], list[Note]]:
    """Say which sheet is which."""
    left = list(export.sheets)
    chosen: dict[str, Sheet] = {}
    for table, repeat in REPEATS.items():
        word = str(use.options.get(repeat, ""))
        found = [sheet for sheet in left if _is_called(sheet, word or repeat, named=bool(word))]
        if word and not found:
            near = did_you_mean(word, [one.name for one in left])
            raise InputError(f"{first.name}: there is no sheet or file '{word}' (options.{repeat}). {near}")
        if found:
            chosen[table] = found[0]
            left.remove(found[0])
    main = _main(left, use)
    if main is None:
        raise InputError(f'{first.name}: no sheet with interviews was found. Name it: options.sheet = "...".')
    left.remove(main)
    for table in REPEATS:
        if table not in chosen and use.format != "table":
            best = max(left, key=lambda sheet, table=table: _fits(sheet, table), default=None)  # type: ignore[misc]
            if best is not None and _fits(best, table) > 1 and system_column(best, REPEAT_LINKS):
                chosen[table] = best
                left.remove(best)
    notes = [
        Note(
            sheet.where, f"sheet '{sheet.name}' is neither interviews, members nor threats; it was left out."
        )
        for sheet in left
    ]
    return {"main": main, **chosen}, notes


def _is_called(sheet: Sheet, name: str, *, named: bool) -> bool:
    """Tell whether a sheet or file has a name, or ends in it as ODK Central's files do."""
    if named:
        return (
            squeezed(sheet.name) in (squeezed(name), squeezed(Path(name).stem))
            or sheet.where == Path(name).name
        )
    return sheet.name == name or sheet.name.endswith((f"-{name}", f"_{name}"))


def _main(left: Sequence[Sheet], use: SourceUse) -> Sheet | None:
    """Return the sheet with the interviews."""
    word = str(use.options.get("sheet", ""))
    if word:
        return next((sheet for sheet in left if _is_called(sheet, word, named=True)), None)
    whole = [sheet for sheet in left if not system_column(sheet, REPEAT_LINKS)] or list(left)
    return max(whole, key=lambda sheet: _fits(sheet, "main"), default=None)


def _fits(sheet: Sheet, table: str) -> int:
    """Count the questions of a table that a sheet has."""
    found = match(sheet, _names(table), WORDS[table], {})[0]
    return len(found.of.keys() | found.options.keys())


def _filtered(sheet: Sheet, use: SourceUse) -> Sheet:
    """Keep the rows that the city file's ``where`` asks for."""
    keep = set(range(len(sheet.rows)))
    for name, wanted in use.where.items():
        if name not in sheet.header:
            raise InputError(
                f"{sheet.where}: where.{name}: there is no such column. {did_you_mean(name, sheet.header)}"
            )
        at = sheet.header.index(name)
        allowed = {str(one) for one in (wanted if isinstance(wanted, list) else [wanted])}
        keep = {row for row in keep if sheet.rows[row][at] in allowed}
    order = sorted(keep)
    return replace(
        sheet,
        rows=tuple(sheet.rows[row] for row in order),
        numbers=tuple(sheet.numbers[row] for row in order),
    )


def _read(
    table: str, sheet: Sheet, use: SourceUse, modules: list[str], *, sampled: bool
) -> tuple[Read, list[Note], list[Fault]]:
    """Match and read one sheet."""
    mapping = _mapping(table, use)
    names, words = _names(table), (*WORDS[table], *GIVEN[table])
    if use.format == "table" and mapping:
        # A column of a foreign form that happens to be called like a question of ours may hold other codes.
        design = (*DESIGN, *NEEDED["main"], "interview_date") if table == "main" else ()
        names, words = tuple({*design, *mapping} & set(names)), (*WORDS[table], *mapping)
    columns, faults, notes = match(sheet, names, words, mapping)
    asked, wrong, said = parse(sheet, columns, GIVEN[table], use.options.get("values"))
    if use.format != "table":
        modules += _modules(columns, table)
        expected = [
            *NEEDED[table],
            *(() if sampled or table != "main" else DESIGN),
            *_expected(columns, table),
        ]
        faults += missing(sheet, columns, dict.fromkeys(expected), use.options.get("left_out", ()))
    if columns.unused:
        shown = ", ".join(f"'{one}'" for one in columns.unused[:8])
        what = f"{len(columns.unused)} columns are no questions of ours and were left out: {shown}."
        notes.append(Note(sheet.where, what))
    return Read(sheet, columns, asked), [*notes, *said], [*faults, *wrong, *_beyond(sheet, asked)]


def _mapping(table: str, use: SourceUse) -> Mapping[str, str]:
    """Return our word -> the file's column, as the city file says for a sheet."""
    if table == "main":
        return {SAME.get(ours, ours): theirs for ours, theirs in use.columns.items()}
    mapping: Mapping[str, str] = use.options.get(
        "member_columns" if table == "member" else "threat_columns", {}
    )
    return mapping


def _modules(columns: Columns, table: str) -> list[str]:
    """Return the modules of which a sheet has a question."""
    there = columns.of.keys() | columns.options.keys()
    return list(
        dict.fromkeys(
            one.module
            for one in bank().questions.values()
            if one.name in there and one.table in TABLES[table]
        )
    )


def _expected(columns: Columns, table: str) -> list[str]:
    """Return the questions that a form with these modules has: what is asked, not what forms work out or show."""
    read, asked = bank(), set(_modules(columns, table))
    return [
        one.name
        for one in read.questions.values()
        if one.module in asked
        and one.table in TABLES[table]
        and one.type not in (*SILENT, "note", "geopoint", "text")
        and not (read.modules[one.module].always and one.module in ("interview", "closing"))
        and one.name != "threat_shown"
    ]


def _beyond(sheet: Sheet, asked: Asked) -> list[Fault]:
    """Return faults for answers given as they are that cannot be."""
    faults = []
    for name, values in asked.given.items():
        most = NUMBERS.get(name, 1.0)
        for at, value in enumerate(values):
            if value < 0 or value > most:
                what = f"{value:g} cannot be for '{name}'. Allowed: 0 to {most:g}. Mend it, or say options.values.{name}."
                faults.append(Fault(sheet.where, what, sheet.numbers[at], name))
    return faults
