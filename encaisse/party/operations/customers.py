"""Customers with their billing account, identity, contact, recipient and rep, a slice of rows at a time."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

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
    ReferenceTaken,
    TermsExceedTheLaw,
)
from encaisse.party.models import (
    BillingAccount,
    Contact,
    Customer,
    Identity,
    LegalEntity,
    PartyState,
    Recipient,
)
from encaisse.party.operations.references import bear_references
from encaisse.party.operations.reps import save_reps
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
    identity_id: int
    row: CustomerRow


class _Change(NamedTuple):
    """A stored customer and what it becomes."""

    stored: _Stored
    row: CustomerRow
    content_hash: str


class _Loads(NamedTuple):
    """The rows of new customers, by table."""

    customers: list[NewCustomer]
    identities: list[NewIdentity]
    accounts: list[NewAccount]
    contacts: list[NewContact]
    recipients: list[NewRecipient]


@transaction.atomic
def save_customers(part: Slice[CustomerRow], *, legal_entity_id: int) -> list[Verdict]:
    """Each row is a customer of ours with a billing account at the legal entity, both under its reference.

    A new one gets its identity, its billing contact, the e-mail that documents go to, and its rep by name. One
    that is there already changes when its row has changed since it was last read, and then only in what
    differs: another identity is another version. A row whose reference is taken by other parties, or whose
    account is another legal entity's or in another currency, is refused and stops no other; terms beyond the
    law are taken in with a warning. Returns one verdict per row, in order. Raises NotFound when there is no such
    legal entity.
    """
    entity = LegalEntity.objects.select_related("identity").filter(pk=legal_entity_id).first()
    if entity is None:
        raise NotFound(noun="legal entity")
    stored = _stored([good.row.reference for good in part.rows])
    new: list[Good[CustomerRow]] = []
    changes: list[_Change] = []
    verdicts: list[Verdict] = []
    for good in part.rows:
        known = stored.get(good.row.reference)
        found = _compare(good.row, known, legal_entity_id, part.absent) if known else Outcome.CREATED
        if known is None:
            new.append(good)
        if isinstance(found, _Change):
            changes.append(found)
        verdicts.append(Outcome.UPDATED if isinstance(found, _Change) else found)
    reps = save_reps({good.row.rep for good in new} | {change.row.rep for change in changes})
    _create(new, reps, legal_entity_id, part.actor)
    _change(changes, reps, part.actor)
    return [_warned(good.row, verdict, entity) for good, verdict in zip(part.rows, verdicts, strict=True)]


def _warned(row: CustomerRow, verdict: Verdict, seller: LegalEntity) -> Verdict:
    """The verdict, with a warning when a French business was given longer than the law allows."""
    if not isinstance(verdict, Outcome) or row.terms is None or not row.is_business:
        return verdict
    bound = is_french(row.country) and is_french(seller.identity.country)
    if bound and exceeds_the_law(row.terms):
        return Warned(verdict, "terms", TermsExceedTheLaw())
    return verdict


def _stored(references: Sequence[str]) -> dict[str, _Stored]:
    found: dict[str, _Stored] = {}
    for record in sql.rows("party", "stored_customers", {"references": references}):
        keys, before, terms, after = record[:9], record[9:25], record[25:29], record[29:]
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
    for stored, row, digest in changes:
        rep_id = reps.get(row.rep)
        customers.append(new_customer(stored.customer_id, row, rep_id=rep_id, content_hash=digest))
        owner = {"customer_id": stored.customer_id, "legal_entity_id": stored.legal_entity_id}
        identity_id = versions.get(row.reference, stored.identity_id)
        accounts.append(new_account(stored.account_id, row, **owner, identity_id=identity_id))
    _run("change_customers", [customer._asdict() for customer in customers])
    _run("change_accounts", [account._asdict() for account in accounts])
    bear_references({stored.account_id: row.references for stored, row, _ in changes})
    _reach(changes)
    for ids in ranges(sorted(customer.id for customer in customers)):
        events.record("customer.changed", "customer", ids, actor)


def _reach(changes: list[_Change]) -> None:
    """Contacts and recipients follow what the customers gave as their name, e-mail and telephone."""
    contacts, recipients = [], []
    for stored, row, _ in changes:
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
        row.reference: new_identity(key, row)._replace(capital=stored.capital, registry=stored.registry)
        for key, (stored, row, _) in enumerate(differing, first)
    }
    sql.copy_rows(Identity, NewIdentity, rows.values())
    return {reference: row.id for reference, row in rows.items()}


def _run(name: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        sql.execute("party", name, {"rows": json.dumps(rows, default=str)})
