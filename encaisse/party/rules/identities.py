"""Who somebody is in law, as people type it and as it is kept."""

from typing import NamedTuple

from encaisse.intake.rules import parse_text
from encaisse.party.rules.identifiers import parse_email, parse_siren, parse_siret, parse_vat_number
from encaisse.party.rules.nations import FIELDS, parse_national
from encaisse.party.rules.places import parse_country, parse_postcode


class IdentityFacts(NamedTuple):
    """The legal identity of a seller or of a buyer. What it has not is empty."""

    name: str
    address_1: str
    postcode: str
    city: str
    country: str
    legal_form: str = ""
    capital: str = ""
    siren: str = ""
    siret: str = ""
    vat_number: str = ""
    registry: str = ""
    address_2: str = ""
    email: str = ""
    phone: str = ""
    is_business: bool = True
    ice: str = ""
    fiscal_number: str = ""
    professional_tax: str = ""
    social_security: str = ""


def checked(told: IdentityFacts) -> IdentityFacts:
    """The identity in the plain form of its identifiers, which fit each other and its country.

    Raises what their parsers raise.
    """
    country = parse_country(told.country)
    siren = told.siren and parse_siren(told.siren)
    return IdentityFacts(
        name=parse_text(told.name),
        address_1=parse_text(told.address_1),
        postcode=parse_postcode(told.postcode, country),
        city=parse_text(told.city),
        country=country,
        legal_form=parse_text(told.legal_form),
        capital=parse_text(told.capital),
        siren=siren,
        siret=told.siret and parse_siret(told.siret, siren=siren),
        vat_number=told.vat_number and parse_vat_number(told.vat_number, siren=siren),
        registry=parse_text(told.registry),
        address_2=parse_text(told.address_2),
        email=told.email and parse_email(told.email),
        phone=parse_text(told.phone),
        is_business=told.is_business,
        **{
            field: getattr(told, field) and parse_national(field, getattr(told, field), country)
            for field in FIELDS
        },
    )
