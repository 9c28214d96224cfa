"""The rows of parties as they are stored: the fields are the columns of each COPY, in order."""

import datetime as dt
from typing import NamedTuple

from encaisse.party.rules.names import match_key, sort_key
from encaisse.party.rules.records import CustomerRow
from encaisse.party.rules.terms import PaymentMethod, PaymentTerms, TermsKind


class NewIdentity(NamedTuple):
    """A version of a legal identity."""

    id: int
    name: str
    legal_form: str
    capital: str
    siren: str
    siret: str
    vat_number: str
    registry: str
    address_1: str
    address_2: str
    postcode: str
    city: str
    country: str
    email: str
    phone: str
    is_business: bool
    match_key: str
    ice: str
    fiscal_number: str
    professional_tax: str
    social_security: str


class NewCustomer(NamedTuple):
    """A customer."""

    id: int
    reference: str
    name: str
    sort_key: str
    language: str
    rep_id: int | None
    credit_limit_minor: int | None
    credit_currency: str
    credit_category: str
    category_id: int | None
    since_date: dt.date | None
    state: str
    intake_row_id: int | None
    content_hash: str


class NewAccount(NamedTuple):
    """A billing account."""

    id: int
    reference: str
    key: str
    customer_id: int
    legal_entity_id: int
    identity_id: int
    currency: str
    terms_kind: str
    terms_days: int
    terms_day: int | None
    terms_plan: str
    buyer_reference_id: int | None
    requires_reference: str
    payment_method: str
    iban: str
    state: str


class NewContact(NamedTuple):
    """Somebody at a customer."""

    customer_id: int
    name: str
    email: str
    phone: str
    role: str


class NewRecipient(NamedTuple):
    """Where the documents of an account go."""

    account_id: int
    channel: str
    address: str


def new_identity(key: int, row: CustomerRow) -> NewIdentity:
    """The identity that an imported row gives its customer: no register, capital or number that only sellers have."""
    return NewIdentity(
        id=key,
        name=row.name,
        legal_form=row.legal_form,
        capital="",
        siren=row.siren,
        siret=row.siret,
        vat_number=row.vat_number,
        registry="",
        address_1=row.address_1,
        address_2=row.address_2,
        postcode=row.postcode,
        city=row.city,
        country=row.country,
        email=row.email,
        phone=row.phone,
        is_business=row.is_business,
        match_key=match_key(row.name, row.address_1, row.postcode, row.city),
        ice=row.ice,
        fiscal_number=row.fiscal_number,
        professional_tax="",
        social_security="",
    )


def new_customer(key: int, row: CustomerRow, *, rep_id: int | None, content_hash: str) -> NewCustomer:
    """The customer of an imported row. Its credit limit is in the currency of its account."""
    return NewCustomer(
        id=key,
        reference=row.reference,
        name=row.name,
        sort_key=sort_key(row.name),
        language=row.language,
        rep_id=rep_id,
        credit_limit_minor=row.credit_limit_minor,
        credit_currency=row.currency,
        credit_category=row.credit_category,
        category_id=None,
        since_date=row.since_date,
        state="active",
        intake_row_id=None,
        content_hash=content_hash,
    )


def new_account(
    key: int, row: CustomerRow, *, customer_id: int, legal_entity_id: int, identity_id: int
) -> NewAccount:
    """The billing account of an imported row: its reference is the customer's, without a key of its own.

    Thirty days by transfer, unless the row says otherwise.
    """
    terms = row.terms or PaymentTerms(TermsKind.NET_DAYS, 30)
    return NewAccount(
        id=key,
        reference=row.reference,
        key="",
        customer_id=customer_id,
        legal_entity_id=legal_entity_id,
        identity_id=identity_id,
        currency=row.currency,
        terms_kind=terms.kind,
        terms_days=terms.days,
        terms_day=terms.day,
        terms_plan=terms.plan,
        buyer_reference_id=None,
        requires_reference=row.requires_reference,
        payment_method=row.payment_method or PaymentMethod.TRANSFER,
        iban=row.iban,
        state="active",
    )
