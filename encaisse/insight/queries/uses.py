"""What has come to use the rows that an import brought."""

from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet

from encaisse.access.models import ApiKey
from encaisse.billing.models import CycleMember, DocumentDiscount, Run
from encaisse.catalog.models import PriceVersion
from encaisse.charge.models import Charge
from encaisse.intake.models import Batch
from encaisse.invoice.models import Invoice
from encaisse.party.models import BillingAccount, CustomerChange
from encaisse.payment.models import Payment
from encaisse.subscription.models import Item, Subscription, SubscriptionState
from encaisse.usage.models import Event


class Use(NamedTuple):
    """Rows of one noun that use what was brought: how many, and which of it the first one uses."""

    noun: str
    rows: int
    example: str


def uses_of_customers(batch_id: int) -> list[Use]:
    """What uses the customers that this import brought, or their accounts."""
    accounts = BillingAccount.objects.filter(customer__intake_row__batch_id=batch_id)
    customers = accounts.values("customer_id")
    contracts = Subscription.objects.exclude(state=SubscriptionState.WITHDRAWN)
    more = accounts.exclude(reference=F("customer__reference"))
    return _found(
        ("invoice", Invoice.objects.filter(account__in=accounts), "account__reference"),
        ("charge", Charge.objects.filter(account__in=accounts), "account__reference"),
        ("payment", Payment.objects.filter(account__in=accounts), "account__reference"),
        ("contract", contracts.filter(account__in=accounts), "account__reference"),
        ("account", more, "customer__reference"),
        ("price", PriceVersion.objects.filter(customer__in=customers), "customer__reference"),
        ("cycle", CycleMember.objects.filter(account__in=accounts), "account__reference"),
        ("discount", DocumentDiscount.objects.filter(account__in=accounts), "account__reference"),
        ("run", Run.objects.filter(account__in=accounts), "account__reference"),
        ("run", Run.objects.filter(customer__in=customers), "customer__reference"),
        ("api_key", ApiKey.objects.filter(customer__in=customers), "customer__reference"),
    )


def uses_of_changes(batch_id: int) -> list[Use]:
    """What uses what customers became by this import: documents under their new identity, or issued since."""
    changes = CustomerChange.objects.filter(intake_row__batch_id=batch_id)
    accounts = changes.values_list("before__account", "after__account")
    identities = {
        after["identity_id"] for before, after in accounts if before["identity_id"] != after["identity_id"]
    }
    began = Batch.objects.values_list("started_at", flat=True).get(pk=batch_id)
    since = Q(account__in=[after["id"] for _, after in accounts], issued_at__gte=began)
    billed = Invoice.objects.filter(Q(buyer_identity__in=identities) | since)
    return _found(("invoice", billed, "account__reference"))


def uses_of_contracts(batch_id: int) -> list[Use]:
    """What uses the contracts that this import brought, or has changed them since."""
    contracts = Subscription.objects.filter(intake_row__batch_id=batch_id)
    items = Item.objects.filter(subscription__in=contracts)
    changed = contracts.annotate(happened=Count("events")).filter(happened__gt=1)
    return _found(
        ("charge", Charge.objects.filter(item__in=items), "item__subscription__reference"),
        ("usage", Event.objects.filter(subscription__in=contracts), "subscription__reference"),
        ("change", changed, "reference"),
        ("end", contracts.filter(state=SubscriptionState.ENDED), "reference"),
    )


def _found(*looked_for: tuple[str, "QuerySet[Any]", str]) -> list[Use]:
    uses: list[Use] = []
    for noun, rows, reference in looked_for:
        first = rows.order_by("pk").values_list(reference, flat=True).first()
        if first is not None:
            uses.append(Use(noun, rows.count(), str(first)))
    return uses
