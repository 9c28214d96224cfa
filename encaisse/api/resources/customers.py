"""Customers, their billing accounts, what these agreed on, and the discounts of their documents."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from ninja import Query
from pydantic import Field, model_validator

from encaisse.api.fields import (
    AccountKey,
    AccountRef,
    Code,
    Currency,
    CustomerKey,
    CustomerRef,
    DecimalGiven,
    DecimalTold,
    DiscountKey,
    DiscountRef,
    EntityRef,
    Given,
    Minor,
    Name,
    Page,
    Paging,
    Search,
    Text,
    Told,
    one_of,
    page,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.shapes import (
    Balance,
    Happening,
    Identity,
    IdentityGiven,
    ReferencesGiven,
    ReferencesTold,
    Terms,
    TermsGiven,
)
from encaisse.billing.operations import discounts as granting
from encaisse.billing.queries.discounts import discounts
from encaisse.insight.queries import accounts as owing
from encaisse.insight.queries import timeline
from encaisse.kernel.lists import Window
from encaisse.party import queries as party
from encaisse.party.operations.accounts import Agreed, change_account, identify_account
from encaisse.party.queries import AccountDetail, AccountRow, Wanted, WantedAccounts
from encaisse.party.rules.references import RequiredReference
from encaisse.party.rules.terms import PaymentMethod

resource = Resource("Customers and billing accounts")
Method = Literal["transfer", "cheque", "direct_debit", "card"]


class CustomerFilter(Paging):
    """What a list of customers is narrowed to; `rep` and `legal_entity` are codes."""

    after: CustomerKey | None = None
    text: Search = ""
    rep: Code = ""
    legal_entity: Code = ""
    sort: Literal["name", "-name", "reference", "-reference", "since_date", "-since_date"] = "name"


class CustomerSummary(Told):
    """A customer in a list, with what its accounts owe."""

    id: CustomerRef
    reference: str
    name: str
    rep: str | None
    since_date: dt.date | None
    accounts: int
    balances: list[Balance]


class Account(Told):
    """What a customer owes to one legal entity, in one currency, on one set of terms."""

    id: AccountRef
    reference: str
    key: str
    customer_id: CustomerRef
    customer: str
    legal_entity_id: EntityRef
    legal_entity: str
    currency: Currency
    terms: Terms
    exceeds_the_law: bool
    payment_method: str
    references: ReferencesTold
    requires_reference: str

    @staticmethod
    def resolve_legal_entity_id(row: AccountRow) -> int:
        """Who sells."""
        return row.entity_id

    @staticmethod
    def resolve_legal_entity(row: AccountRow) -> str:
        """Its name."""
        return row.entity


class Contact(Told):
    """A person or a desk at a customer."""

    name: str
    role: str
    email: str
    phone: str


class Customer(Told):
    """One customer with its accounts and contacts."""

    id: CustomerRef
    reference: str
    name: str
    language: str
    rep: str | None
    group: str | None
    credit_limit_minor: Minor | None
    credit_currency: Currency
    credit_category: str
    category: str | None
    since_date: dt.date | None
    accounts: list[Account]
    contacts: list[Contact]

    @staticmethod
    def resolve_category(found: party.CustomerDetail) -> str | None:
        """Its code: rules of taxes may name it."""
        return found.category.code if found.category else None


class AccountFilter(Paging):
    """What a list of billing accounts is narrowed to; `legal_entity` is a code."""

    after: AccountKey | None = None
    text: Search = ""
    legal_entity: Code = ""
    terms: Literal["beyond_the_law"] | None = None
    reference: Literal["missing", "order", "buyer"] | None = None
    sort: Literal["reference", "-reference", "customer", "-customer"] = "reference"


class WholeAccount(Told):
    """One billing account with who the buyer is in law, where its documents go, and what it owes."""

    account: Account
    identity: Identity
    iban: str
    language: str
    recipients: list[str]
    balances: list[Balance]

    @staticmethod
    def resolve_account(found: owing.AccountPage) -> AccountRow:
        """What its list says of it."""
        return found.account.row

    @staticmethod
    def resolve_identity(found: owing.AccountPage) -> Any:
        """The buyer."""
        return found.account.identity

    @staticmethod
    def resolve_iban(found: owing.AccountPage) -> str:
        """Where it is debited."""
        return found.account.iban

    @staticmethod
    def resolve_language(found: owing.AccountPage) -> str:
        """The customer's."""
        return found.account.language

    @staticmethod
    def resolve_recipients(found: owing.AccountPage) -> list[str]:
        """E-mail addresses."""
        return _addresses(found.account)


class Agreement(Given):
    """What is agreed with the buyer of an account."""

    terms: TermsGiven
    payment_method: Method = "transfer"
    iban: Annotated[str, Text(50)] = ""
    references: ReferencesGiven = ReferencesGiven()
    requires_reference: Literal["", "order", "buyer"] = ""
    recipients: list[Annotated[str, Text(200, 1)]] = Field([], max_length=50)

    def agreed(self, language: str) -> Agreed:
        """The same as the operation takes it, of a customer who reads this language."""
        return Agreed(
            terms=self.terms.terms(),
            payment_method=PaymentMethod(self.payment_method),
            iban=self.iban,
            references=self.references.references(),
            requires_reference=RequiredReference(self.requires_reference),
            recipients=tuple(self.recipients),
            language=language,
        )


