"""The early-warning triggers, declared in ``data/triggers``."""

from __future__ import annotations


def trigger_texts() -> dict[str, str]:
    """Return the public texts by key: ``trigger.<id>.title`` and the like."""
    return {}
