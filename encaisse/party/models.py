"""Sellers, buyers and the people around them."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from encaisse.intake.models import Row
from encaisse.kernel.scope import Level, Scope
from encaisse.kernel.states import transitions
from encaisse.party.rules.references import References

# Instalments as `rules.terms` writes them: "30 on_receipt, 70 end_of_month_on_day 30 10".
TERMS_PLAN = "^[0-9.]+ [a-z_]+( [0-9]+)*(, [0-9.]+ [a-z_]+( [0-9]+)*)+$"


def _trimmed(longest: int) -> str:
    """A PostgreSQL pattern: nothing, or printable text without blanks around it."""
    end = "[^[:cntrl:][:space:]]"
    return f"^({end}([^[:cntrl:]]{{0,{longest - 2}}}{end})?)?$"


class Identity(models.Model):
    """A legal identity at one moment: immutable.

    A change is a new row; documents keep the one that they were made with.
    """

    name = models.TextField()
    legal_form = models.TextField(default="")
    capital = models.TextField(default="")
    siren = models.TextField(default="")
    siret = models.TextField(default="")
    vat_number = models.TextField(default="")
    registry = models.TextField(default="")
    address_1 = models.TextField()
    address_2 = models.TextField(default="")
    postcode = models.TextField(default="")
    city = models.TextField()
    country = models.CharField(max_length=2)
    email = models.TextField(default="")
    phone = models.TextField(default="")
    is_business = models.BooleanField(default=True)
    # Name and address as `rules.names.match_key` puts them, where customers are looked for who are there already.
    match_key = models.TextField(default="")
    # Numbers that countries beyond Europe give; `rules.nations` says which are whose, and what they are called there.
    ice = models.TextField(default="")
    fiscal_number = models.TextField(default="")
    professional_tax = models.TextField(default="")
    social_security = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [
            models.Index(name="identity_of_a_siren", fields=["siren"], condition=~Q(siren="")),
            models.Index(name="identity_of_a_vat_number", fields=["vat_number"], condition=~Q(vat_number="")),
            models.Index(
                name="identity_of_a_name_and_place", fields=["match_key"], condition=~Q(match_key="")
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="identity_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="identity_siren_is_nine_digits", condition=Q(siren__regex="^([0-9]{9})?$")
            ),
            models.CheckConstraint(
                name="identity_siret_is_14_digits", condition=Q(siret__regex="^([0-9]{14})?$")
            ),
            models.CheckConstraint(
                name="identity_ice_is_15_digits", condition=Q(ice__regex="^([0-9]{15})?$")
            ),
            models.CheckConstraint(name="identity_country_is_iso", condition=Q(country__regex="^[A-Z]{2}$")),
        ]


class MonthEndReading(models.TextChoices):
    """What "45 days end of month" counts first. Source: Code de commerce, art. L441-10, which allows both."""

    DAYS_FIRST = "days_first"
    MONTH_FIRST = "month_first"


class LegalEntity(models.Model):
    """A seller: it owns its number series, its ledger and its billing accounts.

    Amounts in the books are in `currency`, by the accounts of a `chart` that is its country's. Both are for ever. A
    sandbox is where programs try things out: it stands for another legal entity, with a series, a ledger and accounts
    of its own, and its documents say that they are tests.
    """

    code = models.TextField(unique=True)
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    chart = models.CharField(max_length=2, default="FR")
    timezone = models.TextField(default="Europe/Paris")
    iban = models.TextField(default="")
    bic = models.TextField(default="")
    late_penalty = models.TextField(default="")
    invoice_prefix = models.TextField(default="F")
    credit_note_prefix = models.TextField(default="A")
    month_end_reading = models.TextField(choices=MonthEndReading, default=MonthEndReading.DAYS_FIRST)
    sandbox_of = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="sandbox")

    class Meta:
        constraints: ClassVar = [
            # BR-FR-01: a number holds only letters, digits and + - _ /, 35 characters at most.
            models.CheckConstraint(
                name="legal_entity_prefixes_are_allowed_in_numbers",
                condition=Q(invoice_prefix__regex="^[A-Za-z0-9+_/-]{0,20}$")
                & Q(credit_note_prefix__regex="^[A-Za-z0-9+_/-]{0,20}$"),
            ),
            models.CheckConstraint(
                name="month_end_is_read_one_way_or_the_other",
                condition=Q(month_end_reading__in=("days_first", "month_first")),
            ),
        ]


class Group(models.Model):
    """A team of reps, led by one of them."""

    code = models.TextField(unique=True)
    name = models.TextField()
    leader = models.ForeignKey("Rep", null=True, on_delete=models.PROTECT, related_name="leads")


class Rep(models.Model):
    """A sales representative, followed by name and code."""

    code = models.TextField(unique=True)
    name = models.TextField()
    group = models.ForeignKey(Group, null=True, on_delete=models.PROTECT, related_name="reps")


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Customers, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those with a billing account that the scope may see; the withdrawn ones are nobody's."""
        if scope.sees_every_row:
            return self.exclude(state=PartyState.WITHDRAWN)
        accounts = BillingAccount.objects.visible_to(scope).filter(customer_id=models.OuterRef("pk"))
        return self.filter(models.Exists(accounts))


