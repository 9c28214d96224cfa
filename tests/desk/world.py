"""The world of the scope tests: two legal entities, three groups, six reps, and for each of them a customer
with an account in both entities, with what hangs on it. Every row knows who follows it and which entity it
belongs to, in words of its own: what the product makes of them is what is tested.

A package that adds rows adds a builder to `BUILDERS`. Amounts are powers of two: every sum names its parts.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from django.db import transaction

from encaisse.access.operations.keys import Wanted, create_key
from encaisse.access.queries.users import operator
from encaisse.billing.models import CycleMember
from encaisse.billing.rules import Selection
from encaisse.deposit.models import Deposit, ProposalKind, Why
from encaisse.deposit.operations import movements
from encaisse.deposit.operations.proposals import Proposed, propose
from encaisse.deposit.operations.templates import define as define_template
from encaisse.deposit.rules import Limits
from encaisse.flows import billing_cycle
from encaisse.flows.deposits import request_deposit
from encaisse.flows.try_run import answer_trial, ask_trial
from encaisse.intake.models import Batch, Upload
from encaisse.intake.models import Row as IntakeRow
from encaisse.invoice.models import Invoice
from encaisse.judgement.models import Rule
from encaisse.judgement.operations.rules import RuleFacts, define
from encaisse.kernel import jobs, schedules
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Actor
from encaisse.ledger.models import Entry
from encaisse.ledger.operations import post_movement
from encaisse.party.models import BillingAccount, Contact, Customer, LegalEntity, Recipient, Rep
from encaisse.tax.operations import install_taxes
from encaisse.usage.models import Event
from encaisse.webhook.operations import endpoints, messages
from encaisse.webhook.operations.endpoints import EndpointFacts
from tests.makers import (
    CLERK,
    make_account,
    make_credit_note,
    make_customer,
    make_cycle,
    make_entity,
    make_group,
    make_identity,
    make_issued_invoice,
    make_payment,
    make_price,
    make_rep,
    make_scope,
    make_subscription,
    make_tax,
)

NORTH, SOUTH = "NORD", "SUD"
# Who follows whom. The house customer has no rep; the last rep's customer has an account in one entity only.
CUSTOMERS: Final = {
    "ALPHA": "R1",
    "BRAVO": "R2",
    "CHARLIE": "R3",
    "DELTA": "R4",
    "ECHO": "R5",
    "FOXTROT": "R6",
    "HOTEL": None,
}
GROUPS: Final = {"G1": ("R1", ("R1", "R2")), "G2": ("R1", ("R3", "R4")), "G3": ("R5", ("R5", "R6"))}
NOBODY: Final[frozenset[Any]] = frozenset()
EARLIER: Final = dt.date(2026, 3, 1)
CUTOFF: Final = dt.date(2026, 4, 1)
ONLY_NORTH: Final = "FOXTROT"


class Owner(NamedTuple):
    """Whose an account is: the code of its rep, and of its legal entity."""

    rep: str | None
    entity: str


class Row(NamedTuple):
    """One row that pages show: its reference's prefix and key, the text that betrays it, and whose it is.

    A row that hangs on several accounts has several owners; whoever sees one of those accounts sees the row. One
    that is nobody's is for those who see everything.
    `run` is the key of the run that a draft waits in; `is_held` tells that it is in quarantine.
    """

    kind: str
    id: int
    text: str
    owners: frozenset[Owner]
    amount_minor: int = 0
    run: int = 0
    is_held: bool = False


@dataclass
class World:
    """Everything that exists, whoever may see it."""

    entities: dict[str, LegalEntity] = field(default_factory=dict)
    reps: dict[str, Rep] = field(default_factory=dict)
    accounts: list[BillingAccount] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def of(self, kind: str) -> list[Row]:
        """The rows of one kind."""
        return [row for row in self.rows if row.kind == kind]

    def add(self, kind: str, key: int, text: str, account: BillingAccount, amount_minor: int = 0) -> None:
        """A row that hangs on one account."""
        self.rows.append(Row(kind, key, text, frozenset({owner(account)}), amount_minor))

    def weights(self) -> Iterable[tuple[BillingAccount, int]]:
        """Each account with its power of two."""
        return ((account, 2**n) for n, account in enumerate(self.accounts))


def owner(account: BillingAccount) -> Owner:
    """Whose the account is."""
    rep = account.customer.rep
    return Owner(rep.code if rep else None, account.legal_entity.code)


def build() -> World:
    """The whole world."""
    world = World()
    for builder in BUILDERS:
        builder(world)
    return world


def people(world: World) -> None:
    """Entities, groups, reps."""
    for code in (NORTH, SOUTH):
        identity = make_identity(name=f"Vendeur {code}", capital="50 000 €", registry="RCS Paris")
        world.entities[code] = make_entity(
            code=code, identity=identity, invoice_prefix=f"F{code}-", credit_note_prefix=f"A{code}-"
        )
    for code, (leader, members) in GROUPS.items():
        group = make_group(code=code)
        for member in members:
            world.reps[member] = make_rep(code=member, name=f"Commercial {member}", group=group)
        group.leader = world.reps[leader]
        group.save()


def parties(world: World) -> None:
    """Customers, their contacts and their accounts."""
    for name, rep in CUSTOMERS.items():
        customer = _customer(name, world.reps.get(rep or ""))
        entities = (NORTH,) if name == ONLY_NORTH else (NORTH, SOUTH)
        for entity in entities:
            account = make_account(
                reference=f"{name}-{entity}",
                customer=customer,
                legal_entity=world.entities[entity],
                identity=make_identity(name=f"Société {name} {entity}"),
            )
            Recipient.objects.create(account=account, address=f"{name}-{entity}@recus.example".lower())
            world.accounts.append(account)
            world.add("ba", account.pk, account.reference, account)
        owners = frozenset(Owner(rep, entity) for entity in entities)
        world.rows.append(Row("cus", customer.pk, customer.name, owners))
    for code, entity in world.entities.items():
        owners = frozenset(filter(lambda each: each.entity == code, map(owner, world.accounts)))
        world.rows.append(Row("entity", entity.pk, entity.identity.name, owners))


def _customer(name: str, rep: Rep | None) -> Customer:
    customer = make_customer(
        reference=f"CLI{name}", name=f"Maison {name}", sort_key=f"maison {name}".lower(), rep=rep
    )
    Contact.objects.create(customer=customer, name=f"Compta {name}", email=f"compta@{name}.example".lower())
    return customer


def contracts(world: World) -> None:
    """A contract of each account."""
    for account, weight in world.weights():
        reference = f"CTR-{account.reference}"
        item = make_subscription(make_price(unit_price=weight), account=account, reference=reference)
        world.add("sub", item.subscription_id, reference, account)


def catalogue(world: World) -> None:
    """An offer that everybody is sold, at a price of each customer's own: an offer is no secret, a customer is."""
    listed = make_price()
    for row in world.of("cus"):
        make_price(offer=listed.offer, customer_id=row.id)
    world.rows.append(Row("off", listed.offer_id, "the key of an offer", NOBODY))
    world.rows.append(Row("prc", listed.pk, "the key of a price", NOBODY))


