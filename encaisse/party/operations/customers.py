"""Customers with their billing account, identity, contact, recipient and rep, a slice of rows at a time."""

import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from django.db import transaction

from encaisse.intake.models import Outcome
from encaisse.intake.operations import Good, Refused, Slice, Verdict, Warned
from encaisse.intake.rules import content_hash, ranges
from encaisse.kernel import events, sql
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor
from encaisse.party.errors import (
    AccountKeepsItsCurrency,
    AccountOfAnotherEntity,
    DuplicateFound,
    ReferenceTaken,
    TermsExceedTheLaw,
)
from encaisse.party.models import (
    BillingAccount,
    Contact,
    Customer,
    CustomerChange,
    Identity,
    LegalEntity,
    PartyState,
    Recipient,
)
from encaisse.party.operations.references import bear_references
from encaisse.party.operations.reps import save_reps
from encaisse.party.rules.duplicates import Choice, Duplicates, Match, merged
from encaisse.party.rules.names import match_key
from encaisse.party.rules.places import is_french
from encaisse.party.rules.records import CustomerRow, changed
from encaisse.party.rules.rows import (
    NewAccount,
    NewContact,
    NewCustomer,
    NewIdentity,
    NewRecipient,
    new_account,
    new_customer,
    new_identity,
)
from encaisse.party.rules.terms import PaymentTerms, exceeds_the_law

# What an imported row never says of an identity, and so keeps.
NOT_IMPORTED: Final = ("capital", "registry", "professional_tax", "social_security")


class _Stored(NamedTuple):
    """What a reference stands for already; `row` is what an import would say of it.

    Of a reference that is not both a customer's and its account's, the missing half is None.
    """

    customer_id: int
    content_hash: str
    state: str
    account_id: int
    owner_id: int
    legal_entity_id: int
    capital: str
    registry: str
    professional_tax: str
    social_security: str
    identity_id: int
    row: CustomerRow


class _Change(NamedTuple):
    """A stored customer and what it becomes."""

    stored: _Stored
    row: CustomerRow
    content_hash: str
    verdict: Verdict = Outcome.UPDATED
    intake_row: int | None = None
    record: int | None = None


class _Loads(NamedTuple):
    """The rows of new customers, by table."""

    customers: list[NewCustomer]
    identities: list[NewIdentity]
    accounts: list[NewAccount]
    contacts: list[NewContact]
    recipients: list[NewRecipient]


class _Part(NamedTuple):
    """What all rows of a slice share."""

    entity: LegalEntity
    duplicates: Duplicates
    absent: frozenset[str]
    actor: Actor


class _Line(NamedTuple):
    """A row of a slice, with the number of its record."""

    number: int
    good: Good[CustomerRow]


@transaction.atomic
def save_customers(
    part: Slice[CustomerRow],
    *,
    legal_entity_id: int,
    duplicates: Duplicates = Duplicates(),  # noqa: B008 - frozen
) -> list[Verdict]:
    """Each row is a customer of ours with a billing account at the legal entity, both under its reference.

    A new one gets its identity, its billing contact, the e-mail that documents go to, and its rep by name; one that
    looks like a customer who is there becomes what was chosen of `duplicates`, and is always told. One that is there
    already changes when its row has changed since it was last read, and then only in what differs: another identity
    is another version. A row whose reference is taken by other parties, or whose account is another legal entity's or
    in another currency, is refused and stops no other; terms beyond the law are taken in with a warning. Returns one
    verdict per row, in order. Raises NotFound when there is no such legal entity.
    """
    entity = LegalEntity.objects.select_related("identity").filter(pk=legal_entity_id).first()
    if entity is None:
        raise NotFound(noun="legal entity")
    shared = _Part(entity, duplicates, part.absent, part.actor)
    numbers = part.numbers or tuple(range(len(part.rows)))
    waiting = [_Line(number, good) for number, good in zip(numbers, part.rows, strict=True)]
    verdicts: dict[int, Verdict] = {}
    while waiting:
        waiting = _settle(waiting, shared, verdicts)
    return [
        _warned(good.row, verdicts[number], entity) for number, good in zip(numbers, part.rows, strict=True)
    ]


