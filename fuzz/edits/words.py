"""Edits of TOML: lines dropped, doubled, misspelt; values of another kind."""

from __future__ import annotations

from random import Random

from fuzz.edits import junk

VALUES = (
    "true", "0", "-1", "1.5", "inf", "nan", '""', '"x"', "[]", "{}", '["a", "b"]', "{ a = 1 }", "2024-01-01", "1e308",
    "99999999999999999999", '"EPSG:1"',
    '"KH"', '"KH99"', '"kh"', '"utf-16"', '"no-such"', '"*.csv"', '"*"', '"/"', '".."', '"\\u0000"', '"code"',
    '{ code = "x" }', "{ code = 1 }", "[[1]]",
)  # fmt: skip
TABLES_SHARE = 0.5
"""Of the edits, those of lines that hold a table: columns, options."""
WORDS = ("options", "where", "columns", "crs", "encoding", "kind", "edition", "period", "code_prefix")


def edit(raw: bytes, chance: Random) -> bytes:
    """Change a city file once."""
    lines = raw.decode("utf-8").split("\n")
    at = chance.randrange(len(lines))
    written = [place for place, line in enumerate(lines) if "=" in line and not line.startswith("#")]
    of = chance.choice(written) if written else at
    tables = [place for place in written if "{" in lines[place]]
    if tables and chance.random() < TABLES_SHARE:
        of = chance.choice(tables)
    key, _, value = lines[of].partition("=")
    match chance.choice(
        (
            "value",
            "value",
            "value",
            "junk",
            "word",
            "inside",
            "inside",
            "inside",
            "key",
            "drop",
            "copy",
            "section",
            "swap",
            "letter",
        )
    ):
        case "value":
            lines[of] = f"{key}= {chance.choice(VALUES)}"
        case "junk":
            lines[of] = f'{key}= "{junk.cell(chance)}"'
        case "word":
            other = chance.choice(written) if written else at
            lines[of] = f"{key}={lines[other].partition('=')[2]}"
        case "inside":
            lines[of] = f"{key}={_inside(value, chance)}"
        case "key":
            other = chance.choice((key.strip() + "s", key.strip()[:-1], *WORDS))
            lines[of] = f"{other} ={value}"
        case "drop":
            del lines[at]
        case "copy":
            lines.insert(at, lines[of])
        case "section":
            heads = [place for place, line in enumerate(lines) if line.startswith("[")]
            place = chance.choice(heads)
            lines[place] = chance.choice(
                (
                    lines[place].replace("[[", "[").replace("]]", "]"),
                    f"[{lines[place]}]",
                    lines[place][:-1],
                    lines[place].replace(".", "_"),
                )
            )
        case "swap":
            lines[at], lines[of] = lines[of], lines[at]
        case _:
            line = lines[of]
            place = chance.randrange(len(line) + 1)
            lines[of] = line[:place] + chance.choice("x0\"'=[]{}.,\\") + line[place + 1 :]
    return "\n".join(lines).encode("utf-8", "replace")


def _inside(value: str, chance: Random) -> str:
    """Change one quoted word or number of a value; or one value of a table."""
    if "{" in value and chance.random() < 0.6:
        pairs = value.strip().strip("{}").split(", ")
        at = chance.randrange(len(pairs))
        pairs[at] = f"{pairs[at].partition('=')[0]} = {chance.choice(VALUES)}"
        return f"{{ {', '.join(pairs)} }}"
    parts = value.split('"')
    if len(parts) > 2:
        at = chance.randrange(1, len(parts), 2)
        old = parts[at]
        parts[at] = chance.choice(
            (
                old + "x",
                old[:-1],
                old.upper(),
                "",
                "code",
                "name",
                junk.cell(chance).replace('"', "").replace("\\", "").replace("\x00", ""),
            )
        )
        return '"'.join(parts)
    return value.replace("1", "-1").replace("true", "2")
