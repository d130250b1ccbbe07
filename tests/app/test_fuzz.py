"""The interface is what its description says, whatever is sent."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sordino.app.server import create_app
from sordino.app.settings import Settings

# The fuzzer's own strategies use `random`.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")

APP = create_app(Settings(host="127.0.0.1", port=80, names=("testserver", "localhost"), warm=False))
schema = schemathesis.openapi.from_asgi("/api/openapi.json", APP)
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


@schema.parametrize()  # pyright: ignore[reportUntypedFunctionDecorator]
@settings(max_examples=10, deadline=None)
def test_the_description_holds(case: schemathesis.Case) -> None:
    case.call_and_validate(checks=CHECKS, timeout=120.0)  # pyright: ignore[reportArgumentType]