class AccountTerms(Agreement):
    """What is agreed with the buyer. Everything is said anew: what is left out takes its first value."""

    language: Literal["fr", "en"] = "fr"


class Discount(Told):
    """What the documents of an account get off as a whole, over a period whose end is exclusive."""

    id: DiscountRef
    percent: DecimalTold | None
    amount: DecimalTold | None
    currency: Currency
    reason: str
    valid_from: dt.date
    valid_to: dt.date | None


class NewDiscount(Given):
    """A percentage or an amount off, in main units of the account's currency: one of the two."""

    percent: DecimalGiven | None = Field(None, gt=0, le=100)
    amount: DecimalGiven | None = Field(None, gt=0, lt=Decimal(10**12))
    reason: Name
    valid_from: dt.date
    valid_to: dt.date | None = None

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        return one_of(self, "percent", "amount")


class DiscountEnd(Given):
    """The first day on which documents no longer get it."""

    valid_to: dt.date


@resource.get("/customers", Page[CustomerSummary])
def list_customers(request: ProgramRequest, asked: Query[CustomerFilter]) -> Any:
    """List customers.

    With what their billing accounts owe.
    """
    wanted = Wanted(asked.text, asked.rep, asked.legal_entity)
    window = Window(asked.sort, size=asked.limit + 1, after=asked.after)
    return page(request, "cus", owing.customers(request.scope, wanted, window=window).rows, asked.limit)


@resource.get("/customers/{customer_id}", Customer)
def get_customer(request: ProgramRequest, customer_id: CustomerKey) -> Any:
    """Read a customer.

    With its billing accounts and contacts.
    """
    return party.customer(request.scope, customer_id)


@resource.get("/customers/{customer_id}/timeline", Page[Happening])
def list_customer_events(request: ProgramRequest, customer_id: CustomerKey) -> Any:
    """Read what happened to a customer.

    The latest first.
    """
    return whole(timeline.of_customer(request.scope, customer_id))


@resource.get("/accounts", Page[Account])
def list_accounts(request: ProgramRequest, asked: Query[AccountFilter]) -> Any:
    """List billing accounts."""
    wanted = WantedAccounts(asked.text, asked.legal_entity, asked.terms or "", asked.reference or "")
    window = Window(asked.sort, size=asked.limit + 1, after=asked.after)
    return page(request, "ba", party.billing_accounts(request.scope, wanted, window=window).rows, asked.limit)


@resource.get("/accounts/{account_id}", WholeAccount)
def get_account(request: ProgramRequest, account_id: AccountKey) -> Any:
    """Read a billing account.

    With who the buyer is in law, where its documents go, and what it owes.
    """
    return owing.account(request.scope, account_id)


@resource.get("/accounts/{account_id}/timeline", Page[Happening])
def list_account_events(request: ProgramRequest, account_id: AccountKey) -> Any:
    """Read what happened to a billing account.

    The latest first.
    """
    return whole(timeline.of_account(request.scope, account_id))


@resource.put("/accounts/{account_id}/terms", WholeAccount, "edit_accounts")
def change_account_terms(request: ProgramRequest, account_id: AccountKey, said: AccountTerms) -> Any:
    """Change what is agreed with a billing account.

    From its next draft on: what is drafted or issued keeps its own.
    """
    change_account(account_id, said.agreed(said.language), scope=request.scope)
    return owing.account(request.scope, account_id)


@resource.put("/accounts/{account_id}/identity", WholeAccount, "edit_accounts")
def change_account_identity(request: ProgramRequest, account_id: AccountKey, said: IdentityGiven) -> Any:
    """Change who the buyer is in law.

    Another version from the next draft on: issued documents keep theirs.
    """
    identify_account(account_id, said.facts(), scope=request.scope)
    return owing.account(request.scope, account_id)


@resource.get("/accounts/{account_id}/discounts", Page[Discount])
def list_discounts(request: ProgramRequest, account_id: AccountKey) -> Any:
    """List the discounts of a billing account's documents."""
    party.account(request.scope, account_id)
    return whole(discounts(request.scope, account_id))


@resource.post("/accounts/{account_id}/discounts", Page[Discount], "bill")
def grant_discount(request: ProgramRequest, account_id: AccountKey, said: NewDiscount) -> Any:
    """Grant a discount on the documents of a billing account."""
    granting.grant(
        request.scope,
        account_id,
        percent=said.percent,
        amount=said.amount,
        reason=said.reason,
        period=(said.valid_from, said.valid_to),
    )
    return whole(discounts(request.scope, account_id))


@resource.put("/accounts/{account_id}/discounts/{discount_id}", Page[Discount], "bill")
def end_discount(
    request: ProgramRequest, account_id: AccountKey, discount_id: DiscountKey, said: DiscountEnd
) -> Any:
    """Say when a discount ends.

    Documents already made keep it.
    """
    party.account(request.scope, account_id)
    granting.end(request.scope, discount_id, valid_to=said.valid_to)
    return whole(discounts(request.scope, account_id))


def _addresses(found: AccountDetail) -> list[str]:
    return [address for channel, address in found.recipients if channel == "email"]
