"""Edits of bytes: flipped, cut, doubled, blanked."""

from __future__ import annotations

from random import Random


def edit(raw: bytes, chance: Random) -> bytes:
    """Spoil bytes without knowing what they mean."""
    data = bytearray(raw)
    kind = chance.choice(
        ("flip", "flip", "flip", "cut", "cut_head", "blank", "double", "insert", "empty", "text", "order")
    )
    at = chance.randrange(len(data)) if data else 0
    span = min(len(data) - at, chance.choice((1, 4, 64, 1024)))
    match kind:
        case "flip":
            for _ in range(chance.choice((1, 1, 3, 10)) if data else 0):
                data[chance.randrange(len(data))] = chance.choice((0, 255, 13, 127, chance.randrange(256)))
        case "cut":
            del data[at:]
        case "cut_head":
            del data[:at]
        case "blank":
            data[at : at + span] = bytes(span)
        case "double":
            data[at:at] = data[at : at + span]
        case "insert":
            data[at:at] = bytes(chance.randrange(256) for _ in range(chance.choice((1, 4, 40))))
        case "empty":
            data.clear()
        case "text":
            data = bytearray(
                chance.choice(
                    (
                        b"<html>Not Found</html>",
                        b"\n",
                        b"\r\r",
                        b"\xff\xfe",
                        b"PK\x03\x04",
                        b"{}",
                        b"[]",
                        b"a,b\n",
                    )
                )
            )
        case _:
            other = chance.randrange(len(data)) if data else 0
            data[at : at + span] = data[other : other + span]
    return bytes(data)
