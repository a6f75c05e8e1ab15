"""Colours: apart in grey, apart for eyes that lack a kind of cone, words on them legible."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from citiesforall.report import typeset_colours as colours

# Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB.
EYES = {
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(colour):
    part = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_lightness_of_black_white_and_a_grey():
    assert colours.lightness("#000000") == pytest.approx(0)
    assert colours.lightness("#ffffff") == pytest.approx(100)
    # (119 / 255 + 0.055) / 1.055 = 0.4945; ** 2.4 = 0.1845; 116 * 0.1845 ** (1/3) - 16 = 50.03
    assert colours.lightness("#777777") == pytest.approx(50.03, abs=0.01)
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)


def test_classes_fall_in_even_steps():
    light = [colours.lightness(one) for one in colours.CLASSES]
    steps = [a - b for a, b in pairwise(light)]
    assert min(steps) > 12
    assert max(steps) < 2 * min(steps)


def test_tones_differ_in_grey():
    light = sorted(colours.lightness(colours.TONES[tone]) for tone in ("plain", "bad", "good", "watch"))
    assert min(b - a for a, b in pairwise(light)) > 9


@pytest.mark.parametrize("eye", EYES)
def test_tones_differ_for_every_kind_of_sight(eye):
    seen = {tone: lab(np.array(EYES[eye]) @ linear(colour)) for tone, colour in colours.TONES.items()}
    for a, b in combinations(seen, 2):
        assert np.linalg.norm(seen[a] - seen[b]) > 15, (a, b)


def test_words_are_legible():
    for word in (colours.INK, colours.SOFT, colours.ACCENT):
        for ground in ("#ffffff", colours.PAPER, *colours.PALE.values()):
            assert colours.contrast(word, ground) > 4.5
    for dark in colours.CLASSES[3:]:
        assert colours.contrast("#ffffff", dark) > 4.5
    for light in colours.CLASSES[:3]:
        assert colours.contrast(colours.INK, light) > 4.5
