"""``python -m citiesforall.reference``: write the pages, lock the definitions, bring the translations up to date."""

from __future__ import annotations

import sys
from pathlib import Path

from citiesforall.core.errors import CitiesError, DeclarationError, did_you_mean
from citiesforall.core.indicator import indicators
from citiesforall.reference.lock import locked_text, read_lock
from citiesforall.reference.pages import all_pages
from citiesforall.reference.translations import read_entries, synced
from citiesforall.text import PARTS, locale_path, part_of, registry

ROOT = Path(__file__).parents[3]
LOCK = Path(__file__).parents[1] / "data" / "definitions.lock"
USAGE = "python -m citiesforall.reference write | lock | words"


def write_pages(folder: Path) -> str:
    """Write every page that changed and remove pages of what is gone; return what was done.

    Parameters
    ----------
    folder
        ``docs/reference``.

    Returns
    -------
    str
        One line.
    """
    pages = all_pages()
    written = 0
    for name, text in pages.items():
        path = folder / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            written += 1
    gone = [path for path in (folder / "indicators").glob("*.md") if f"indicators/{path.name}" not in pages]
    for path in gone:
        path.unlink()
    return f"{len(pages)} pages, {written} written, {len(gone)} removed"


def write_lock(path: Path) -> str:
    """Accept new versions into the lock; return what was done.

    Parameters
    ----------
    path
        ``data/definitions.lock``.

    Returns
    -------
    str
        One line.

    Raises
    ------
    DeclarationError
        A definition changed without its version.
    """
    before = read_lock(path.read_text("utf-8")) if path.is_file() else {}
    text = locked_text(indicators(), before)
    path.write_text(text, "utf-8")
    return f"{len(read_lock(text)) - len(before)} definitions added to {path.name}"


def write_words(path: Path, part: str = "") -> str:
    """Bring a PO file up to date with the registry; return what is left to translate.

    Parameters
    ----------
    path
        ``locale/km.po``, or the file of a part.
    part
        A word of `text.PARTS`, or empty for the main file.

    Returns
    -------
    str
        One line for each text without a translation.
    """
    mine = {key: english for key, english in registry().items() if part_of(key) == part}
    if not mine:
        return f"{path.name}: no text of the registry begins with '{part}', left as it is"
    text = synced(path.read_text("utf-8"), mine)
    path.write_text(text, "utf-8")
    left = [f"{key}: {one.english}" for key, one in read_entries(text).items() if one.stale or not one.text]
    return "\n".join([f"{path.name}: {len(left)} of {len(mine)} texts to translate", *left])


def main(words: list[str]) -> int:
    """Do what is asked and return the exit code.

    Parameters
    ----------
    words
        Of the command line.

    Returns
    -------
    int
        0, or 2 where something is declared wrongly.
    """
    verbs = {
        "write": lambda: write_pages(ROOT / "docs" / "reference"),
        "lock": lambda: write_lock(LOCK),
        "words": lambda: "\n".join(
            write_words(path, part) for part in ("", *PARTS) if (path := locale_path("km", part)).is_file()
        ),
    }
    try:
        if len(words) != 1 or words[0] not in verbs:
            raise DeclarationError(
                f"{USAGE}: '{' '.join(words)}' is none of these. {did_you_mean(' '.join(words), verbs)}"
            )
        if not (ROOT / "pyproject.toml").is_file():
            raise DeclarationError(
                f"{ROOT.name}: the package is installed, not checked out. Run this in a checkout of the project."
            )
        print(verbs[words[0]]())  # noqa: T201 - this is a command
    except CitiesError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
