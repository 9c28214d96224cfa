"""The story of one month. Each step looks first whether it has happened already."""

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from encaisse.access.operations.users import create_user
from encaisse.access.queries.users import WantedUsers, users
from encaisse.billing.queries.runs import runs
from encaisse.catalog.operations.offers import Included
from encaisse.catalog.queries import offers
from encaisse.demo import company
from encaisse.demo.receipts import receipts
from encaisse.flows import billing_cycle
from encaisse.flows.billing_cycle import Progress
from encaisse.flows.books import Finding
from encaisse.flows.check_books import check_books
from encaisse.flows.import_contracts import import_contracts
from encaisse.flows.import_customers import import_customers
from encaisse.flows.import_offers import import_offers
from encaisse.flows.import_prices import import_prices
from encaisse.flows.preview_run import Figures, figures
from encaisse.flows.sell import include
from encaisse.flows.send_documents import send_documents
from encaisse.flows.take_payment import take_payment
from encaisse.intake.operations import ImportReport
from encaisse.intake.queries import BatchRow, batch, batches
from encaisse.invoice.queries.lists import InvoiceRow, Wanted, invoices
from encaisse.judgement.operations.rules import define
from encaisse.kernel import clock, queue
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Scope
from encaisse.party.operations.reps import save_group
from encaisse.party.operations.sellers import save_legal_entity
from encaisse.party.queries import reps
from encaisse.ui.formats import number

FIRST_PRICES: Final = dt.date(2000, 1, 1)
EVERY: Final = Window(size=1_000_000)
UNISSUED: Final = ("new", "drafting", "review", "issuing")
STEPS: Final = {
    "rate": gettext_noop("Contracts rated"),
    "draft": gettext_noop("Invoices drafted"),
    "issue": gettext_noop("Invoices numbered and booked"),
    "render": gettext_noop("PDF and Factur-X documents"),
    "send": gettext_noop("E-mails"),
}


class Told(Protocol):
    """A step of the story, as a face shows it."""

    result: str

    def __call__(self, done: int, total: int) -> None:
        """The step is that far."""


class Voice(NamedTuple):
    """How a face tells the story: one step under a label, or several, each under the label of its name."""

    step: Callable[[str], AbstractContextManager[Told]]
    steps: Callable[[Mapping[str, str]], AbstractContextManager[Progress]]


class Ending(NamedTuple):
    """What there is at the end."""

    entity_id: int
    people: list[company.Person]
    customers: BatchRow
    run: Figures
    findings: list[Finding]


def play(scope: Scope, samples: Path, voice: Voice) -> Ending:
    """The month before this one is billed, sent, partly paid and booked, once. Call outside transactions."""
    entity_id = save_legal_entity(company.SELLER, actor=scope.actor)
    first_day, cutoff = last_month()
    at_entity: dict[str, Any] = {"legal_entity_id": entity_id}
    _read(scope, voice.step(_("Offers")), samples / "offers.csv", import_offers, valid_from=FIRST_PRICES)
    customers = _read(
        scope, voice.step(_("Customers")), samples / "clients.csv", import_customers, **at_entity
    )
    _read(
        scope,
        voice.step(_("Offers by usage")),
        samples / "offers-usage.csv",
        import_offers,
        valid_from=FIRST_PRICES,
    )
    _read(scope, voice.step(_("Prices")), samples / "prices.csv", import_prices, valid_from=FIRST_PRICES)
    _package(scope)
    people = _people(scope, voice)
    since = at_entity | {"billed_through": first_day}
    _read(scope, voice.step(_("Contracts")), samples / "contrats.xlsx", import_contracts, **since)
    _rules(scope, voice, entity_id)
    run = _bill(scope, voice, cutoff)
    issued = _issued(scope, run)
    _send(voice, issued)
    _pay(scope, voice, issued, until=clock.today(company.SELLER.timezone))
    return Ending(entity_id, people, customers, run, _books(scope, voice))


def last_month() -> tuple[dt.date, dt.date]:
    """The month before this one, half-open."""
    end = clock.today(company.SELLER.timezone).replace(day=1)
    return (end - dt.timedelta(days=1)).replace(day=1), end


def _read(
    scope: Scope,
    told: AbstractContextManager[Told],
    file: Path,
    flow: Callable[..., ImportReport],
    **order: Any,
) -> BatchRow:
    """The file has come in, once. Returns what became of its records."""
    with told as step:
        kind = flow.__name__.removeprefix("import_")
        before = [row for row in batches(scope, kind, window=EVERY).rows if row.file_name == file.name]
        if before:
            step.result = _("read before")
            return before[0]
        order |= {
            "scope": scope,
            "actor": scope.actor,
            "progress": lambda name, done, total: step(done, total),
        }
        report = flow(file, file_name=file.name, **order)
        step.result = _kept(report)
        return batch(scope, report.batch_id or 0)


