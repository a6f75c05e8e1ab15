"""What a step has to tell the user about the data: repairs made, figures found, doubts kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal["repair", "figure", "doubt"]


@dataclass(frozen=True)
class Note:
    """Say one thing that was seen or mended while a source was read.

    Parameters
    ----------
    where
        The file or layer.
    what
        One sentence; for a repair, what was done.
    kind
        ``repair`` (data was mended), ``figure`` (a count worth knowing), ``doubt`` (trust the result less).
    """

    where: str
    what: str
    kind: Kind = "figure"

    def as_dict(self) -> dict[str, str]:
        """Return the note as plain data for ``run.json``."""
        return asdict(self)

    def __str__(self) -> str:
        """Return the note as one line."""
        return f"{self.where}: {self.what}"