def usage(world: World) -> None:
    """Something used under each contract, which waits to be rated."""
    for account, weight in world.weights():
        key = f"EVT-{account.reference}"
        contract = account.subscriptions.get()
        instant = dt.datetime(2026, 1, 17, tzinfo=dt.UTC)
        event = Event.objects.create(
            source="pbx", key=key, subscription=contract, meter="sms", occurred_at=instant, received_at=instant,
            quantity=weight,
        )  # fmt: skip
        world.add("evt", event.pk, key, account)


def invoices(world: World) -> None:
    """An issued invoice of each account, and a credit note of the first account's."""
    tax = make_tax()
    for account, weight in world.weights():
        invoice = make_issued_invoice(account, net=str(100 * weight), tax=tax)
        world.add("inv", invoice.pk, invoice.number, account, invoice.gross_minor)
    other = make_issued_invoice(world.accounts[0], net="1", tax=tax)
    note = make_credit_note(other)
    world.add("inv", other.pk, other.number, world.accounts[0], other.gross_minor)
    world.add("inv", note.pk, note.number, world.accounts[0], note.gross_minor)


def payments(world: World) -> None:
    """A payment of each account, laid on nothing."""
    for account, weight in world.weights():
        reference = f"VIR-{account.reference}"
        payment = make_payment(account, 700 * weight, reference=reference)
        world.add("pay", payment.pk, reference, account, payment.amount_minor)


