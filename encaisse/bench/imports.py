"""Customers brought in from a file, as `encaisse import customers` does: read, checked, stored with their accounts, and
each record kept with what became of it. Every guard of production is on.

The file is of nineteen columns in Windows-1252, with semicolons, as accounting software exports it.
"""

import csv
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from encaisse.bench.measure import Case
from encaisse.flows.import_customers import import_customers
from encaisse.intake.models import Row
from encaisse.kernel.scope import Actor
from encaisse.party.models import BillingAccount, Identity, LegalEntity

ENFORCED: Final = (
    "encoding and separator found, identifiers checked by their digits, a reference once per file, duplicates looked "
    "for, one transaction; customer, identity, account, contact and recipient, each record kept as read"
)
_ACTOR: Final = Actor("command", None, "bench")
_HEADINGS: Final = (
    "Code client", "Raison sociale", "Forme", "SIREN", "N° TVA", "Adresse 1", "Adresse 2", "CP", "Ville", "Pays",
    "Téléphone", "E-mail facturation", "Mode de règlement", "IBAN", "Échéance", "Encours autorisé", "Représentant",
    "Créé le", "Devise",
)  # fmt: skip
_IBAN: Final = "FR7630006000011234567890189"


def run(
    customers: int = 100_000, rounds: int = 1, say: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Bring that many customers, `rounds` times, other ones each time; raises when one is not there."""
    identity = Identity.objects.create(
        name="Banc d’essai", siren="732829320", address_1="1, rue de la Paix", postcode="75002", city="Paris",
        country="FR",
    )  # fmt: skip
    entity = LegalEntity.objects.create(code="BENCH", identity=identity, currency="EUR")
    case = Case("customers imported", customers, ENFORCED)
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds):
            file = Path(folder) / "clients.csv"
            _write(file, turn * customers, customers)
            with case.round():
                report = import_customers(file, legal_entity_id=entity.pk, file_name=file.name, actor=_ACTOR)
            if (report.created, report.refused) != (customers, 0):
                raise RuntimeError(
                    f"{report.created} came in, {report.refused} were refused: {report.errors[:3]}"
                )
            say(f"{turn + 1}/{rounds}")
    _assert_whole(customers * rounds)
    return case.result()


def _assert_whole(customers: int) -> None:
    stored, kept = BillingAccount.objects.count(), Row.objects.filter(outcome="created").count()
    if (stored, kept) != (customers, customers):
        raise RuntimeError(f"{stored} accounts and {kept} records of {customers}")


def _write(file: Path, first: int, count: int) -> None:
    with file.open("w", encoding="cp1252", newline="") as text:
        writer = csv.writer(text, delimiter=";")
        writer.writerow(_HEADINGS)
        writer.writerows(_records(first, count))


def _records(first: int, count: int) -> Iterator[list[str]]:
    for number in range(first, first + count):
        siren = _siren(number)
        key = (12 + 3 * (int(siren) % 97)) % 97
        yield [
            f"B{number:07}", f"Société n° {number}", "SARL", siren, f"FR{key:02}{siren}",
            f"{number % 190 + 1}, rue des Tests", "", f"{number % 90 + 1:02}{number % 1000:03}", "Épinal", "France",
            "03 29 00 00 00", f"compta{number}@client.example", "Virement", _IBAN, "30 jours",
            "1\N{NO-BREAK SPACE}000,00", f"Commercial {number % 12}", "17/10/2020", "EUR",
        ]  # fmt: skip


def _siren(number: int) -> str:
    """Nine digits, the last of which checks the others, by Luhn's rule."""
    digits = f"{10_000_000 + number:08}"
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)
