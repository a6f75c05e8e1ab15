"""Voices as Open311 GeoReport v2 says them: services, requests, faults, in JSON and XML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from citiesforall.text import word
from citiesforall.voices.records import CATEGORIES

OPEN = frozenset({"received", "seen", "in_progress"})


def services(lang: str) -> list[dict[str, str]]:
    """Return what may be said, one service a dimension of human security.

    Parameters
    ----------
    lang
        ``en`` or ``km``.
    """
    return [
        {
            "service_code": key, "service_name": word("dimension", key, lang), "description": word("dimension", key, lang),
            "metadata": "false", "type": "realtime", "keywords": "human security", "group": "human security",
        }
        for key in CATEGORIES
    ]  # fmt: skip


def request_of(voice: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Return a voice as a service request.

    Parameters
    ----------
    voice
        A row of the table.
    lang
        For the name of its service.

    Returns
    -------
    dict
        Fields of GeoReport v2; times without fractions; no person, no exact place, no office's note.
    """
    said = {
        "service_request_id": voice["id"],
        "status": "open" if voice["status"] in OPEN else "closed",
        "status_notes": voice["answer"] or "",
        "service_name": word("dimension", voice["category"], lang),
        "service_code": voice["category"],
        "description": voice["text"],
        "agency_responsible": voice["office"] or "",
        "requested_datetime": _seconds(voice["said_at"]),
        "updated_datetime": _seconds(voice["answered_at"] or voice["kept_at"]),
    }
    if voice["lat"] is not None:
        said |= {"lat": voice["lat"], "long": voice["lon"]}
    return said


def as_xml(root: str, item: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Return records as XML.

    Parameters
    ----------
    root, item
        ``services`` and ``service``; ``service_requests`` and ``request``; ``errors`` and ``error``.
    rows
        The records.
    """
    tree = ET.Element(root)
    for row in rows:
        one = ET.SubElement(tree, item)
        for key, value in row.items():
            ET.SubElement(one, key).text = _allowed(str(value))
    return '<?xml version="1.0" encoding="utf-8"?>' + ET.tostring(tree, encoding="unicode")


def faults_of(code: int, lines: Sequence[str]) -> list[dict[str, Any]]:
    """Return faults as GeoReport v2 says them.

    Parameters
    ----------
    code
        HTTP status.
    lines
        What is wrong, a sentence each.
    """
    return [{"code": code, "description": line} for line in lines]


def _seconds(time: str) -> str:
    """Return a time to the second."""
    return f"{time[:19]}Z"


def _allowed(text: str) -> str:
    """Return a text without the signs XML cannot hold."""
    return "".join(
        sign
        for sign in text
        if sign in "\t\n\r" or "\x20" <= sign <= "\ud7ff" or "\ue000" <= sign <= "\ufffd" or sign > "\uffff"
    )
