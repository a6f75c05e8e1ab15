"""What a step is handed: the city, its source files, and the finished steps it builds on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from citiesforall.core.city import City, SourceUse
from citiesforall.core.notes import Note

Use = tuple[SourceUse, Path]


def _quiet(_step: str, _done: int, _of: int) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Finished:
    """Point at a finished step.

    Parameters
    ----------
    folder
        Where its files are.
    info
        What it remembers: notes, sources, figures.
    """

    folder: Path
    info: Mapping[str, Any]


@dataclass(frozen=True)
class Inputs:
    """Hold what one step of one city works from.

    Parameters
    ----------
    city
        The city.
    files
        Role -> its sources, each with all its files (several where it comes in tiles).
    done
        Name -> finished step, those this one needs and the city has.
    threads
        Worker threads; no result depends on them.
    run
        Id that observations carry.
    shas
        File -> checksum, for what is said of sources.
    tell
        Told a step's name, how much is done, and of how much.
    """

    city: City
    files: Mapping[str, Sequence[tuple[SourceUse, tuple[Path, ...]]]]
    done: Mapping[str, Finished] = field(default_factory=dict)
    threads: int = 1
    run: str = ""
    shas: Mapping[Path, str] = field(default_factory=dict)
    tell: Callable[[str, int, int], None] = _quiet

    def of(self, *roles: str) -> list[Use]:
        """Return the sources of some roles, each with its first file."""
        return [(use, paths[0]) for role in roles for use, paths in self.files.get(role, ())]

    def ids(self, *roles: str) -> list[str]:
        """Return the ids of the sources of some roles."""
        return [use.id for role in roles for use, _ in self.files.get(role, ())]

    def file(self, step: str, name: str) -> Path | None:
        """Return a file of a finished step, None where there is none."""
        path = self.done[step].folder / name if step in self.done else None
        return path if path is not None and path.is_file() else None


def remember(notes: Sequence[Note], sources: Sequence[str], **more: Any) -> dict[str, Any]:
    """Return what a step remembers.

    Parameters
    ----------
    notes
        Repairs, figures, doubts.
    sources
        Ids of the sources it was made from.
    **more
        Figures later steps need.
    """
    return {"notes": [note.as_dict() for note in notes], "sources": list(dict.fromkeys(sources)), **more}
