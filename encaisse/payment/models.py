"""Payments."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from encaisse.currency.models import ExchangeRate
from encaisse.kernel.scope import Scope
from encaisse.kernel.states import transitions
from encaisse.party.models import BillingAccount, LegalEntity, of_visible_accounts


class Method(models.TextChoices):
    """How the money came.

    `external` is what settled elsewhere an invoice made elsewhere, `carried` a credit that was there when the account
    was taken over: neither is money that we received.
    """

    TRANSFER = "transfer"
    CHEQUE = "cheque"
    CASH = "cash"
    EXTERNAL = "external"
    CARRIED = "carried"


class Purpose(models.TextChoices):
    """What money is received for: to be laid on what the account owes, or to be held in a deposit."""

    ACCOUNT = ""
    DEPOSIT = "deposit"


FROM_ELSEWHERE = (Method.EXTERNAL, Method.CARRIED)


class PaymentState(models.TextChoices):
    """A returned payment (unpaid cheque, recalled transfer) has nothing allocated any more, nor has one that was
    withdrawn with the import that brought it, which is hidden everywhere."""

    RECEIVED = "received"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


PAYMENT_TRANSITIONS = transitions(received="returned withdrawn", returned="", withdrawn="")
MUTABLE_ONCE_RECEIVED = frozenset({"state", "allocated_minor"})


class PaymentQuerySet(models.QuerySet["Payment"]):
    """Payments, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the accounts that the scope may see, but what was withdrawn."""
        standing = self.exclude(state=PaymentState.WITHDRAWN)
        return standing.filter(of_visible_accounts(scope))

    def received_here(self) -> Self:
        """Money that came to us: what was settled elsewhere, or carried over from there, did not."""
        return self.exclude(method__in=FROM_ELSEWHERE)


class Payment(models.Model):
    """Money received from an account, in minor units of `currency`. Only state and `allocated_minor` change.

    `acc_amount_minor` is what it is worth in the books by `exchange_rate`; `rate` is the same for one main unit of the
    accounting currency, to be read.

    `allocated_minor` is a cache that the triggers on allocations, and on movements of deposits, keep. `origin_key`
    makes a repeated receipt the same payment.
    """

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="payments")
    method = models.TextField(choices=Method)
    purpose = models.TextField(choices=Purpose, default=Purpose.ACCOUNT, blank=True)
    state = models.TextField(choices=PaymentState, default=PaymentState.RECEIVED)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    accounting_currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=20, decimal_places=10, default=1)
    exchange_rate = models.ForeignKey(
        ExchangeRate, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    acc_amount_minor = models.BigIntegerField()
    allocated_minor = models.BigIntegerField(default=0)
    received_on = models.DateField()
    reference = models.TextField(default="")
    origin_key = models.TextField(null=True, unique=True)
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField(default="")
    recorded_at = models.DateTimeField(db_default=Now())

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="payment_amount_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="payment_allocated_within_amount",
                condition=Q(allocated_minor__gte=0, allocated_minor__lte=F("amount_minor")),
            ),
            models.CheckConstraint(
                name="payment_returned_is_not_allocated",
                condition=~Q(state__in=("returned", "withdrawn")) | Q(allocated_minor=0),
            ),
            models.CheckConstraint(
                name="payment_withdrawn_came_from_elsewhere",
                condition=~Q(state="withdrawn") | Q(method__in=("external", "carried")),
            ),
            models.CheckConstraint(
                name="payment_same_currency_has_rate_one",
                condition=~Q(currency=F("accounting_currency"))
                | Q(rate=1, acc_amount_minor=F("amount_minor"), exchange_rate__isnull=True),
            ),
            models.CheckConstraint(
                name="payment_names_its_rate_when_converted",
                condition=Q(currency=F("accounting_currency")) | Q(exchange_rate__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="payment_by_day", fields=["received_on", "id"]),
            models.Index(name="payment_by_amount", fields=["amount_minor", "id"]),
            models.Index(
                name="payment_to_allocate",
                fields=["received_on", "id"],
                condition=Q(state="received", allocated_minor__lt=F("amount_minor")),
            ),
        ]
