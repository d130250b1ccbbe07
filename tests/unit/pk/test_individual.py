"""From typical values to individual ones, with NumPy and with JAX."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from sordino.library.schema import PkModel
from sordino.pk.individual import individual_values

MODEL: dict[str, Any] = {
    "schema": 1,
    "id": "mine",
    "parameter": [
        {"name": "CL", "value": 4.0, "iiv": {"value": 0.2, "kind": "sd_log"}},
        {"name": "F", "value": 0.6, "iiv": {"value": 0.5, "kind": "sd_logit"}},
        {"name": "V", "value": 10.0},
    ],
    "share": [{"parameter": "V", "of": "CL"}],
    "individual": [
        {
            "parameter": "CL",
            "expression": "CL * (CRCL / 90)",
            "after": "if_else(age > 60, CL / 2, CL)",
        }
    ],
    "derived": [{"name": "k", "expression": "CL / V"}],
}
TYPICAL = {"CL": 4.0, "F": 0.6, "V": 10.0}


@pytest.mark.parametrize("xp", [np, jnp])
def test_order_of_evaluation(xp: ModuleType) -> None:
    model = PkModel.model_validate(MODEL)
    etas = {"CL": xp.asarray([0.0, 0.3]), "F": xp.asarray([0.0, math.log(2.0)])}
    covariates = {"CRCL": xp.asarray([90.0, 45.0]), "age": xp.asarray([40.0, 70.0])}
    found = individual_values(model, TYPICAL, etas, covariates, xp=xp)
    clearance = [4.0, 4.0 * 0.5 * math.exp(0.3) / 2.0]
    volume = [10.0, 10.0 * math.exp(0.3)]
    assert np.asarray(found["CL"]) == pytest.approx(clearance)
    assert np.asarray(found["V"]) == pytest.approx(volume)
    # Odds of 0.6 are 1.5, and an eta of log 2 doubles them.
    assert np.asarray(found["F"]) == pytest.approx([0.6, 3.0 / 4.0])
    assert np.asarray(found["k"]) == pytest.approx(
        [c / v for c, v in zip(clearance, volume, strict=True)]
    )


def test_numpy_stays_numpy() -> None:
    model = PkModel.model_validate(MODEL)
    etas = {"CL": np.zeros((3, 2)), "F": np.zeros(2)}
    covariates = {"CRCL": np.full(2, 90.0), "age": np.full(2, 40.0)}
    found = individual_values(model, TYPICAL, etas, covariates, xp=np)
    assert all(isinstance(found[name], np.ndarray) for name in ("CL", "F", "V", "k"))
    assert found["k"].shape == (3, 2)
