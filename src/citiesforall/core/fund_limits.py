"""What each fund can pay in each year, as arrays; apart from the budget, which is read before numpy is loaded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from citiesforall.core.budget import Budget, rate_of
from citiesforall.core.money import local_to_usd


def limits_usd(budget: Budget) -> dict[str, npt.NDArray[np.float64]]:
    """Return what each fund can pay in each year.

    Parameters
    ----------
    budget
        A budget without faults.

    Returns
    -------
    dict
        ``capital`` and ``recurrent``: (F, Y) in the order of ``funds`` and ``years``. [US$]
    """
    rates = [rate_of(budget, one.currency or budget.currency) or np.nan for one in budget.funds.values()]
    return {
        kind: np.array(
            [
                local_to_usd(getattr(one, kind), rate)
                for one, rate in zip(budget.funds.values(), rates, strict=True)
            ]
        )
        for kind in ("capital", "recurrent")
    }
