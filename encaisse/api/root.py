"""The API: every resource, and the only answers to refusals."""

import logging
from typing import Any, Final

from django.db import DataError, IntegrityError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from encaisse.api.contract import completed
from encaisse.api.problems import problem, refused
from encaisse.api.resource import ROUTER
from encaisse.api.resources import (
    advances,
    audit,
    calendar,
    catalog,
    charges,
    chart,
    contract_events,
    contracts,
    customers,
    cut_off,
    cycles,
    deposit_proposals,
    deposit_templates,
    deposits,
    documents,
    entities,
    files,
    imports,
    insight,
    invoices,
    invoicing,
    jobs,
    judgement,
    ledger,
    looks,
    new_customers,
    payments,
    rates,
    roles,
    run_acts,
    runs,
    tags,
    tax_reasons,
    taxes,
    templates,
    usage,
    users,
    vat_numbers,
    webhooks,
)
from encaisse.api.validation import not_valid
from encaisse.kernel.errors import DomainError

_log = logging.getLogger(__name__)


class Api(NinjaAPI):
    """Ninja's API, whose contract says also what the gate does."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """The contract, with what every endpoint takes and may answer."""
        return completed(super().get_openapi_schema(**options))


api = Api(
    title="Encaisse",
    version="1",
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
    description="From contract to cash, for programs.",
)
api.add_router("", ROUTER)
# In the order of the documentation.
HEADINGS: Final = tuple(
    module.resource.heading
    for module in (
        customers, new_customers, vat_numbers, catalog, contracts, contract_events, usage, charges, runs, run_acts,
        cycles, invoices, invoicing, tags, tax_reasons, judgement, documents, files, payments, advances,
        deposits, deposit_proposals, deposit_templates, ledger, cut_off, insight, imports, jobs, webhooks,
        entities, looks, templates, taxes, rates, chart, calendar, users, roles, audit,
    )
)  # fmt: skip


@api.exception_handler(DomainError)
def refuse(request: HttpRequest, error: DomainError) -> HttpResponse:
    """What the business refuses, in its words."""
    return refused(error)


@api.exception_handler(IntegrityError)
@api.exception_handler(DataError)
def refuse_by_guard(request: HttpRequest, error: Exception) -> HttpResponse:
    """What PostgreSQL would not hold: the last guard, where no rule came first. Its name is told to the log."""
    _log.warning("%s %s was refused by a guard: %s", request.method, request.path, error)
    return problem(409, "guard_refused")


@api.exception_handler(ValidationError)
def refuse_fields(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What does not have the form that the contract says."""
    return not_valid(error.errors)


@api.exception_handler(HttpError)
def refuse_body(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What cannot be read at all."""
    return problem(400, "body_malformed")


@api.exception_handler(Exception)
def fail(request: HttpRequest, error: Exception) -> HttpResponse:
    """A fault of ours: told to the log alone."""
    _log.exception("%s %s failed", request.method, request.path)
    return problem(500, "internal")
