"""What may stand in the table that joins the patient file to the evidence."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from sordino.patient import Conditions
from sordino.screening.asks import ConditionAsk, PopulationAsk, TakenAsk, asks


@pytest.mark.parametrize(
    ("form", "table"),
    [
        (ConditionAsk, {"row": "pregnanc", "condition": "pregnancy", "keys": ["pregnancy"]}),
        (ConditionAsk, {"row": "pregnancy", "condition": "lactation", "keys": ["pregnancy"]}),
        (ConditionAsk, {"row": "pregnancy", "condition": "pregnancy", "keys": ["pregnant"]}),
        (ConditionAsk, {"row": "pregnancy", "condition": "pregnancy"}),
        (PopulationAsk, {"row": "asra2018.tests.healthy", "keys": []}),
        (PopulationAsk, {"row": "asra2018.tests.cardiovascular_risk", "keys": ["pregnancy"]}),
        (
            PopulationAsk,
            {
                "row": "asra2018.tests.cardiovascular_risk",
                "keys": ["pregnancy"],
                "tests": {"baseline ECG": "eeg"},
            },
        ),
        (TakenAsk, {"row": "ticlopidine", "names": ["ticlopidine"]}),
        (TakenAsk, {"row": "ticlopidine.oral", "kinds": ["statin"]}),
        (TakenAsk, {"row": "ticlopidine.oral", "intake": ["wine"]}),
    ],
)
def test_what_does_not_fit_the_evidence_or_the_patient_file_is_refused(
    form: Any, table: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        form.model_validate(table)


def test_every_condition_of_the_patient_file_is_used() -> None:
    """No key is asked of a user for nothing."""
    found = asks()
    used = {key for ask in (*found.condition, *found.population) for key in ask.keys}
    used |= {"child_pugh", "stop_bang", "last_cardiovascular_event"}
    assert used == set(Conditions.model_fields)