def _settle(lines: list[_Line], part: _Part, verdicts: dict[int, Verdict]) -> list[_Line]:
    """The lines are saved, each with its verdict, but for those that may be about a customer whom another one of them
    is about: these are returned, and come next."""
    stored = _stored([line.good.row.reference for line in lines])
    strangers = [line for line in lines if line.good.row.reference not in stored]
    matches = _matches(strangers, part.entity.pk)
    stored |= _stored({match.reference for match in matches.values()} - stored.keys())
    new: list[Good[CustomerRow]] = []
    changes: list[_Change] = []
    later: list[_Line] = []
    touched: set[str] = set()
    for line in lines:
        row, match = line.good.row, matches.get(line.number)
        about = {match.reference if match else row.reference, *_known_by(row)}
        if touched & about:
            later.append(line)
            continue
        touched |= about
        found = _judge(line, match, stored, part)
        if found is Outcome.CREATED or (isinstance(found, Warned) and found.outcome is Outcome.CREATED):
            new.append(line.good)
        if isinstance(found, _Change):
            changes.append(found._replace(record=line.good.intake_row))
        verdicts[line.number] = found.verdict if isinstance(found, _Change) else found
    reps = save_reps(
        {good.row.rep for good in new} | {row.rep for each in changes for row in (each.row, each.stored.row)}
    )
    _create(new, reps, part.entity.pk, part.actor)
    _change(changes, reps, part.actor)
    return later


def _known_by(row: CustomerRow) -> set[str]:
    """What another row would be taken for the same by."""
    key = match_key(row.name, row.address_1, row.postcode, row.city)
    return {
        f"{by} {text}" for by, text in (("siren", row.siren), ("vat", row.vat_number), ("name", key)) if text
    }


def _matches(lines: list[_Line], legal_entity_id: int) -> dict[int, Match]:
    """The customer that each line looks like, by its number."""
    rows = [
        {
            "place": line.number,
            "siren": line.good.row.siren,
            "siret": line.good.row.siret,
            "vat_number": line.good.row.vat_number,
            "match_key": new_identity(0, line.good.row).match_key,
        }
        for line in lines
    ]
    asked = {"rows": json.dumps(rows), "legal_entity_id": legal_entity_id}
    found = sql.rows("party", "duplicates", asked) if rows else []
    return {place: Match(*match) for place, *match in found}


def _judge(line: _Line, match: Match | None, stored: dict[str, _Stored], part: _Part) -> Verdict | _Change:
    """What becomes of a line: nothing is written yet."""
    row = line.good.row
    if known := stored.get(row.reference):
        return _taken_up(line, _compare(row, known, part.entity.pk, part.absent))
    if match is None:
        return Outcome.CREATED
    choice, told = part.duplicates.of(line.number), DuplicateFound(**match._asdict())
    if choice is Choice.REFUSE:
        return Refused(match.by, told)
    if choice in (Choice.CREATE, Choice.SKIP):
        outcome = Outcome.CREATED if choice is Choice.CREATE else Outcome.UNCHANGED
        return Warned(outcome, match.by, told)
    there = stored[match.reference]
    theirs = row._replace(reference=match.reference)
    becomes = merged(theirs, there.row) if choice is Choice.MERGE else changed(theirs, there.row, part.absent)
    if becomes.currency != there.row.currency:
        return Refused("currency", AccountKeepsItsCurrency(currency=there.row.currency))
    if becomes == there.row:
        return Warned(Outcome.UNCHANGED, match.by, told)
    # Their own record, when it comes again, is still the one that was read: it changes nothing back.
    return _Change(there, becomes, there.content_hash, Warned(Outcome.UPDATED, match.by, told))


def _taken_up(line: _Line, found: _Change | Verdict) -> _Change | Verdict:
    """A customer that an undo withdrew comes in anew, and is what this record brought."""
    if isinstance(found, _Change) and found.stored.state == PartyState.WITHDRAWN:
        return found._replace(verdict=Outcome.CREATED, intake_row=line.good.intake_row)
    return found


