"""An advance is asked for what is subscribed to, and given back when it is not used.

ask: what the offers' rules ask -> its charges -> an invoice of its own, posted and numbered
give back: what was laid on it is free again, when nothing was deducted -> a credit note of what is left
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from django.db import transaction

from encaisse.allocation import operations as allocation
from encaisse.allocation.models import Allocation
from encaisse.catalog.models import Offer
from encaisse.catalog.queries import advance_rules
from encaisse.catalog.rules.advances import asked_minor
from encaisse.charge.models import Charge
from encaisse.charge.operations.first_period import first_periods
from encaisse.charge.operations.manual import ManualLine, record_manual
from encaisse.flows.billing_cycle import issue_drafts
from encaisse.flows.collected_vat import follow_credit_note, follow_payment
from encaisse.flows.credit_invoice import credit_in_full
from encaisse.invoice.models import Deduction, InvoiceState
from encaisse.invoice.operations.advance import ask_advance
from encaisse.kernel import clock, money
from encaisse.kernel.scope import Actor
from encaisse.party.models import BillingAccount
from encaisse.subscription.rules.changes import Terms

_ONE: Final = Decimal(1)


class Wanted(NamedTuple):
    """An advance to be asked for an account: a line for each position that asks for one."""

    account_id: int
    lines: tuple[ManualLine, ...]


def wanted(account_id: int, terms: Sequence[Terms], on: dt.date) -> Wanted | None:
    """What the offers subscribed to ask in advance of a contract that begins on that day; None when nothing.

    Raises PriceMissing for a percentage of an offer that has no price.
    """
    rules = advance_rules({each.offer_id for each in terms}, on)
    asking = [each for each in terms if each.offer_id in rules and rules[each.offer_id].asks]
    if not asking:
        return None
    account = BillingAccount.objects.select_related("customer").get(pk=account_id)
    offers = Offer.objects.in_bulk({each.offer_id for each in asking})
    periods = first_periods(asking, currency=account.currency, customer_id=account.customer_id, on=on)
    lines = []
    for each, period in zip(asking, periods, strict=True):
        amount_minor = asked_minor(rules[each.offer_id], period, account.currency)
        if amount_minor > 0:
            label = _label(offers[each.offer_id], account.customer.language)
            price = money.from_minor(amount_minor, account.currency)
            lines.append(ManualLine(offers[each.offer_id].product_id, label, quantity=_ONE, unit_price=price))
    return Wanted(account_id, tuple(lines)) if lines else None


@transaction.atomic
def ask(advance: Wanted, *, subscription_id: int | None, on: dt.date, actor: Actor) -> int:
    """The advance is invoiced: numbered, posted, its document asked for. Returns its key.

    Nothing is sold and no VAT is due until it is collected. Raises what drafting and issuing it raise, IntegrityError
    when the contract has one.
    """
    account = BillingAccount.objects.get(pk=advance.account_id)
    origin = f"advance/{subscription_id or f'account/{account.pk}/{clock.now().isoformat()}'}"
    record_manual(
        account_id=account.pk, currency=account.currency, lines=advance.lines, billable_on=on, origin=origin
    )
    charges = Charge.objects.filter(account=account, origin_key__startswith=f"{origin}/")
    ids = set(charges.values_list("pk", flat=True))
    advance_id = ask_advance(account.pk, ids, subscription_id=subscription_id, issue_date=on)
    issue_drafts([advance_id], issue_date=on, actor=actor)
    return advance_id


@transaction.atomic
def give_back(advance_id: int, *, reason: str, on: dt.date, actor: Actor) -> int:
    """What is left of the advance is credited. Returns the credit note's key.

    When nothing of it was deducted, what settled it is free first: the money is on the account, to be used or
    returned, and the two documents settle each other. Else the credit note itself is to be used. VAT that was due is
    taken back with it. Raises AlreadyCredited when nothing is left, MadeElsewhere, IssueDateBeforeLast.
    """
    deducted = Deduction.objects.filter(advance_id=advance_id).exclude(invoice__state=InvoiceState.CANCELLED)
    if not deducted.exists():
        _free(advance_id, on, actor)
    return credit_in_full(advance_id, reason=reason, actor=actor, issue_date=on)


def _free(advance_id: int, on: dt.date, actor: Actor) -> None:
    standing = Allocation.objects.standing().filter(invoice_id=advance_id)
    if standing.filter(draw__isnull=False).exists():
        return  # what was drawn on a deposit is taken back on its own page
    for laid in standing.order_by("pk"):
        allocation.take_back(laid.pk, actor=actor)
        if laid.payment_id:
            follow_payment(laid.payment_id, on=on)
        if laid.credit_note_id:
            follow_credit_note(laid.credit_note_id, on=on)


def _label(offer: Offer, language: str) -> str:
    return f"Advance for {offer.name_en}" if language == "en" else f"Acompte pour {offer.name_fr}"
