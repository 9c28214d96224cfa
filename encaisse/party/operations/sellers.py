"""Legal entities: the sellers."""

from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from encaisse.intake.rules import parse_currency
from encaisse.kernel import clock, events
from encaisse.kernel.scope import Actor
from encaisse.party.errors import EntityKeepsItsCurrency, TimezoneUnknown
from encaisse.party.models import LegalEntity
from encaisse.party.operations.identities import version
from encaisse.party.rules.identifiers import parse_bic, parse_iban, parse_prefix
from encaisse.party.rules.identities import IdentityFacts, checked
from encaisse.party.rules.nations import nation
from encaisse.party.rules.terms import MonthEndReading


@dataclass(frozen=True)
class Seller:
    """A legal entity: its code, its identity, its books' currency, how it is paid, how it numbers, and what it
    counts first to the end of a month."""

    code: str
    identity: IdentityFacts
    currency: str = "EUR"
    timezone: str = "Europe/Paris"
    iban: str = ""
    bic: str = ""
    late_penalty: str = ""
    invoice_prefix: str = "F"
    credit_note_prefix: str = "A"
    month_end_reading: MonthEndReading = MonthEndReading.DAYS_FIRST


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
        identity = version(told.identity)
        chart = nation(identity.country).chart
        entity = LegalEntity.objects.create(
            currency=told.currency, chart=chart, identity=identity, **_columns(told)
        )
        events.record("legal_entity.created", "legal_entity", entity.pk, actor)
    elif changed := _change(entity, told):
        events.record("legal_entity.changed", "legal_entity", entity.pk, actor, fields=changed)
    return entity.pk


def _checked(seller: Seller) -> Seller:
    if not clock.is_timezone(seller.timezone):
        raise TimezoneUnknown()
    return replace(
        seller,
        identity=checked(seller.identity),
        currency=parse_currency(seller.currency),
        iban=seller.iban and parse_iban(seller.iban),
        bic=seller.bic and parse_bic(seller.bic),
        invoice_prefix=parse_prefix(seller.invoice_prefix),
        credit_note_prefix=parse_prefix(seller.credit_note_prefix),
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
        "month_end_reading": told.month_end_reading,
    }


def _change(entity: LegalEntity, told: Seller) -> list[str]:
    if entity.currency != told.currency:
        raise EntityKeepsItsCurrency(currency=entity.currency)
    changes: dict[str, Any] = {
        name: value for name, value in _columns(told).items() if getattr(entity, name) != value
    }
    identity = version(told.identity, entity.identity)
    if identity != entity.identity:
        changes["identity"] = identity
    if changes:
        LegalEntity.objects.filter(pk=entity.pk).update(**changes)
    return sorted(changes)
