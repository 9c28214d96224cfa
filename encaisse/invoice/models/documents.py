"""Invoices, their lines and taxes, and the series that number them."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from encaisse.billing.models import Run
from encaisse.catalog.models import Product
from encaisse.currency.models import ExchangeRate
from encaisse.invoice.indexes import LISTED
from encaisse.kernel.scope import Scope
from encaisse.kernel.states import transitions
from encaisse.party.models import (
    BillingAccount,
    BuyerReference,
    Identity,
    LegalEntity,
    TermsKind,
    of_visible_accounts,
)
from encaisse.tax.models import Tax


class InvoiceKind(models.TextChoices):
    """EN 16931 BT-3: 380, 381 and 386. A credit note is stored negative."""

    INVOICE = "invoice"
    ADVANCE = "advance"
    CREDIT_NOTE = "credit_note"


class InvoiceState(models.TextChoices):
    """Only `issued` is a legal document; only drafts of any kind can be cancelled, and only what was made elsewhere
    is withdrawn: as if it had never come in, and hidden everywhere."""

    DRAFT = "draft"
    APPROVED = "approved"
    SUSPECT = "suspect"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    ISSUED = "issued"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


INVOICE_TRANSITIONS = transitions(
    draft="approved suspect rejected quarantined cancelled",
    approved="issued suspect rejected quarantined cancelled",
    suspect="approved rejected quarantined cancelled",
    rejected="approved quarantined cancelled",
    quarantined="approved rejected cancelled",
    issued="withdrawn",
    cancelled="",
    withdrawn="",
)

# What may still change on an issued invoice; a column added later is frozen until it is named here.
MUTABLE_ONCE_ISSUED = frozenset({"settled_minor"})
PLACE = ("invoice", "position")
# What was made elsewhere is issued from the moment it comes in.
MUTABLE_ONCE_BROUGHT_IN = frozenset({"settled_minor", "state"})


class Series(models.Model):
    """The numbers of one kind of document of one legal entity in one period: 1..N without a hole.

    Its row is the last lock that an issue takes. `last_link` is the head of the hash chain.
    """

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField(choices=InvoiceKind)
    period = models.TextField()
    prefix = models.TextField()
    width = models.SmallIntegerField(default=6)
    last_number = models.BigIntegerField(default=0)
    last_issue_date = models.DateField(null=True)
    last_link = models.BinaryField(default=b"")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="series_once_per_period", fields=["legal_entity", "kind", "period"]),
            # A number is its series' prefix and its place in it: with these two, no number is ever given twice.
            models.UniqueConstraint(
                name="series_prefix_once_per_entity_and_kind", fields=["legal_entity", "kind", "prefix"]
            ),
            models.CheckConstraint(name="series_prefix_ends_with_a_dash", condition=Q(prefix__endswith="-")),
        ]


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    """Invoices, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the accounts that the scope may see, but what was withdrawn."""
        standing = self.exclude(state=InvoiceState.WITHDRAWN)
        return standing.filter(of_visible_accounts(scope))

    def issued(self) -> Self:
        """Legal documents."""
        return self.filter(state=InvoiceState.ISSUED)

    def still_open(self) -> Self:
        """Issued and not settled in full."""
        return self.issued().exclude(settled_minor=F("payable_minor"))


class Invoice(models.Model):
    """A claim on one billing account. Amounts in minor units of `currency`; `acc_*` in the entity's own.

    `exchange_rate` converted it; `rate` is the same for one main unit of the accounting currency, to be read. `digest`
    covers what it says apart from its number and dates, which `link` covers (`rules.seal`). Net is what the lines sum
    to less `allowance_minor`, the discounts of the whole document. One `made_elsewhere` is issued as it comes in, under
    its own number: it has no series, link nor seal, and its origin tells its lines (`takeover`).
    """

    legal_entity = models.ForeignKey(
        LegalEntity, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    account = models.ForeignKey(
        BillingAccount, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="invoices"
    )
    run = models.ForeignKey(
        Run, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    split = models.SmallIntegerField(default=0)
    kind = models.TextField(choices=InvoiceKind, default=InvoiceKind.INVOICE)
    made_elsewhere = models.BooleanField(default=False)
    state = models.TextField(choices=InvoiceState, default=InvoiceState.DRAFT)
    series = models.ForeignKey(
        Series, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    sequence = models.BigIntegerField(null=True)
    number = models.TextField(null=True)
    issue_date = models.DateField(null=True)
    due_date = models.DateField(null=True)
    period_from = models.DateField(null=True)
    period_to = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    allowance_minor = models.BigIntegerField(default=0)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    deducted_minor = models.BigIntegerField(default=0)
    payable_minor = models.BigIntegerField()
    settled_minor = models.BigIntegerField(default=0)
    accounting_currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=20, decimal_places=10)
    exchange_rate = models.ForeignKey(
        ExchangeRate,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    acc_net_minor = models.BigIntegerField()
    acc_tax_minor = models.BigIntegerField()
    acc_gross_minor = models.BigIntegerField()
    seller_identity = models.ForeignKey(
        Identity, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    buyer_identity = models.ForeignKey(
        Identity, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    buyer_reference = models.ForeignKey(
        BuyerReference,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    language = models.CharField(max_length=2)
    terms_kind = models.TextField(choices=TermsKind)
    terms_days = models.SmallIntegerField()
    terms_day = models.SmallIntegerField(null=True)
    terms_plan = models.TextField(default="")
    corrects = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="corrections",
    )
    reason = models.TextField(default="")
    digest_version = models.SmallIntegerField()
    digest = models.BinaryField()
    link = models.BinaryField(null=True)
    drafted_at = models.DateTimeField(db_default=Now())
    issued_at = models.DateTimeField(null=True)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="invoice_gross_is_net_plus_tax", condition=Q(gross_minor=F("net_minor") + F("tax_minor"))
            ),
            models.CheckConstraint(
                name="invoice_acc_gross_is_net_plus_tax",
                condition=Q(acc_gross_minor=F("acc_net_minor") + F("acc_tax_minor")),
            ),
            models.CheckConstraint(
                name="invoice_payable_is_gross_less_deducted",
                condition=Q(payable_minor=F("gross_minor") - F("deducted_minor")),
            ),
            models.CheckConstraint(
                name="invoice_sign_fits_its_kind",
                condition=Q(kind="credit_note", gross_minor__lte=0, payable_minor__lte=0)
                | ~Q(kind="credit_note") & Q(gross_minor__gte=0, payable_minor__gte=0),
            ),
            models.CheckConstraint(
                name="invoice_allowance_fits_its_kind",
                condition=Q(kind="credit_note", allowance_minor__lte=0)
                | ~Q(kind="credit_note") & Q(allowance_minor__gte=0),
            ),
            models.CheckConstraint(
                name="invoice_settled_within_payable",
                condition=Q(payable_minor__gte=0, settled_minor__gte=0, settled_minor__lte=F("payable_minor"))
                | Q(payable_minor__lt=0, settled_minor__lte=0, settled_minor__gte=F("payable_minor")),
            ),
            models.CheckConstraint(
                name="invoice_settled_only_when_issued", condition=Q(state="issued") | Q(settled_minor=0)
            ),
            models.CheckConstraint(
                name="invoice_numbered_and_dated_iff_issued",
                condition=Q(state__in=("issued", "withdrawn"), number__isnull=False, issue_date__isnull=False)
                & Q(issued_at__isnull=False)
                | ~Q(state__in=("issued", "withdrawn")) & Q(number__isnull=True, issued_at__isnull=True),
            ),
            models.CheckConstraint(
                name="invoice_in_a_series_iff_issued_here",
                condition=Q(state="issued", made_elsewhere=False, series__isnull=False, link__isnull=False)
                & Q(sequence__isnull=False, sequence__gte=1)
                | Q(series__isnull=True, sequence__isnull=True, link__isnull=True)
                & (
                    Q(made_elsewhere=True, state__in=("issued", "withdrawn"))
                    | Q(made_elsewhere=False) & ~Q(state__in=("issued", "withdrawn"))
                ),
            ),
            models.CheckConstraint(
                name="invoice_rate_is_one_or_recorded",
                condition=Q(currency=F("accounting_currency"), rate=1, exchange_rate__isnull=True)
                | ~Q(currency=F("accounting_currency"))
                & (Q(exchange_rate__isnull=False) | Q(made_elsewhere=True)),
            ),
            models.CheckConstraint(
                name="credit_note_says_what_it_corrects",
                condition=~Q(kind="credit_note") | Q(corrects__isnull=False) | Q(made_elsewhere=True),
            ),
            models.UniqueConstraint(
                name="invoice_one_per_run_account_and_split",
                fields=["run", "account", "split"],
                condition=Q(run__isnull=False) & ~Q(state="cancelled"),
            ),
            models.UniqueConstraint(
                name="invoice_made_elsewhere_once_per_number",
                fields=["legal_entity", "kind", "number"],
                condition=Q(made_elsewhere=True, state="issued"),
            ),
            models.UniqueConstraint(
                name="invoice_sequence_once_per_series",
                fields=["series", "sequence"],
                condition=Q(series__isnull=False),
            ),
        ]
        indexes: ClassVar = LISTED


class Line(models.Model):
    """The charges of one product, price, discount, tax and period, rounded once, half-up. Never updated.

    `gross_minor` is quantity × price before the discount; `discount_minor` (BG-27) is what the rounding of the
    net leaves between them, so gross − discount is net to the cent.
    """

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="lines"
    )
    position = models.IntegerField()
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    tax = models.ForeignKey(
        Tax, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    label = models.TextField()
    quantity = models.DecimalField(max_digits=20, decimal_places=6)
    unit_price = models.DecimalField(max_digits=20, decimal_places=6)
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4)
    gross_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    acc_net_minor = models.BigIntegerField()
    period_from = models.DateField(null=True)
    period_to = models.DateField(null=True)
    discount_reason = models.TextField(null=True)  # noqa: DJ001 - none said is not an empty one
    corrects_line = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="line_net_is_gross_less_discount",
                condition=Q(net_minor=F("gross_minor") - F("discount_minor")),
            ),
            models.UniqueConstraint(name="line_position_once_per_invoice", fields=["invoice", "position"]),
        ]
        indexes: ClassVar = [
            models.Index(
                name="line_corrections", fields=["corrects_line"], condition=Q(corrects_line__isnull=False)
            ),
        ]


class InvoiceTax(models.Model):
    """One component of one tax on the summed base of the document. Never updated.

    `deferred_minor` is the part of `tax_minor` that is due when the customer pays, not when the invoice is issued.
    """

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="taxes"
    )
    position = models.SmallIntegerField()
    tax = models.ForeignKey(
        Tax, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    component = models.SmallIntegerField()
    category = models.CharField(max_length=2)
    kind = models.TextField()
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    base_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    acc_tax_minor = models.BigIntegerField()
    deferred_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="tax_deferred_within_tax",
                condition=Q(deferred_minor__gte=0, deferred_minor__lte=F("tax_minor"))
                | Q(deferred_minor__lte=0, deferred_minor__gte=F("tax_minor")),
            ),
            models.UniqueConstraint(name="tax_position_once_per_invoice", fields=["invoice", "position"]),
        ]


class Instalment(models.Model):
    """What is to be paid of an invoice on one day at the latest, when it is payable in several. Never updated.

    The instalments of an invoice add up to what is payable, in the order of their days, up to its own due date.
    """

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="instalments"
    )
    position = models.SmallIntegerField()
    due_date = models.DateField()
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="instalment_is_positive", condition=Q(amount_minor__gt=0)),
            models.UniqueConstraint(name="instalment_position_once_per_invoice", fields=PLACE),
        ]


class Allowance(models.Model):
    """A discount of the whole document (BG-20): its part that falls on one tax, and why. Never updated.

    `percent` of `base_minor`, what the lines of that tax sum to, or null of an amount. A credit note mirrors it.
    """

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="allowances"
    )
    position = models.SmallIntegerField()
    tax = models.ForeignKey(
        Tax, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    base_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    acc_amount_minor = models.BigIntegerField()
    reason = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="allowance_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="allowance_is_a_percentage",
                condition=Q(percent__isnull=True) | Q(percent__gt=0, percent__lte=100),
            ),
            models.UniqueConstraint(name="allowance_position_once_per_invoice", fields=PLACE),
        ]
