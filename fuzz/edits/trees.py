"""Edits of JSON: any value, key or list in it."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from fuzz.edits import junk


def edit(raw: bytes, chance: Random) -> bytes:
    """Change a JSON document once."""
    tree = json.loads(raw.decode("utf-8-sig"))
    change_tree(tree, chance)
    return json.dumps(tree, ensure_ascii=chance.random() < 0.2).encode("utf-8", "replace")


def change_tree(tree: Any, chance: Random) -> None:
    """Change a tree in place, once."""
    holder = _holder(tree, chance)
    if isinstance(holder, list):
        _change_list(holder, chance)
    elif isinstance(holder, dict) and holder:
        _change_dict(holder, chance)
    else:
        raise ValueError("nothing to change")


def value(chance: Random, old: Any = None) -> Any:
    """Return a value nobody expects."""
    odd = (
        None,
        True,
        [],
        {},
        [[]],
        junk.number(chance),
        junk.cell(chance),
        junk.cell(chance, str(old)),
        str(old),
        -1,
        {"a": old},
        [old, old],
    )
    return chance.choice(odd)


def _holder(tree: Any, chance: Random) -> Any:
    """Walk down to some list or table."""
    while True:
        below = list(tree.values()) if isinstance(tree, dict) else list(tree)
        below = [one for one in below if isinstance(one, dict | list) and one]
        if not below or chance.random() < 0.15:
            return tree
        tree = chance.choice(below)


def _change_list(holder: list[Any], chance: Random) -> None:
    """Change a list."""
    at = chance.randrange(len(holder)) if holder else 0
    match chance.choice(("set", "drop", "double", "clear", "swap")):
        case "set" if holder:
            holder[at] = value(chance, holder[at])
        case "drop":
            del holder[at : at + 1]
        case "double":
            holder.extend(holder[at : at + 1])
        case "swap" if holder:
            holder[at], holder[-1] = holder[-1], holder[at]
        case _:
            holder.clear()


def _change_dict(holder: dict[str, Any], chance: Random) -> None:
    """Change a table."""
    key = chance.choice(list(holder))
    match chance.choice(("set", "set", "set", "drop", "rename", "swap", "more")):
        case "set":
            holder[key] = value(chance, holder[key])
        case "drop":
            del holder[key]
        case "rename":
            holder[chance.choice((key.upper(), key + " ", "", junk.cell(chance)))] = holder.pop(key)
        case "swap":
            other = chance.choice(list(holder))
            holder[key], holder[other] = holder[other], holder[key]
        case _:
            holder[junk.cell(chance)] = value(chance)
