"""Small pictures of pages as numbers, so that a layout cannot break unseen: ``python -m tests.report.pages <run folder>``."""

import io
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from citiesforall.report.typeset import to_png

FILE = Path(__file__).with_name("pages.json")
PPI, SIDE, LEVELS = 30.0, 16, 64
TOLERANCE = 0.4
"""Mean difference of a page's squares in levels of 0..63: a paragraph more or less is 0.5 to 0.9, another digit 0.02."""


def pages_of(document) -> list[str]:
    """Return the mean grey of 16 x 16 squares of each page, a letter each."""
    return [
        "".join(chr(48 + int(level)) for level in _levels(png).ravel()) for png in to_png(document, ppi=PPI)
    ]


def apart(one: str, other: str) -> float:
    """Return how far two pages are apart: the mean difference of their squares."""
    return float(
        np.mean(
            np.abs(
                np.frombuffer(one.encode(), np.uint8) - np.frombuffer(other.encode(), np.uint8).astype(int)
            )
        )
    )


def _levels(png):
    shade = Image.open(io.BytesIO(png)).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(shade).astype(int) * LEVELS // 256


def renew(documents: dict) -> None:
    """Write the pages of some documents: name -> document."""
    known = json.loads(FILE.read_text("utf-8")) if FILE.is_file() else {}
    known |= {name: pages_of(document) for name, document in documents.items()}
    FILE.write_text(json.dumps(dict(sorted(known.items())), indent=1, ensure_ascii=True) + "\n", "utf-8")


if __name__ == "__main__":
    from citiesforall.core.city import read_city
    from citiesforall.report.brief import brief
    from citiesforall.report.evidence import read_evidence
    from tests.report.conftest import folders_of
    from tests.report.sample import sample

    made = {f"sample.{lang}": sample(lang) for lang in ("en", "km")}
    for folder in map(Path, sys.argv[1:]):
        city = read_city(next(folder.rglob("krong.toml")))
        evidence = read_evidence(city, folders_of(folder, "kh99"))
        made |= {f"demo.brief.{lang}": brief(evidence, lang) for lang in ("en", "km")}
    renew(made)
