"""`encaisse webhooks`: where other software is told what happens, and what is told again."""

import datetime as dt
from gettext import gettext as _
from typing import TYPE_CHECKING

import click

from encaisse.cli import session, show
from encaisse.cli.choices import Day
from encaisse.cli.groups import Group

if TYPE_CHECKING:
    from encaisse.webhook.queries import MessageRow

SHOWN = 50


@click.group(cls=Group, help=_("See what other software was told, and tell it again."))
def webhooks() -> None:
    """Hold the commands of webhooks together."""


@webhooks.command("list", help=_("Show every webhook, and how its messages fare."))
def listed() -> None:
    """Every webhook, one a line."""
    scope = session.begin()
    from encaisse.kernel.references import public_id
    from encaisse.webhook.queries import endpoints

    states = {"enabled": _("enabled"), "disabled": _("disabled")}
    rows = [(_("WEBHOOK"), _("ADDRESS"), _("MODE"), _("STATE"), _("WAITING"), _("FAILED"), _("DELIVERED"))]
    for each in endpoints(scope):
        told = (states.get(each.state, each.state), str(each.waiting), str(each.failed), str(each.delivered))
        rows.append((public_id("wh", each.id), each.url, each.mode, *told))
    show.table(rows)


@webhooks.command(help=_("Show the last messages of a webhook, newest first."))
@click.argument("webhook", metavar=_("WEBHOOK"))
@click.option(
    "--state",
    type=click.Choice(["waiting", "delivered", "failed"]),
    help=_("Only those that ended like this."),
)
@click.option("--since", type=Day(), metavar=_("DATE"), help=_("Only those made since that day."))
def log(webhook: str, state: str | None, since: dt.date | None) -> None:
    """The log of one webhook, one message a line."""
    scope = session.begin()
    from encaisse.kernel.lists import Window
    from encaisse.kernel.references import key_of
    from encaisse.webhook.queries import messages

    window = Window("-created_at", size=SHOWN)
    found = messages(scope, key_of("wh", webhook), state=state or "", since=since, window=window)
    rows = [(_("MESSAGE"), _("TYPE"), _("MADE"), _("STATE"), _("ATTEMPTS"), _("LAST ANSWER"))]
    show.table(rows + [_line(each) for each in found.rows])


@webhooks.command(
    help=_("Tell again. WHAT is a message (msg_…), or a webhook (wh_…) whose messages failed since a day.")
)
@click.argument("what", metavar=_("WHAT"))
@click.option("--since", type=Day(), metavar=_("DATE"), help=_("From that day on; of a webhook only."))
def replay(what: str, since: dt.date | None) -> None:
    """What failed is on its way again."""
    scope = session.begin()
    from encaisse.kernel.references import key_of
    from encaisse.webhook.operations import messages

    if what.startswith("msg_"):
        messages.replay(scope, key_of("msg", what))
        show.answer(_("1 message is told again."))
        return
    if since is None:
        raise click.UsageError(_("Say from which day on: --since DATE."))
    began = dt.datetime.combine(since, dt.time(), dt.UTC)
    count = messages.replay_failed(scope, key_of("wh", what), since=began)
    show.answer(_("{count} messages are told again.").format(count=count))


def _line(row: "MessageRow") -> tuple[str, ...]:
    states = {"waiting": _("waiting"), "delivered": _("delivered"), "failed": _("failed")}
    made = row.created_at.strftime("%Y-%m-%d %H:%M")
    answer = str(row.status) if row.status else row.error or "–"
    return row.public, row.type, made, states[row.state], str(row.attempts), answer