def _warned(row: CustomerRow, verdict: Verdict, seller: LegalEntity) -> Verdict:
    """The verdict, with a warning when a French business was given longer than the law allows."""
    if isinstance(verdict, Refused) or row.terms is None or not row.is_business:
        return verdict
    bound = is_french(row.country) and is_french(seller.identity.country)
    if not (bound and exceeds_the_law(row.terms)):
        return verdict
    told = Refused("terms", TermsExceedTheLaw())
    return verdict._replace(also=(told,)) if isinstance(verdict, Warned) else Warned(verdict, *told)


def _stored(references: Iterable[str]) -> dict[str, _Stored]:
    found: dict[str, _Stored] = {}
    for record in sql.rows("party", "stored_customers", {"references": list(references)}):
        keys, before, terms, after = record[:11], record[11:27], record[27:31], record[31:]
        agreed = PaymentTerms.stored(*terms) if terms[0] else None
        row = CustomerRow._make((*before, agreed, *after))
        found[row.reference] = _Stored._make((*keys, row))
    return found


def _compare(
    row: CustomerRow, stored: _Stored, legal_entity_id: int, absent: frozenset[str]
) -> _Change | Verdict:
    """The change to make, or why there is none."""
    if stored.customer_id != stored.owner_id:
        return Refused("reference", ReferenceTaken())
    if stored.legal_entity_id != legal_entity_id:
        return Refused("reference", AccountOfAnotherEntity())
    digest = content_hash(row)
    if digest == stored.content_hash and stored.state == PartyState.ACTIVE:
        return Outcome.UNCHANGED
    becomes = changed(row, stored.row, absent)
    if becomes.currency != stored.row.currency:
        return Refused("currency", AccountKeepsItsCurrency(currency=stored.row.currency))
    if becomes == stored.row and stored.state == PartyState.ACTIVE:
        return Outcome.UNCHANGED
    return _Change(stored, becomes, digest)


def _create(new: list[Good[CustomerRow]], reps: dict[str, int], legal_entity_id: int, actor: Actor) -> None:
    if not new:
        return
    customer_id, account_id, identity_id = (
        sql.reserve_ids(model, len(new)) for model in (Customer, BillingAccount, Identity)
    )
    loads = _Loads([], [], [], [], [])
    for place, (intake_row, row) in enumerate(new):
        customer, account, identity = customer_id + place, account_id + place, identity_id + place
        made = new_customer(customer, row, rep_id=reps.get(row.rep), content_hash=content_hash(row))
        loads.customers.append(made._replace(intake_row_id=intake_row))
        loads.identities.append(new_identity(identity, row))
        owner = {"customer_id": customer, "legal_entity_id": legal_entity_id, "identity_id": identity}
        loads.accounts.append(new_account(account, row, **owner))
        if row.email or row.phone:
            loads.contacts.append(NewContact(customer, row.name, row.email, row.phone, "billing"))
        if row.email:
            loads.recipients.append(NewRecipient(account, "email", row.email))
    _load(loads)
    named = {account_id + place: row.references for place, (_, row) in enumerate(new) if any(row.references)}
    bear_references(named)
    events.record("customer.imported", "customer", (customer_id, customer_id + len(new) - 1), actor)


def _load(loads: _Loads) -> None:
    sql.copy_rows(Identity, NewIdentity, loads.identities)
    sql.copy_rows(Customer, NewCustomer, loads.customers)
    sql.copy_rows(BillingAccount, NewAccount, loads.accounts)
    sql.copy_rows(Contact, NewContact, loads.contacts)
    sql.copy_rows(Recipient, NewRecipient, loads.recipients)


