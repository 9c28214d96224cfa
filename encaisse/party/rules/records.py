"""The customer that a record of an imported table describes."""

import datetime as dt
from collections.abc import Collection
from functools import partial
from typing import Final, NamedTuple

from encaisse.intake.rules import (
    Column,
    Columns,
    Conversion,
    Reading,
    Record,
    RowError,
    parse_choice,
    parse_currency,
    parse_date,
    parse_decimal,
    parse_lines,
    parse_text,
)
from encaisse.kernel.money import decimals, to_minor
from encaisse.party.rules.identifiers import (
    parse_email,
    parse_iban,
    parse_siren,
    parse_siret,
    parse_vat_number,
    siren_of_siret,
    siren_of_vat_number,
)
from encaisse.party.rules.nations import parse_ice, parse_national
from encaisse.party.rules.places import full_postcode, is_french, parse_country, parse_postcode
from encaisse.party.rules.references import (
    LONGEST_BUYER,
    LONGEST_CONTRACT,
    LONGEST_ORDER,
    References,
    RequiredReference,
)
from encaisse.party.rules.terms import PaymentMethod, PaymentTerms, parse_payment_method
from encaisse.party.rules.terms_text import parse_payment_terms

CUSTOMER_COLUMNS: Final = (
    Column(
        "reference", ("Code client", "Référence client", "Customer reference", "Customer code"), required=True
    ),
    Column("name", ("Raison sociale", "Nom", "Name", "Company name"), required=True),
    Column("nature", ("Nature", "Type de client", "Customer type")),
    Column("legal_form", ("Forme", "Forme juridique", "Legal form")),
    Column(
        "siren",
        ("SIREN",),
        conversions=(Conversion("siret", siren_of_siret), Conversion("vat_number", siren_of_vat_number)),
    ),
    Column("siret", ("SIRET",)),
    Column("vat_number", ("N° TVA", "No TVA", "TVA intracommunautaire", "VAT number")),
    Column("ice", ("ICE", "Identifiant commun de l'entreprise")),
    Column("fiscal_number", ("IF", "Identifiant fiscal", "NINEA", "NCC", "Tax identification number")),
    Column("address_1", ("Adresse 1", "Adresse", "Street", "Address", "Address 1")),
    Column("address_2", ("Adresse 2", "Complément d'adresse", "Address 2")),
    Column(
        "postcode",
        ("CP", "Code postal", "ZIP", "Postal code", "Postcode"),
        conversions=(Conversion("short_postcode", full_postcode),),
    ),
    Column("city", ("Ville", "Town", "City"), required=True),
    Column("country", ("Pays", "Country"), required=True),
    Column("phone", ("Téléphone", "Phone")),
    Column("email", ("E-mail facturation", "E-mail", "Email", "Courriel", "Billing e-mail")),
    Column("payment_method", ("Mode de règlement", "Mode de paiement", "Payment method")),
    Column("iban", ("IBAN",)),
    Column("terms", ("Échéance", "Conditions de règlement", "Payment terms")),
    Column("credit_limit", ("Encours autorisé", "Credit limit"), holds="number"),
    Column("rep", ("Représentant", "Commercial", "Sales rep", "Representative")),
    Column("since_date", ("Créé le", "Client depuis", "Created on", "Customer since"), holds="date"),
    Column("currency", ("Devise", "Currency")),
    Column("language", ("Langue", "Language")),
    Column(
        "order_reference",
        ("Bon de commande", "N° de bon de commande", "N° d'engagement", "Purchase order", "Order reference"),
    ),
    Column("contract_reference", ("Marché", "N° de marché", "Contract reference")),
    Column(
        "buyer_reference",
        (
            "Référence acheteur",
            "Code service",
            "Référence acheteur / code service",
            "Buyer reference",
            "Service code",
        ),
    ),
    Column("requires_reference", ("Référence exigée", "Required reference")),
    Column("credit_category", ("Catégorie de crédit", "Catégorie de risque", "Credit category")),
)
_NATURES: Final = {
    "entreprise": True, "professionnel": True, "association": True, "business": True, "company": True,
    "particulier": False, "individual": False, "person": False,
}  # fmt: skip
# Columns whose field of a row has another name.
_FIELDS: Final = {"nature": "is_business", "credit_limit": "credit_limit_minor"}
_LANGUAGES: Final = {
    "fr": "fr",
    "francais": "fr",
    "french": "fr",
    "en": "en",
    "anglais": "en",
    "english": "en",
}
_REQUIRED: Final = {
    "aucune": RequiredReference.NONE,
    "none": RequiredReference.NONE,
    "bon de commande": RequiredReference.ORDER,
    "purchase order": RequiredReference.ORDER,
    "reference acheteur": RequiredReference.BUYER,
    "code service": RequiredReference.BUYER,
    "buyer reference": RequiredReference.BUYER,
}


