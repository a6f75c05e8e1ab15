"""Small areas against samplics on the milk expenditure of 43 areas that the method is taught with."""

from importlib import resources

import numpy as np
import pandas as pd
import pytest
from tests.against.survey_samples import samplics

from citiesforall.estimation.small_area import _log_likelihood, fay_herriot


@pytest.fixture(scope="module")
def milk():
    file = resources.files("samplics.datasets").joinpath("data", "expenditure_on_milk.csv")
    table = pd.read_csv(str(file))
    x = pd.get_dummies(table["major_area"]).to_numpy(float, copy=True)
    x[:, 0] = 1.0
    return table, x


@pytest.mark.parametrize(("method", "near"), [("reml", 1e-5), ("moment", 1e-9), ("ml", 1e-2)])
def test_values_and_errors_agree(milk, method, near):
    """samplics stops its full likelihood 0.2 % beside the highest point; there only one in a hundred is asked."""
    table, x = milk
    how = samplics.FitMethod
    theirs = samplics.EblupAreaModel(method={"reml": how.reml, "moment": how.fh, "ml": how.ml}[method])
    area = table["small_area"]
    theirs.fit(
        yhat=table["direct_est"],
        X=x[:, 1:],
        area=area,
        error_std=table["std_error"],
        intercept=True,
        tol=1e-10,
    )
    theirs.predict(X=x[:, 1:], area=area, intercept=True)
    found = fay_herriot(table["direct_est"].to_numpy(), table["std_error"].to_numpy() ** 2, x, method)
    assert found.sigma2 == pytest.approx(float(np.squeeze(theirs.re_std)) ** 2, rel=near)
    assert found.value == pytest.approx(list(theirs.area_est.values()), rel=near)
    assert found.mse == pytest.approx(list(theirs.area_mse.values()), rel=near)
    assert found.beta == pytest.approx(theirs.fixed_effects, rel=10 * near)


def test_our_full_likelihood_is_the_higher_one(milk):
    table, x = milk
    parts = (table["direct_est"].to_numpy(), table["std_error"].to_numpy() ** 2, x)
    found = fay_herriot(*parts, "ml").sigma2
    around = _log_likelihood(found * np.array([0.99, 1.0, 1.01]), parts, restricted=False)
    assert around.argmax() == 1


def test_published_variance_of_the_area_effect(milk):
    """0.01855 by restricted likelihood, which R's package `sae` documents for these data."""
    table, x = milk
    found = fay_herriot(table["direct_est"].to_numpy(), table["std_error"].to_numpy() ** 2, x, "reml")
    assert found.sigma2 == pytest.approx(0.01855, abs=5e-6)
