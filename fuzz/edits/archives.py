"""Edits of zip archives: members dropped, doubled, renamed, mixed up; and whatever can be done to a member."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePath
from random import Random

from fuzz.edits import plain, tables, trees

Members = list[tuple[str, bytes]]
OWN_SHARE = 0.75
"""Of the edits, those inside a member."""


def edit(raw: bytes, chance: Random) -> bytes:
    """Change an archive once."""
    members = unpacked(raw)
    at = chance.randrange(len(members))
    name, data = members[at]
    if chance.random() < OWN_SHARE:
        members[at] = (name, _inside(name, data, chance))
    else:
        _change(members, at, chance)
    return packed(members, chance.random() < 0.1)


def unpacked(raw: bytes) -> Members:
    """Return the members."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def packed(members: Members, stored: bool = False) -> bytes:
    """Write members; doubled names too."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0))
            info.compress_type = archive.compression
            archive.fp.write(b"") if archive.fp else None
            archive.NameToInfo.pop(name, None)  # a doubled name is meant
            archive.writestr(info, data)
    return out.getvalue()


def _inside(name: str, data: bytes, chance: Random) -> bytes:
    """Change one member."""
    suffix = PurePath(name).suffix.lower()
    if suffix in (".csv", ".txt") and chance.random() < 0.9:
        return tables.edit(data, chance)
    if suffix == ".json":
        return trees.edit(data, chance)
    return plain.edit(data, chance)


def _change(members: Members, at: int, chance: Random) -> None:
    """Change the list of members in place."""
    name, data = members[at]
    match chance.choice(("drop", "double", "rename", "folder", "swap", "junk", "only", "upper")):
        case "drop":
            del members[at]
        case "double":
            members.append((name, data))
        case "rename":
            members[at] = (
                chance.choice(("x.csv", name + ".bak", name[:-4], "", "../" + name, "ឯកសារ.csv")),
                data,
            )
        case "folder":
            members[:] = [(f"export/{one}", held) for one, held in members]
        case "swap":
            other = chance.randrange(len(members))
            members[at], members[other] = (name, members[other][1]), (members[other][0], data)
        case "junk":
            members.append(
                (chance.choice(("__MACOSX/._x.csv", "readme.md", ".DS_Store", "extra.csv")), b"junk")
            )
        case "only":
            members[:] = [members[at]]
        case _:
            members[at] = (name.upper(), data)