class PartyState(models.TextChoices):
    """Withdrawn rows are hidden everywhere and never deleted."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


# What an import brought and an undo withdrew, another import may take up again.
CUSTOMER_TRANSITIONS = transitions(active="withdrawn", withdrawn="active")
BILLINGACCOUNT_TRANSITIONS = transitions(active="withdrawn", withdrawn="active")


class Category(models.Model):
    """A kind of customers that rules of taxes may name: administrations, associations, the exempt. Its code stays."""

    code = models.TextField(unique=True)
    name_fr = models.TextField()
    name_en = models.TextField()

    @property
    def said(self) -> tuple[int, str, str, str]:
        """Its key, its code and its names."""
        return self.pk, self.code, self.name_fr, self.name_en

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="category_code_is_short_and_plain",
                condition=Q(code__regex="^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$"),
            ),
        ]


class Customer(models.Model):
    """Someone we sell to, under our own reference; what is owed hangs on the billing accounts."""

    reference = models.TextField(unique=True)
    name = models.TextField()
    sort_key = models.TextField()
    language = models.CharField(max_length=2, default="fr")
    rep = models.ForeignKey(Rep, null=True, on_delete=models.PROTECT, related_name="customers")
    credit_limit_minor = models.BigIntegerField(null=True)
    credit_currency = models.CharField(max_length=3, default="EUR")
    credit_category = models.TextField(default="")
    category = models.ForeignKey(
        Category, null=True, on_delete=models.PROTECT, db_index=False, related_name="customers"
    )
    since_date = models.DateField(null=True)
    state = models.TextField(choices=PartyState, default=PartyState.ACTIVE)
    intake_row = models.ForeignKey(Row, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    content_hash = models.TextField(default="")

    objects = CustomerQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(name="customer_by_name", fields=["sort_key", "id"], condition=~Q(state="withdrawn")),
        ]


class CustomerChange(models.Model):
    """What one record of a file made of a customer who was there: its columns and its account's, before and after.

    An undo puts `before` back, as long as the customer still is what `after` says.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    intake_row = models.ForeignKey(Row, on_delete=models.PROTECT, related_name="+")
    before = models.JSONField()
    after = models.JSONField()


class Contact(models.Model):
    """A person or a desk at a customer."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contacts")
    name = models.TextField()
    email = models.TextField(default="")
    phone = models.TextField(default="")
    role = models.TextField(default="billing")


class TermsKind(models.TextChoices):
    """How a due date follows from an issue date."""

    ON_RECEIPT = "on_receipt"
    NET_DAYS = "net_days"
    END_OF_MONTH = "end_of_month"
    END_OF_MONTH_ON_DAY = "end_of_month_on_day"
    INSTALMENTS = "instalments"


class RequiredReference(models.TextChoices):
    """Which reference the documents of an account must bear: an order's, or the buyer's own."""

    NONE = ""
    ORDER = "order"
    BUYER = "buyer"


class PaymentMethod(models.TextChoices):
    """How the account is expected to pay."""

    TRANSFER = "transfer"
    CHEQUE = "cheque"
    DIRECT_DEBIT = "direct_debit"
    CARD = "card"


class BillingAccountQuerySet(models.QuerySet["BillingAccount"]):
    """Billing accounts, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """All, own customers, or those of the reps in the groups led; within the role's legal entities."""
        visible = self.exclude(state=PartyState.WITHDRAWN).filter(scope.entities())
        if scope.customer_id is not None:
            visible = visible.filter(customer_id=scope.customer_id)
        if scope.level is Level.EVERYTHING:
            return visible
        if scope.rep_id is None:
            return visible.none()
        if scope.level is Level.OWN:
            return visible.filter(customer__rep_id=scope.rep_id)
        return visible.filter(customer__rep__group__leader_id=scope.rep_id)


