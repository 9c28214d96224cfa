"""Templates of deposits, deposits, and every movement of the money held."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from encaisse.catalog.models import Offer
from encaisse.invoice.models import Invoice
from encaisse.kernel.scope import Scope
from encaisse.kernel.states import transitions
from encaisse.party.models import BillingAccount, LegalEntity, of_visible_accounts
from encaisse.payment.models import Payment
from encaisse.subscription.models import Subscription


class TemplateQuerySet(models.QuerySet["Template"]):
    """Templates, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the legal entities of which the scope sees every customer."""
        return self.filter(scope.entities()) if scope.sees_every_customer else self.none()


class Template(models.Model):
    """What a legal entity may ask as a deposit: between which amounts, how much of one customer, and for how long.

    Amounts in minor units of `currency`. Deposits are held until `valid_until`, its last day, or for `valid_months`.
    One that gives itself back needs nobody's approval. Deposits keep what was asked of them when a template changes.
    """

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    name = models.TextField()
    currency = models.CharField(max_length=3)
    min_minor = models.BigIntegerField()
    max_minor = models.BigIntegerField()
    customer_max_minor = models.BigIntegerField(null=True)
    valid_until = models.DateField(null=True)
    valid_months = models.SmallIntegerField(null=True)
    is_auto_refund = models.BooleanField(default=False)
    is_archived = models.BooleanField(default=False)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="deposit_template_limits_hold_together",
                condition=Q(min_minor__gt=0, max_minor__gte=F("min_minor"))
                & (Q(customer_max_minor__isnull=True) | Q(customer_max_minor__gte=F("min_minor"))),
            ),
            models.CheckConstraint(
                name="deposit_template_valid_until_a_day_or_for_months",
                condition=Q(valid_until__isnull=True, valid_months__isnull=True)
                | Q(valid_until__isnull=False, valid_months__isnull=True)
                | Q(valid_until__isnull=True, valid_months__gt=0),
            ),
        ]


class Series(models.Model):
    """The numbers of the deposits of one legal entity and year. Locked to take the next."""

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    year = models.SmallIntegerField()
    last_number = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="deposit_series_once_per_entity_and_year", fields=["legal_entity", "year"]
            ),
        ]


class DepositState(models.TextChoices):
    """Asked for once `validated`; `hold` while a part is received, `locked` once all is, `unlocked` once some is drawn,
    `used` when nothing is left to give back. A trigger says which from what moved."""

    NEW = "new"
    VALIDATED = "validated"
    HOLD = "hold"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    USED = "used"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


DEPOSIT_TRANSITIONS = transitions(
    new="validated cancelled",
    validated="hold locked cancelled",
    hold="validated locked unlocked used refunded",
    locked="validated hold unlocked used refunded",
    unlocked="hold locked used refunded",
    used="hold locked unlocked",
    refunded="hold locked unlocked",
    cancelled="",
)
ASKED = (DepositState.NEW, DepositState.VALIDATED, DepositState.HOLD)
EXPECTING = (DepositState.VALIDATED, DepositState.HOLD)
HOLDING = (DepositState.HOLD, DepositState.LOCKED, DepositState.UNLOCKED)
MOVED = frozenset({"state", "received_minor", "drawn_minor", "refunded_minor", "held_acc_minor"})
MUTABLE = MOVED | {"valid_until", "cancel_reason"}


class DepositQuerySet(models.QuerySet["Deposit"]):
    """Deposits, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the accounts that the scope may see."""
        return self.filter(of_visible_accounts(scope))

    def holding(self) -> Self:
        """Those of which something is held."""
        return self.filter(state__in=HOLDING)


class Deposit(models.Model):
    """A guarantee asked of an account, with or without a contract: a memo, which nobody owes, until money is received.

    In minor units of `currency`. Held is what was received and neither drawn nor refunded; `held_acc_minor` is what
    that is worth in the books. Sums and state are caches that the trigger on movements keeps.
    """

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="deposits")
    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="deposits")
    subscription = models.ForeignKey(
        Subscription, null=True, on_delete=models.PROTECT, related_name="deposits"
    )
    number = models.TextField()
    state = models.TextField(choices=DepositState, default=DepositState.NEW)
    currency = models.CharField(max_length=3)
    accounting_currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    received_minor = models.BigIntegerField(default=0)
    drawn_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    held_acc_minor = models.BigIntegerField(default=0)
    requested_on = models.DateField()
    valid_until = models.DateField(null=True)
    cancel_reason = models.TextField(default="")
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())

    objects = DepositQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="deposit_number_once_per_entity", fields=["legal_entity", "number"]),
            models.CheckConstraint(
                name="deposit_received_within_amount",
                condition=Q(amount_minor__gt=0, received_minor__gte=0, received_minor__lte=F("amount_minor")),
            ),
            models.CheckConstraint(
                name="deposit_never_below_zero",
                condition=Q(
                    drawn_minor__gte=0,
                    refunded_minor__gte=0,
                    received_minor__gte=F("drawn_minor") + F("refunded_minor"),
                    held_acc_minor__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="deposit_worth_nothing_once_empty",
                condition=Q(received_minor__gt=F("drawn_minor") + F("refunded_minor")) | Q(held_acc_minor=0),
            ),
            models.CheckConstraint(
                name="deposit_state_is_what_moved",
                condition=Q(state__in=("new", "validated", "cancelled"), received_minor=0)
                | Q(state="hold", received_minor__gt=0, received_minor__lt=F("amount_minor"))
                & Q(drawn_minor=0, refunded_minor=0)
                | Q(state="locked", received_minor=F("amount_minor"), drawn_minor=0, refunded_minor=0)
                | Q(state="unlocked", drawn_minor__gt=0, drawn_minor__lt=F("received_minor"))
                & Q(refunded_minor=0)
                | Q(state="used", received_minor__gt=0, drawn_minor=F("received_minor"))
                | Q(
                    state="refunded",
                    refunded_minor__gt=0,
                    received_minor=F("drawn_minor") + F("refunded_minor"),
                ),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                name="deposit_held", fields=["id"], condition=Q(state__in=("hold", "locked", "unlocked"))
            ),
        ]


class MovementKind(models.TextChoices):
    """What moved."""

    FUND = "fund"
    DRAW = "draw"
    REFUND = "refund"


class MovementQuerySet(models.QuerySet["Movement"]):
    """Movements, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the accounts that the scope may see."""
        return self.filter(deposit__account_id__in=BillingAccount.objects.visible_to(scope).values("pk"))

    def standing(self) -> Self:
        """Neither taken back nor the taking back of another."""
        return self.filter(reverses=None, reversed_by=None)


class Movement(models.Model):
    """Money received, drawn on an invoice or given back: positive is held, in minor units of the deposit's currency.

    Never updated: taking one back is a row that `reverses` it with the opposite amount. `acc_amount_minor` is what it
    is worth in the books at the rate of its receipt. What funds it is a payment, unless it was held elsewhere
    (`carried`); a refund says by what `method`. `seq` counts the movements of a deposit:
    with its number, the receipt's.
    """

    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="movements")
    seq = models.IntegerField()
    kind = models.TextField(choices=MovementKind)
    amount_minor = models.BigIntegerField()
    acc_amount_minor = models.BigIntegerField()
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="movements")
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="draws")
    method = models.TextField(default="")
    reference = models.TextField(default="")
    moved_on = models.DateField()
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField(default="")
    recorded_at = models.DateTimeField(db_default=Now())

    objects = MovementQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="deposit_movement_once_per_place", fields=["deposit", "seq"]),
            models.CheckConstraint(
                name="deposit_movement_has_the_sign_of_its_kind",
                condition=Q(kind="fund", amount_minor__gt=0, reverses__isnull=True)
                | Q(kind="fund", amount_minor__lt=0, reverses__isnull=False)
                | Q(kind__in=("draw", "refund"), amount_minor__lt=0, reverses__isnull=True)
                | Q(kind__in=("draw", "refund"), amount_minor__gt=0, reverses__isnull=False),
            ),
            models.CheckConstraint(
                name="deposit_movement_names_where_its_money_is",
                condition=Q(kind="fund", payment__isnull=False, invoice__isnull=True, method="")
                | Q(kind="fund", payment__isnull=True, invoice__isnull=True, method="carried")
                | Q(kind="draw", payment__isnull=True, invoice__isnull=False, method="")
                | Q(
                    kind="refund",
                    payment__isnull=True,
                    invoice__isnull=True,
                    method__in=("transfer", "cheque", "cash"),
                ),
            ),
            models.CheckConstraint(
                name="deposit_movement_worth_has_its_sign",
                condition=Q(amount_minor__gt=0, acc_amount_minor__gte=0)
                | Q(amount_minor__lt=0, acc_amount_minor__lte=0),
            ),
        ]


class OfferDeposit(models.Model):
    """From `valid_from` on, contracts of the offer ask for so much of this template; nothing is no deposit any more.

    The newest row not after a day holds on that day, for accounts of the template's legal entity and currency. Rows
    are only added.
    """

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="deposits")
    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="offers")
    amount_minor = models.BigIntegerField()
    valid_from = models.DateField()
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField(default="")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="offer_deposit_not_negative", condition=Q(amount_minor__gte=0)),
        ]


class ProposalKind(models.TextChoices):
    """What is proposed of a deposit."""

    REFUND = "refund"
    DRAW = "draw"


class Why(models.TextChoices):
    """Why it is proposed."""

    CONTRACT_ENDED = "contract_ended"
    VALIDITY_OVER = "validity_over"
    INVOICE_LATE = "invoice_late"
    EQUIPMENT_RETURNED = "equipment_returned"


class Answer(models.TextChoices):
    """What became of a proposal."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"


ANSWER_TRANSITIONS = transitions(open="approved declined", approved="", declined="")


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Proposals, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the accounts that the scope may see."""
        return self.filter(deposit__account_id__in=BillingAccount.objects.visible_to(scope).values("pk"))


class Proposal(models.Model):
    """To give a deposit back, or to pay a late invoice out of it: nothing moves before somebody approves."""

    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="proposals")
    kind = models.TextField(choices=ProposalKind)
    why = models.TextField(choices=Why)
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.TextField(choices=Answer, default=Answer.OPEN)
    proposed_on = models.DateField()
    proposed_by = models.TextField(default="")
    answered_by = models.TextField(default="")
    answered_at = models.DateTimeField(null=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="deposit_proposed_once_at_a_time",
                fields=["deposit", "kind"],
                condition=Q(state="open"),
            ),
            models.CheckConstraint(
                name="deposit_proposal_draws_on_an_invoice",
                condition=Q(kind="refund", invoice__isnull=True) | Q(kind="draw", invoice__isnull=False),
            ),
            models.CheckConstraint(
                name="deposit_proposal_dated_once_answered",
                condition=Q(state="open", answered_at__isnull=True)
                | ~Q(state="open") & Q(answered_at__isnull=False),
            ),
        ]
