"""Makes a failing case smaller: fewer edits, then fewer rows, features, members; as long as it fails in the same way."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any

from fuzz.cases import Case, Files, files_of
from fuzz.edits import archives, tables

BUDGET_S = 10.0
Fails = Callable[[Files], bool]
Parts = tuple[list[Any], Callable[[list[Any]], bytes]]


def reduced(case: Case, fails: Fails) -> Files:
    """Return the smallest case found in the time there is."""
    until = time.monotonic() + BUDGET_S
    kept = _fewer(list(case.edits), lambda edits: fails(files_of(case, tuple(edits))), until)
    files = files_of(case, tuple(kept))
    for name in sorted(files):
        files = _smaller(files, name, fails, until)
    return files


def _smaller(files: Files, name: str, fails: Fails, until: float) -> Files:
    """Take parts of one file away."""
    try:
        parts, joined = _parts(name, files[name])
        if not fails({**files, name: joined(parts)}):
            return files  # how it is written is what fails
    except Exception:  # noqa: BLE001 - it is no file of its kind any more: leave it
        return files
    kept = _fewer(parts, lambda some: fails({**files, name: joined(some)}), until)
    return {**files, name: joined(kept)}


def _fewer(parts: Sequence[Any], fails: Callable[[list[Any]], bool], until: float) -> list[Any]:
    """Drop parts, halves first, while it still fails."""
    kept, size = list(parts), max(len(parts) // 2, 1)
    while kept and time.monotonic() < until:
        at, before = 0, len(kept)
        while at < len(kept) and time.monotonic() < until:
            without = kept[:at] + kept[at + size :]
            if len(without) < len(kept) and without and fails(without):
                kept = without
            else:
                at += size
        if size == 1 and len(kept) == before:
            break
        size = max(size // 2, 1)
    return kept


def _parts(name: str, raw: bytes) -> Parts:
    """Return what a file is made of, and how it is put together again."""
    match PurePath(name).suffix.lower():
        case ".csv":
            rows = list(csv.reader(io.StringIO(raw.decode("utf-8"), newline="")))
            return rows[1:], lambda some: tables.as_text([rows[0], *some]).encode("utf-8")
        case ".zip":
            return archives.unpacked(raw), archives.packed
        case ".geojson":
            tree = json.loads(raw)
            return tree["features"], lambda some: json.dumps(
                {**tree, "features": some}, ensure_ascii=False
            ).encode()
        case ".json":
            tree = json.loads(raw)
            return tree["DataList"], lambda some: json.dumps(
                {**tree, "DataList": some}, ensure_ascii=False
            ).encode()
    raise ValueError("not to be parted")
