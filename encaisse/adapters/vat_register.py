"""Registers of VAT numbers: VIES, by which the member states answer for each other, and one that plays it.

VIES is asked over its REST interface (`POST check-vat-number`). A member state that does not answer says so in a
sound answer of the Commission: nothing was found out then, and the number is asked for again later. Source:
https://ec.europa.eu/taxation_customs/vies/#/technical-information
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, Protocol

from django.conf import settings

from encaisse.adapters.errors import AddressRefused, NoAnswer, RegisterAway
from encaisse.adapters.http_out import Door, Letter, house_rules, opened

VIES: Final = "https://ec.europa.eu/taxation_customs/vies/rest-api"
OFF, SIMULATOR = "", "simulator"
# What the register answers of a number that no taxable person has.
_NO_NUMBER: Final = frozenset({"INVALID", "INVALID_INPUT"})
_SAYS_NOTHING: Final = "---"
WITHIN_S: Final = 15.0
LONGEST: Final = 500


class Registered(NamedTuple):
    """What a register says of a number: whether somebody has it, and the proof that it was asked.

    The consultation number is given to who names a VAT number of their own; name and address where the state tells
    them.
    """

    is_valid: bool
    consultation: str = ""
    name: str = ""
    address: str = ""


class VatRegister(Protocol):
    """Answers whether a number is somebody's. Called outside transactions only."""

    def ask(self, number: str, *, requester: str) -> Registered:
        """What the register of its country says of a number that begins with the country. Raises RegisterAway."""


@contextmanager
def register() -> Iterator[VatRegister | None]:
    """The register that this installation asks; None when it asks none."""
    if settings.VAT_REGISTER == OFF:
        yield None
    elif settings.VAT_REGISTER == SIMULATOR:
        yield SimulatedRegister()
    else:
        with opened(house_rules()) as door:
            yield Vies(door, settings.VAT_REGISTER)


class Vies:
    """The register of the European Commission."""

    def __init__(self, door: Door, address: str = VIES, within_s: float = WITHIN_S) -> None:
        """Ask through this door, and wait so long for an answer."""
        self._door, self._address, self._within_s = door, address, within_s

    def ask(self, number: str, *, requester: str) -> Registered:
        """What the member state says. Raises RegisterAway."""
        asked = {"countryCode": number[:2], "vatNumber": number[2:]}
        if requester:
            asked |= {"requesterMemberStateCode": requester[:2], "requesterNumber": requester[2:]}
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        letter = Letter(
            f"{self._address}/check-vat-number", json.dumps(asked).encode(), headers, within_s=self._within_s,
            most_bytes=16_384,
        )  # fmt: skip
        try:
            answer = self._door.send(letter)
        except (NoAnswer, AddressRefused) as refused:
            raise RegisterAway(reason=refused.reason) from refused
        return _read(answer.status, answer.body)


class SimulatedRegister:
    """Plays the register: the last digit of a number says how it behaves, and nothing leaves the house."""

    def ask(self, number: str, *, requester: str) -> Registered:
        """Invalid, away in several ways, or valid with a proof. Raises RegisterAway."""
        reasons = {"7": "MS_UNAVAILABLE", "8": "MS_MAX_CONCURRENT_REQ", "9": "timeout"}
        if reason := reasons.get(number[-1]):
            raise RegisterAway(reason=reason)
        if number[-1] == "0":
            return Registered(is_valid=False)
        return Registered(
            is_valid=True, consultation=f"SIM{number}", name="SOCIETE SIMULEE", address="1 RUE DU TEST"
        )


def _read(status: int, body: bytes) -> Registered:
    """What an answer says; anything but a plain yes or no is a register that is away. Raises RegisterAway."""
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise RegisterAway(reason="garbage" if status < 500 else "SERVICE_UNAVAILABLE")  # noqa: PLR2004
    error = _error(told)
    is_valid = told.get("valid", told.get("isValid"))
    if error in _NO_NUMBER:
        return Registered(is_valid=False, consultation=_text(told, "requestIdentifier"))
    if error or not isinstance(is_valid, bool):
        raise RegisterAway(reason=error or "garbage")
    return Registered(is_valid, _text(told, "requestIdentifier"), _text(told, "name"), _text(told, "address"))


def _error(told: dict[str, Any]) -> str:
    wrapped = told.get("errorWrappers")
    if isinstance(wrapped, list) and wrapped and isinstance(wrapped[0], dict):
        return _text(wrapped[0], "error") or "garbage"
    error = _text(told, "userError")
    return "" if error == "VALID" else error


def _text(told: dict[str, Any], name: str) -> str:
    said = told.get(name)
    if not isinstance(said, str) or said.strip() == _SAYS_NOTHING:
        return ""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in said).split())[:LONGEST]
