"""The OpenAPI document is whole, and nothing that it lets anybody send is answered by a 5xx."""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error

from recognizance.types import Role

EXAMPLES = int(os.environ.get("RECOGNIZANCE_FUZZ", "2"))
"""So many requests an operation and caller; `make fuzz` sends more."""


@pytest.fixture
def document(client):
    return client.get("/v1/openapi.json").json()


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_every_operation_says_whom_it_is_for_and_how_it_fails(document):
    assert set(document["components"]["securitySchemes"]) == {"key", "session"}
    for name, operation in operations(document):
        assert "security" in operation, name
        assert {"400", "404", "500"} <= operation["responses"].keys(), name
        assert operation["summary"], name
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert "application/problem+json" in answer["content"], name


def test_only_our_own_api_is_described(document):
    assert all(path.startswith(("/v1/", "/health/", "/metrics")) for path in document["paths"])


def test_no_request_model_takes_a_field_that_is_not_listed(document):
    for name, schema in document["components"]["schemas"].items():
        if name.endswith("Asked"):
            assert schema["additionalProperties"] is False, name


@pytest.mark.parametrize("who", ["nobody", "a key", "somebody"])
def test_no_request_is_answered_by_a_server_error(office, address, door, log_in, who):
    office.add("somebody", *Role)
    headers = {"nobody": {}, "a key": door[1], "somebody": log_in("somebody")}[who]
    fuzz(address, headers, examples=EXAMPLES)


def fuzz(address, headers, *, examples):
    schema = schemathesis.openapi.from_url(f"{address}/v1/openapi.json", timeout=60)
    for each in schema.get_all_operations():
        operation = each.ok()
        if not operation.path.endswith("/events"):  # streams, which tests of their own read
            asks(headers, operation.as_strategy(), examples)()


def asks(headers, cases, examples):
    @given(case=cases)
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case):
        response = case.call(headers=headers)
        case.validate_response(response, checks=[not_a_server_error])

    return send
