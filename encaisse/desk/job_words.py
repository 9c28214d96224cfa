"""What the desk says of jobs: what each kind does, the rows that its items are, and how far it is."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk import mass
from encaisse.flows.bring_pdfs import BRING
from encaisse.flows.check_vat_numbers import KIND as CHECK_NUMBER
from encaisse.flows.cut_off import COMPUTE
from encaisse.flows.mass_actions import PDF, ZIP, rehearsal_of
from encaisse.flows.print_run import PRINT
from encaisse.insight.queries.jobs import JobRow
from encaisse.ui import formats
from encaisse.ui.shapes import Running, Words


class Work(NamedTuple):
    """A kind of job: what it does in a few words, and the prefix of the references of its items' rows.

    `title` says more of one job from its facts. `carried_out` names the act that a kind rehearses.
    """

    label: Words
    noun: str = ""
    title: Callable[[JobRow], Words] | None = None
    carried_out: Words = ""
    leads_to: Callable[[JobRow], str] | None = None


def _rehearsed(job: JobRow) -> Words:
    return _("Rehearsal: %(act)s") % {"act": work(job.kind).carried_out}


def _day(job: JobRow) -> dt.date:
    return dt.date.fromisoformat(job.facts["on"])


def _cut_off_page(job: JobRow) -> str:
    said = {"on": job.facts["on"], "entity": job.facts["code"]}
    return f"{reverse('desk:cut_off')}?{urlencode(said)}"


def _of_file(job: JobRow) -> Words:
    """What is made, and what it is called."""
    return _("%(what)s: %(name)s") % {"what": KINDS[job.kind].label, "name": job.facts.get("name", "")}


# A kind that flows register stands here, or a test fails.
KINDS: Final[dict[str, Work]] = {
    COMPUTE: Work(
        gettext_lazy("Cut-off"),
        title=lambda job: _("Cut-off at the end of %(day)s") % {"day": formats.date(_day(job))},
        leads_to=_cut_off_page,
    ),
    "daily.check_books": Work(gettext_lazy("Check the books")),
    "daily.follow_deposits": Work(gettext_lazy("Follow the deposits")),
    "daily.check_vat_numbers": Work(gettext_lazy("Check VAT numbers")),
    CHECK_NUMBER: Work(
        gettext_lazy("Check of a VAT number"), title=lambda job: _("VAT number %(number)s") % job.facts
    ),
    "daily.follow_contracts": Work(gettext_lazy("Follow the contracts")),
    "daily.start_cycles": Work(gettext_lazy("Begin the billing cycles")),
    "daily.tidy": Work(gettext_lazy("Tidy up")),
    "import": Work(gettext_lazy("Import of a file"), title=lambda job: str(job.facts["file_name"])),
    BRING: Work(
        gettext_lazy("PDFs of invoices made elsewhere"),
        title=lambda job: str(job.facts["file_name"]),
        leads_to=lambda job: reverse("desk:pdfs", args=[job.id]),
    ),
    "import.rehearsal": Work(
        gettext_lazy("Rehearsal of a file"), title=lambda job: str(job.facts["file_name"])
    ),
    "desk.export": Work(
        gettext_lazy("Export of a list"),
        title=lambda job: _("Export: %(list)s") % {"list": job.facts.get("title", "")},
    ),
}
KINDS.update(
    (code, Work(act.label, offered.prefix))
    for offered in mass.LISTS.values()
    for code, act in offered.acts.items()
)
KINDS.update(
    {
        ZIP: Work(gettext_lazy("Documents in one ZIP"), "inv", _of_file),
        PDF: Work(gettext_lazy("Documents in one PDF"), "inv", _of_file),
        PRINT: Work(gettext_lazy("Print file of a run"), "inv", _of_file),
    }
)
KINDS.update(
    (rehearsal_of(code), Work(gettext_lazy("Rehearsal"), offered.prefix, _rehearsed, act.label))
    for offered in mass.LISTS.values()
    for code, act in offered.acts.items()
    if act.rehearsed
)
DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
UNKNOWN: Final = Work(gettext_lazy("Work in the background"))
# The page of a row, by the prefix of its reference.
PAGES: Final = {
    "inv": "desk:invoice",
    "cus": "desk:customer",
    "ba": "desk:account",
    "sub": "desk:contract",
    "pay": "desk:payment",
    "usr": "desk:user",
}


def work(kind: str) -> Work:
    """What a kind of job does."""
    return KINDS.get(kind, UNKNOWN)


def title(job: JobRow) -> Words:
    """What this job does, as precisely as its facts say."""
    kind = work(job.kind)
    return kind.title(job) if kind.title else kind.label


def outcome(facts: Mapping[str, Any]) -> str:
    """What became of an item that ended well, when there is more to say: an amount, or each price before and after."""
    currency = facts.get("currency", "")
    if "amount_minor" in facts:
        return formats.money(facts["amount_minor"], currency)
    return " ; ".join(
        _("%(offer)s: %(before)s → %(after)s")
        % {
            "offer": each["offer"],
            "before": formats.price(Decimal(each["before"]), currency),
            "after": formats.price(Decimal(each["after"]), currency),
        }
        for each in facts.get("prices", ())
    )


def told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a refusal as they were: days are kept as text."""
    return {
        name: dt.date.fromisoformat(value) if isinstance(value, str) and DAY.fullmatch(value) else value
        for name, value in facts.items()
    }


def percent(job: JobRow) -> int:
    """How far it is, of a hundred; nothing until its size is known."""
    return 100 * job.over // job.total if job.total else 0


def running(job: JobRow | None) -> Running | None:
    """The job as every page's header shows it, while it is under way."""
    if job is None:
        return None
    poll = reverse("desk:job_header", args=[job.id]) if job.is_under_way else ""
    return Running(title(job), reverse("desk:job", args=[job.id]), percent(job), poll)
