"""Templates of security deposits."""

import datetime as dt
from typing import Any

from pydantic import Field

from encaisse.api.fields import (
    Currency,
    CurrencyGiven,
    DepositTemplateKey,
    DepositTemplateRef,
    EntityKey,
    EntityRef,
    Given,
    Minor,
    MinorGiven,
    Name,
    Page,
    Told,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.deposit.operations import templates as operations
from encaisse.deposit.queries import templates
from encaisse.deposit.rules import Limits

resource = Resource("Templates of security deposits")


class DepositTemplateSaid(Given):
    """What may be asked for, in minor units, and how long it is held: until a last day, or for some months."""

    name: Name
    min_minor: MinorGiven
    max_minor: MinorGiven
    customer_max_minor: MinorGiven | None = None
    valid_until: dt.date | None = None
    valid_months: int | None = Field(None, ge=1, le=600)
    is_auto_refund: bool = False

    def limits(self, currency: str) -> Limits:
        """The same as the operation takes it."""
        return Limits(currency=currency, **self.dict(exclude={"legal_entity_id", "currency"}))


class DepositTemplateGiven(DepositTemplateSaid):
    """A new template, and whose it is."""

    legal_entity_id: EntityKey
    currency: CurrencyGiven


class DepositTemplate(Told):
    """What a legal entity may ask as a deposit. `customer_max_minor` counts all that is held of a customer or asked."""

    id: DepositTemplateRef
    legal_entity_id: EntityRef
    name: str
    currency: Currency
    min_minor: Minor
    max_minor: Minor
    customer_max_minor: Minor | None
    valid_until: dt.date | None
    valid_months: int | None
    is_auto_refund: bool
    is_archived: bool
    deposits: int

    @staticmethod
    def resolve_legal_entity_id(row: templates.TemplateRow) -> int:
        """Whose it is."""
        return row.entity_id


@resource.get("/deposit-templates", Page[DepositTemplate])
def list_deposit_templates(request: ProgramRequest) -> Any:
    """List templates of deposits.

    All at once, by name.
    """
    return whole(templates.templates(request.scope).rows)


@resource.post("/deposit-templates", DepositTemplate, "manage_deposits")
def create_deposit_template(request: ProgramRequest, said: DepositTemplateGiven) -> Any:
    """Make a template of deposits."""
    made = operations.define(request.scope, said.legal_entity_id, said.limits(said.currency))
    return templates.template(request.scope, made)


@resource.put("/deposit-templates/{template_id}", DepositTemplate, "manage_deposits")
def change_deposit_template(
    request: ProgramRequest, template_id: DepositTemplateKey, said: DepositTemplateSaid
) -> Any:
    """Change a template of deposits.

    Deposits that were asked for keep what was asked of them.
    """
    row = templates.template(request.scope, template_id)
    operations.change(request.scope, template_id, said.limits(row.currency))
    return templates.template(request.scope, template_id)


@resource.post("/deposit-templates/{template_id}/archive", DepositTemplate, "manage_deposits", status=200)
def archive_deposit_template(request: ProgramRequest, template_id: DepositTemplateKey) -> Any:
    """Ask for no more deposits from a template."""
    operations.archive(request.scope, template_id)
    return templates.template(request.scope, template_id)
