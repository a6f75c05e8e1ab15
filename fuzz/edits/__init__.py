"""What is done to files: one function a kind of damage, ``edit(bytes, chance) -> bytes``, by the file's ending."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from random import Random

from fuzz.edits import archives, extracts, grids, plain, shapes, tables, trees, vectors, words, workbooks

Edit = Callable[[bytes, Random], bytes]
BY_ENDING: dict[str, Edit] = {
    ".csv": tables.edit,
    ".txt": tables.edit,
    ".zip": archives.edit,
    ".xlsx": workbooks.edit,
    ".geojson": shapes.edit,
    ".json": trees.edit,
    ".gpkg": vectors.edit,
    ".tif": grids.edit,
    ".pbf": extracts.edit,
    ".toml": words.edit,
}
BYTES_SHARE = 0.2
"""Of the edits, those that know nothing of the format."""


def edited(name: str, raw: bytes, seed: str) -> bytes:
    """Return a file with one edit; as it was where the edit does not suit it."""
    chance = Random(seed)
    own = BY_ENDING.get(PurePath(name).suffix.lower())
    if own is None or chance.random() < BYTES_SHARE:
        return plain.edit(raw, chance)
    try:
        return own(raw, chance)
    except Exception:  # noqa: BLE001 - an earlier edit left no file of this kind: spoil its bytes
        return plain.edit(raw, chance)
