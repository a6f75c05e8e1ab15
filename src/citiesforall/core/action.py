"""The interventions of the catalogue, declared in ``data/actions``."""

from __future__ import annotations


def action_texts() -> dict[str, str]:
    """Return the public texts by key: ``action.<id>.title`` and the like."""
    return {}
