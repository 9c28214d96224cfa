"""What happened to contracts, in sentences, and what they were and will be charged, in tables."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from encaisse.charge.queries import ChargeLine
from encaisse.currency.rules import Exchange
from encaisse.desk import exchanges
from encaisse.desk.lists import BREAK
from encaisse.desk.stories import ACTORS
from encaisse.flows.change_contract import Preview
from encaisse.insight.queries.contracts import Billed, EventStory
from encaisse.ui import formats
from encaisse.ui.lists import Column, Empty, Kind, Table
from encaisse.ui.shapes import Moment, Money, Tone, Words
from encaisse.ui.templatetags.ui import show

ONE_DAY: Final = dt.timedelta(days=1)
CONDITIONS: Final[dict[str, Words]] = {
    "advance": gettext_lazy("Advance"),
    "deposit": gettext_lazy("Security deposit"),
}
RENEWALS: Final[dict[str, Words]] = {
    "none": gettext_lazy("It ends"),
    "automatic": gettext_lazy("It is renewed by itself"),
}
TONES: Final[Mapping[str, Tone]] = {
    "start": Tone.GOOD,
    "activate": Tone.GOOD,
    "abandon": Tone.CLOSED,
    "resume": Tone.GOOD,
    "renew": Tone.GOOD,
    "suspend": Tone.WARN,
    "terminate": Tone.CLOSED,
}


def moments(story: Sequence[EventStory]) -> tuple[Moment, ...]:
    """The events of a contract, each with the charges that it made."""
    return tuple(_moment(event) for event in story)


def _moment(event: EventStory) -> Moment:
    day = formats.date(event.effective_on)
    return Moment(
        at=event.recorded_at,
        title=_SENTENCES[event.kind](event.facts, day, event.effective_on),
        actor=event.actor or ACTORS.get(event.actor_kind, ""),
        detail=format_html_join(BREAK, "{}", ((_charged(each),) for each in event.charges)),
        tone=TONES.get(event.kind, Tone.ACTIVE),
    )


def _charged(each: Billed) -> Words:
    charge = each.charge
    net = show(Money(charge.net_minor, charge.currency))
    period = _period(charge)
    said = f"{charge.label}, {period}" if period else charge.label
    if each.invoice_id is None:
        return format_html("{} · {}", said, net)
    link = reverse("desk:invoice", args=[each.invoice_id])
    return format_html('{} · {} · <a href="{}">{}</a>', said, net, link, each.number or _("draft"))


def _start(facts: Mapping[str, Any], day: str, on: dt.date) -> str:
    if not facts.get("offers"):
        return _("Begins on %(day)s") % {"day": day}
    return _("Begins on %(day)s with %(offers)s") % {"day": day, "offers": ", ".join(facts["offers"])}


def _change(facts: Mapping[str, Any], day: str, on: dt.date) -> str:
    said = {"day": day, "offer": facts.get("offer"), "position": facts.get("position")}
    if "offer" not in facts:
        return _("Changed from %(day)s on") % said
    if facts["offer"] is None:
        return _("Position %(position)s is no longer held from %(day)s on") % said
    said["quantity"] = formats.number(Decimal(facts["quantity"]))
    if facts["position"] is None:
        return _("%(quantity)s × %(offer)s more from %(day)s on") % said
    return _("Position %(position)s holds %(quantity)s × %(offer)s from %(day)s on") % said


def _price(facts: Mapping[str, Any], day: str, on: dt.date) -> str:
    prices = ", ".join(
        _("position %(position)s: %(price)s")
        % {"position": position, "price": formats.number(Decimal(price))}
        for position, price in facts["prices"].items()
    )
    return _("New prices from %(day)s on (%(prices)s)") % {"day": day, "prices": prices}


def _terminate(facts: Mapping[str, Any], day: str, on: dt.date) -> str:
    last = {"day": formats.date(on - ONE_DAY)}
    if facts["refund"]:
        return _("Terminated, last day %(day)s") % last
    return _("Terminated, last day %(day)s, nothing given back") % last


def _renew(facts: Mapping[str, Any], day: str, on: dt.date) -> str:
    last = formats.date(dt.date.fromisoformat(facts["end_date"]) - ONE_DAY)
    months = facts["months"]
    text = ngettext(
        "Renewed for %(months)s month, until %(day)s", "Renewed for %(months)s months, until %(day)s", months
    )
    return text % {"months": months, "day": last}


_SENTENCES: Final[Mapping[str, Callable[[Mapping[str, Any], str, dt.date], str]]] = {
    "start": _start,
    "activate": lambda facts, day, on: _("Begins to run on %(day)s") % {"day": day},
    "abandon": lambda facts, day, on: _("Abandoned on %(day)s before it began") % {"day": day},
    "change": _change,
    "price": _price,
    "suspend": lambda facts, day, on: _("Suspended from %(day)s on") % {"day": day},
    "resume": lambda facts, day, on: _("Resumed from %(day)s on") % {"day": day},
    "terminate": _terminate,
    "renew": _renew,
    "transfer": lambda facts, day, on: (
        _("From %(day)s on billed to %(to)s instead of %(from)s") % {"day": day, **facts}
    ),
}


def charges(
    rows: Sequence[ChargeLine], *, name: str, caption: Words, empty: Words, exchange: Exchange | None = None
) -> Table:
    """Charges, of which no invoice is made yet; in the customer's currency too, where that is another."""
    columns = (
        Column("billable_on", _("From"), Kind.DATE),
        Column("label", _("What is billed")),
        Column("period", _("Period"), show=_period),
        Column("account", _("Account"), Kind.CODE),
        Column("quantity", _("Quantity"), Kind.NUMBER, show=lambda row: formats.number(row.quantity)),
        Column(
            "net_minor", _("Net"), Kind.MONEY,
            show=lambda row: exchanges.both(row.net_minor, row.currency, exchange),
        ),
    )  # fmt: skip
    return Table(columns, rows, name=name, caption=caption, empty=Empty(empty))


def previewed(seen: Preview, horizon: dt.date, exchange: Exchange | None) -> dict[str, Any]:
    """What a change gives back and charges until the horizon, exclusive; in the customer's currency too."""
    nothing = _("Nothing was billed beyond that day.")
    credits = charges(seen.credits, name="credits", caption=_("Given back"), empty=nothing, exchange=exchange)
    to_come = charges(
        seen.charges, name="to_come", caption=_("Billed from then on"), empty=_("Nothing more is billed."),
        exchange=exchange,
    )  # fmt: skip
    told = {"credits": credits, "charges": to_come, "until": horizon - ONE_DAY, "refused": seen.refused}
    return told | {"exchange": exchanges.fact(exchange)}


def months(count: int | None) -> str:
    """How long a term is."""
    return ngettext("%(n)s month", "%(n)s months", count) % {"n": count} if count else ""


def days(count: int) -> str:
    """How long before it happens a customer is told."""
    return ngettext("%(n)s day", "%(n)s days", count) % {"n": count} if count else ""


def _period(charge: ChargeLine) -> str:
    if charge.period_from is None or charge.period_to is None:
        return ""
    return formats.period(charge.period_from, charge.period_to)
