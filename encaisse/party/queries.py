"""Customers, their billing accounts and the people around them, as pages show them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Found, Window, few, few_or_query
from encaisse.kernel.scope import Level, Scope
from encaisse.party.models import BillingAccount, Contact, Customer, Identity, LegalEntity, PartyState, Rep
from encaisse.party.rules.identities import IdentityFacts
from encaisse.party.rules.names import sort_key
from encaisse.party.rules.places import FRENCH, is_french
from encaisse.party.rules.references import References, suffices
from encaisse.party.rules.terms import PaymentTerms, exceeds_the_law

BEYOND_THE_LAW: Final = "beyond_the_law"
MISSING: Final = "missing"
ACCOUNT_ORDERS: Final = {"reference": "reference", "customer": "customer__sort_key"}
# A text of so many letters has an index of its parts.
BY_ITS_PARTS: Final = 3
ORDERS: Final = {"name": "sort_key", "reference": "reference", "rep": "rep__name", "since_date": "since_date"}


class Wanted(NamedTuple):
    """What a list of customers is asked for; an empty field asks nothing. `rep` and `entity` are codes.

    Each word of `text` is in the name, whatever its accents, or begins a reference, an account's or a SIREN.
    """

    text: str = ""
    rep: str = ""
    entity: str = ""


class WantedAccounts(NamedTuple):
    """What a list of billing accounts is asked for; an empty field asks nothing. `entity` is a code.

    `terms` may be BEYOND_THE_LAW; `reference` is MISSING, one that the account requires, or a required kind.
    """

    text: str = ""
    entity: str = ""
    terms: str = ""
    reference: str = ""


class RepRow(NamedTuple):
    """A sales representative to choose or to filter by."""

    id: int
    code: str
    name: str


class CategoryName(NamedTuple):
    """A category of customers to choose."""

    id: int
    code: str
    name_fr: str
    name_en: str


class EntityRow(NamedTuple):
    """A legal entity to choose or to filter by."""

    id: int
    code: str
    name: str
    currency: str
    timezone: str
    is_sandbox: bool
    country: str


class EntityDetail(NamedTuple):
    """One legal entity with everything that its settings say."""

    id: int
    code: str
    identity: IdentityFacts
    currency: str
    timezone: str
    iban: str
    bic: str
    late_penalty: str
    invoice_prefix: str
    credit_note_prefix: str
    month_end_reading: str


class CustomerRow(NamedTuple):
    """One customer of the list; `accounts` counts those that the scope may see."""

    id: int
    reference: str
    name: str
    rep: str | None
    since_date: dt.date | None
    accounts: int


class ContactRow(NamedTuple):
    """A person or a desk at a customer."""

    name: str
    role: str
    email: str
    phone: str


class AccountRow(NamedTuple):
    """One billing account; `key` tells apart the accounts of one customer.

    `exceeds_the_law` says that French businesses may not agree on these terms; nobody is kept from it.
    """

    id: int
    reference: str
    key: str
    customer_id: int
    customer: str
    entity_id: int
    entity: str
    currency: str
    terms: PaymentTerms
    exceeds_the_law: bool
    payment_method: str
    references: References
    requires_reference: str

    @property
    def lacks_reference(self) -> bool:
        """Whether the account requires a reference that it does not bear by itself."""
        return not suffices(self.requires_reference, self.references)


class CustomerDetail(NamedTuple):
    """One customer with its visible accounts. The credit limit is in minor units of its currency."""

    id: int
    reference: str
    name: str
    language: str
    rep_id: int | None
    rep: str | None
    group: str | None
    credit_limit_minor: int | None
    credit_currency: str
    credit_category: str
    category: CategoryName | None
    since_date: dt.date | None
    accounts: tuple[AccountRow, ...]
    contacts: tuple[ContactRow, ...]


class AccountDetail(NamedTuple):
    """One billing account with the legal identity that its documents name, and where they go.

    `address` is the identity's as it is written on an envelope, without its country; `language` the customer's.
    """

    row: AccountRow
    identity: IdentityFacts
    address: tuple[str, ...]
    iban: str
    language: str
    recipients: tuple[tuple[str, str], ...]


EVERY: Final = Wanted()
FIRST: Final = Window()
# An account that requires a reference, and bears none by itself.
_MISSING: Final = Q(requires_reference="order") & (
    Q(buyer_reference=None) | Q(buyer_reference__order_reference="")
) | Q(requires_reference="buyer") & (Q(buyer_reference=None) | Q(buyer_reference__buyer_reference=""))


def customers(scope: Scope, wanted: Wanted = EVERY, *, window: Window = FIRST) -> Found[CustomerRow]:
    """One window of the customers wanted, and how many there are."""
    found = _wanted(scope, wanted)
    # The window is cut first: only its customers are described and have their accounts counted.
    keys = _cut(found, "sort_key", ORDERS, wanted.text, window)
    described = Customer.objects.filter(pk__in=keys)
    seen = BillingAccount.objects.visible_to(scope).filter(customer_id__in=keys).order_by()
    accounts = dict(seen.values_list("customer_id").annotate(Count("pk")))
    rows = {
        row[0]: CustomerRow(*row, accounts.get(row[0], 0))
        for row in described.values_list("pk", "reference", "name", "rep__name", "since_date")
    }
    return Found(tuple(rows[key] for key in keys), found.count())


def customer(scope: Scope, customer_id: int) -> CustomerDetail:
    """One customer. Raises NotFound when the scope sees none of that key."""
    found = _visible(scope).select_related("rep__group", "category").filter(pk=customer_id).first()
    if found is None:
        raise NotFound(noun="customer")
    contacts = Contact.objects.filter(customer=found).order_by("name", "pk")
    return CustomerDetail(
        id=found.pk,
        reference=found.reference,
        name=found.name,
        language=found.language,
        rep_id=found.rep_id,
        rep=found.rep.name if found.rep else None,
        group=found.rep.group.name if found.rep and found.rep.group else None,
        credit_limit_minor=found.credit_limit_minor,
        credit_currency=found.credit_currency,
        credit_category=found.credit_category,
        category=CategoryName(*found.category.said) if found.category else None,
        since_date=found.since_date,
        accounts=accounts(scope, customer_id),
        contacts=tuple(ContactRow(*row) for row in contacts.values_list("name", "role", "email", "phone")),
    )


def accounts(scope: Scope, customer_id: int) -> tuple[AccountRow, ...]:
    """The accounts of a customer that the scope may see, by reference."""
    return tuple(map(_account_row, _described(scope).filter(customer_id=customer_id).order_by("reference")))


def billing_accounts(scope: Scope, wanted: WantedAccounts, *, window: Window = FIRST) -> Found[AccountRow]:
    """One window of the billing accounts wanted, and how many there are."""
    found = _wanted_accounts(BillingAccount.objects.visible_to(scope), wanted)
    keys = _cut(found, "customer__sort_key", ACCOUNT_ORDERS, wanted.text, window)
    page = {account.pk: _account_row(account) for account in _described(scope).filter(pk__in=keys)}
    return Found(tuple(page[key] for key in keys), found.count())


def account(scope: Scope, account_id: int) -> AccountDetail:
    """One billing account. Raises NotFound when the scope sees none of that key."""
    found = _described(scope).filter(pk=account_id).first()
    if found is None:
        raise NotFound(noun="billing account")
    identity = _identity(found.identity)
    town = f"{identity.postcode} {identity.city}".strip()
    return AccountDetail(
        row=_account_row(found),
        identity=identity,
        address=tuple(line for line in (identity.address_1, identity.address_2, town) if line),
        iban=found.iban,
        language=found.customer.language,
        recipients=tuple(found.recipients.order_by("channel", "address").values_list("channel", "address")),
    )


def reps(scope: Scope) -> tuple[RepRow, ...]:
    """The representatives whose customers the scope may see, by name."""
    rows = Rep.objects.order_by("name", "pk")
    if scope.level is Level.OWN:
        rows = rows.filter(pk=scope.rep_id or 0)
    elif scope.level is Level.GROUPS:
        rows = rows.filter(group__leader_id=scope.rep_id or 0)
    if scope.customer_id is not None:
        rows = rows.filter(customers=scope.customer_id)
    return tuple(RepRow(*row) for row in rows.values_list("pk", "code", "name"))


def legal_entities(scope: Scope) -> tuple[EntityRow, ...]:
    """The legal entities that the scope covers, by name; for reps, those with a visible account."""
    rows = LegalEntity.objects.filter(scope.entities("pk")).order_by("identity__name", "pk")
    if not scope.sees_every_customer:
        sold = BillingAccount.objects.visible_to(scope).filter(legal_entity_id=OuterRef("pk"))
        rows = rows.filter(Exists(sold))
    columns = ("pk", "code", "identity__name", "currency", "timezone", "is_sandbox", "identity__country")
    found = rows.annotate(is_sandbox=Q(sandbox_of__isnull=False)).values_list(*columns)
    return tuple(EntityRow(*row) for row in found)


def legal_entity(scope: Scope, entity_id: int) -> EntityDetail:
    """One legal entity. Raises NotFound when the scope covers none of that key."""
    covered = {row.id for row in whole_entities(scope)}
    found = LegalEntity.objects.select_related("identity").filter(pk=entity_id, pk__in=covered).first()
    if found is None:
        raise NotFound(noun="legal entity")
    said = {name: getattr(found, name) for name in EntityDetail._fields if name != "identity"}
    return EntityDetail(identity=_identity(found.identity), **said)


def whole_entities(scope: Scope) -> tuple[EntityRow, ...]:
    """The legal entities of which the scope covers every customer, by name: none below level EVERYTHING."""
    return legal_entities(scope) if scope.sees_every_customer else ()


def books_currency(entity_id: int) -> str:
    """The accounting currency of a legal entity."""
    return LegalEntity.objects.values_list("currency", flat=True).get(pk=entity_id)


def outside_sandboxes(scope: Scope) -> Scope:
    """The same without the legal entities where programs try things out."""
    return replace(scope, hidden_entity_ids=scope.hidden_entity_ids | _sandboxes())


def _sandboxes() -> frozenset[int]:
    return frozenset(LegalEntity.objects.exclude(sandbox_of=None).values_list("pk", flat=True))


def _visible(scope: Scope) -> QuerySet[Customer]:
    return Customer.objects.visible_to(scope).exclude(state=PartyState.WITHDRAWN)


def _wanted(scope: Scope, wanted: Wanted) -> QuerySet[Customer]:
    found = _visible(scope)
    if wanted.rep:
        found = found.filter(rep__code=wanted.rep)
    seen = BillingAccount.objects.visible_to(scope)
    if wanted.entity:
        found = found.filter(pk__in=seen.filter(legal_entity__code=wanted.entity).values("customer_id"))
    for word in wanted.text.split():
        named = Q(sort_key__contains=sort_key(word)) | Q(reference__istartswith=word)
        paying = seen.filter(Q(reference__istartswith=word) | _registered(word))
        found = found.filter(named | Q(pk__in=few_or_query(paying, "customer_id")))
    return found


def _cut(found: QuerySet[Any], name: str, orders: Mapping[str, str], text: str, window: Window) -> list[int]:
    """The keys of the window. What a text finds is sorted by name once found: no index is read up to its first row."""
    if len(text) >= BY_ITS_PARTS:
        found = found.alias(found_name=Concat(name, Value("")))
        orders = {key: "found_name" if column == name else column for key, column in orders.items()}
    return list(window.cut(found, orders).values_list("pk", flat=True))


def _described(scope: Scope) -> QuerySet[BillingAccount]:
    related = ("customer", "legal_entity__identity", "identity", "buyer_reference")
    return BillingAccount.objects.visible_to(scope).select_related(*related)


def _is_bound(account: BillingAccount) -> bool:
    """Whether the law limits what is agreed: a French seller and a French business."""
    buyer, seller = account.identity, account.legal_entity.identity
    return buyer.is_business and is_french(buyer.country) and is_french(seller.country)


def _identity(found: Identity) -> IdentityFacts:
    return IdentityFacts(*(getattr(found, name) for name in IdentityFacts._fields))


def _wanted_accounts(found: QuerySet[BillingAccount], wanted: WantedAccounts) -> QuerySet[BillingAccount]:
    if wanted.entity:
        found = found.filter(legal_entity__code=wanted.entity)
    for word in wanted.text.split():
        keys = few(Customer.objects.filter(sort_key__contains=sort_key(word)), "pk")
        named = Q(customer__sort_key__contains=sort_key(word)) if keys is None else Q(customer_id__in=keys)
        owned = Q(reference__istartswith=word) | named
        found = found.filter(owned | _registered(word))
    if wanted.terms == BEYOND_THE_LAW:
        found = found.filter(_beyond_the_law(found))
    if wanted.reference == MISSING:
        return found.filter(_MISSING)
    return found.filter(requires_reference=wanted.reference) if wanted.reference else found


def _registered(word: str) -> Q:
    """The condition that an account's SIREN begins so, which is made of digits."""
    if not word.isdigit():
        return Q(pk__in=())
    known = Identity.objects.filter(siren__startswith=word)
    return Q(identity_id__in=few_or_query(known, "pk"))