def deposits(world: World) -> None:
    """A template of each legal entity, and a deposit of each account, half of which was held elsewhere."""
    scope = make_scope("manage_deposits")
    templates = {}
    for code, entity in world.entities.items():
        limits = Limits(f"Badge {code}", "EUR", 1, 10**9)
        templates[entity.pk] = key = define_template(scope, entity.pk, limits)
        world.rows.append(Row("dpt", key, public_id("dpt", key), frozenset({Owner(None, code)})))
    for account, weight in world.weights():
        template = templates[account.legal_entity_id]
        asked = {"amount_minor": 2_000 * weight, "requested_on": CUTOFF}
        deposit = request_deposit(scope, account.pk, template, **asked)
        with transaction.atomic():
            moved = movements.carry(deposit, 1_000 * weight, on=CUTOFF, reference="Repris", actor=CLERK)
            post_movement(moved)
        number = Deposit.objects.get(pk=deposit).number
        world.add("dep", deposit, number, account, 1_000 * weight)
        world.add("dmv", moved, f"{number}/1", account)
        given_back = Proposed(deposit, ProposalKind.REFUND, Why.VALIDITY_OVER)
        world.add("dpp", propose(given_back, on=CUTOFF, actor=CLERK), number, account)


def entries(world: World) -> None:
    """The entries of invoices and payments, each shown by the number or the reference of its piece."""
    accounts = {account.pk: account for account in world.accounts}
    for entry in Entry.objects.select_related("invoice", "payment", "movement__deposit"):
        piece = entry.invoice or entry.payment or entry.movement.deposit
        text = entry.payment.reference if entry.payment else piece.number
        world.add("ent", entry.pk, text, accounts[piece.account_id])


def runs(world: World) -> None:
    """A mass run of the south, whose accounts have no tax yet: exceptions; one of the north, in review; and one
    of a single account."""
    _run(world, SOUTH)
    install_taxes()
    for code in world.entities:
        _quarantine(world, code)
    _run(world, NORTH)
    single = world.accounts[-1]
    _draft(world, single.legal_entity, [single], account_id=single.pk)


def _run(world: World, entity: str) -> None:
    accounts = [account for account in world.accounts if account.legal_entity.code == entity]
    _draft(world, world.entities[entity], accounts)


def _quarantine(world: World, entity: str) -> None:
    """A run that is finished but for its drafts, which all wait in quarantine; the rule that caught them is over."""
    rule = Rule.objects.create(
        legal_entity=world.entities[entity],
        name="Tout",
        mode="forbid",
        criteria={"of": "gross", "is": "gt", "value": "0.00"},
    )
    accounts = [account for account in world.accounts if account.legal_entity.code == entity]
    run_id = _drafted(world.entities[entity], EARLIER)
    billing_cycle.issue(run_id, actor=CLERK)
    _add_run(world, run_id, accounts)
    Rule.objects.filter(pk=rule.pk).update(is_active=False)


def _draft(world: World, entity: LegalEntity, accounts: list[BillingAccount], **narrowed: int) -> None:
    _add_run(world, _drafted(entity, CUTOFF, **narrowed), accounts)


def _drafted(entity: LegalEntity, on: dt.date, **narrowed: int) -> int:
    run_id = billing_cycle.start(
        make_scope("bill"),
        cutoff_date=on,
        issue_date=on,
        selection=Selection(legal_entity_id=entity.pk, **narrowed),
    )
    billing_cycle.draft(run_id, actor=CLERK)
    return run_id


def _add_run(world: World, run_id: int, accounts: list[BillingAccount]) -> None:
    world.rows.append(Row("run", run_id, public_id("run", run_id), frozenset(map(owner, accounts))))
    known = {account.pk: account for account in accounts}
    for invoice in Invoice.objects.filter(run_id=run_id):
        account = known[invoice.account_id]
        whose = frozenset({owner(account)})
        is_held = invoice.state == "quarantined"
        row = Row("inv", invoice.pk, account.reference, whose, invoice.gross_minor, run_id, is_held)
        world.rows.append(row)


