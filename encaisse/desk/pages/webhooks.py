"""Webhooks: which other software is told of what, and what became of every message."""

import datetime as dt
import json
from typing import Any

from django import forms
from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from encaisse.desk import webhook_words as words
from encaisse.desk.forms import Form
from encaisse.desk.lists import window
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Menu, Route, Section
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui import formats
from encaisse.ui.lists import Column, Empty, Filter, Kind, Listing, Sort, Table
from encaisse.ui.shapes import Crumb, Fact
from encaisse.webhook import queries
from encaisse.webhook.operations import endpoints as operations
from encaisse.webhook.operations import messages
from encaisse.webhook.operations.endpoints import EndpointFacts
from encaisse.webhook.queries import EndpointRow, MessagePage, MessageRow

# Whose secret the next page shows, once: the session holds the key of its endpoint, never the secret.
SHOWN: str = "webhook_secret_of"
INDENT = 2


class EndpointForm(Form):
    """What an endpoint is and listens to."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        help_text=gettext_lazy("It starts with https:// and receives every message by POST."),
        max_length=2_000,
        widget=forms.URLInput({"placeholder": "https://", "autocomplete": "off"}),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        help_text=gettext_lazy("Which software listens there, for whoever reads this page later."),
        max_length=200,
        required=False,
    )
    types = forms.MultipleChoiceField(
        label=gettext_lazy("What it hears of"),
        choices=[(name, said) for name, said in words.TYPES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    mode = forms.ChoiceField(
        label=gettext_lazy("Mode"),
        choices=list(words.MODES.items()),
        widget=forms.RadioSelect,
        initial="live",
    )
    entity_ids = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Legal entities"),
        help_text=gettext_lazy("None ticked, it hears of all of them."),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        named = self.initial.get("entity_ids", ())
        seen = party.whole_entities(scope)
        choices = [(each.id, each.name) for each in seen if not each.is_sandbox or each.id in named]
        self.fields["entity_ids"].choices = choices  # type: ignore[attr-defined]

    def facts(self) -> EndpointFacts:
        """What was said."""
        said = self.cleaned_data
        lists = {name: tuple(said[name]) for name in ("types", "entity_ids")}
        return EndpointFacts(said["url"], description=said["description"], mode=said["mode"], **lists)


def webhooks(request: ScopedRequest) -> HttpResponse:
    """Every endpoint and how it fares."""
    columns = (
        Column("url", _("Address"), link=_page),
        Column("description", _("Description")),
        Column("types", _("Types of events"), Kind.NUMBER, show=lambda row: len(row.types)),
        Column("waiting", _("Waiting"), Kind.NUMBER),
        Column("failed", _("Failed"), Kind.NUMBER, link=lambda row: f"{_page(row)}?state=failed"),
        Column("last_delivered_at", _("Last delivered"), Kind.DATE),
        Column("state", _("State"), Kind.STATUS, show=words.endpoint),
    )
    text = _(
        "A webhook tells another software at once what happened here: an invoice issued, a payment recorded."
    )
    empty = Empty(_("Nobody is told yet"), text, _("New webhook"), reverse("desk:new_webhook"))
    table = Table(
        columns, queries.endpoints(request.scope), name="webhooks", caption=_("Webhooks"), empty=empty
    )
    return render(request, "desk/webhooks.html", {"table": table})


def new_webhook(request: ScopedRequest) -> HttpResponse:
    """Open an endpoint; its page then shows the secret, once."""
    form = EndpointForm(request.scope, request.POST or None)
    if form.sent(lambda **_: operations.create(request.scope, form.facts())):
        request.session[SHOWN] = form.outcome
        return redirect("desk:webhook", form.outcome)
    shown = {"form": form, "title": _("New webhook"), "crumbs": (_all(), Crumb(_("New webhook")))}
    return render(request, "desk/webhook_form.html", shown)


def webhook(request: ScopedRequest, endpoint_id: int) -> HttpResponse:
    """One endpoint: what it listens to, its log, and what can be done."""
    row = queries.endpoint(request.scope, endpoint_id)
    listing = _log()
    asked = listing.asked(request.GET)
    found = queries.messages(
        request.scope, endpoint_id, state=asked.text("state"), type=asked.text("type"),
        since=asked.date("since"), window=window(asked),
    )  # fmt: skip
    empty = Empty(_("Nothing was sent yet"), _("Send a test to see whether the other software answers."))
    shown = {
        "endpoint": row,
        "state": words.endpoint(row),
        "facts": _facts(row),
        "types": [(name, words.event_type(name)) for name in row.types],
        "secret": _secret_once(request, endpoint_id),
        "table": listing.table(
            asked, found.rows, total=found.total, name="log", caption=_("Messages"), empty=empty
        ),
        "today": timezone.localdate(),
        "crumbs": (_all(), Crumb(row.description or row.url)),
    }
    return render(request, "desk/webhook.html", shown)


def change_webhook(request: ScopedRequest, endpoint_id: int) -> HttpResponse:
    """Say otherwise what an endpoint is."""
    row = queries.endpoint(request.scope, endpoint_id)
    initial = {name: getattr(row, name) for name in EndpointFacts._fields}
    form = EndpointForm(request.scope, request.POST or None, initial=initial)
    if form.sent(lambda **_: operations.change(request.scope, endpoint_id, form.facts())):
        notices.success(request, _("Saved."))
        return redirect("desk:webhook", endpoint_id)
    crumbs = (_all(), Crumb(row.description or row.url, _page(row)), Crumb(_("Change")))
    shown = {"form": form, "title": row.description or row.url, "endpoint": row, "crumbs": crumbs}
    return render(request, "desk/webhook_form.html", shown)


def rotate_webhook(request: ScopedRequest, endpoint_id: int) -> HttpResponse:
    """Give an endpoint another secret, and show it once."""
    operations.rotate(request.scope, endpoint_id)
    request.session[SHOWN] = endpoint_id
    return redirect("desk:webhook", endpoint_id)


def disable_webhook(request: ScopedRequest, endpoint_id: int) -> HttpResponse:
    """Send nothing there any more."""
    operations.disable(request.scope, endpoint_id)
    return redirect("desk:webhook", endpoint_id)


def enable_webhook(request: ScopedRequest, endpoint_id: int) -> HttpResponse:
    """Tell it again what happens."""
    operations.enable(request.scope, endpoint_id)
    return redirect("desk:webhook", endpoint_id)


def remove_webhook(request: ScopedRequest, endpoint_id: int) -> HttpResponse:
    """Take an endpoint away."""
    operations.remove(request.scope, endpoint_id)
    notices.success(request, _("The webhook is removed."))
    return redirect("desk:webhooks")


def try_webhook(request: ScopedRequest, endpoint_id: int) -> HttpResponse:
    """Send a test, and show what becomes of it."""
    return redirect("desk:webhook_message", messages.test(request.scope, endpoint_id))


def replay_failed(request: ScopedRequest, endpoint_id: int) -> HttpResponse:
    """Send everything again that failed since a day."""
    since = _midnight(request.POST.get("since", ""))
    count = messages.replay_failed(request.scope, endpoint_id, since=since)
    text = ngettext("%(n)s message is sent again.", "%(n)s messages are sent again.", count)
    notices.success(request, text % {"n": formats.number(count)})
    return redirect("desk:webhook", endpoint_id)


def webhook_message(request: ScopedRequest, message_id: int) -> HttpResponse:
    """One message: what it says, and every attempt to hand it over."""
    found = queries.message(request.scope, message_id)
    row = queries.endpoint(request.scope, found.row.endpoint_id)
    columns = (
        Column("number", _("Attempt"), Kind.NUMBER),
        Column("at", _("At"), Kind.DATE),
        Column("status", _("Answer"), show=words.answer),
        Column("duration_ms", _("Milliseconds"), Kind.NUMBER),
        Column("answer", _("Its beginning")),
    )
    empty = Empty(_("Not sent yet"), _("A worker sends it in a moment; look at this page again."))
    shown = {
        "message": found.row,
        "endpoint": row,
        "state": words.message(found.row),
        "title": words.event_type(found.row.type),
        "facts": _message_facts(found, row),
        "body": json.dumps(json.loads(found.body), ensure_ascii=False, indent=INDENT),
        "table": Table(columns, found.log, name="attempts", caption=_("Attempts"), empty=empty),
        "crumbs": (_all(), Crumb(row.description or row.url, _page(row)), Crumb(found.row.public)),
    }
    return render(request, "desk/webhook_message.html", shown)


def replay_message(request: ScopedRequest, message_id: int) -> HttpResponse:
    """Send one message again."""
    messages.replay(request.scope, message_id)
    return redirect("desk:webhook_message", message_id)


def _all() -> Crumb:
    return Crumb(_("Webhooks"), reverse("desk:webhooks"))


def _page(row: EndpointRow) -> str:
    return reverse("desk:webhook", args=[row.id])


def _secret_once(request: ScopedRequest, endpoint_id: int) -> str:
    if request.session.get(SHOWN) != endpoint_id:
        return ""
    del request.session[SHOWN]
    return queries.secret(request.scope, endpoint_id)


def _midnight(day: str) -> dt.datetime:
    """The first instant of a day in the reader's time zone; of today when it makes no sense."""
    try:
        chosen = dt.date.fromisoformat(day)
    except ValueError:
        chosen = timezone.localdate()
    return timezone.make_aware(dt.datetime.combine(chosen, dt.time.min))


