"""`sordino.predict`: a data set with its predictions, as one pandas frame."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sordino.prediction.columns import whole_frame, with_numbers
from sordino.prediction.job import make_job
from sordino.prediction.stream import notes, predictions

if TYPE_CHECKING:
    import pandas as pd

    from sordino.library.schema import PkModel


def predict(
    model: PkModel | str | Path,
    data: pd.DataFrame | str | Path,
    *,
    parameters: Mapping[str, float] | None = None,
    etas: pd.DataFrame | str | Path | None = None,
    simulate: int = 0,
    seed: int = 1,
    carry: Literal["next", "last"] = "next",
    time_unit: Literal["h", "min", "day"] = "h",
) -> pd.DataFrame:
    """Every record of a NONMEM-style data set, with the predictions of a model at its right.

    `model`: a name of the library, a model file, or a loaded model. `data`: a pandas frame, or
    the path of a CSV or Parquet file (`docs/data-set.md`).

    `IPRED` is the prediction right after the record, of the analyte that its CMT or DVID asks
    for, and of the default one where a record is no observation; one further column for each
    analyte. Predictions are those of the typical individual with the covariates of the record.
    `parameters` replaces typical values by name. `etas` gives deviations of individuals: a
    table with ID and a column CL or ETA_CL for each parameter.

    With `simulate` the data set comes back so many times: `REP` says which, etas and residual
    errors are drawn, and `DV` of every observation is what would be measured. Equal seeds give
    equal numbers for an ID, whatever else the data set holds.

    `carry`: whose covariates hold between two records, those of the "next" (NONMEM) or of the
    "last". `time_unit`: what TIME, II, DUR and RATE count.

    Raises InputError when something that is given cannot be used, with all problems of the data
    set; warns when simulations lack spread or residual error.

        table = sordino.predict("model.toml", "data.csv")
        table[table.EVID == 0][["ID", "TIME", "DV", "IPRED"]]
    """
    import pandas as pd

    job = make_job(model, data, parameters=parameters, etas=etas, carry=carry, time_unit=time_unit)
    if simulate:
        for note in notes(job.model, given=etas is not None):
            warnings.warn(note, stacklevel=2)
    parts = [whole_frame(part, job.name) for part in predictions(job, simulate=simulate, seed=seed)]
    whole = pd.concat(parts, ignore_index=bool(simulate)) if len(parts) > 1 else parts[0]
    return whole if isinstance(data, pd.DataFrame) else with_numbers(whole)