class CustomerRow(NamedTuple):
    """A customer and its billing account as a record gives them; what it leaves out is empty or None.

    A buyer is a business and reads French unless the record says otherwise; its currency is EUR likewise.
    """

    reference: str
    name: str
    is_business: bool
    legal_form: str
    siren: str
    siret: str
    vat_number: str
    address_1: str
    address_2: str
    postcode: str
    city: str
    country: str
    phone: str
    email: str
    payment_method: PaymentMethod | None
    iban: str
    terms: PaymentTerms | None
    credit_limit_minor: int | None
    rep: str
    since_date: dt.date | None
    currency: str
    language: str
    order_reference: str = ""
    contract_reference: str = ""
    buyer_reference: str = ""
    requires_reference: RequiredReference = RequiredReference.NONE
    credit_category: str = ""
    ice: str = ""
    fiscal_number: str = ""

    @property
    def references(self) -> References:
        """What the buyer asks to read on its documents."""
        return References(self.order_reference, self.contract_reference, self.buyer_reference)


def read_customer(record: Record, columns: Columns) -> CustomerRow | list[RowError]:
    """The customer of a record whose columns were matched with CUSTOMER_COLUMNS, or all its errors."""
    reading = Reading(record, columns)
    address_1, address_2 = _address(reading)
    country = reading.required("country", parse_country, "")
    currency = reading.optional("currency", parse_currency, "EUR")
    row = CustomerRow(
        reference=reading.required("reference", partial(parse_text, longest=50), ""),
        name=reading.required("name", parse_text, ""),
        is_business=reading.optional("nature", partial(parse_choice, labels=_NATURES), blank=True),
        legal_form=reading.optional("legal_form", parse_text, ""),
        **_numbers(reading, country),
        address_1=address_1,
        address_2=address_2,
        postcode=_postcode(reading, country),
        city=reading.required("city", parse_text, ""),
        country=country,
        phone=reading.optional("phone", partial(parse_text, longest=40), ""),
        email=reading.optional("email", parse_email, ""),
        payment_method=reading.optional("payment_method", parse_payment_method, None),
        iban=reading.optional("iban", parse_iban, ""),
        terms=reading.optional("terms", parse_payment_terms, None),
        credit_limit_minor=_credit_limit(reading, currency),
        rep=reading.optional("rep", parse_text, ""),
        since_date=reading.optional("since_date", parse_date, None),
        currency=currency,
        language=reading.optional("language", partial(parse_choice, labels=_LANGUAGES), "fr"),
        order_reference=reading.optional("order_reference", partial(parse_text, longest=LONGEST_ORDER), ""),
        contract_reference=reading.optional(
            "contract_reference", partial(parse_text, longest=LONGEST_CONTRACT), ""
        ),
        buyer_reference=reading.optional("buyer_reference", partial(parse_text, longest=LONGEST_BUYER), ""),
        requires_reference=reading.optional("requires_reference", _required, RequiredReference.NONE),
        credit_category=reading.optional("credit_category", partial(parse_text, longest=40), ""),
    )
    return reading.errors or row


def _numbers(reading: Reading, country: str) -> dict[str, str]:
    """What the customer is known by."""
    siren = reading.optional("siren", parse_siren, "")
    fiscal_number = partial(_national, field="fiscal_number", country=country)
    return {
        "siren": siren,
        "siret": reading.optional("siret", partial(parse_siret, siren=siren), ""),
        "vat_number": reading.optional("vat_number", partial(parse_vat_number, siren=siren), ""),
        "ice": reading.optional("ice", parse_ice, ""),
        "fiscal_number": reading.optional("fiscal_number", fiscal_number, ""),
    }


def _national(text: str, *, field: str, country: str) -> str:
    return parse_national(field, text, country)


def _required(text: str) -> RequiredReference:
    return parse_choice(text, labels=_REQUIRED)


def changed(row: CustomerRow, stored: CustomerRow, absent: Collection[str]) -> CustomerRow:
    """What a stored customer becomes: as the row says, but for what the file has no column for.

    `absent` are the fields of those columns. Blank terms and a blank method keep what was agreed; an address
    is one thing, whichever of its columns the file has.
    """
    fields = {_FIELDS.get(name, name) for name in absent}
    if not {"address_1", "address_2"} <= fields:
        fields -= {"address_1", "address_2"}
    fields |= {name for name in ("terms", "payment_method") if getattr(row, name) is None}
    return row._replace(**{name: getattr(stored, name) for name in fields})


def _address(reading: Reading) -> tuple[str, str]:
    # A cell may hold several lines: the first stays first, the others share the second.
    nothing: tuple[str, ...] = ()
    lines = reading.optional("address_1", parse_lines, nothing)
    lines += reading.optional("address_2", parse_lines, nothing)
    return lines[0] if lines else "", ", ".join(lines[1:])


def _postcode(reading: Reading, country: str) -> str:
    parse = partial(parse_postcode, country=country)
    return (
        reading.required("postcode", parse, "")
        if is_french(country)
        else reading.optional("postcode", parse, "")
    )


def _credit_limit(reading: Reading, currency: str) -> int | None:
    parse = partial(parse_decimal, decimals=decimals(currency))
    limit = reading.optional("credit_limit", parse, None)
    return None if limit is None else to_minor(limit, currency)
