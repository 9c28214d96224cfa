"""Identifiers of companies and bank accounts, and the addresses that documents are sent to."""

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from stdnum import bic as stdnum_bic
from stdnum import iban as stdnum_iban
from stdnum.eu import vat as stdnum_eu_vat
from stdnum.exceptions import ValidationError
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret
from stdnum.fr import tva as stdnum_tva

from encaisse.party.errors import (
    BicInvalid,
    EmailInvalid,
    IbanInvalid,
    PartyRefused,
    PrefixInvalid,
    SirenInvalid,
    SiretInvalid,
    SiretNotOfSiren,
    VatNumberInvalid,
    VatNumberNotOfSiren,
)
from encaisse.party.rules.places import EU_COUNTRIES, is_french

_LONGEST_EMAIL: Final = 254
_LABEL: Final = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_EMAIL: Final = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@(?:{_LABEL}\.)+[^\W\d_]{{2,63}}")
# Greece writes EL, Monaco shares the French numbers.
_VAT_PREFIXES: Final = {"GR": "EL", "MC": "FR"}
_EU_VAT_PREFIXES: Final = frozenset(_VAT_PREFIXES.get(country, country) for country in EU_COUNTRIES)
_PREFIX: Final = re.compile("[A-Za-z0-9+_/-]{0,20}")
_OTHER_VAT_NUMBER: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{2,18}")


class ElectronicAddress(NamedTuple):
    """Where structured invoices go: BT-49 and its scheme of the EAS list."""

    scheme: str
    value: str


def parse_siren(text: str) -> str:
    """The nine digits. Raises SirenInvalid."""
    return _checked(stdnum_siren.validate, text, SirenInvalid())


def parse_siret(text: str, *, siren: str = "") -> str:
    """The fourteen digits, of this SIREN if there is one. Raises SiretInvalid and SiretNotOfSiren."""
    siret = _checked(stdnum_siret.validate, text, SiretInvalid())
    if siren and not siret.startswith(siren):
        raise SiretNotOfSiren(siren=siren)
    return siret


def siren_of_siret(text: str) -> str:
    """The SIREN that a SIRET begins with; a text that is no SIRET stays as it is, to be refused as such."""
    digits = re.sub(r"[\s.]", "", text)
    return digits[:9] if re.fullmatch("[0-9]{14}", digits) else text


def siren_of_vat_number(text: str) -> str:
    """The SIREN that a French VAT number ends with; of any other number there is none."""
    number = re.sub(r"[\s.-]", "", text).upper()
    if re.fullmatch("FR[0-9A-Z]{2}[0-9]{9}", number):
        return number[-9:]
    return "" if number[:2].isalpha() and not number.startswith("FR") else text


def parse_vat_number(text: str, *, siren: str = "") -> str:
    """The number with its country's prefix and without separators.

    The forms and check digits of the member states of the European Union are verified, whether the number is
    in use is not; others must only begin with a country's two letters. A French number must be that of the
    SIREN, if there is one. Raises VatNumberInvalid and VatNumberNotOfSiren.
    """
    number = re.sub(r"[\s.-]", "", text).upper()
    prefix = _VAT_PREFIXES.get(number[:2], number[:2])
    if prefix == "FR":
        return _french_vat_number(number, siren)
    if prefix in _EU_VAT_PREFIXES:
        return _checked(stdnum_eu_vat.validate, prefix + number[2:], VatNumberInvalid())
    if not _OTHER_VAT_NUMBER.fullmatch(number):
        raise VatNumberInvalid()
    return number


def is_vat_number_of(vat_number: str, country: str) -> bool:
    """Whether a parsed VAT number was given by this member state: what shifts the VAT to a buyer there."""
    return country in EU_COUNTRIES and vat_number.startswith(_VAT_PREFIXES.get(country, country))


def parse_iban(text: str) -> str:
    """The IBAN without spaces. Raises IbanInvalid."""
    return _checked(stdnum_iban.validate, text, IbanInvalid())


def parse_bic(text: str) -> str:
    """The BIC of 8 or 11 characters. Raises BicInvalid."""
    return _checked(stdnum_bic.validate, text, BicInvalid())


def parse_email(text: str) -> str:
    """The address with its domain in lower case; whether it exists is not asked. Raises EmailInvalid."""
    local, _, domain = text.strip().rpartition("@")
    dots_are_misplaced = local.startswith(".") or local.endswith(".") or ".." in local
    address = f"{local}@{domain.lower()}"
    if dots_are_misplaced or len(address) > _LONGEST_EMAIL or not _EMAIL.fullmatch(address):
        raise EmailInvalid()
    return address


def electronic_address(*, country: str, siren: str, email: str) -> ElectronicAddress | None:
    """Where a buyer receives structured invoices: by SIREN in the French directory, else by e-mail."""
    if siren and is_french(country):
        return ElectronicAddress(scheme="0225", value=siren)
    if email:
        return ElectronicAddress(scheme="EM", value=email)
    return None


def _french_vat_number(number: str, siren: str) -> str:
    digits = _checked(stdnum_tva.validate, number, VatNumberInvalid())
    if siren and not digits.endswith(siren):
        raise VatNumberNotOfSiren(siren=siren)
    return "FR" + digits


def _checked(validate: Callable[[str], Any], text: str, refusal: PartyRefused) -> str:
    try:
        return str(validate(text))
    except ValidationError:
        raise refusal from None


def parse_prefix(text: str) -> str:
    """What the numbers of documents begin with. Raises PrefixInvalid. Source: XP Z12-012, rule BR-FR-01."""
    if not _PREFIX.fullmatch(text):
        raise PrefixInvalid()
    return text
