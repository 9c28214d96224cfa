"""A deposit is prepared, asked for, held longer or given up. It is a memo: nobody owes it."""

import datetime as dt
from typing import NotRequired, TypedDict, Unpack

from django.db import transaction
from django.db.models import Case, F, Sum, When

from encaisse.deposit.errors import (
    DepositNotInState,
    TemplateArchived,
    TemplateDoesNotFit,
    ValidityOver,
)
from encaisse.deposit.models import (
    ASKED,
    Deposit,
    DepositState,
    Series,
    Template,
)
from encaisse.deposit.rules import Limits, allow, last_day
from encaisse.kernel import events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor
from encaisse.party.models import BillingAccount, Customer, LegalEntity, PartyState
from encaisse.subscription.models import Subscription, SubscriptionState


class Asked(TypedDict):
    """What is asked for: how much, in minor units of the account's currency, on which day, for which contract.

    `valid_until` is its last day, instead of the template's.
    """

    amount_minor: int
    requested_on: dt.date
    subscription_id: NotRequired[int | None]
    valid_until: NotRequired[dt.date | None]


@transaction.atomic
def prepare(account_id: int, template_id: int, *, actor: Actor, **asked: Unpack[Asked]) -> int:
    """A deposit of the template is ready to be asked of the account. Returns its key.

    Locks the customer, so that two deposits count each other, then the series of its numbers.
    Raises NotFound, TemplateArchived, TemplateDoesNotFit, OutsideTemplate, BeyondCustomerLimit, ValidityOver.
    """
    account = _account(account_id)
    template = _template(template_id, account)
    limits = limits_of(template)
    Customer.objects.select_for_update(no_key=True).get(pk=account.customer_id)
    at_stake = exposure(account.customer_id, account.legal_entity_id, account.currency)
    allow(limits, asked["amount_minor"], at_stake)
    requested_on = asked["requested_on"]
    valid_until = asked.get("valid_until") or last_day(limits, requested_on)
    if valid_until is not None and valid_until < requested_on:
        raise ValidityOver(valid_until=valid_until)
    deposit = Deposit.objects.create(
        legal_entity_id=account.legal_entity_id,
        account=account,
        template=template,
        subscription_id=_contract(asked.get("subscription_id"), account_id),
        number=_number(account.legal_entity, requested_on.year),
        currency=account.currency,
        accounting_currency=account.legal_entity.currency,
        amount_minor=asked["amount_minor"],
        requested_on=requested_on,
        valid_until=valid_until,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
    )
    events.record("deposit.prepared", "deposit", deposit.pk, actor)
    return deposit.pk


@transaction.atomic
def ask(deposit_id: int, *, actor: Actor) -> None:
    """The deposit is asked for: money may be received for it. Raises NotFound, DepositNotInState."""
    _move(deposit_id, {DepositState.NEW}, state=DepositState.VALIDATED)
    events.record("deposit.requested", "deposit", deposit_id, actor)


@transaction.atomic
def cancel(deposit_id: int, reason: str, *, actor: Actor) -> None:
    """The deposit is given up: nothing was received for it, or nothing is held any more. Raises NotFound,
    DepositNotInState."""
    allowed = {DepositState.NEW, DepositState.VALIDATED}
    _move(deposit_id, allowed, state=DepositState.CANCELLED, cancel_reason=reason)
    events.record("deposit.cancelled", "deposit", deposit_id, actor, reason=reason)


@transaction.atomic
def hold_until(deposit_id: int, valid_until: dt.date | None, *, actor: Actor) -> None:
    """The deposit is held until another day, or until somebody ends it. Raises NotFound, DepositNotInState,
    ValidityOver."""
    deposit = locked(deposit_id)
    if valid_until is not None and valid_until < deposit.requested_on:
        raise ValidityOver(valid_until=valid_until)
    over = {DepositState.USED, DepositState.REFUNDED, DepositState.CANCELLED}
    _move(deposit_id, {*DepositState} - over, valid_until=valid_until)
    events.record("deposit.prolonged", "deposit", deposit_id, actor)


def exposure(customer_id: int, legal_entity_id: int, currency: str) -> int:
    """What the legal entity holds of the customer or asked for, in minor units of the currency.

    A deposit that is funded counts for what is held of it: the limit is of what the customer has at stake.
    """
    found = Deposit.objects.filter(
        account__customer_id=customer_id, legal_entity_id=legal_entity_id, currency=currency
    )
    at_stake = Case(
        When(state__in=ASKED, then=F("amount_minor")),
        default=F("received_minor") - F("drawn_minor") - F("refunded_minor"),
    )
    standing = found.exclude(state=DepositState.CANCELLED)
    return standing.aggregate(total=Sum(at_stake))["total"] or 0


def limits_of(template: Template) -> Limits:
    """What the template says, as rules take it."""
    return Limits(**{name: getattr(template, name) for name in Limits._fields})


def locked(deposit_id: int) -> Deposit:
    """The deposit, locked until the transaction ends. Raises NotFound."""
    deposit = Deposit.objects.select_for_update().filter(pk=deposit_id).first()
    if deposit is None:
        raise NotFound(noun="deposit")
    return deposit


def _move(deposit_id: int, allowed: set[DepositState], **values: object) -> None:
    deposit = locked(deposit_id)
    if deposit.state not in allowed:
        raise DepositNotInState(number=deposit.number, state=deposit.state)
    Deposit.objects.filter(pk=deposit_id).update(**values)


def _account(account_id: int) -> BillingAccount:
    standing = BillingAccount.objects.exclude(state=PartyState.WITHDRAWN).select_related("legal_entity")
    account = standing.filter(pk=account_id).first()
    if account is None:
        raise NotFound(noun="billing_account")
    return account


def _template(template_id: int, account: BillingAccount) -> Template:
    template = Template.objects.filter(pk=template_id).first()
    if template is None:
        raise NotFound(noun="deposit_template")
    if template.is_archived:
        raise TemplateArchived(template=template.name)
    if (template.legal_entity_id, template.currency) != (account.legal_entity_id, account.currency):
        raise TemplateDoesNotFit(template=template.name)
    return template


def _contract(subscription_id: int | None, account_id: int) -> int | None:
    if subscription_id is None:
        return None
    standing = Subscription.objects.exclude(state=SubscriptionState.WITHDRAWN)
    if not standing.filter(pk=subscription_id, account_id=account_id).exists():
        raise NotFound(noun="contract")
    return subscription_id


def _number(entity: LegalEntity, year: int) -> str:
    series, _ = Series.objects.get_or_create(legal_entity=entity, year=year)
    series = Series.objects.select_for_update().get(pk=series.pk)
    series.last_number += 1
    series.save(update_fields=["last_number"])
    return f"DG-{entity.code}-{year}-{series.last_number:05}"
