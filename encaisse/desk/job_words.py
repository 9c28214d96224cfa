"""What the desk says of jobs: what each kind does, the rows that its items are, and how far it is."""

from collections.abc import Callable
from typing import Final, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy

from encaisse.insight.queries.jobs import JobRow
from encaisse.ui.shapes import Running, Words


class Work(NamedTuple):
    """A kind of job: what it does in a few words, and the prefix of the references of its items' rows.

    `title` says more of one job from its facts.
    """

    label: Words
    noun: str = ""
    title: Callable[[JobRow], Words] | None = None


# A kind that flows register stands here, or a test fails.
KINDS: Final[dict[str, Work]] = {}
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


def percent(job: JobRow) -> int:
    """How far it is, of a hundred; nothing until its size is known."""
    return 100 * job.over // job.total if job.total else 0


def running(job: JobRow | None) -> Running | None:
    """The job as every page's header shows it, while it is under way."""
    if job is None:
        return None
    poll = reverse("desk:job_header", args=[job.id]) if job.is_under_way else ""
    return Running(title(job), reverse("desk:job", args=[job.id]), percent(job), poll)