def _beyond_the_law(found: QuerySet[BillingAccount]) -> Q:
    """The condition on accounts that the law binds: the rule judges each of the few terms that there are."""
    french = {"identity__country__in": FRENCH, "legal_entity__identity__country__in": FRENCH}
    bound = Q(identity__is_business=True, **french)
    agreed = ("terms_kind", "terms_days", "terms_day", "terms_plan")
    beyond = Q(pk__in=())
    for terms in found.filter(bound).order_by().values_list(*agreed).distinct():
        if exceeds_the_law(PaymentTerms.stored(*terms)):
            beyond |= Q(**dict(zip(agreed, terms, strict=True)))
    return bound & beyond


def _account_row(account: BillingAccount) -> AccountRow:
    terms = PaymentTerms.stored(account.terms_kind, account.terms_days, account.terms_day, account.terms_plan)
    return AccountRow(
        id=account.pk, reference=account.reference, key=account.key,
        customer_id=account.customer_id, customer=account.customer.name,
        entity_id=account.legal_entity_id, entity=account.legal_entity.identity.name,
        currency=account.currency, terms=terms,
        exceeds_the_law=_is_bound(account) and exceeds_the_law(terms),
        payment_method=account.payment_method,
        references=account.buyer_reference.said if account.buyer_reference else References(),
        requires_reference=account.requires_reference,
    )  # fmt: skip
