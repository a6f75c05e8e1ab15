"""The question bank: what a household survey asks, in modules; read from ``data/survey/*.toml``.

A file is one module::

    [module]
    id = "water"                      # also the name of its group in a form
    title = "Water"
    order = 10                        # where it stands in the interview
    always = false                    # true: it cannot be left out
    table = "household"               # of its questions, unless a question says otherwise
    relevant = "${consent} = 'yes'"   # when it is asked at all

    [questions.water_source]          # the name of the column in an export
    type = "select_one"               # a word of `TYPES`
    choices = "water_source"          # list of answers
    table = "household"               # household, respondent, member (one row each) or threat
    text = "..."                      # what is asked, in English
    hint = "..."                      # for the interviewer
    relevant = "${door} = 'adult_home'"
    constraint = ". >= 1"
    constraint_message = "..."
    calculation = "..."               # of a `calculate`; its `choices` then say which codes can come out
    filter = "name = ${threat}"       # which of the choices are shown
    required = true                   # the default for everything that is asked
    sensitive = false                 # true: never published below the whole city

    [choices.water_source]
    surface = "River, pond, lake or canal"
    bottled = { label = "Bottled water", is = ["improved", "bottled"] }   # what the answer counts as

Lists may be used by every module; those that several use stand in ``choices.toml``, beside the ``[words]`` of a form
(its title, the names of its repeats). Expressions are those of XLSForm.
Khmer stands in ``locale/km.survey.po`` under ``survey.<question>.label``, ``.hint``, ``.constraint_message``,
``survey.choice.<list>.<code>`` and ``survey.module.<id>``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError

from citiesforall.core.errors import DeclarationError, did_you_mean, raise_all
from citiesforall.core.source import Frozen

Table = Literal["household", "respondent", "member", "threat"]
Type = Literal[
    "select_one", "select_multiple", "integer", "decimal", "text", "date", "note", "calculate", "geopoint",
    "start", "end", "today",
]  # fmt: skip
T = TypeVar("T", bound=Frozen)
SELECTS = ("select_one", "select_multiple")
#: Types that show nothing to anybody.
SILENT = ("calculate", "start", "end", "today")
#: Tables that repeat inside an interview, with the name of their repeat in forms and exports.
REPEATS: Mapping[str, str] = MappingProxyType({"member": "members", "threat": "threats"})
LONGEST_NAME = 32
NAME = re.compile(r"[a-z][a-z0-9_]*")
REFERENCE = re.compile(r"\$\{([^}]*)\}")
#: ``${tenure} = 'rented'`` and ``selected(${benefits}, 'none')``.
COMPARED = re.compile(r"(?:\$\{(\w+)\}\s*!?=\s*|selected\(\s*\$\{(\w+)\}\s*,\s*)'([^']*)'")
RESERVED = frozenset({"module", "choice", "word", "name", "label", "meta", *REPEATS.values()})


class Choice(Frozen):
    """Name one answer of a list.

    Parameters
    ----------
    code
        What forms store and exports hold.
    label
        English; Khmer under ``survey.choice.<list>.<code>``.
    tags
        What the answer counts as (``is`` in TOML): ``improved``, ``durable``, ``satisfied``.
    """

    code: str
    label: str = Field(min_length=1)
    tags: tuple[str, ...] = Field(default=(), alias="is")


class Question(Frozen):
    """Describe one question; the module's docstring says what each word means."""

    name: str
    module: str
    table: Table
    type: Type
    choices: str | None = None
    text: str = ""
    hint: str = ""
    relevant: str = ""
    constraint: str = ""
    constraint_message: str = ""
    calculation: str = ""
    filter: str = ""
    required: bool = True
    sensitive: bool = False


class Module(Frozen):
    """Describe one module of the interview; the module's docstring says what each word means."""

    id: str
    title: str = Field(min_length=1)
    order: int
    table: Table
    always: bool = False
    relevant: str = ""


class Bank(Frozen):
    """Hold the whole bank.

    Parameters
    ----------
    modules
        By id, in the order of the interview.
    questions
        By name, in the order of the interview.
    lists
        Answers of each list.
    words
        What a form needs besides: its title and the names of its repeats.
    """

    modules: dict[str, Module]
    questions: dict[str, Question]
    lists: dict[str, tuple[Choice, ...]]
    words: dict[str, str]


@cache
def bank() -> Bank:
    """Return the package's own bank.

    Returns
    -------
    Bank
        Checked.

    Raises
    ------
    DeclarationError
        Carrying every fault of every file.
    """
    folder = files("citiesforall.data").joinpath("survey")
    return read_bank(
        {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".toml")}
    )


