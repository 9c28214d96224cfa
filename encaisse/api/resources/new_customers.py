"""Customers made and changed one at a time, and the accounts that they open."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field

from encaisse.api.fields import (
    Code,
    CurrencyGiven,
    CustomerKey,
    EntityKey,
    Given,
    LineGiven,
    Name,
    Text,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.resources.customers import Agreement, Customer, WholeAccount
from encaisse.api.shapes import IdentityGiven, TermsGiven, category_of, rep_of
from encaisse.insight.queries import accounts as owing
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.operations import by_hand as operations
from encaisse.party.operations.by_hand import CustomerFacts, NewAccount, Person

resource = Resource("Customers made and changed")
EDITS = "edit_accounts"
Reference = Annotated[str, Text(50, 1)]


class ContactGiven(Given):
    """A person or a desk at a customer."""

    name: Name
    email: LineGiven = ""
    phone: Annotated[str, Text(40)] = ""
    role: Literal["billing"] = "billing"


class CustomerGiven(Given):
    """What is said of a customer beside its accounts; `rep` and `category` are codes, and the credit limit in
    the currency of its first account. Contacts that are left out stay, or are made of the identity's e-mail and
    telephone."""

    name: Name
    language: Literal["fr", "en"] = "fr"
    rep: Code = ""
    credit_limit_minor: int | None = Field(None, strict=True, ge=0, le=10**15)
    since_date: dt.date | None = None
    category: Code = ""
    contacts: list[ContactGiven] | None = Field(None, max_length=50)

    def facts(self, scope: Scope) -> CustomerFacts:
        """The same as the operation takes it."""
        people = self.contacts
        return CustomerFacts(
            name=self.name,
            language=self.language,
            rep_id=rep_of(scope, self.rep),
            credit_limit_minor=self.credit_limit_minor,
            since_date=self.since_date,
            contacts=None if people is None else [Person(**each.dict()) for each in people],
            category_id=category_of(scope, self.category),
        )


class FirstAccount(Agreement):
    """The account of a new customer, under the customer's own reference: thirty days unless told otherwise."""

    legal_entity_id: EntityKey
    currency: CurrencyGiven = "EUR"
    terms: TermsGiven = TermsGiven(kind="net_days", days=30, day=None, instalments=[])


class NewCustomer(Given):
    """A customer to be. One that looks like a customer who is there, by SIREN, VAT number or name and address, is
    refused, and that one named, unless `is_another` says that it is another all the same."""

    reference: Reference
    identity: IdentityGiven
    language: Literal["fr", "en"] = "fr"
    rep: Code = ""
    credit_limit_minor: int | None = Field(None, strict=True, ge=0, le=10**15)
    since_date: dt.date | None = None
    category: Code = ""
    contacts: list[ContactGiven] | None = Field(None, max_length=50)
    account: FirstAccount
    is_another: bool = False

    def facts(self, scope: Scope) -> CustomerFacts:
        """What is said of it beside its account: its name is its identity's."""
        said = self.dict(
            include={"language", "rep", "credit_limit_minor", "since_date", "category", "contacts"}
        )
        return CustomerGiven(name=self.identity.name, **said).facts(scope)

    def opened(self) -> NewAccount:
        """Its account as the operation takes it."""
        said = self.account
        return NewAccount(
            self.reference,
            said.legal_entity_id,
            said.currency,
            said.agreed(self.language),
            self.identity.facts(),
        )


class AnotherAccount(FirstAccount):
    """Another account of a customer, under a reference of its own. Without an identity it has that of the first."""

    reference: Reference
    identity: IdentityGiven | None = None

    def opened(self, language: str) -> NewAccount:
        """The same as the operation takes it, of a customer who reads this language."""
        identity = self.identity.facts() if self.identity else None
        return NewAccount(
            self.reference, self.legal_entity_id, self.currency, self.agreed(language), identity
        )


@resource.post("/customers", Customer, EDITS)
def create_customer(request: ProgramRequest, said: NewCustomer) -> Any:
    """Create a customer with its billing account.

    One that looks like a customer who is there is refused, and that one named.
    """
    made = operations.create_customer(
        request.scope,
        said.facts(request.scope),
        said.opened(),
        is_another=said.is_another,
    )
    return party.customer(request.scope, made)


@resource.put("/customers/{customer_id}", Customer, EDITS)
def change_customer(request: ProgramRequest, customer_id: CustomerKey, said: CustomerGiven) -> Any:
    """Change a customer.

    Everything is said anew but contacts. Who the buyer is in law and what is agreed are its accounts'.
    """
    operations.change_customer(request.scope, customer_id, said.facts(request.scope))
    return party.customer(request.scope, customer_id)


@resource.post("/customers/{customer_id}/accounts", WholeAccount, EDITS)
def open_account(request: ProgramRequest, customer_id: CustomerKey, said: AnotherAccount) -> Any:
    """Open another billing account for a customer.

    At the same legal entity or another one, in a currency and on terms of its own.
    """
    opened = said.opened(party.customer(request.scope, customer_id).language)
    return owing.account(request.scope, operations.open_account(request.scope, customer_id, opened))