def _change(changes: list[_Change], reps: dict[str, int], actor: Actor) -> None:
    if not changes:
        return
    versions = _new_versions(changes)
    customers, accounts = [], []
    for stored, row, digest, _, intake_row, _ in changes:
        rep_id = reps.get(row.rep)
        made = new_customer(stored.customer_id, row, rep_id=rep_id, content_hash=digest)
        customers.append(made._replace(intake_row_id=intake_row))
        owner = {"customer_id": stored.customer_id, "legal_entity_id": stored.legal_entity_id}
        identity_id = versions.get(row.reference, stored.identity_id)
        accounts.append(new_account(stored.account_id, row, **owner, identity_id=identity_id))
    _run("change_customers", [customer._asdict() for customer in customers])
    _run("change_accounts", [account._asdict() for account in accounts])
    bear_references({stored.account_id: row.references for stored, row, *_ in changes})
    _reach(changes)
    _remember(changes, reps, [*map(facts_of, customers, accounts, (each.row for each in changes))])
    for ids in ranges(sorted(customer.id for customer in customers)):
        events.record("customer.changed", "customer", ids, actor)


def _remember(changes: list[_Change], reps: dict[str, int], after: list[dict[str, Any]]) -> None:
    """What the records of files changed can be put back as it was."""
    CustomerChange.objects.bulk_create(
        CustomerChange(
            customer_id=each.stored.customer_id,
            intake_row_id=each.record,
            before=_as_stored(each.stored, reps),
            after=facts,
        )
        for each, facts in zip(changes, after, strict=True)
        if each.record is not None and each.intake_row is None
    )


def snapshots(references: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The customers of these references with their accounts as they stand, as `CustomerChange` keeps them."""
    found = _stored(references)
    reps = save_reps({each.row.rep for each in found.values()})
    return {reference: _as_stored(each, reps) for reference, each in found.items()}


def _as_stored(stored: _Stored, reps: dict[str, int]) -> dict[str, Any]:
    row = stored.row
    customer = new_customer(
        stored.customer_id, row, rep_id=reps.get(row.rep), content_hash=stored.content_hash
    )
    owner = {"customer_id": stored.customer_id, "legal_entity_id": stored.legal_entity_id}
    account = new_account(stored.account_id, row, **owner, identity_id=stored.identity_id)
    return facts_of(customer._replace(state=stored.state), account, row)


def facts_of(customer: NewCustomer, account: NewAccount, row: CustomerRow) -> dict[str, Any]:
    """A customer, its account, and how it is reached, as JSON."""
    said = {
        "customer": customer._replace(intake_row_id=None)._asdict(),
        "account": account._asdict(),
        "references": row.references._asdict(),
        "reached": [row.name, row.email, row.phone],
    }
    facts: dict[str, Any] = json.loads(json.dumps(said, default=str))
    return facts


def _reach(changes: list[_Change]) -> None:
    """Contacts and recipients follow what the customers gave as their name, e-mail and telephone."""
    contacts, recipients = [], []
    for stored, row, *_ in changes:
        old = stored.row
        if (row.name, row.email, row.phone) != (old.name, old.email, old.phone):
            contact = NewContact(stored.customer_id, row.name, row.email, row.phone, "billing")
            contacts.append(contact._asdict() | {"old_name": old.name})
        if row.email != old.email:
            recipient = NewRecipient(stored.account_id, "email", row.email)
            recipients.append(recipient._asdict() | {"old_address": old.email})
    _run("change_contacts", contacts)
    _run("replace_recipients", recipients)


def _new_versions(changes: list[_Change]) -> dict[str, int]:
    """The keys of the new identities, by reference, of the customers whose identity differs."""
    differing = [each for each in changes if new_identity(0, each.row) != new_identity(0, each.stored.row)]
    first = sql.reserve_ids(Identity, len(differing))
    rows = {
        row.reference: new_identity(key, row)._replace(
            **{name: getattr(stored, name) for name in NOT_IMPORTED}
        )
        for key, (stored, row, *_) in enumerate(differing, first)
    }
    sql.copy_rows(Identity, NewIdentity, rows.values())
    return {reference: row.id for reference, row in rows.items()}


def _run(name: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        sql.execute("party", name, {"rows": json.dumps(rows, default=str)})