def read_bank(texts: Mapping[str, str]) -> Bank:
    """Read a bank from the texts of its files.

    Parameters
    ----------
    texts
        File name -> TOML.

    Returns
    -------
    Bank
        Checked.

    Raises
    ------
    DeclarationError
        Carrying every fault of every file.
    """
    faults: list[str] = []
    modules: list[Module] = []
    questions: list[Question] = []
    lists: dict[str, tuple[Choice, ...]] = {}
    words: dict[str, str] = {}
    for name, text in sorted(texts.items()):
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            faults.append(f"{name}: not valid TOML: {error}. Mend the line.")
            continue
        words |= table.pop("words", {})
        faults += _read_file(name, table, (modules, questions, lists))
    modules.sort(key=lambda one: one.order)
    place = {one.id: number for number, one in enumerate(modules)}
    questions.sort(key=lambda one: place.get(one.module, 0))
    read = Bank(
        modules={one.id: one for one in modules}, questions={one.name: one for one in questions}, lists=lists,
        words=words,
    )  # fmt: skip
    raise_all([*faults, *_doubles(modules, questions), *check_bank(read)], DeclarationError)
    return read


def _read_file(
    name: str,
    table: dict[str, Any],
    into: tuple[list[Module], list[Question], dict[str, tuple[Choice, ...]]],
) -> list[str]:
    """Read one file into the lists; return its faults."""
    modules, questions, lists = into
    faults = [
        f"{name}: '{word}' is not known. Known: module, questions, choices, words."
        for word in table.keys() - {"module", "questions", "choices"}
    ]
    for key, answers in table.get("choices", {}).items():
        if key in lists:
            faults.append(f"{name}: choices.{key}: this list is declared twice. Rename one.")
        rows = [{"label": row} if isinstance(row, str) else row for row in answers.values()]
        made = [_made(Choice, {"code": code, **row}, f"{name}: choices.{key}.{code}", faults)
                for code, row in zip(answers, rows, strict=True)]  # fmt: skip
        lists[key] = tuple(one for one in made if one is not None)
    if "module" not in table:
        return faults + [f"{name}: there are questions but no [module]. Add it."] * ("questions" in table)
    module = _made(Module, table["module"], f"{name}: module", faults)
    if module is None:
        return faults
    modules.append(module)
    for key, row in table.get("questions", {}).items():
        said = {"table": module.table, **row, "name": key, "module": module.id}
        question = _made(Question, said, f"{name}: {key}", faults)
        questions += [] if question is None else [question]
    return faults


def _made(record: type[T], row: dict[str, Any], where: str, faults: list[str]) -> T | None:
    """Make one record, or note why it cannot be made."""
    try:
        return record.model_validate(row)
    except ValidationError as error:
        faults += [f"{where}: {'.'.join(map(str, one['loc']))}: {one['msg']}." for one in error.errors()]
    return None


def _doubles(modules: list[Module], questions: list[Question]) -> Iterator[str]:
    """Say which modules, places in the order and questions are declared twice."""
    for what, words in (
        ("module", [one.id for one in modules]),
        ("order", [str(one.order) for one in modules]),
        ("question", [one.name for one in questions]),
    ):
        twice = sorted({word for word in words if words.count(word) > 1})
        yield from (f"{what} '{word}' is declared twice. Rename one." for word in twice)


def references(expression: str) -> tuple[str, ...]:
    """Return the names of the questions an expression speaks of; repeats by the name of their repeat."""
    return tuple(dict.fromkeys(REFERENCE.findall(expression)))


def expressions(question: Question) -> dict[str, str]:
    """Return a question's expressions that are not empty, by the word they are declared under."""
    words = ("relevant", "constraint", "calculation", "filter")
    return {word: getattr(question, word) for word in words if getattr(question, word)}


def check_bank(read: Bank) -> list[str]:
    """Return every fault of a bank that can only be seen when all its files are read.

    Parameters
    ----------
    read
        The bank.

    Returns
    -------
    list of str
        One line each.
    """
    faults: list[str] = []
    seen: set[str] = set()
    for one in read.questions.values():
        faults += [f"survey: {one.name}: {fault}" for fault in _faults(one, read, seen)]
        seen.add(one.name)
    for module in read.modules.values():
        faults += [
            f"survey: module {module.id}: relevant names '{name}', which is no question."
            for name in references(module.relevant)
            if name not in read.questions
        ]
        if module.id in read.questions or module.id in RESERVED or not NAME.fullmatch(module.id):
            faults.append(
                f"survey: module {module.id}: this name is taken or not allowed. Rename the module."
            )
    used = {one.choices for one in read.questions.values()}
    faults += [
        f"survey: choices.{key}: no question uses this list. Remove it."
        for key in read.lists
        if key not in used
    ]
    return faults + _scattered(read)