def _log() -> Listing:
    types = tuple((name, words.event_type(name)) for name in words.TYPES)
    return Listing(
        columns=(
            Column("public", _("Message"), Kind.CODE, link=_message_page),
            Column("type", _("Event"), show=lambda row: words.event_type(row.type)),
            Column("created_at", _("Made"), Kind.DATE, sortable=True),
            Column("attempts", _("Attempts"), Kind.NUMBER),
            Column("status", _("Last answer"), show=words.answer),
            Column("next_attempt_at", _("Next attempt"), Kind.DATE),
            Column("state", _("State"), Kind.STATUS, show=words.message),
        ),
        filters=(
            Filter("state", _("State"), tuple((key, each.label) for key, each in words.MESSAGES.items())),
            Filter("type", _("Event"), types),
            Filter("since", _("Since"), kind=Kind.DATE),
        ),
        sort=Sort("created_at", descending=True),
        size=25,
    )


def _message_page(row: MessageRow) -> str:
    return reverse("desk:webhook_message", args=[row.id])


def _facts(row: EndpointRow) -> tuple[Fact, ...]:
    rotated = (Fact(_("The secret before signs until"), row.previous_until),) if row.previous_until else ()
    failing = (Fact(_("Fails since"), row.failing_since),) if row.failing_since else ()
    return (
        Fact(_("Address"), row.url),
        Fact(_("Description"), row.description),
        Fact(_("Mode"), words.MODES[row.mode]),
        Fact(_("Legal entities"), ", ".join(row.entities) or _("All of them")),
        Fact(_("Last delivered"), row.last_delivered_at),
        *failing,
        *rotated,
    )


