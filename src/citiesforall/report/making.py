"""The report step: profile, concept and brief as PDF in each language, the page for browsers, and the data behind all of them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from citiesforall.core.inputs import Inputs, remember
from citiesforall.report.blocks import Document
from citiesforall.report.evidence import Evidence, read_evidence
from citiesforall.report.making_data import data_csvs, numbers_csv
from citiesforall.report.typeset import to_pdf

DOCUMENTS = (
    ("profile", "citiesforall.report.profile:profile"),
    ("concept", "citiesforall.report.concept:concept"),
    ("brief", "citiesforall.report.brief:brief"),
)
"""Document -> what writes it from the tables, in one language."""
PAGE = "citiesforall.report.page:page_html"


def make_report(given: Inputs, folder: Path) -> dict[str, Any]:
    """Make every document of a city in each of its languages.

    Parameters
    ----------
    given
        With every finished step the city has, measure among them.
    folder
        Where ``<document>.<lang>.pdf``, ``page.<lang>.html``, ``numbers.csv`` and ``data/<document>.<lang>/<id>.csv`` go.

    Returns
    -------
    dict
        ``files``: name -> size in bytes.

    Raises
    ------
    DeclarationError
        A text is not translated into one of the languages.
    """
    evidence = read_evidence(given.city, {name: done.folder for name, done in given.done.items()})
    langs = given.city.report.languages
    made: list[Document] = []
    work = len(langs) * (len(DOCUMENTS) + 1)
    for lang in langs:
        for name, where in DOCUMENTS:
            given.tell("report", len(made), work)
            document: Document = _function(where)(evidence, lang)
            (folder / f"{name}.{lang}.pdf").write_bytes(to_pdf(document))
            _write_data(document, folder / "data" / f"{name}.{lang}")
            made.append(document)
        _write_page(evidence, lang, folder)
    (folder / "numbers.csv").write_text(numbers_csv(made), "utf-8")
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir()) if path.is_file()}
    return remember([], [], files=sizes)


def _write_page(evidence: Evidence, lang: str, folder: Path) -> None:
    """Write the page for browsers."""
    (folder / f"page.{lang}.html").write_text(_function(PAGE)(evidence, lang), "utf-8")


def _write_data(document: Document, folder: Path) -> None:
    """Write the data of each chart and map."""
    folder.mkdir(parents=True)
    for name, text in data_csvs(document).items():
        (folder / f"{name}.csv").write_text(text, "utf-8")


def _function(where: str) -> Callable[..., Any]:
    """Return a function by ``module:name``."""
    module, name = where.split(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found
