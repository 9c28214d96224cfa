"""What several resources tell or take alike: terms, references, identities, balances, and what happened."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from encaisse.api.fields import (
    AccountRef,
    Currency,
    DecimalGiven,
    DecimalTold,
    Given,
    LineGiven,
    Minor,
    Name,
    Text,
    Told,
)
from encaisse.insight.queries import timeline
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.errors import UnknownCategory
from encaisse.party.rules.identities import IdentityFacts
from encaisse.party.rules.references import References
from encaisse.party.rules.terms import PaymentTerms, Share, TermsKind
from encaisse.tax import queries as taxes

Simple = Literal["on_receipt", "net_days", "end_of_month", "end_of_month_on_day"]


def rep_of(scope: Scope, code: str) -> int | None:
    """The key of the representative of this code, None for no code. Raises NotFound."""
    if not code:
        return None
    found = next((each.id for each in party.reps(scope) if each.code == code), None)
    if found is None:
        raise NotFound(noun="rep")
    return found


def category_of(scope: Scope, code: str) -> int | None:
    """The key of the category of customers of this code, None for no code. Raises UnknownCategory."""
    if not code:
        return None
    found = next((each.id for each in taxes.categories(scope) if each.code == code), None)
    if found is None:
        raise UnknownCategory(category=code)
    return found


class Instalment(Given):
    """One instalment: a percentage of what is payable, on terms of its own."""

    percent: DecimalGiven = Field(gt=0, le=100)
    kind: Simple
    days: int = Field(0, ge=0, le=365)
    day: int | None = Field(None, ge=1, le=31)


class TermsGiven(Given):
    """When an account pays: a number of days, then perhaps the end of that month, then perhaps a day of the next."""

    kind: Literal["on_receipt", "net_days", "end_of_month", "end_of_month_on_day", "instalments"]
    days: int = Field(0, ge=0, le=365)
    day: int | None = Field(None, ge=1, le=31)
    instalments: list[Instalment] = Field([], max_length=12)

    @model_validator(mode="after")
    def _are_whole(self) -> Self:
        on_a_day, in_several = self.kind == "end_of_month_on_day", self.kind == "instalments"
        days = [each.day is not None for each in self.instalments if each.kind == "end_of_month_on_day"]
        others = [each.day is None for each in self.instalments if each.kind != "end_of_month_on_day"]
        whole = len(self.instalments) > 1 and sum(each.percent for each in self.instalments) == 100
        fits = (self.day is not None) == on_a_day and (whole if in_several else not self.instalments)
        if not fits or not all(days + others):
            raise PydanticCustomError("terms", "not whole")
        return self

    def terms(self) -> PaymentTerms:
        """The same as the business knows it."""
        shares = tuple(
            Share(each.percent, PaymentTerms(TermsKind(each.kind), each.days, each.day))
            for each in self.instalments
        )
        return PaymentTerms(TermsKind(self.kind), self.days, self.day, shares)


class InstalmentTold(Told):
    """One instalment: a percentage of what is payable, on terms of its own."""

    percent: DecimalTold
    kind: str
    days: int
    day: int | None


class Terms(Told):
    """When an account pays."""

    kind: str
    days: int
    day: int | None
    instalments: list[InstalmentTold]

    @staticmethod
    def resolve_instalments(terms: PaymentTerms) -> list[dict[str, Any]]:
        """Each with its own terms."""
        return [
            {
                "percent": share.percent,
                "kind": str(share.terms.kind),
                "days": share.terms.days,
                "day": share.terms.day,
            }
            for share in terms.shares
        ]


class ReferencesTold(Told):
    """What the buyer asks to read on documents: its order, its contract, its own reference or service code."""

    order_reference: str
    contract_reference: str
    buyer_reference: str


class ReferencesGiven(Given):
    """What the buyer asks to read on documents. What is empty is not printed."""

    order_reference: Annotated[str, Text(50)] = ""
    contract_reference: Annotated[str, Text(50)] = ""
    buyer_reference: Annotated[str, Text(100)] = ""

    def references(self) -> References:
        """The same as the business knows it."""
        return References(**self.dict())


class Identity(Told):
    """Who somebody is in law. What it has not is empty.

    Beyond Europe: `ice`, `fiscal_number` (the IF of Morocco, the NINEA of Senegal, the NCC of Côte d’Ivoire),
    `professional_tax` and `social_security` (the TP and the CNSS of Morocco); `registry` holds the register everywhere.
    """

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
    ice: str
    fiscal_number: str
    professional_tax: str
    social_security: str


class IdentityGiven(Given):
    """Who somebody is in law. What is left out is empty."""

    name: Name
    address_1: Name
    address_2: LineGiven = ""
    postcode: Annotated[str, Text(20)] = ""
    city: Name
    country: Annotated[str, Text(2, 2, "^[A-Z]{2}$")] = "FR"
    legal_form: LineGiven = ""
    capital: LineGiven = ""
    siren: Annotated[str, Text(20)] = ""
    siret: Annotated[str, Text(20)] = ""
    vat_number: Annotated[str, Text(30)] = ""
    registry: LineGiven = ""
    email: LineGiven = ""
    phone: LineGiven = ""
    is_business: bool = True
    ice: Annotated[str, Text(30)] = ""
    fiscal_number: Annotated[str, Text(30)] = ""
    professional_tax: Annotated[str, Text(30)] = ""
    social_security: Annotated[str, Text(30)] = ""

    def facts(self) -> IdentityFacts:
        """The same as the business knows it."""
        return IdentityFacts(**self.dict())


class Balance(Told):
    """What is owed in one currency: open invoices less what is still to be laid on them."""

    currency: Currency
    open_minor: Minor
    overdue_minor: Minor
    unused_minor: Minor
    balance_minor: Minor


def without_keys(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts but for our own keys, which are nobody's business."""
    return {name: fact for name, fact in facts.items() if not name.endswith(("_id", "_ids"))}


class Happening(Told):
    """One thing that happened; `topic` names it for ever, `facts` say it in values."""

    at: dt.datetime
    topic: str
    kind: str
    actor: str
    actor_kind: str
    facts: dict[str, Any]

    @staticmethod
    def resolve_facts(happening: timeline.Happening) -> dict[str, Any]:
        """The facts but for our own keys, which are nobody's business."""
        return without_keys(happening.facts)


class RateTold(Told):
    """A recorded rate: so many units of one currency are worth so much of another, from a day on."""

    base: Currency
    quote: Currency
    units: int
    rate: DecimalTold
    valid_from: dt.date
    source: str


class Exchange(Told):
    """A customer's currency beside that of the books, and the last rate recorded between the two, if there is one."""

    currency: Currency
    books: Currency
    rate: RateTold | None


class ChargeTold(Told):
    """What is charged of a contract, or would be: a quantity at a price, over a period whose end is exclusive."""

    kind: str
    label: str
    account: str
    currency: Currency
    quantity: DecimalTold
    unit_price: DecimalTold
    amount: DecimalTold
    period_from: dt.date | None
    period_to: dt.date | None
    billable_on: dt.date


class AccountBrief(Told):
    """A billing account in few words."""

    id: AccountRef
    reference: str
