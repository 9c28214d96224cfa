"""Accounts, entries and postings."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from encaisse.catalog.models import Product
from encaisse.deposit.models import Movement
from encaisse.invoice.models import Invoice, InvoiceTax
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount, LegalEntity
from encaisse.payment.models import Payment
from encaisse.tax.models import Component


class Account(models.Model):
    """An account of the chart (plan comptable général). Posting lines name its code; a closed one takes none."""

    code = models.TextField(unique=True)
    name_fr = models.TextField()
    name_en = models.TextField()
    is_closed = models.BooleanField(db_default=False)


class CountryAccount(models.Model):
    """What is posted to accounts that begin with `listed` is, in the books of a country, under its own account.

    The longest beginning wins. `chart` is what a legal entity of that country keeps its books by; several of what is
    listed may be under one account, which then has one name.
    """

    chart = models.CharField(max_length=2)
    listed = models.TextField()
    code = models.TextField()
    name_fr = models.TextField()
    name_en = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="country_account_listed_once", fields=["chart", "listed"]),
            models.CheckConstraint(
                name="country_account_is_digits",
                condition=Q(code__regex="^[0-9]{2,10}$", listed__regex="^[0-9]{1,10}$"),
            ),
            models.CheckConstraint(
                name="country_account_has_names", condition=~Q(name_fr="") & ~Q(name_en="")
            ),
        ]


class MappingKind(models.TextChoices):
    """What is posted to an account of one's choice."""

    RECEIVABLE = "receivable"
    METHOD = "method"
    TAX = "tax"
    PRODUCT = "product"


class Mapping(models.Model):
    """Since `valid_from`, what customers owe, money by a method, a component of a tax or a product is posted there.

    The newest row not after a day holds on that day, and without any the account that the product or the component
    was made with, or that of `rules`. Rows are only added, and none of sales begins before what is issued: the
    account of each line that was ever posted can be told again.
    """

    kind = models.TextField(choices=MappingKind)
    method = models.TextField(default="")
    component = models.ForeignKey(
        Component, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    product = models.ForeignKey(
        Product, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    valid_from = models.DateField()
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField(default="")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="mapping_names_what_its_kind_is_about",
                condition=Q(kind="receivable", method="", component=None, product=None)
                | Q(kind="method", component=None, product=None) & ~Q(method="")
                | Q(kind="tax", method="", component__isnull=False, product=None)
                | Q(kind="product", method="", component=None, product__isnull=False),
            ),
        ]


class Journal(models.TextChoices):
    """The journals of the FEC."""

    SALES = "VE", "sales"
    BANK = "BQ", "bank"
    CASH = "CA", "cash"
    GENERAL = "OD", "general"
    OPENING = "AN", "opening"


class EntryKind(models.TextChoices):
    """What was posted."""

    INVOICE = "invoice"
    PAYMENT = "payment"
    PAYMENT_RETURN = "payment_return"
    PAYMENT_WITHDRAWN = "payment_withdrawn"
    VAT_COLLECTED = "vat_collected"
    EXCHANGE = "exchange"
    ADVANCE_COLLECTED = "advance_collected"
    ADVANCE_DEDUCTED = "advance_deducted"
    OPENING = "opening"
    OPENING_WITHDRAWN = "opening_withdrawn"
    DEPOSIT = "deposit"


class EntryQuerySet(models.QuerySet["Entry"]):
    """Entries, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the legal entities, and below level EVERYTHING of the accounts, that the scope may see."""
        visible = self.filter(scope.entities())
        if scope.sees_every_customer:
            return visible
        accounts = BillingAccount.objects.visible_to(scope).values("pk")
        of_documents = Q(invoice__account_id__in=accounts) | Q(payment__account_id__in=accounts)
        return visible.filter(of_documents | Q(movement__deposit__account_id__in=accounts))


