"""Gives invented names, in Latin and Khmer script."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

KHMER_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")
INVENTED, INVENTED_KM = "(invented)", "(ប្រឌិត)"

FIRST = (("Sophea", "សុភា"), ("Bopha", "បុប្ផា"), ("Romduol", "រំដួល"), ("Reaksmei", "រស្មី"), ("Sovann", "សុវណ្ណ"),
         ("Chan", "ចន្ទ"), ("Mealea", "មាលា"), ("Champei", "ចំប៉ី"), ("Kesor", "កេសរ"), ("Vichea", "វិជ្ជា"))  # fmt: skip
SECOND = (("Mongkol", "មង្គល"), ("Rung Roeang", "រុងរឿង"), ("Sen Chey", "សែនជ័យ"), ("Meas", "មាស"), ("Thmei", "ថ្មី"),
          ("Santepheap", "សន្តិភាព"), ("Sokh", "សុខ"), ("Vattanak", "វឌ្ឍនៈ"))  # fmt: skip

INNER = (("Phsar Chas", "ផ្សារចាស់"), ("Phsar Thmei", "ផ្សារថ្មី"), ("Voat Svay", "វត្តស្វាយ"), ("Srah Chhuk", "ស្រះឈូក"),
         ("Kampong Meas", "កំពង់មាស"), ("Spean Thma", "ស្ពានថ្ម"), ("Phsar Leu", "ផ្សារលើ"), ("Voat Pou", "វត្តពោធិ៍"))  # fmt: skip
OUTER = (("Tuol Chrey", "ទួលជ្រៃ"), ("Boeng Romduol", "បឹងរំដួល"), ("Prey Svay", "ព្រៃស្វាយ"), ("Trapeang Chhuk", "ត្រពាំងឈូក"),
         ("Ou Ruessei", "អូរឫស្សី"), ("Phum Thmei", "ភូមិថ្មី"), ("Veal Srov", "វាលស្រូវ"), ("Kouk Thnaot", "គោកត្នោត"),
         ("Tuol Ampil", "ទួលអំពិល"), ("Doun Sokh", "ដូនសុខ"), ("Prey Chas", "ព្រៃចាស់"), ("Boeng Chas", "បឹងចាស់"))  # fmt: skip
FAR_BANK = (("Chrouy Ampil", "ជ្រោយអំពិល"), ("Kaoh Touch", "កោះតូច"), ("Prek Svay", "ព្រែកស្វាយ"), ("Prek Chas", "ព្រែកចាស់"),
            ("Kaoh Thmei", "កោះថ្មី"), ("Chrouy Svay", "ជ្រោយស្វាយ"))  # fmt: skip
MORE = (("Sophi", "សុភី"), ("Dara", "ដារា"), ("Bopha", "បុប្ផា"), ("Chenda", "ចិន្តា"), ("Sambath", "សម្បត្តិ"), ("Phirun", "ភិរុណ"),
        ("Rotha", "រដ្ឋា"), ("Vanna", "វណ្ណា"), ("Samnang", "សំណាង"), ("Kolap", "កុលាប"), ("Malis", "ម្លិះ"), ("Chanthou", "ចន្ធូ"),
        ("Leakhena", "លក្ខិណា"), ("Sopheak", "សុភ័ក្ត្រ"), ("Udom", "ឧត្តម"), ("Thida", "ធីតា"))  # fmt: skip

Name = tuple[str, str]


@dataclass(frozen=True)
class TownName:
    """Name a town in both scripts, with the word invented."""

    plain: str
    plain_km: str

    @property
    def full(self) -> str:
        """Return the Latin name with the word invented."""
        return f"Krong {self.plain} {INVENTED}"

    @property
    def full_km(self) -> str:
        """Return the Khmer name with the word invented."""
        return f"ក្រុង{self.plain_km} {INVENTED_KM}"


def town_name(seed: int) -> TownName:
    """Choose the name of a town.

    Parameters
    ----------
    seed
        Of the town.

    Returns
    -------
    TownName
        The name.
    """
    first, second = FIRST[(seed - 3) % len(FIRST)], SECOND[(5 * seed + 1) % len(SECOND)]
    return TownName(f"{first[0]} {second[0]}", f"{first[1]}{second[1]}")


def digits_km(number: int) -> str:
    """Return a number in Khmer digits."""
    return str(number).translate(KHMER_DIGITS)


def street_name(number: int) -> Name:
    """Return the name of a numbered street."""
    return f"Street {number}", f"ផ្លូវ {digits_km(number)}"


def choose(pool: tuple[Name, ...], n: int, rng: np.random.Generator) -> list[Name]:
    """Choose names without repeating; a pool that is too small is used again with a number.

    Parameters
    ----------
    pool
        Names.
    n
        How many.
    rng
        Source of chance.

    Returns
    -------
    list of Name
        The names.
    """
    order = rng.permutation(len(pool))
    names = []
    for number in range(n):
        latin, khmer = pool[order[number % len(pool)]]
        again = number // len(pool)
        names.append(
            (latin, khmer) if not again else (f"{latin} {again + 1}", f"{khmer} {digits_km(again + 1)}")
        )
    return names
