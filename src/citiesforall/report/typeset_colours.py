"""Colours of documents, charts and maps: few, apart for every kind of colour sight, and apart in grey print."""

from __future__ import annotations

INK = "#1c2a33"
SOFT = "#56636c"
FAINT = "#d3d9dd"
PAPER = "#f3f6f7"
ACCENT = "#0d3b54"
TONES = {
    "plain": "#15445f",
    "good": "#3a86b4",
    "watch": "#dfa63c",
    "bad": "#a03a16",
    "unknown": "#a9b1b6",
}
"""What a colour means. Blue against brown-red: told apart without red or green; the sign's shape says it too."""
PALE = {"good": "#e6f1f7", "watch": "#fbf1dc", "bad": "#f8e6df", "unknown": "#f0f2f3"}
"""The same behind the words of a table's row."""
CLASSES = ("#e4eff1", "#abd0d8", "#64a5b8", "#28708f", "#0d3b54")
"""From low to high: one hue whose lightness falls by about equal steps."""
MISSING = "#dcdcdc"
"""Where nothing is known, under a hatch."""
WATER = "#c3d9e6"
LAND = "#fbfaf7"
STREET = "#b9b3a8"
BORDER = "#6d7880"


def lightness(colour: str) -> float:
    """Return how light a colour looks, as grey print shows it (CIE L*, 0 black to 100 white).

    Parameters
    ----------
    colour
        ``#rrggbb`` (sRGB).

    Notes
    -----
    CIE 15:2018, section 8.2.1, with the luminance weights of IEC 61966-2-1.
    """
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]  # noqa: PLR2004 - sRGB
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    bend = 216 / 24389
    return 116 * luminance ** (1 / 3) - 16 if luminance > bend else luminance * 24389 / 27


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2; small text needs 4.5)."""

    def luminance(colour: str) -> float:
        light = lightness(colour)
        cube = ((light + 16) / 116) ** 3
        return cube if cube > 216 / 24389 else light * 27 / 24389

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
