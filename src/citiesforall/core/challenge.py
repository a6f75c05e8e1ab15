"""The challenges, declared in ``data/challenges``."""

from __future__ import annotations


def challenge_texts() -> dict[str, str]:
    """Return the public texts by key: ``challenge.<id>.title`` and the like."""
    return {}
