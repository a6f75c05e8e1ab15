"""Writes the survey form for the command: the workbook, and in words what is in it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from citiesforall.core.questions import SILENT, bank
from citiesforall.survey.form import write_form


def form_text(out: Path, *, modules: str = "", sample: Path | None = None, lang: str = "km,en") -> str:
    """Write a form and say what was written.

    Parameters
    ----------
    out
        The workbook.
    modules
        Which to ask, parted by commas; empty for all. ``list`` writes nothing and lists them.
    sample
        Field list of `cities survey sample`.
    lang
        Languages parted by commas; the first is the one shown first. ``both`` is ``km,en``.

    Returns
    -------
    str
        Lines for the terminal.

    Raises
    ------
    InputError
        A language or module is not known, or the field list cannot be used.
    """
    if modules.strip() == "list":
        return modules_text()
    languages = ("km", "en") if lang.strip() == "both" else _parted(lang)
    read = bank()
    form = write_form(out, read, languages, _parted(modules) or None, sample)
    asked = [
        one
        for one in read.questions.values()
        if one.module in form.modules and one.type not in (*SILENT, "note")
    ]
    tables = Counter(one.table for one in asked)
    about = ", ".join(f"{n} of the {table}" for table, n in tables.items())
    held = f"{len(asked)} questions in {len(form.modules)} of {len(read.modules)} modules ({about})"
    lines = [f"{out}: {held}; version {form.sheets.settings['version']}.", *map(str, form.notes)]
    left = [key for key in read.modules if key not in form.modules]
    if left:
        lines.append(f"left out: {', '.join(left)}")
    lines.append("Upload it to KoboToolbox or ODK Central; no further file is needed.")
    return "\n".join(lines)


def _parted(words: str) -> tuple[str, ...]:
    """Return words parted by commas, each once."""
    return tuple(dict.fromkeys(word.strip() for word in words.split(",") if word.strip()))


def modules_text() -> str:
    """List the modules: id, title, number of questions, whether it can be left out.

    Returns
    -------
    str
        One line each.
    """
    read = bank()
    n = Counter(one.module for one in read.questions.values() if one.type not in (*SILENT, "note"))
    return "\n".join(
        f"{key:18} {n[key]:3}  {one.title}{' (always)' if one.always else ''}"
        for key, one in read.modules.items()
    )
