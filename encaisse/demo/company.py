"""The company of the demonstration and its people. It does not exist: its SIREN, VAT number and IBAN have valid check
digits in ranges that nobody was given.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final, NamedTuple

from django.conf import settings

from encaisse.access.operations.users import Profile
from encaisse.judgement.operations.rules import RuleFacts
from encaisse.party.operations.sellers import Seller
from encaisse.party.queries import RepRow
from encaisse.party.rules.identities import IdentityFacts

CODE: Final = "MAREES"
DOMAIN: Final = "marees.example"
SELLER: Final = Seller(
    code=CODE,
    identity=IdentityFacts(
        name="Comptoir des Marées",
        legal_form="SAS",
        capital="120 000 €",
        siren="999100316",
        siret="99910031600010",
        vat_number="FR87999100316",
        registry="RCS Paris",
        address_1="12, quai des Brumes",
        postcode="75012",
        city="Paris",
        country="FR",
        email=f"facturation@{DOMAIN}",
        phone="+33 1 99 00 12 34",
    ),
    iban="FR7699999000010000001234537",
    bic="DEMOFRPPXXX",
    invoice_prefix="F",
    credit_note_prefix="A",
)
# What somebody looks at before it leaves. In the first month, the first alone catches something.
RULES: Final = (
    RuleFacts(
        "Montant inhabituel",
        "suspect",
        "require",
        {"of": "gross", "is": "lt", "value": "10000.00"},
        priority=20,
    ),
    RuleFacts(
        "Écart avec la facture précédente",
        "suspect",
        "forbid",
        {"any": [{"of": "change", "is": "gt", "value": "50"}, {"of": "change", "is": "lt", "value": "-50"}]},
        priority=10,
    ),
    RuleFacts(
        "Aucune adresse e-mail", "reject", "forbid", {"of": "missing", "is": "any", "values": ["email"]}
    ),
)
GROUPS: Final = ("Nord", "Ouest", "Sud")
# Beside those who follow customers, and take the names of the customers' file.
STAFF: Final = (
    ("admin", "Camille Aubrac", "direction"),
    ("billing", "Dominique Sorel", "facturation"),
    ("collector", "Maxence Tilleul", "encaissement"),
)
WORDS: Final = (
    "ancre", "balise", "cabestan", "digue", "embrun", "falaise", "galet", "hune", "islet", "jetee", "lagune",
    "maree", "nacre", "ondee", "phare", "quille", "ressac", "sillage", "timonier", "varech", "vigie", "zephyr",
)  # fmt: skip


class Person(NamedTuple):
    """Somebody who logs in, and with which password."""

    profile: Profile
    password: str


class Group(NamedTuple):
    """A group of sales representatives, the first of whom leads it."""

    code: str
    name: str
    members: tuple[RepRow, ...]


def groups(reps: Sequence[RepRow]) -> list[Group]:
    """The representatives in groups of about the same size."""
    dealt = (tuple(reps[turn :: len(GROUPS)]) for turn in range(len(GROUPS)))
    return [Group(name.lower(), name, members) for name, members in zip(GROUPS, dealt, strict=True)]


def people(teams: Sequence[Group]) -> list[Person]:
    """One person of each role: those who see everything, a leader who sees a group, a rep who sees their own."""
    staff = [Profile(f"{desk}@{DOMAIN}", name, role) for role, name, desk in STAFF]
    leader, rep = teams[0].members[:2]
    staff.append(Profile(_address(leader), leader.name, "leader", leader.id))
    staff.append(Profile(_address(rep), rep.name, "rep", rep.id))
    return [Person(profile, password(profile.email)) for profile in staff]


def password(email: str) -> str:
    """The password of an address: the same each time on this installation, another one elsewhere."""
    seed = hmac.digest(settings.SECRET_KEY.encode(), f"demo {email}".encode(), hashlib.sha256)
    first, second = (WORDS[byte % len(WORDS)] for byte in seed[:2])
    return f"{first}-{second}-{int.from_bytes(seed[2:4]) % 9000 + 1000}"


def _address(rep: RepRow) -> str:
    return f"{rep.code.replace('_', '-')}@{DOMAIN}"