class BillingAccount(models.Model):
    """What a customer owes to exactly one legal entity, in one currency, on one set of terms.

    `terms_plan` lists the instalments, as `rules.terms` writes them. `buyer_reference` is what its documents
    bear unless a contract or an invoice has its own; a composite key in the migration keeps it the account's.
    """

    reference = models.TextField(unique=True)
    key = models.TextField(default="")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="accounts")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="accounts")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    terms_kind = models.TextField(choices=TermsKind, default=TermsKind.NET_DAYS)
    terms_days = models.SmallIntegerField(default=30)
    terms_day = models.SmallIntegerField(null=True)
    terms_plan = models.TextField(default="")
    buyer_reference = models.ForeignKey(
        "BuyerReference", null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    requires_reference = models.TextField(choices=RequiredReference, default=RequiredReference.NONE)
    payment_method = models.TextField(choices=PaymentMethod, default=PaymentMethod.TRANSFER)
    iban = models.TextField(default="")
    state = models.TextField(choices=PartyState, default=PartyState.ACTIVE)

    objects = BillingAccountQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="billing_key_names_one_account_of_a_customer",
                fields=["customer", "key"],
                condition=~Q(key=""),
            ),
            models.CheckConstraint(name="terms_days_not_negative", condition=Q(terms_days__gte=0)),
            models.CheckConstraint(
                name="terms_day_iff_on_a_day",
                condition=Q(terms_kind="end_of_month_on_day", terms_day__isnull=False)
                & Q(terms_day__gte=1, terms_day__lte=31)
                | ~Q(terms_kind="end_of_month_on_day") & Q(terms_day__isnull=True),
            ),
            models.CheckConstraint(
                name="terms_plan_iff_instalments",
                condition=Q(terms_kind="instalments", terms_plan__regex=TERMS_PLAN)
                | ~Q(terms_kind="instalments") & Q(terms_plan=""),
            ),
            models.CheckConstraint(
                name="required_reference_is_an_order_or_a_buyer_s",
                condition=Q(requires_reference__in=("", "order", "buyer")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="account_chunks", fields=["legal_entity", "id"]),
            models.Index(name="account_withdrawn", fields=["id"], condition=Q(state="withdrawn")),
        ]


def of_visible_accounts(scope: Scope) -> Q:
    """The condition that a row with an account and a legal entity of its own may be seen.

    Who sees every customer is shown all but what hangs on the few withdrawn accounts, so that no account is listed.
    """
    if scope.sees_every_customer:
        withdrawn = BillingAccount.objects.filter(state=PartyState.WITHDRAWN)
        return scope.entities() & ~Q(account_id__in=withdrawn.values("pk"))
    return Q(account_id__in=BillingAccount.objects.visible_to(scope).values("pk"))


class BuyerReference(models.Model):
    """What the buyer asks to read on documents: its order (BT-13), its contract (BT-12), its own reference or
    service code (BT-10). Immutable: contracts, charges and invoices name the row.
    """

    account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="references")
    order_reference = models.TextField(default="")
    contract_reference = models.TextField(default="")
    buyer_reference = models.TextField(default="")

    @property
    def said(self) -> References:
        """What it says, wherever it stands."""
        return References(self.order_reference, self.contract_reference, self.buyer_reference)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="buyer_reference_once_per_account",
                fields=["account", "order_reference", "contract_reference", "buyer_reference"],
            ),
            models.CheckConstraint(
                name="buyer_reference_says_something",
                condition=~Q(order_reference="", contract_reference="", buyer_reference=""),
            ),
            # Chorus Pro: 50 characters for an order or a contract, 100 for a service.
            models.CheckConstraint(
                name="buyer_reference_is_short_and_trimmed",
                condition=Q(order_reference__regex=_trimmed(50))
                & Q(contract_reference__regex=_trimmed(50))
                & Q(buyer_reference__regex=_trimmed(100)),
            ),
        ]


class Recipient(models.Model):
    """Where the documents of an account go: a channel and its address."""

    account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="recipients")
    channel = models.TextField(default="email")
    address = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="recipient_once_per_account", fields=["account", "channel", "address"]
            ),
        ]