class Entry(models.Model):
    """One balanced entry: two postings or more that sum to zero, checked at commit.

    It gets no later lines: `made_in`, a column that a guard adds, holds the transaction that wrote it.
    """

    legal_entity = models.ForeignKey(
        LegalEntity, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    journal = models.TextField(choices=Journal)
    kind = models.TextField(choices=EntryKind)
    date = models.DateField()
    invoice = models.ForeignKey(
        Invoice,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="entries",
    )
    payment = models.ForeignKey(
        Payment,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="entries",
    )
    movement = models.ForeignKey(
        Movement,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="entries",
    )
    posted_at = models.DateTimeField(db_default=Now())

    objects = EntryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="entry_has_the_piece_of_its_kind",
                condition=Q(
                    kind__in=[
                        "invoice",
                        "vat_collected",
                        "opening",
                        "opening_withdrawn",
                        "advance_collected",
                        "advance_deducted",
                    ],
                    invoice__isnull=False,
                    payment__isnull=True,
                    movement__isnull=True,
                )
                | Q(
                    kind__in=["payment", "payment_return", "payment_withdrawn"],
                    invoice__isnull=True,
                    payment__isnull=False,
                    movement__isnull=True,
                )
                # The source that was laid: a credit note, a payment or a draw on a deposit.
                | Q(kind="exchange", invoice__isnull=False, payment__isnull=True, movement__isnull=True)
                | Q(kind="exchange", invoice__isnull=True, payment__isnull=False, movement__isnull=True)
                | Q(
                    kind__in=["exchange", "deposit"],
                    invoice__isnull=True,
                    payment__isnull=True,
                    movement__isnull=False,
                ),
            ),
            models.UniqueConstraint(
                name="entry_once_per_invoice", fields=["invoice"], condition=Q(kind="invoice")
            ),
            models.UniqueConstraint(
                name="opening_once_per_invoice_and_kind",
                fields=["invoice", "kind"],
                condition=Q(kind__in=["opening", "opening_withdrawn"]),
            ),
            models.UniqueConstraint(
                name="deducted_once_per_invoice",
                fields=["invoice"],
                condition=Q(kind="advance_deducted"),
            ),
            models.UniqueConstraint(
                name="entry_once_per_payment_and_kind",
                fields=["payment", "kind"],
                condition=Q(payment__isnull=False) & ~Q(kind="exchange"),
            ),
            models.UniqueConstraint(
                name="entry_once_per_movement", fields=["movement"], condition=Q(kind="deposit")
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                name="entry_of_advance_collected", fields=["invoice"], condition=Q(kind="advance_collected")
            ),
            models.Index(name="entry_by_date", fields=["date", "id"]),
            models.Index(
                name="entry_of_vat_collected", fields=["invoice"], condition=Q(kind="vat_collected")
            ),
        ]


class PostingQuerySet(models.QuerySet["Posting"]):
    """Postings, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the entries that the scope may see."""
        return self.filter(entry__in=Entry.objects.visible_to(scope))


class Posting(models.Model):
    """One line of an entry: debit positive, credit negative, in minor units of the accounting currency.

    `foreign_minor` and `foreign_currency` are a memo of the document's currency when it differs.
    """

    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="postings"
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    billing_account = models.ForeignKey(
        BillingAccount,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    amount_minor = models.BigIntegerField()
    foreign_minor = models.BigIntegerField(null=True)
    foreign_currency = models.CharField(max_length=3, null=True)

    objects = PostingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="posting_foreign_memo_is_a_pair",
                condition=Q(foreign_minor__isnull=True, foreign_currency__isnull=True)
                | Q(foreign_minor__isnull=False, foreign_currency__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="posting_of_entry", fields=["entry"]),
            models.Index(
                name="posting_of_customer",
                fields=["billing_account"],
                condition=Q(billing_account__isnull=False),
            ),
        ]


class CollectedVat(models.Model):
    """What one `vat_collected` entry moves of one tax of its invoice, from waiting to due; negative moves back.

    In minor units of the accounting currency. At commit the rows of a tax add up to what is due of it, which
    `ledger_vat_due` says: the deferred tax in the proportion of what is settled.
    """

    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, db_constraint=False, related_name="collected_vat"
    )
    invoice_tax = models.ForeignKey(
        InvoiceTax, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    base_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()


class FecNumber(models.Model):
    """The official number of an entry (EcritureNum): given in order at export or closing, once, no hole."""

    entry = models.OneToOneField(Entry, primary_key=True, on_delete=models.PROTECT)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    year = models.SmallIntegerField()
    number = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="fec_number_once_per_year", fields=["legal_entity", "year", "number"]
            ),
            models.CheckConstraint(name="fec_number_starts_at_one", condition=Q(number__gte=1)),
        ]
