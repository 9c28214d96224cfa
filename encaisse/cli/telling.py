"""The demonstration as the command line tells it, and the page that it ends with. Needs Django."""

from gettext import gettext as _
from gettext import ngettext
from pathlib import Path

import click
from django.conf import settings

from encaisse.cli import reports, show
from encaisse.cli.exits import CannotGoOn
from encaisse.cli.files import write_lines
from encaisse.demo import company
from encaisse.demo.story import Ending, Voice, play
from encaisse.desk import states
from encaisse.insight.queries.dashboard import Standing, dashboard
from encaisse.intake.queries import every_refused
from encaisse.kernel.scope import Scope
from encaisse.ledger.operations import export_fec
from encaisse.party.queries import legal_entities
from encaisse.payment.queries import received
from encaisse.ui import words
from encaisse.ui.formats import long_date, money, number

REFUSED = "clients-refus.csv"


def tell(scope: Scope, samples: Path) -> Ending:
    """Tell the story and write its files in the home. Raises CannotGoOn when a company's own data are there."""
    if any(entity.code != company.CODE for entity in legal_entities(scope)):
        text = _(
            "This database holds the data of a company. Give the demonstration a home of its own: {example}"
        )
        raise CannotGoOn(text.format(example="ENCAISSE_HOME=~/encaisse-demo encaisse demo"))
    show.note(show.heading(_("A month at the Comptoir des Marées")))
    ending = play(scope, samples, Voice(show.Step, show.steps))
    refused = every_refused(scope, ending.customers.id)
    reports.write([error for record in refused for error in record.errors], _folder() / REFUSED)
    _export(scope, ending)
    return ending


def summarise(scope: Scope, ending: Ending, *, address: str | None) -> None:
    """Say what there is now: figures, who was set aside and why, files, log-ins."""
    detail = ending.run.detail
    show.section(
        _("Billed on {day}").format(day=long_date(detail.run.issue_date)), _billed(ending), right=[1]
    )
    owed = next(iter(dashboard(scope).standings), None)
    show.section(_("Received and owed"), _owed(scope, owed) if owed else [], right=[1])
    why = [(str(states.reason(each.code)), number(each.accounts)) for each in detail.reasons]
    show.section(_("Accounts set aside, and why"), why, right=[1])
    show.section(_("Files"), _files(ending))
    show.section(_("Log-ins"), [_login(person) for person in ending.people])
    show.section(
        _("Addresses"), [(_("Desk"), f"{address}/"), (_("Components"), f"{address}/style")] if address else []
    )
    show.answer()


def _billed(ending: Ending) -> list[tuple[str, str]]:
    rows = [(_("Accounts set aside"), number(ending.run.detail.outcomes.exceptions))]
    for total in ending.run.totals:
        if total.state == "quarantined":
            held = ngettext("{count} in quarantine", "{count} in quarantine", total.documents)
            rows.append(
                (held.format(count=number(total.documents)), money(total.gross_minor, total.currency))
            )
            continue
        said = ngettext("{count} invoice", "{count} invoices", total.documents)
        rows.insert(0, (said.format(count=number(total.documents)), money(total.gross_minor, total.currency)))
        rows.insert(1, (_("of which VAT"), money(total.tax_minor, total.currency)))
    return rows


def _owed(scope: Scope, standing: Standing) -> list[tuple[str, str]]:
    taken = sum(each.amount_minor for each in received(scope) if each.currency == standing.currency)
    return [
        (_("Received"), money(taken, standing.currency)),
        (_("of which still to allocate"), money(standing.left_minor, standing.currency)),
        (_("Owed by customers"), money(standing.owed_minor, standing.currency)),
        (_("of which overdue"), money(standing.overdue_minor, standing.currency)),
    ]


def _files(ending: Ending) -> list[tuple[str, str]]:
    refused = ngettext("{count} refused customer", "{count} refused customers", ending.customers.refused)
    rows = [(refused.format(count=number(ending.customers.refused)), str(_folder() / REFUSED))]
    rows.extend((_("Accounting entries"), str(file)) for file in sorted(_folder().glob("*FEC*.txt")))
    if settings.MAIL_URL.startswith("folder://"):
        rows.append((_("E-mails sent"), settings.MAIL_URL.removeprefix("folder://")))
    return rows


def _login(person: company.Person) -> tuple[str, str, str]:
    profile = person.profile
    role = str(words.role(profile.role, profile.role))
    return profile.email, click.style(person.password, bold=True), f"{profile.name}, {role}"


def _export(scope: Scope, ending: Ending) -> None:
    with show.Step(_("Accounting entries exported")) as step:
        year = ending.run.detail.run.issue_date.year
        made = export_fec(scope, legal_entity_id=ending.entity_id, year=year)
        step.result = number(write_lines(_folder() / made.name, made.lines) - 1)


def _folder() -> Path:
    folder = Path(settings.HOME) / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