def _kept(report: ImportReport) -> str:
    came = report.created + report.updated + report.unchanged
    said = ngettext("%(count)s taken in", "%(count)s taken in", came) % {"count": number(came)}
    if report.refused:
        refused = ngettext("%(count)s refused", "%(count)s refused", report.refused)
        said += ", " + refused % {"count": number(report.refused)}
    return said


def _package(scope: Scope) -> None:
    """A subscription comes with its setup and with what is counted of it."""
    found = offers(scope, window=EVERY).rows
    keys = {row.code: row.id for row in found}
    held = [Included(keys[code], Decimal(1)) for code in ("MISE-EN-SERVICE", "COURRIER-PLIS")]
    include(scope, keys["COURRIER-EQUIPE"], held)


def _people(scope: Scope, voice: Voice) -> list[company.Person]:
    """The representatives are in groups, and one person of each role can log in."""
    with voice.step(_("Groups and users")) as step:
        teams = company.groups(reps(scope))
        people = company.people(teams)
        missing = [
            person for person in people if not users(scope, WantedUsers(search=person.profile.email)).total
        ]
        for team in teams if missing else ():
            codes = [rep.code for rep in team.members]
            save_group(code=team.code, name=team.name, leader=codes[0], members=codes, actor=scope.actor)
        for person in missing:
            create_user(person.profile, password=person.password, actor=scope.actor)
        step.result = _("%(groups)s groups, %(users)s users") % {"groups": len(teams), "users": len(people)}
    return people


def _rules(scope: Scope, voice: Voice, entity_id: int) -> None:
    """Drafts are judged before anything is issued: what a rule catches waits in quarantine."""
    with voice.step(_("Validation rules")) as step:
        new = () if runs(scope, kind="mass")[0] else company.RULES
        for rule in new:
            define(scope, entity_id, "invoice", rule)
        step.result = number(len(new)) if new else _("recorded before")


def _bill(scope: Scope, voice: Voice, cutoff: dt.date) -> Figures:
    """The one run of the story is finished but for its quarantine, wherever an earlier attempt left it."""
    found, _total = runs(scope, kind="mass")
    if found:
        run = found[-1]
        run_id, state = run.id, run.state
    else:
        issue_date = cutoff - dt.timedelta(days=1)
        run_id, state = (
            billing_cycle.start(scope, cutoff_date=cutoff, issue_date=issue_date),
            "new",
        )
    with _steps(voice) as progress:
        if state in ("new", "drafting"):
            billing_cycle.draft(run_id, actor=scope.actor, progress=progress)
        if state in UNISSUED:
            billing_cycle.issue(run_id, actor=scope.actor, progress=progress)
    return figures(scope, run_id)


def _issued(scope: Scope, run: Figures) -> list[InvoiceRow]:
    wanted = Wanted(state="issued", run_id=run.detail.run.id)
    return invoices(scope, wanted, window=EVERY, counted=False).rows


def _send(voice: Voice, issued: list[InvoiceRow]) -> None:
    """Every invoice has its document, sent to its customer; nothing is left in the queue."""
    ids = [invoice.id for invoice in issued]
    with _steps(voice) as progress:
        send_documents(min(ids), max(ids), progress=progress)
    with voice.step(_("Work in the background")):
        queue.work(wait=False)


def _pay(scope: Scope, voice: Voice, issued: list[InvoiceRow], *, until: dt.date) -> None:
    """What customers pay until that day is recorded, booked and laid on their invoices."""
    with voice.step(_("Payments received and allocated")) as step:
        due = list(receipts([invoice for invoice in issued if not invoice.settled_minor], until))
        for done, receipt in enumerate(due, 1):
            told = receipt._asdict()
            take_payment(actor=scope.actor, invoice_ids=[told.pop("invoice_id")], **told)
            step(done, len(due))
        step.result = number(len(due)) if due else _("recorded before")


def _books(scope: Scope, voice: Voice) -> list[Finding]:
    with voice.step(_("Books checked")) as step:
        findings = check_books(actor=scope.actor, progress=lambda sentence, done, total: step(done, total))
        step.result = _("in order") if not findings else ", ".join(finding.name for finding in findings)
    return findings


def _steps(voice: Voice) -> AbstractContextManager[Progress]:
    return voice.steps({name: _(label) for name, label in STEPS.items()})
