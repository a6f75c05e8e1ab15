"""Draw how often intervals of surveys hold the truth: PYTHONPATH=. python docs/pictures/coverage.py docs/pictures/coverage.svg

Draws a thousand samples from each of three invented krongs (tests/estimation/krong.py): a minute or two.
"""

import sys
from pathlib import Path

import numpy as np

from tests.estimation.krong import GROUPS, SHARES, coverage, krong

LEFT, TOP, COLUMN, HIGH, PER_POINT = 62, 30, 116, 240, 8.0  # pixels; PER_POINT of a percentage point
LOWEST, INK, BAND, OURS, DRAWS = 70, "#222222", "#dfe9d8", "#1b6ca8", "#c9772b"
SAMPLES, FEWER = 1000, 250


def y_of(percent):
    """Return the height of a percentage."""
    return TOP + (100 - max(percent, LOWEST)) * PER_POINT


def dots(held, colour, shift):
    """Return a dot for each share and group."""
    for column in range(len(GROUPS)):
        for row in range(len(SHARES)):
            x = LEFT + COLUMN * column + 18 + row * 16 + shift
            yield f'<circle cx="{x}" cy="{y_of(100 * held[row, column]):.1f}" r="3.2" fill="{colour}"/>'


def axes():
    """Return the band of 93 to 97 %, the lines of percentages and the names of groups."""
    right = LEFT + COLUMN * len(GROUPS)
    yield f'<rect x="{LEFT}" y="{y_of(97)}" width="{right - LEFT}" height="{4 * PER_POINT}" fill="{BAND}"/>'
    for percent in range(LOWEST, 101, 5):
        dash = "" if percent == 95 else ' stroke-dasharray="2 4" opacity="0.5"'
        yield f'<line x1="{LEFT}" x2="{right}" y1="{y_of(percent)}" y2="{y_of(percent)}" stroke="{INK}" stroke-width="0.7"{dash}/>'
        yield f'<text x="{LEFT - 8}" y="{y_of(percent) + 4}" text-anchor="end">{percent} %</text>'
    for column, name in enumerate(GROUPS):
        x = LEFT + COLUMN * column
        yield f'<text x="{x + 50}" y="{TOP + HIGH + 34}" text-anchor="middle">{name}</text>'
        for row, share in enumerate(SHARES):
            yield f'<text x="{x + 18 + row * 16}" y="{TOP + HIGH + 16}" text-anchor="middle" opacity="0.6" font-size="9">{100 * share:.0f}</text>'


def legend():
    """Return what the colours mean."""
    for number, (colour, words) in enumerate(
        ((OURS, "interval as published, three krongs"), (DRAWS, "percentiles of replicates, one krong"))
    ):
        x = LEFT + 250 * number
        yield f'<circle cx="{x + 6}" cy="14" r="4" fill="{colour}"/><text x="{x + 16}" y="18">{words}</text>'


kinds = [(1, (0.06, 0.06), 12), (2, (0.01, 0.2), 12), (3, (0.06, 0.06), 4)]
ours = [coverage(krong(seed, likeness), SAMPLES, strata) for seed, likeness, strata in kinds]
drawn = coverage(krong(), FEWER, draws=201)
own = coverage(krong(), SAMPLES, pool=False)
for words, (held, width) in (*zip(("a", "b", "c"), ours, strict=True), ("draws", drawn), ("own clusters", own)):
    print(words, np.round(100 * held, 1), np.round(100 * width, 1), sep="\n")
every = np.concatenate([held.ravel() for held, _ in ours])
print(f"{((every > 0.93) & (every < 0.97)).mean():.0%} of {every.size} within 93-97, {every.min():.1%} to {every.max():.1%}")
marks = [*axes(), *dots(drawn[0], DRAWS, 2)]
for number, (held, _) in enumerate(ours):
    marks += dots(held, OURS, (number - 1) * 4)
size = (LEFT + COLUMN * len(GROUPS) + 12, TOP + HIGH + 46)
Path(sys.argv[1]).write_text(
    f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" viewBox="0 0 {size[0]} {size[1]}" '
    f'font-family="sans-serif" font-size="11" fill="{INK}">\n<rect width="100%" height="100%" fill="white"/>\n'
    + "\n".join([*marks, *legend()])
    + "\n</svg>\n",
    encoding="utf-8",
)
