"""Components as template tags: `{% load ui %}`. `/style` shows each of them with how to write it."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from zlib import crc32

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.forms.forms import BaseForm
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from encaisse.ui import formats
from encaisse.ui.lists import Empty, Filter, Table
from encaisse.ui.shapes import (
    Band,
    Crumb,
    Fact,
    Figure,
    Lines,
    Moment,
    Money,
    Sheet,
    Status,
    Step,
    Tab,
    Tone,
    Value,
    Words,
)

register = template.Library()
PARTS: Final = "ui/components/"
BREAK: Final = mark_safe("<br>")  # noqa: S308 - a literal
NOTHING: Final = mark_safe('<span class="nothing">–</span>')  # noqa: S308 - a literal


# Values


@register.filter
def show(value: Value | Decimal) -> SafeString:
    """Any value in the manner of its type; nothing is a dash."""
    match value:
        case None | "":
            return NOTHING
        case bool():
            return format_html("{}", _("Yes") if value else _("No"))
        case Money():
            return money(value.amount_minor, value.currency)
        case Status():
            return status(value)
        case int() | Decimal():
            return format_html('<span class="number">{}</span>', formats.number(value))
        case dt.date():
            return date(value)
        case Lines():
            return format_html_join(BREAK, "{}", ((show(each),) for each in value.values))
    return format_html("{}", value)


@register.simple_tag
def money(amount_minor: int | None, currency: str) -> SafeString:
    """`{% money invoice.gross_minor invoice.currency %}`: an amount, its exact value kept for machines."""
    if amount_minor is None:
        return NOTHING
    return format_html(
        '<data class="money" value="{}"{}>{}</data>',
        formats.plain(amount_minor, currency),
        mark_safe(' data-sign="-"' if amount_minor < 0 else ""),  # noqa: S308 - a literal
        formats.money(amount_minor, currency),
    )


@register.simple_tag
def date(value: dt.date | None, form: str = "") -> SafeString:
    """`{% date invoice.due_date %}`, `{% date day "long" %}`; an instant shows its minute too."""
    if value is None:
        return NOTHING
    if isinstance(value, dt.datetime):
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), formats.instant(value))
    text = formats.long_date(value) if form == "long" else formats.date(value)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


@register.simple_tag
def period(start: dt.date, end: dt.date) -> str:
    """`{% period line.from_date line.to_date %}`: a half-open period as its first and last day."""
    return formats.period(start, end)


@register.filter
def number(value: int | Decimal) -> str:
    """`{{ count|number }}`: grouped thousands."""
    return formats.number(value)


@register.filter
def percent(value: Decimal | int) -> str:
    """`{{ tax.rate|percent }}`: a rate in hundredths."""
    return formats.percent(value)


@register.simple_tag
def status(value: Status | Words, tone: str = "draft") -> SafeString:
    """`{% status invoice.status %}` with a `Status`, or `{% status _("Issued") "good" %}`."""
    shown = value if isinstance(value, Status) else Status(value, Tone(tone))
    return format_html(
        '<span class="status" data-tone="{}"><span class="shape"></span><span>{}</span></span>',
        shown.tone.value,
        shown.label,
    )


@register.filter
def word(tone: Tone) -> str:
    """What a tone says to those who do not see its shape."""
    words = {
        Tone.DRAFT: _("not started"),
        Tone.ACTIVE: _("under way"),
        Tone.GOOD: _("done"),
        Tone.WARN: _("to be looked at"),
        Tone.BAD: _("failed"),
        Tone.CLOSED: _("closed"),
    }
    return words[tone]


@register.filter
def tone_of(level: str) -> str:
    """The tone of a message of `django.contrib.messages`."""
    return {"success": "good", "warning": "warn", "error": "bad", "info": "active"}.get(level, "closed")


# Actions


@register.inclusion_tag(PARTS + "button.html")
def button(label: Words, kind: str = "secondary", **attributes: Any) -> dict[str, Any]:
    """`{% button _("Save") "primary" %}` sends its form; with `href=` it is a link.

    Kinds: primary, secondary, danger, quiet. Further attributes: name, value, form, disabled, type.
    """
    href = attributes.pop("href", "")
    disabled = attributes.pop("disabled", False)
    attributes.setdefault("type", "submit")
    return {"label": label, "kind": kind, "href": href, "disabled": disabled, "attributes": attributes}


@register.inclusion_tag(PARTS + "act.html", takes_context=True)
def act(context: Context, url: str, label: Words, kind: str = "secondary", **fields: Any) -> dict[str, Any]:
    """`{% act url _("Approve") "primary" %}`: one button that posts; further arguments are hidden fields."""
    return {"url": url, "label": label, "kind": kind, "fields": fields}


@register.simple_block_tag(takes_context=True)
def confirm(context: Context, content: str, url: str, label: Words, **options: Any) -> str:
    """`{% confirm url _("Cancel the run") %}What will happen.{% endconfirm %}`: asks before it posts.

    Options: `title`, `yes` (the button that acts, the label by default), `kind` of the first button,
    `name` when one page asks several times with the same label. Fields inside the block are sent along.
    """
    name = options.get("name") or f"confirm-{crc32(f'{url} {label}'.encode()):x}"
    given = {"title": label, "yes": label, "kind": "danger", **options}
    shown = {**given, "content": content, "url": url, "label": label, "name": name}
    return render_to_string(PARTS + "confirm.html", {**shown, "csrf_token": context.get("csrf_token")})


@register.inclusion_tag(PARTS + "copy.html")
def copy(text: str) -> dict[str, Any]:
    """`{% copy invoice.number %}`: a small button that copies a text."""
    return {"text": text}


# Things to read


@register.simple_block_tag
def card(content: str, title: Words = "", url: str = "", link: Words = "") -> str:
    """`{% card _("Lines") %}…{% endcard %}`: a sheet with a title, and a link at its right."""
    shown = {"content": content, "title": title, "url": url, "link": link}
    return render_to_string(PARTS + "card.html", shown)


@register.inclusion_tag(PARTS + "facts.html")
def facts(items: Sequence[Fact], form: str = "") -> dict[str, Any]:
    """`{% facts invoice_facts %}`; `"narrow"` puts label and value on one line, for a side column."""
    return {"items": items, "form": form}


@register.inclusion_tag(PARTS + "figures.html")
def figures(items: Sequence[Figure]) -> dict[str, Any]:
    """`{% figures dashboard_figures %}`: numbers, each a link to its list."""
    return {"items": items}


@register.inclusion_tag(PARTS + "timeline.html")
def timeline(moments: Sequence[Moment]) -> dict[str, Any]:
    """`{% timeline moments %}`: what happened, newest first as given."""
    return {"moments": moments}


@register.inclusion_tag(PARTS + "steps.html")
def steps(items: Sequence[Step], poll: str = "") -> dict[str, Any]:
    """`{% steps run_steps poll=url %}`: long work; with `poll` it asks that address every second."""
    return {"items": items, "poll": poll}


@register.simple_block_tag
def alert(content: str, tone: str = "closed", title: Words = "") -> str:
    """`{% alert "warn" _("Three accounts failed") %}…{% endalert %}`."""
    return render_to_string(PARTS + "alert.html", {"content": content, "tone": tone, "title": title})


@register.inclusion_tag(PARTS + "empty.html")
def empty(title: Words | Empty, text: Words = "", label: Words = "", url: str = "") -> dict[str, Any]:
    """`{% empty _("No invoice yet") _("A billing run makes them.") _("New run") url %}`, or an `Empty`."""
    shown = title if isinstance(title, Empty) else Empty(title, text, label, url)
    return {"empty": shown}


@register.inclusion_tag(PARTS + "tabs.html")
def tabs(items: Sequence[Tab], label: Words = "") -> dict[str, Any]:
    """`{% tabs run_tabs %}`: pages of one object."""
    return {"items": items, "label": label}


@register.inclusion_tag(PARTS + "crumbs.html")
def crumbs(items: Sequence[Crumb]) -> dict[str, Any]:
    """`{% crumbs crumbs %}`: the way here; the base page does it when the context holds `crumbs`."""
    return {"items": items}


@register.inclusion_tag(PARTS + "aging.html")
def aging(bands: Sequence[Band], currency: str, label: Words = "") -> dict[str, Any]:
    """`{% aging bands "EUR" %}`: one bar per band, oldest darkest, each a link to its list."""
    widest = max((band.amount_minor for band in bands), default=0)
    bars = [
        {
            "band": band,
            "width": max(band.amount_minor, 0) * 1000 // widest / 10 if widest > 0 else 0,
            "opacity": f"{0.35 + 0.65 * (position + 1) / len(bands):.2f}",
            "amount": Money(band.amount_minor, currency),
        }
        for position, band in enumerate(bands)
    ]
    return {"bars": bars, "label": label}


@register.inclusion_tag(PARTS + "preview.html")
def preview(url: str, title: Words, sheets: Sequence[Sheet], download: str = "") -> dict[str, Any]:
    """`{% preview pdf_url invoice.number sheets %}`: the pages of a PDF as images, and the file itself."""
    return {"url": url, "title": title, "sheets": sheets, "download": download or url}


# Lists


@register.inclusion_tag(PARTS + "list.html", takes_context=True)
def listing(context: Context, table: Table) -> dict[str, Any]:
    """`{% listing table %}`: saved views, filters, rows and pages of a `Table`, kept in the address."""
    return {"table": table, "views": context.get("views")}


@register.inclusion_tag(PARTS + "filters.html")
def filters(table: Table) -> dict[str, Any]:
    """`{% filters table %}`: the filter bar alone."""
    return {"table": table, "fields": [_question(table, question) for question in table.filters]}


@register.inclusion_tag(PARTS + "table.html", takes_context=True)
def rows(context: Context, table: Table) -> dict[str, Any]:
    """`{% rows table %}`: the rows alone, with their pages below."""
    return {"table": table, "views": context.get("views")}


def _question(table: Table, question: Filter) -> dict[str, Any]:
    kind = "select" if question.choices else "date" if question.kind == "date" else "search"
    return {"filter": question, "kind": kind, "value": table.asked.text(question.name)}


# Forms


@register.inclusion_tag(PARTS + "field.html")
def field(bound: BoundField, suffix: Words = "", kind: str = "") -> dict[str, Any]:
    """`{% field form.due_date %}`: label, help, control and error. `suffix` follows the control."""
    widget = bound.field.widget
    grouped = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    single = isinstance(widget, CheckboxInput)
    dressed: dict[str, str | bool] = {}
    if not (grouped or single):
        dressed["class"] = f"control kind-{kind or 'text'}"
    shown = "group" if grouped else "check" if single else "control"
    return {"field": bound, "control": bound.as_widget(attrs=dressed), "shape": shown, "suffix": suffix}


@register.inclusion_tag(PARTS + "errors.html")
def errors(form: BaseForm) -> dict[str, Any]:
    """`{% errors form %}`: above the fields, what is wrong and where, when something is."""
    wrong = [form[name] for name in form.errors if name in form.fields]
    # A group of choices has no id of its own: the way leads to its first one.
    places = [(bound.id_for_label or f"{bound.auto_id}_0", bound.label) for bound in wrong]
    return {"form": form, "places": places}


@register.simple_tag
def fields(form: BaseForm) -> SafeString:
    """`{% fields form %}`: the errors and every visible field in order, then the hidden ones."""
    return render_to_string(PARTS + "fields.html", {"form": form})
