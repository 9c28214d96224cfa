"""Legal entities: the sellers, and the numbers of their documents."""

import datetime as dt
from typing import Annotated, Any, Literal

from encaisse.api.fields import Currency, EntityKey, EntityRef, Given, LineGiven, Page, Text, Told, whole
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.shapes import Identity, IdentityGiven
from encaisse.flows.save_seller import save_seller
from encaisse.invoice.queries import series
from encaisse.party import queries as party
from encaisse.party.operations.sellers import Seller
from encaisse.party.rules.terms import MonthEndReading

resource = Resource("Legal entities")


class EntitySummary(Told):
    """A legal entity that sells. In test mode it is the sandbox of one."""

    id: EntityRef
    code: str
    name: str
    currency: Currency
    timezone: str
    is_sandbox: bool


class Entity(Told):
    """One legal entity with everything that its settings say."""

    id: EntityRef
    code: str
    identity: Identity
    currency: Currency
    timezone: str
    iban: str
    bic: str
    late_penalty: str
    invoice_prefix: str
    credit_note_prefix: str
    month_end_reading: str


class EntitySettings(Given):
    """How a legal entity sells. Everything is said anew; its code and the currency of its books stay."""

    identity: IdentityGiven
    timezone: Annotated[str, Text(50)] = "Europe/Paris"
    iban: Annotated[str, Text(50)] = ""
    bic: Annotated[str, Text(20)] = ""
    late_penalty: LineGiven = ""
    invoice_prefix: Annotated[str, Text(20)] = "F"
    credit_note_prefix: Annotated[str, Text(20)] = "A"
    month_end_reading: Literal["days_first", "month_first"] = "days_first"
    vat_on_services: Literal["debits", "receipts"] | None = None
    vat_on_goods: Literal["debits", "receipts"] | None = None

    def seller(self, found: party.EntityDetail) -> Seller:
        """The same as the flow takes it."""
        return Seller(
            code=found.code,
            currency=found.currency,
            identity=self.identity.facts(),
            timezone=self.timezone,
            iban=self.iban,
            bic=self.bic,
            late_penalty=self.late_penalty,
            invoice_prefix=self.invoice_prefix,
            credit_note_prefix=self.credit_note_prefix,
            month_end_reading=MonthEndReading(self.month_end_reading),
        )

    def regimes(self) -> dict[str, str]:
        """When the VAT of each class is owed, as far as it is said."""
        said = {"service": self.vat_on_services, "goods": self.vat_on_goods}
        return {tax_class: due_on for tax_class, due_on in said.items() if due_on}


class NumberSeries(Told):
    """The numbers of one kind of document and year. `seal` begins the hash of the last, which holds all before it."""

    kind: str
    period: str
    prefix: str
    given: int
    last_number: str
    last_issue_date: dt.date | None
    next_number: str
    seal: str
    is_open: bool


@resource.get("/legal-entities", Page[EntitySummary])
def list_legal_entities(request: ProgramRequest) -> Any:
    """List the legal entities that the key sees.

    All of them at once: they are few.
    """
    return whole(party.legal_entities(request.scope))


@resource.get("/legal-entities/{entity_id}", Entity, "configure")
def get_legal_entity(request: ProgramRequest, entity_id: EntityKey) -> Any:
    """Read the settings of a legal entity."""
    return party.legal_entity(request.scope, entity_id)


@resource.put("/legal-entities/{entity_id}", Entity, "configure")
def change_legal_entity(request: ProgramRequest, entity_id: EntityKey, said: EntitySettings) -> Any:
    """Change the settings of a legal entity.

    Issued documents keep the identity that they were made with.
    """
    found = party.legal_entity(request.scope, entity_id)
    save_seller(request.scope, said.seller(found), regimes=said.regimes())
    return party.legal_entity(request.scope, entity_id)


@resource.get("/legal-entities/{entity_id}/series", Page[NumberSeries], "configure")
def list_number_series(request: ProgramRequest, entity_id: EntityKey) -> Any:
    """Read where the numbers of documents stand.

    All series at once, the newest first.
    """
    return whole(series.series(request.scope, entity_id))
