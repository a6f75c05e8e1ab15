"""Things people and programs write into cells."""

from __future__ import annotations

from random import Random

CELLS = (
    "", " ", "-", "n/a", "NA", "nan", "NaN", "inf", "-inf", "None", "null", "#REF!", "#DIV/0!", "=1/0", "0", "-0",
    "-1", "-999", "-9999",
    "0.5", "0,5", "1.5", "1e9", "1e18", "1e308", "1e309", "-1e309", "9" * 25, "9" * 400, "1,234", "1 234", "1.234,5",
    "១២៣", "៥", "١٢", "½", "²", "12%",
    "true", "yes", "no", "Yes", "បាទ", "ទេ", "other", "a b", "020301", "20301", "KH990101", "KH99010", "990101",
    "0990101", "990101.0", "99", "KH",
    "2026-13-40", "2024-02-30", "01/02/2024", "46056", "25:61:00", "24:00:00", "6:5", "-1:00:00", "99:99:99",
    "0000-00-00", "2999-01-01",
    "'", '"', '""', ";", ",", "\t", "\ufeff", "\u200b", "\x00", "x" * 300, "ក្រុង", "é", "🏙", "<b>", "../..", "%s", "{}", "\\N",
)  # fmt: skip
NUMBERS = (
    0, -1, 1, 0.5, -0.5, 1e9, 1e15, 1e20, 1e300, -1e300, float("nan"), float("inf"), -float("inf"), 2**31, 2**63, 10**30,
    181, -91, 90.0, 1e-300,
)  # fmt: skip


def cell(chance: Random, old: str = "") -> str:
    """Return what a cell might hold: junk, or the old value a little changed."""
    kind = chance.random()
    if old and kind < 0.3:
        return _changed(old, chance)
    return chance.choice(CELLS)


def _changed(old: str, chance: Random) -> str:
    """Change a value the way people do."""
    change = chance.choice(
        ("minus", "thousand", "khmer", "space", "less", "more", "double", "point", "lower", "upper", "zero")
    )
    match change:
        case "minus":
            return "-" + old
        case "thousand":
            return old + "000000"
        case "khmer":
            return old.translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩"))
        case "space":
            return f" {old}\u00a0"
        case "less":
            return old[:-1]
        case "more":
            return old + chance.choice("0 9.,;x%*")
        case "double":
            return f"{old} {old}"
        case "point":
            return old.replace(".", ",") if "." in old else old + ".0"
        case "zero":
            return old.lstrip("0") if old.startswith("0") else "0" + old
        case _:
            return old.lower() if change == "lower" else old.upper()


def number(chance: Random) -> float:
    """Return a number nobody expects."""
    return float(chance.choice(NUMBERS)) if chance.random() < 0.8 else chance.uniform(-1e6, 1e6)
