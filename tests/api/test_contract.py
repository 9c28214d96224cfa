"""The contract and the product say the same: schemathesis asks each endpoint for what the contract lets it ask."""

import ast
import itertools
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from encaisse.api.documentation.pages import described
from encaisse.api.root import HEADINGS
from encaisse.config.wsgi import application
from encaisse.kernel.references import public_id
from tests.api.programs import program
from tests.architecture import source
from tests.desk import world
from tests.desk.world import World

EXAMPLES: Final = 2
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# What stands behind each reference in a path, where the world has a row of it.
_words = itertools.count(1)
KINDS: Final = {
    "invoice_id": "inv", "credit_note_id": "inv", "payment_id": "pay", "customer_id": "cus", "account_id": "ba",
    "contract_id": "sub", "run_id": "run", "trial_id": "try", "cycle_id": "cyc", "offer_id": "off", "price_id": "prc",
    "entry_id": "ent", "import_id": "imp", "job_id": "job",
    "rule_id": "vru", "deposit_id": "dep", "template_id": "dpt", "movement_id": "dmv", "proposal_id": "dpp",
}  # fmt: skip


def test_schemathesis_finds_nothing(fresh_database):
    made, secret = world.build(), program().secret
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
    wrong = {}
    for operation in schema.get_all_operations():
        try:
            _ask(operation.ok(), made, secret)
        except* Exception as found:
            wrong[operation.ok().label] = found.exceptions

    assert wrong == {}


def _ask(operation: Any, made: World, secret: str) -> None:
    """Ask the endpoint some times for what the contract lets anybody ask, of rows that are there."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        for name in case.path_parameters:
            if rows := made.of(KINDS.get(name, "")):
                case.path_parameters[name] = public_id(KINDS[name], rows[-1].id)
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": f"word-{next(_words)}"}
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS)

    ask()


def operations() -> dict[str, dict[str, Any]]:
    """Every operation of the contract, by its method and path."""
    return {
        f"{method.upper()} {path}": operation
        for path, methods in described()["paths"].items()
        for method, operation in methods.items()
    }


def test_the_contract_is_openapi_3_1_and_needs_no_key(client):
    answer = client.get("/api/openapi.json")

    assert answer.status_code == 200
    assert answer.json()["openapi"] == "3.1.0"


@pytest.mark.parametrize("name", operations())
def test_each_operation_says_what_it_does_in_an_order_of_its_own(name):
    operation = operations()[name]

    assert operation["summary"]
    assert operation["tags"][0] in HEADINGS
    assert {"401", "422"} <= {str(status) for status in operation["responses"]}
    asked = {each["name"] for each in operation.get("parameters", ())}
    assert ("Idempotency-Key" in asked) == name.startswith("POST")


def test_every_name_is_of_one_thing():
    named = [operation["operationId"] for operation in operations().values()]
    schemas = [
        node.name
        for path in source.files(".py", within="api")
        for node in source.tree(path).body
        if isinstance(node, ast.ClassDef)
    ]

    assert sorted(set(named)) == sorted(named)
    assert sorted(set(schemas)) == sorted(schemas)


def test_every_list_is_paged_by_key_or_told_whole():
    lists = {
        name: operation
        for name, operation in operations().items()
        if "Page_" in str(operation["responses"].get(200, "")) and name.startswith("GET")
    }
    asked = {
        name: {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
        for name, operation in lists.items()
    }

    assert len(lists) > 30
    assert not any(found & {"page", "offset"} for found in asked.values())
    assert {
        name for name, found in asked.items() if "limit" in found and not found & {"after", "after_number"}
    } == {
        # Told whole, narrowed by what is asked.
        "GET /api/v1/contracts/{contract_id}/charges",
        "GET /api/v1/ledger/vat",
    }
