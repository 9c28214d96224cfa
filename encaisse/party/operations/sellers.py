"""Legal entities: the sellers."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.db import transaction

from encaisse.intake.rules import parse_currency
from encaisse.kernel import events
from encaisse.kernel.scope import Actor
from encaisse.party.errors import EntityKeepsItsCurrency
from encaisse.party.models import Identity, LegalEntity
from encaisse.party.rules.identifiers import (
    parse_bic,
    parse_email,
    parse_iban,
    parse_siren,
    parse_siret,
    parse_vat_number,
)
from encaisse.party.rules.places import parse_country, parse_postcode


class SellerIdentity(NamedTuple):
    """Who the seller is in law. What it has not is empty."""

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


@dataclass(frozen=True)
class Seller:
    """A legal entity: its code, its identity, its books' currency, how it is paid and how it numbers."""

    code: str
    identity: SellerIdentity
    currency: str = "EUR"
    timezone: str = "Europe/Paris"
    iban: str = ""
    bic: str = ""
    late_penalty: str = ""
    invoice_prefix: str = "F"
    credit_note_prefix: str = "A"


@transaction.atomic
def save_legal_entity(seller: Seller, *, actor: Actor) -> int:
    """The legal entity is as told, under its code. Returns its key. Repeatable: the same again writes nothing.

    Another identity is another version: issued documents keep theirs. Locks the legal entity.
    Raises EntityKeepsItsCurrency, UnknownCurrency and what the identifiers' parsers raise.
    """
    told = _checked(seller)
    found = LegalEntity.objects.select_for_update(of=("self",)).select_related("identity")
    entity = found.filter(code=told.code).first()
    if entity is None:
        identity = Identity.objects.create(**told.identity._asdict())
        entity = LegalEntity.objects.create(currency=told.currency, identity=identity, **_columns(told))
        events.record("legal_entity.created", "legal_entity", entity.pk, actor)
    elif _change(entity, told):
        events.record("legal_entity.changed", "legal_entity", entity.pk, actor)
    return entity.pk


def _checked(seller: Seller) -> Seller:
    identity = seller.identity
    country = parse_country(identity.country)
    siren = identity.siren and parse_siren(identity.siren)
    identity = identity._replace(
        country=country,
        postcode=parse_postcode(identity.postcode, country),
        siren=siren,
        siret=identity.siret and parse_siret(identity.siret, siren=siren),
        vat_number=identity.vat_number and parse_vat_number(identity.vat_number, siren=siren),
        email=identity.email and parse_email(identity.email),
    )
    return replace(
        seller,
        identity=identity,
        currency=parse_currency(seller.currency),
        iban=seller.iban and parse_iban(seller.iban),
        bic=seller.bic and parse_bic(seller.bic),
    )


def _columns(told: Seller) -> dict[str, str]:
    return {
        "code": told.code,
        "timezone": told.timezone,
        "iban": told.iban,
        "bic": told.bic,
        "late_penalty": told.late_penalty,
        "invoice_prefix": told.invoice_prefix,
        "credit_note_prefix": told.credit_note_prefix,
    }


def _change(entity: LegalEntity, told: Seller) -> bool:
    if entity.currency != told.currency:
        raise EntityKeepsItsCurrency(currency=entity.currency)
    changes: dict[str, Any] = {
        name: value for name, value in _columns(told).items() if getattr(entity, name) != value
    }
    said = told.identity._asdict()
    if any(getattr(entity.identity, name) != value for name, value in said.items()):
        changes["identity"] = Identity.objects.create(**said)
    if changes:
        LegalEntity.objects.filter(pk=entity.pk).update(**changes)
    return bool(changes)