def _scattered(read: Bank) -> list[str]:
    """Say where modules that repeat do not follow each other: a form has one repeat for each table."""
    faults = []
    for table, repeat in REPEATS.items():
        at = [number for number, one in enumerate(read.modules.values()) if one.table == table]
        if at and at[-1] - at[0] + 1 != len(at):
            faults.append(
                f"survey: modules of table '{table}' are not in one row: '{repeat}' is one repeat. Change their order."
            )
    for one in read.questions.values():
        table = read.modules[one.module].table
        if one.table != table and {one.table, table} & set(REPEATS):
            faults.append(
                f"survey: {one.name}: table '{one.table}' cannot stand in a module of table '{table}'. Move it."
            )
    return faults


def _faults(one: Question, read: Bank, seen: Collection[str]) -> Iterator[str]:
    """Say what is wrong with one question; ``seen`` are those asked before it."""
    if not NAME.fullmatch(one.name) or len(one.name) > LONGEST_NAME or one.name in RESERVED:
        taken = ", ".join(sorted(RESERVED))
        yield f"this name is not allowed. Use a-z, 0-9 and _, at most {LONGEST_NAME} characters, none of: {taken}."
    if one.choices is not None and one.choices not in read.lists:
        yield f"list '{one.choices}' is not known. {did_you_mean(one.choices, read.lists)}"
    if (one.type in SELECTS and one.choices is None) or (
        one.choices and one.type not in (*SELECTS, "calculate")
    ):
        yield f"type '{one.type}' and choices do not fit. A select has choices; only a calculate may have them too."
    if one.type not in SILENT and not one.text:
        yield "text is missing. Write what is asked."
    if (one.type == "calculate") != bool(one.calculation):
        yield "a calculate has a calculation, and nothing else has one. Change the type."
    if bool(one.constraint) != bool(one.constraint_message):
        yield "constraint and constraint_message go together. Write both."
    for word, expression in expressions(one).items():
        yield from (f"{word} {fault}" for fault in _wrong_names(expression, read, seen))


def _wrong_names(expression: str, read: Bank, seen: Collection[str]) -> Iterator[str]:
    """Say which questions and codes of an expression are not there."""
    for name in references(expression):
        if name not in seen and name not in REPEATS.values():
            known = "is asked later or is itself" if name in read.questions else "is no question"
            yield f"names '{name}', which {known}. {did_you_mean(name, seen)}"
    for left, right, code in COMPARED.findall(expression):
        asked = read.questions.get(left or right)
        held = {one.code for one in read.lists.get(asked.choices or "", ())} if asked else set()
        if held and code and code not in held:
            yield f"compares '{left or right}' with '{code}', not among its choices. {did_you_mean(code, held)}"


def codes(read: Bank, choices: str, tag: str | None = None) -> tuple[str, ...]:
    """Return the codes of a list, or those that count as something.

    Parameters
    ----------
    read
        The bank.
    choices
        The list.
    tag
        ``improved``, ``durable``, ``satisfied`` and so on; None for all.

    Returns
    -------
    tuple of str
        Codes, in the order of the list.

    Raises
    ------
    DeclarationError
        There is no such list.
    """
    if choices not in read.lists:
        raise DeclarationError(f"survey: list '{choices}' is not known. {did_you_mean(choices, read.lists)}")
    return tuple(one.code for one in read.lists[choices] if tag is None or tag in one.tags)


def survey_texts() -> dict[str, str]:
    """Return every public text of the bank in English, by its key.

    Returns
    -------
    dict
        ``survey.module.<id>``, ``survey.<question>.label``, ``.hint``, ``.constraint_message`` and
        ``survey.choice.<list>.<code>``, ``survey.word.<id>``.
    """
    read = bank()
    texts = {f"survey.word.{key}": text for key, text in read.words.items()}
    texts |= {f"survey.module.{one.id}": one.title for one in read.modules.values()}
    for one in read.questions.values():
        said = {"label": one.text, "hint": one.hint, "constraint_message": one.constraint_message}
        texts |= {f"survey.{one.name}.{part}": text for part, text in said.items() if text}
    for key, answers in read.lists.items():
        texts |= {f"survey.choice.{key}.{one.code}": one.label for one in answers}
    return texts