def cycles(world: World) -> None:
    """A cycle with every account of the first customer, and a dry run of everybody: for who sees everything."""
    cycle = make_cycle(code="INDIGO", name_fr="Cycle INDIGO", name_en="Cycle INDIGO")
    CycleMember.objects.create(account=world.accounts[0], cycle=cycle)
    world.rows.append(Row("cyc", cycle.pk, cycle.name_en, NOBODY))
    trial_id = ask_trial(make_scope("bill"), cutoff_date=CUTOFF, issue_date=CUTOFF)
    answer_trial(trial_id)
    world.rows.append(Row("try", trial_id, public_id("try", trial_id), NOBODY))


def rules(world: World) -> None:
    """A validation rule of each legal entity, for who sees all of it, which catches nothing of the world."""
    for code, entity in world.entities.items():
        facts = RuleFacts(f"Règle {code}", "suspect", "forbid", {"of": "gross", "is": "lt", "value": "0.00"})
        key = define(make_scope("configure"), entity.pk, "invoice", facts)
        world.rows.append(Row("vru", key, facts.name, frozenset({Owner(None, code)})))


def imports(world: World) -> None:
    """A file that somebody brought in, with a record that was refused, and one on its way in."""
    batch = Batch.objects.create(
        kind="customers",
        file_name="clients-INDIA.csv",
        sha256="0" * 64,
        refused_count=1,
        actor_kind=CLERK.kind,
        actor_id=0,
    )
    record = {"Code client": "INDIA", "Pays": "Frnace"}
    error = {"record": 2, "column": "Pays", "value": "Frnace", "code": "country_unknown", "facts": {}}
    IntakeRow.objects.create(batch=batch, number=2, outcome="refused", record=record, errors=[error])
    world.rows.append(Row("imp", batch.pk, batch.file_name, NOBODY))
    upload = Upload.objects.create(
        kind="customers",
        file_name="tiers-KILO.csv",
        stored_as="0",
        size_bytes=1,
        facts={"legal_entity_id": next(iter(world.entities.values())).pk},
        headings=["Code client", "Pays"],
        sample=[{"number": 2, "cells": record}],
        actor_kind=CLERK.kind,
        actor_id=0,
    )
    world.rows.append(Row("upl", upload.pk, upload.file_name, NOBODY))


def daily(world: World) -> None:
    """What is done every day, which concerns everybody alike; it has begun once."""
    schedules.install()
    scope = make_scope("configure", actor=Actor("user", 0, "Camille"))
    works = schedules.schedules(scope)
    world.rows += [Row("sch", each.id, public_id("sch", each.id), NOBODY) for each in works]
    job_id = schedules.run_now(scope, works[-1].id)
    world.rows.append(Row("job", job_id, public_id("job", job_id), NOBODY))


def webhooks(world: World) -> None:
    """An endpoint that hears of all legal entities, with a test on its way: for who sees everything."""
    scope = make_scope("integrate")
    facts = EndpointFacts(
        "https://receiver.example/hook", ("invoice.issued",), description="Warehouse of KILO"
    )
    endpoint_id = endpoints.create(scope, facts)
    message_id = messages.test(scope, endpoint_id)
    world.rows.append(Row("wh", endpoint_id, facts.description, NOBODY))
    world.rows.append(Row("msg", message_id, public_id("msg", message_id), NOBODY))


def programs(world: World) -> None:
    """A program that the server's operator let in."""
    made = create_key(operator("root"), Wanted("Programme LIMA"))
    world.rows.append(Row("key", made.id, "Programme LIMA", NOBODY))


def background(world: World) -> None:
    """A job about every invoice that a command asked for: for who sees everything, who then sees its items."""
    keys = [row.id for row in world.of("inv")]
    job_id = jobs.start("tests.look", Actor("command", None, "encaisse look JULIET"), row_ids=keys)
    world.rows.append(Row("job", job_id, "encaisse look JULIET", NOBODY))


BUILDERS: Final[tuple[Callable[[World], Any], ...]] = (
    people,
    parties,
    contracts,
    usage,
    catalogue,
    invoices,
    payments,
    deposits,
    entries,
    runs,
    cycles,
    rules,
    imports,
    webhooks,
    daily,
    programs,
    background,
)
