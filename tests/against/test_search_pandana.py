"""Nearest facilities against pandana's contraction hierarchies at every node of real cities."""

import numpy as np
import pandana
import pandas as pd
import pytest

from citiesforall.network.search import Seeds, nearest_many_m

from .test_search_scipy import city  # noqa: F401  (the fixture of both)

LIMIT_M = 5000.0
ROUNDING_M = (
    0.1  # pandana cuts lengths to whole millimetres: one for each edge of a way, of at most about 100 edges
)


@pytest.mark.real
def test_every_node_and_kind_as_pandana_finds_it(city):  # noqa: F811
    streets, graph, kinds = city
    walk = np.flatnonzero(streets.edge_walk)
    network = pandana.Network(
        pd.Series(streets.node_x), pd.Series(streets.node_y),
        pd.Series(streets.edge_u[walk]), pd.Series(streets.edge_v[walk]),
        pd.DataFrame({"m": streets.edge_m[walk]}), twoway=True,
    )  # fmt: skip
    # pandana puts facilities on nodes: ours are put there too, without offset
    at_nodes = [Seeds(kind.node, np.zeros(len(kind.node)), kind.facility) for kind in kinds]
    found = nearest_many_m(graph, at_nodes, LIMIT_M)
    for row, kind in zip(found, at_nodes, strict=True):
        node = np.unique(kind.node)
        network.set_pois("kind", LIMIT_M, 1, streets.node_x[node], streets.node_y[node])
        theirs = network.nearest_pois(LIMIT_M, "kind", num_pois=1)[1].to_numpy()
        is_near = row < LIMIT_M - 1
        assert is_near.mean() > 0.2
        np.testing.assert_allclose(row[is_near], theirs[is_near], rtol=0, atol=ROUNDING_M)
        assert (theirs[np.isinf(row)] >= LIMIT_M - ROUNDING_M).all()