def _message_facts(found: MessagePage, row: EndpointRow) -> tuple[Fact, ...]:
    return (
        Fact(_("Message"), found.row.public),
        Fact(_("Type"), found.row.type),
        Fact(_("Webhook"), row.description or row.url, _page(row)),
        Fact(_("Made"), found.row.created_at),
        Fact(_("Next attempt"), found.row.next_attempt_at),
        Fact(_("Ended"), found.row.ended_at),
    )


_OF = "webhooks/<wh:endpoint_id>"
_MESSAGE = "webhook-messages/<msg:message_id>"
routes = [
    Route(
        "webhooks", "webhooks", webhooks, "integrate", menu=Menu(Section.SETTINGS, gettext_lazy("Webhooks"))
    ),
    Route("webhooks/new", "new_webhook", new_webhook, "integrate", FORM),
    Route(_OF, "webhook", webhook, "integrate"),
    Route(f"{_OF}/change", "change_webhook", change_webhook, "integrate", FORM),
    Route(f"{_OF}/secret", "rotate_webhook", rotate_webhook, "integrate", BUTTON),
    Route(f"{_OF}/disable", "disable_webhook", disable_webhook, "integrate", BUTTON),
    Route(f"{_OF}/enable", "enable_webhook", enable_webhook, "integrate", BUTTON),
    Route(f"{_OF}/remove", "remove_webhook", remove_webhook, "integrate", BUTTON),
    Route(f"{_OF}/test", "try_webhook", try_webhook, "integrate", BUTTON),
    Route(f"{_OF}/replay", "replay_failed", replay_failed, "integrate", BUTTON),
    Route(_MESSAGE, "webhook_message", webhook_message, "integrate"),
    Route(f"{_MESSAGE}/replay", "replay_message", replay_message, "integrate", BUTTON),
]
