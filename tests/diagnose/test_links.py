"""Links between dimensions: ranks by hand and against scipy, few places, and faults of the file."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from citiesforall.core.errors import DeclarationError
from citiesforall.core.tables import read_parquet
from citiesforall.diagnose.links import SEVEN, links, make_links, read_links, spearman
from citiesforall.text import registry

from .invented_city import CITY, city_of, make_places


def test_rank_correlation_by_hand():
    # Ranks 1 2 3 4 5 6 7 8 and 2 1 4 3 6 5 8 7: every difference is 1, rho = 1 - 6 x 8 / (8 x 63) = 0.904762.
    one = np.arange(8.0)[None, :]
    other = np.array([[2.0, 1, 4, 3, 6, 5, 8, 7]])
    value, low, high, n = spearman(one, other)
    assert (value, n) == (pytest.approx(1 - 48 / 504), 8)
    # One draw: atanh(rho) -+ 1.96 sqrt((1 + rho^2 / 2) / 5), but for the points at which the normal is taken.
    z, se = np.arctanh(value), np.sqrt((1 + value**2 / 2) / 5)
    assert (low, high) == (
        pytest.approx(np.tanh(z - 1.96 * se), abs=0.01),
        pytest.approx(np.tanh(z + 1.96 * se), abs=0.01),
    )


def test_rank_correlation_is_that_of_scipy():
    rng = np.random.default_rng(2)
    one = rng.integers(0, 6, (1, 30)).astype(float)
    other = one + rng.integers(0, 9, (1, 30))
    assert spearman(one, other)[0] == pytest.approx(spearmanr(one[0], other[0]).statistic)


def test_errors_of_the_values_widen_the_interval():
    rng = np.random.default_rng(2)
    one = rng.standard_normal((1, 20))
    other = one + 0.3 * rng.standard_normal((1, 20))
    sure = spearman(np.tile(one, (100, 1)), np.tile(other, (100, 1)))
    noise = rng.standard_normal((100, 20))
    noise[0] = 0
    unsure = spearman(one + noise, np.tile(other, (100, 1)))
    assert sure[0] == unsure[0]
    assert unsure[2] - unsure[1] > sure[2] - sure[1]


def test_too_few_places_have_no_correlation():
    assert np.isnan(spearman(np.arange(7.0)[None], np.arange(7.0)[None])[0])
    assert np.isnan(spearman(np.ones((1, 9)), np.arange(9.0)[None])[0])


def test_table_holds_every_ordered_pair(tmp_path):
    places = make_places(4, 3)
    units = [code for code in places["place"] if code != CITY]
    values = {
        ("health_centre_access", "all"): {code: (0.3 + 0.05 * n, 10.0) for n, code in enumerate(units)},
        ("school_access", "all"): {code: (0.3 + 0.04 * n, 10.0) for n, code in enumerate(units)},
    }
    given, seen = city_of(tmp_path, places, values)
    make_links(given, tmp_path, seen)
    table = read_parquet(tmp_path / "links.parquet").set_index(["from", "to"])
    assert len(table) == 42
    assert table.loc[("health", "community"), "correlation"] == pytest.approx(1.0)
    assert table.loc[("health", "community"), "n"] == 12
    assert table.loc[("health", "economic"), "status"] == "missing"
    assert table.loc[("economic", "environmental"), "declared"] == -1


def test_every_declared_link_has_a_reason():
    known = {(one, other) for one in SEVEN for other in SEVEN if one != other}
    assert set(links()) <= known
    assert {f"diagnose.link.{one}_{other}" for one, other in links()} == {
        key for key in registry() if key.startswith("diagnose.link.")
    }


def test_every_fault_of_the_file_at_once():
    text = """
said_by = "nobody"
[economic]
economic = 1
fod = 2
health = 3
food = true
"""
    with pytest.raises(DeclarationError) as error:
        read_links(text)
    said = "\n".join(error.value.faults)
    assert len(error.value.faults) == 5
    for part in (
        "'nobody' is not known",
        "not linked to itself",
        "'fod' is no dimension. Did you mean 'food'",
        "3 is no strength",
        "True",
    ):
        assert part in said, part
