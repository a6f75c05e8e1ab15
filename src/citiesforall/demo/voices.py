"""Collects reports of citizens: category, text in both languages, day, place made coarse; nobody is drawn at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from citiesforall.demo.blocks import INFORMAL
from citiesforall.demo.surfaces import LONLAT, to_crs

if TYPE_CHECKING:
    from citiesforall.demo.shapes import Floats
    from citiesforall.demo.town import Town

N_VOICES = 300
COARSE_DEGREES = 0.005
FIRST_DAY = np.datetime64("2025-01-06")
TEXTS: tuple[tuple[str, str, str, str], ...] = (
    ("economic", "any", "I lost my job at the factory and cannot find another.", "ខ្ញុំបាត់បង់ការងារនៅរោងចក្រ ហើយរកការងារថ្មីមិនបាន។"),
    ("economic", "any", "We pay too much interest on our loan.", "យើងបង់ការប្រាក់កម្ចីច្រើនពេក។"),
    ("economic", "poor", "We earn too little each day to pay the rent.", "យើងរកចំណូលប្រចាំថ្ងៃមិនគ្រប់បង់ថ្លៃជួលផ្ទះ។"),
    ("food", "any", "Rice and fish cost more than last year.", "អង្ករ និងត្រីថ្លៃជាងឆ្នាំមុន។"),
    ("food", "poor", "The market is far and there is no shop here.", "ផ្សារនៅឆ្ងាយ ហើយទីនេះគ្មានហាងទេ។"),
    ("health", "poor", "The health centre is too far across the bridge.", "មណ្ឌលសុខភាពនៅឆ្ងាយពេក ត្រូវឆ្លងស្ពាន។"),
    ("health", "any", "We waited three hours at the health centre.", "យើងរង់ចាំបីម៉ោងនៅមណ្ឌលសុខភាព។"),
    ("health", "any", "Many children have dengue fever in our street.", "កុមារជាច្រើនកើតជំងឺគ្រុនឈាមនៅផ្លូវរបស់យើង។"),
    ("environmental", "flood", "Our house was flooded for five days.", "ផ្ទះយើងលិចទឹកអស់ប្រាំថ្ងៃ។"),
    ("environmental", "flood", "The drain is full of rubbish and the water stays.", "លូពេញដោយសំរាម ហើយទឹកដក់។"),
    ("environmental", "any", "Nobody collects the rubbish in our street.", "គ្មានអ្នកប្រមូលសំរាមនៅផ្លូវយើងទេ។"),
    ("environmental", "any", "Smoke from burning waste makes us cough.", "ផ្សែងពីការដុតសំរាមធ្វើឱ្យយើងក្អក។"),
    ("personal", "any", "There is no street light and I am afraid at night.", "គ្មានភ្លើងបំភ្លឺផ្លូវទេ ខ្ញុំខ្លាចនៅពេលយប់។"),
    ("personal", "any", "Cars drive too fast near the school.", "រថយន្តបើកលឿនពេកនៅជិតសាលារៀន។"),
    ("personal", "any", "My motorbike was stolen at the market.", "ម៉ូតូខ្ញុំត្រូវគេលួចនៅផ្សារ។"),
    ("community", "poor", "We fear that we must leave our homes.", "យើងខ្លាចត្រូវចាកចេញពីផ្ទះ។"),
    ("community", "any", "Young people have no place to play sport.", "យុវជនគ្មានកន្លែងលេងកីឡា។"),
    ("political", "any", "I do not know what the council does with the budget.", "ខ្ញុំមិនដឹងថាក្រុមប្រឹក្សាចំណាយថវិកាលើអ្វីទេ។"),
    ("political", "any", "I had to come back three times for one paper.", "ខ្ញុំត្រូវមកបីដងដើម្បីឯកសារមួយ។"),
    ("political", "any", "Thank you for mending our road.", "អរគុណដែលជួសជុលផ្លូវរបស់យើង។"),
)  # fmt: skip
LIKELY = (7, 7, 9, 9, 8, 12, 8, 6, 18, 14, 14, 7, 11, 9, 6, 10, 5, 6, 7, 5)


def collect(town: Town, depth_m: Floats) -> pd.DataFrame:
    """Collect citizens' reports.

    Parameters
    ----------
    town
        The town.
    depth_m
        Flood depth at each building. (b,) [m]

    Returns
    -------
    pandas.DataFrame
        One row per report.
    """
    rng = np.random.default_rng([town.plan.seed, 51])
    topic = rng.choice(len(TEXTS), N_VOICES, p=np.array(LIKELY) / sum(LIKELY))
    where = np.array([TEXTS[one][1] for one in topic])
    at = np.empty(N_VOICES, dtype=np.int64)
    inside = town.people.sangkat >= 0
    fits = {
        "any": inside,
        "flood": inside & (depth_m > 0.3),  # noqa: PLR2004 - above the floor
        "poor": inside & (town.buildings.zone == INFORMAL),
    }
    for key, fit in fits.items():
        weight = np.where(fit, town.people.residents * (0.4 + town.buildings.urban), 0.0)
        own = where == key
        at[own] = rng.choice(weight.size, int(own.sum()), p=weight / weight.sum())
    lonlat = (
        np.round(to_crs(town.plan.frame.out(town.buildings.xy[at]), LONLAT) / COARSE_DEGREES) * COARSE_DEGREES
    )
    day = FIRST_DAY + np.sort(rng.integers(0, 330, N_VOICES)).astype("timedelta64[D]")
    return pd.DataFrame(
        {
            "report_id": [f"V{number:04d}" for number in range(1, N_VOICES + 1)],
            "date": [str(one) for one in day],
            "channel": rng.choice(["telephone", "web", "meeting", "box"], N_VOICES, p=[0.35, 0.35, 0.2, 0.1]),
            "category": [TEXTS[one][0] for one in topic],
            "text_km": [TEXTS[one][3] for one in topic],
            "text_en": [TEXTS[one][2] for one in topic],
            "sangkat_code": [town.sangkats.codes[row].removeprefix("KH") for row in town.people.sangkat[at]],
            "latitude": np.round(lonlat[:, 1], 3),
            "longitude": np.round(lonlat[:, 0], 3),
            "sex": rng.choice(["female", "male", "not_said"], N_VOICES, p=[0.46, 0.44, 0.1]),
            "consent": "yes",
        }
    )
