"""The translations kept in step with the registry: new keys empty, changed English marked, keys that are gone taken out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from babel.messages.pofile import read_po


@dataclass(frozen=True)
class Entry:
    """Hold one translation.

    Parameters
    ----------
    english, text
        Source and translation; an empty translation is missing.
    stale
        Whether the English has changed since; the translation then counts as missing.
    """

    english: str
    text: str
    stale: bool


def read_entries(text: str) -> dict[str, Entry]:
    """Read a PO file.

    Parameters
    ----------
    text
        Its contents.

    Returns
    -------
    dict
        Key (msgctxt) -> entry, in the order of the file.
    """
    catalogue = read_po(BytesIO(text.encode("utf-8")), locale="km", abort_invalid=True)
    return {
        str(one.context): Entry(str(one.id), str(one.string), bool(one.fuzzy)) for one in catalogue if one.id
    }


def synced(text: str, registry: Mapping[str, str]) -> str:
    """Return a PO file with exactly the keys of the registry, in its order.

    Parameters
    ----------
    text
        The file as it is.
    registry
        Key -> English.

    Returns
    -------
    str
        The header as it was; a translation whose English changed is marked ``fuzzy`` until somebody has looked at it.
    """
    header = text.split("\n\n", 1)[0]
    known = read_entries(text)
    parts = [header]
    for key, english in registry.items():
        old = known.get(key, Entry(english, "", stale=False))
        changed = old.english != english
        marks = ["#, fuzzy"] if old.text and (changed or old.stale) else []
        marks += [f"#| msgid {quoted(old.english)}"] if old.text and changed else []
        parts.append(
            "\n".join(
                [*marks, f"msgctxt {quoted(key)}", f"msgid {quoted(english)}", f"msgstr {quoted(old.text)}"]
            )
        )
    return "\n\n".join(parts) + "\n"


def quoted(text: str) -> str:
    """Return a text as a PO string in one line."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
