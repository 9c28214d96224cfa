"""Customers who come one at a time, from a person or a program, by the rules that those of a file go by."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction

from encaisse.intake.operations import Good, Refused, Slice
from encaisse.intake.rules import parse_currency, parse_text
from encaisse.kernel import events
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Level, Scope
from encaisse.party.errors import ReferenceTaken
from encaisse.party.models import BillingAccount, Contact, Customer, Identity
from encaisse.party.operations.accounts import Agreed, change_account, identify_account
from encaisse.party.operations.customers import NOT_IMPORTED, save_customers
from encaisse.party.operations.identities import version
from encaisse.party.rules.duplicates import Choice, Duplicates
from encaisse.party.rules.identifiers import parse_email, parse_iban
from encaisse.party.rules.identities import IdentityFacts, checked
from encaisse.party.rules.names import sort_key
from encaisse.party.rules.records import CustomerRow


class NewAccount(NamedTuple):
    """An account to be, at one legal entity. Only of a customer who has one already may it lack an identity: it then
    has that of the first."""

    reference: str
    legal_entity_id: int
    currency: str
    agreed: Agreed
    identity: IdentityFacts | None = None


class Person(NamedTuple):
    """Somebody to reach at a customer."""

    name: str
    email: str = ""
    phone: str = ""
    role: str = "billing"


class CustomerFacts(NamedTuple):
    """What is said of a customer beside its accounts."""

    name: str
    language: str = "fr"
    rep_id: int | None = None
    credit_limit_minor: int | None = None
    since_date: dt.date | None = None
    contacts: Sequence[Person] | None = None
    category_id: int | None = None


@transaction.atomic
def create_customer(
    scope: Scope, said: CustomerFacts, account: NewAccount, *, is_another: bool = False
) -> int:
    """There is a customer with this account, both under its reference. Returns its key.

    One that looks like a customer who is there is refused unless it `is_another`. Who follows a rep's customers alone
    makes customers of that rep. Raises NotPermitted, NotFound, ReferenceTaken, DuplicateFound, and what the parsers of
    the identifiers raise.
    """
    scope.require("edit_accounts")
    _check_place(scope, account)
    row = _row(said, account)
    duplicates = Duplicates(Choice.CREATE if is_another else Choice.REFUSE)
    part = Slice([Good(None, row)], scope.actor)
    (verdict,) = save_customers(part, legal_entity_id=account.legal_entity_id, duplicates=duplicates)
    if isinstance(verdict, Refused):
        raise verdict.error
    made = BillingAccount.objects.get(reference=row.reference)
    rep_id = scope.rep_id if scope.level is Level.OWN else said.rep_id
    Customer.objects.filter(pk=made.customer_id).update(rep_id=rep_id, category_id=said.category_id)
    _check_seen(scope, made.customer_id)
    if account.identity and any(getattr(account.identity, name) for name in NOT_IMPORTED):
        identify_account(made.pk, account.identity, scope=scope)
    if account.agreed.recipients:
        change_account(made.pk, account.agreed, scope=scope)
    if said.contacts is not None:
        _reach(made.customer_id, said.contacts)
    return made.customer_id


@transaction.atomic
def change_customer(scope: Scope, customer_id: int, said: CustomerFacts) -> None:
    """The customer is as said; its accounts stay as they are. Locks it. Raises NotPermitted, also when whoever asks
    would no longer see it, and NotFound."""
    customer = _locked(scope, customer_id)
    customer.name = parse_text(said.name)
    customer.sort_key = sort_key(customer.name)
    customer.language, customer.rep_id = said.language, said.rep_id
    customer.credit_limit_minor, customer.since_date = said.credit_limit_minor, said.since_date
    customer.category_id = said.category_id
    customer.save()
    _check_seen(scope, customer_id)
    if said.contacts is not None:
        _reach(customer_id, said.contacts)
    events.record("customer.changed", "customer", customer_id, scope.actor)


@transaction.atomic
def open_account(scope: Scope, customer_id: int, said: NewAccount) -> int:
    """The customer has this account too. Returns its key. Locks the customer. Raises NotPermitted, NotFound,
    ReferenceTaken, and what the parsers raise."""
    _locked(scope, customer_id)
    _check_place(scope, said)
    others = Customer.objects.filter(reference=said.reference).exclude(pk=customer_id)
    if others.exists() or BillingAccount.objects.filter(reference=said.reference).exists():
        raise ReferenceTaken
    made = BillingAccount.objects.create(
        reference=said.reference,
        customer_id=customer_id,
        legal_entity_id=said.legal_entity_id,
        identity=version(checked(said.identity)) if said.identity else _first_identity(scope, customer_id),
        currency=parse_currency(said.currency),
    )
    events.record("account.opened", "billing_account", made.pk, scope.actor)
    change_account(made.pk, said.agreed, scope=scope)
    return made.pk


def _row(said: CustomerFacts, account: NewAccount) -> CustomerRow:
    agreed = account.agreed
    if account.identity is None:
        raise NotFound(noun="identity")
    identity = checked(account.identity)
    known = {name: value for name, value in identity._asdict().items() if name not in NOT_IMPORTED}
    return CustomerRow(
        reference=parse_text(account.reference),
        payment_method=agreed.payment_method,
        iban=agreed.iban and parse_iban(agreed.iban),
        terms=agreed.terms,
        credit_limit_minor=said.credit_limit_minor,
        rep="",
        since_date=said.since_date,
        currency=parse_currency(account.currency),
        language=said.language,
        requires_reference=agreed.requires_reference,
        **known,
        **agreed.references._asdict(),
    )


def _first_identity(scope: Scope, customer_id: int) -> Identity:
    """Who the customer is on the first account that whoever asks sees."""
    seen = BillingAccount.objects.visible_to(scope).filter(customer=customer_id).select_related("identity")
    first = seen.order_by("pk").first()
    if first is None:
        raise NotFound(noun="billing account")
    return first.identity


def _check_place(scope: Scope, account: NewAccount) -> None:
    """The account is of a legal entity that whoever asks sees, under a reference of its own."""
    if not scope.covers(account.legal_entity_id):
        raise NotFound(noun="legal entity")
    if BillingAccount.objects.filter(reference=account.reference).exists():
        raise ReferenceTaken


def _check_seen(scope: Scope, customer_id: int) -> None:
    if not Customer.objects.visible_to(scope).filter(pk=customer_id).exists():
        raise NotPermitted(permission="edit_accounts")


def _locked(scope: Scope, customer_id: int) -> Customer:
    scope.require("edit_accounts")
    visible = Customer.objects.visible_to(scope).select_for_update(of=("self",))
    found = visible.filter(pk=customer_id).first()
    if found is None:
        raise NotFound(noun="customer")
    return found


def _reach(customer_id: int, people: Sequence[Person]) -> None:
    """These are the contacts of the customer, and no other."""
    Contact.objects.filter(customer=customer_id).delete()
    Contact.objects.bulk_create(
        Contact(
            customer_id=customer_id,
            name=each.name,
            email=each.email and parse_email(each.email),
            phone=each.phone,
            role=each.role,
        )
        for each in people
    )
