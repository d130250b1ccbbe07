"""The draws as a simulation takes them: by parameter, in the units of the effect files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from sordino._version import __version__
from sordino.calibrate.fit import Diagnostics, Fit
from sordino.calibrate.lessons import learned
from sordino.calibrate.model import Problem, problem
from sordino.calibrate.predictive import shown, thinned
from sordino.calibrate.rows import Row, course_assumptions, evidence
from sordino.calibrate.unknowns import constants, unknowns, with_products
from sordino.documents import digest
from sordino.library.posterior import OF_STUDIES

KEPT = 1000
"""Draws that are written."""

FORMAT = 1

SHIFTED: dict[str, tuple[str, ...]] = {
    "placebo": ("relief_mean",),
    "circulation": ("sbp_rise",),
    "mood": ("mood_placebo",),
}
"""What differs from study to study. A simulation is about a place where nobody has studied yet:
its draws hold such a difference; the mean of studies is written as NAME_of_studies."""

TIMES = ("circulation",)
"""Differences between studies that are factors; the others are added."""


def parameter_draws(fit: Fit, count: int = KEPT) -> dict[str, np.ndarray]:
    """Joint draws by parameter, arrays (draw,); row k of each belongs to one draw."""
    z = thinned(fit, count)[0]
    found: dict[str, Any] = {u.name: np.asarray(u.value(z[:, k])) for k, u in enumerate(unknowns())}
    random = np.random.default_rng(fit.seed)
    for family, names in SHIFTED.items():
        by = found[f"spread_{family}"] * random.standard_normal(len(z))
        for name in names:
            mean = found[name]
            found[name + OF_STUDIES] = mean
            found[name] = mean * np.exp(by) if family in TIMES else mean + by
    return {name: np.asarray(value) for name, value in with_products(found).items()}


def draws_file(values: dict[str, np.ndarray]) -> bytes:
    """The draws as a compressed NumPy archive, single precision, the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, drawn in values.items():
            column = io.BytesIO()
            np.save(column, drawn.astype(np.float32), allow_pickle=False)
            # A fixed date: equal draws are equal bytes.
            entry = zipfile.ZipInfo(f"{name}.npy")
            archive.writestr(entry, column.getvalue(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def data_digest(rows: Sequence[Row]) -> str:
    """SHA-256 (hex) of what was fitted: the numbers of every row and how each is read."""
    content = [
        {
            "row": row.id,
            "readout": row.readout,
            "at_h": np.round(row.at_h, 9).tolist(),
            "n": row.n,
            "thresholds": list(row.thresholds),
            "counts": list(row.counts),
            "value": row.value,
            "se": row.se,
            "sd": row.sd,
        }
        for row in rows
    ]
    return digest({"format": FORMAT, "rows": content})


def prior_digest() -> str:
    """SHA-256 (hex) of every prior, and of every parameter that is taken as it is."""
    priors = {u.name: u.prior.model_dump() | {"value": u.parameter.value} for u in unknowns()}
    return digest({"format": FORMAT, "priors": priors, "constants": dict(constants())})


def summary(prepared: Problem, fit: Fit, diagnosed: Diagnostics) -> dict[str, Any]:
    """All that is to be told about a calibration, as plain data."""
    whole = problem(evidence().rows, prepared.patients)
    return {
        "format": FORMAT,
        "made": made(prepared, fit),
        "diagnostics": {
            "sound": diagnosed.sound,
            "worst_rhat": diagnosed.worst_rhat,
            "least_ess": diagnosed.least_ess,
            "divergences": diagnosed.divergences,
            "rhat": dict(diagnosed.rhat),
            "ess": dict(diagnosed.ess),
        },
        "units": {u.name: u.parameter.unit for u in unknowns()},
        "owners": {u.name: u.owner for u in unknowns()},
        "learned": [entry.as_dict() for entry in learned(fit)],
        "studies": [entry.as_dict() for entry in shown(whole, fit, prepared.shifts)],
        "left_out": [asdict(entry) for entry in evidence().left_out],
        "only_compared": only_compared(),
        "assumed": assumed(),
    }


def made(prepared: Problem, fit: Fit) -> dict[str, Any]:
    """How the draws were made; equal entries but for the seconds give equal draws."""
    import jax
    import numpyro

    return {
        "seed": fit.seed,
        "chains": fit.z.shape[0],
        "warmup": fit.warmup,
        "draws": fit.z.shape[1],
        "kept": min(KEPT, len(fit.all_z)),
        "patients": prepared.patients,
        "seconds": round(fit.seconds, 1),
        "rows": len(prepared.rows),
        "data_digest": data_digest(prepared.rows),
        "prior_digest": prior_digest(),
        "sordino_version": __version__,
        "numpyro_version": numpyro.__version__,
        "jax_version": jax.__version__,
    }


def assumed() -> list[dict[str, str]]:
    """What was assumed to make rows and courses out of what sources print."""
    found = [
        {"study": c.study, "about": f"course of {c.arm}", "assumed": text}
        for c in course_assumptions()
        for text in c.assumed
    ]
    for row in evidence().rows:
        texts = row.use.assumed if row.use is not None else ()
        found += [{"study": row.study, "about": row.id, "assumed": text} for text in texts]
    return found


def only_compared() -> list[dict[str, str]]:
    """Rows that are predicted and not fitted, and why."""
    return [
        {"row": row.id, "why": row.use.why}
        for row in evidence().rows
        if row.use is not None and not row.fitted
    ]
