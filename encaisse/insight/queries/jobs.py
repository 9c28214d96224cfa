"""Jobs as people watch them: how far each is, and what became of its items, named by what they are about."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from django.db.models import BigIntegerField, F, QuerySet, Sum, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Concat

from encaisse.access.models import Permission, User
from encaisse.deposit.models import Proposal
from encaisse.invoice.models import Invoice
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Found, Window
from encaisse.kernel.models import ItemOutcome, Job, JobItem, JobState
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount, Customer
from encaisse.payment.models import Payment
from encaisse.subscription.models import Subscription

ORDERS: Final = {"asked_at": "id"}
Jobs = TypeVar("Jobs", bound="QuerySet[Job]")
UNDER_WAY: Final = (JobState.WAITING, JobState.RUNNING)
FIRST: Final = Window("-asked_at")
SEPARATOR: Final = Value(" · ", output_field=TextField())


class Wanted(NamedTuple):
    """What a list of jobs is asked for; an empty field asks nothing."""

    state: str = ""
    kind: str = ""
    mine: bool = False


class JobRow(NamedTuple):
    """One job: `done` counts what is done or, item by item, what was done well."""

    id: int
    kind: str
    facts: Mapping[str, Any]
    state: str
    total: int
    done: int
    refused: int
    answer: Mapping[str, Any]
    error: str
    error_facts: Mapping[str, Any]
    actor: str
    asked_at: dt.datetime
    started_at: dt.datetime | None
    ended_at: dt.datetime | None

    @property
    def over(self) -> int:
        """How many items or units have ended, well or not."""
        return self.done + self.refused

    @property
    def is_under_way(self) -> bool:
        """Whether it waits or runs."""
        return self.state in UNDER_WAY

    @property
    def has_file(self) -> bool:
        """Whether a file came of it that can still be fetched."""
        return "file" in self.answer


class ItemRow(NamedTuple):
    """One item of a job. `name` is empty when the row has none yet, or is no longer the reader's to see."""

    position: int
    row_id: int
    state: str
    code: str
    facts: Mapping[str, Any]
    name: str
    is_seen: bool


_COLUMNS: Final = (
    "pk", "kind", "facts", "state", "total", "done", "refused", "answer", "error", "error_facts", "actor_label",
    "asked_at", "started_at", "ended_at",
)  # fmt: skip


def jobs(scope: Scope, wanted: Wanted, *, window: Window = FIRST) -> Found[JobRow]:
    """The jobs that the scope may see, as wanted."""
    found = Job.objects.visible_to(scope)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.mine:
        found = _mine(scope, found)
    rows = window.cut(found, ORDERS).values_list(*_COLUMNS)
    return Found(tuple(JobRow(*row) for row in rows), found.count())


def job(scope: Scope, job_id: int) -> JobRow:
    """One job. Raises NotFound."""
    row = Job.objects.visible_to(scope).filter(pk=job_id).values_list(*_COLUMNS).first()
    if row is None:
        raise NotFound(noun="job")
    return JobRow(*row)


def amounts(scope: Scope, job_id: int) -> tuple[tuple[str, int], ...]:
    """What the items that ended well come to, when their outcomes tell amounts: currency and minor units."""
    found = JobItem.objects.filter(job__in=Job.objects.visible_to(scope).filter(pk=job_id).values("pk"))
    told = found.filter(state=ItemOutcome.DONE, facts__has_key="amount_minor")
    amount = Cast(KeyTextTransform("amount_minor", "facts"), BigIntegerField())
    sums = told.values_list("facts__currency").annotate(sum=Sum(amount)).order_by("facts__currency")
    return tuple((currency, int(total)) for currency, total in sums)


def under_way(scope: Scope) -> JobRow | None:
    """The newest job that the person asked for and that has not ended."""
    mine = _mine(scope, Job.objects.filter(state__in=UNDER_WAY)).order_by("-pk")
    row = mine.values_list(*_COLUMNS).first()
    return JobRow(*row) if row else None


def items(
    scope: Scope,
    job_id: int,
    *,
    noun: str,
    state: str = "",
    window: Window = Window(),  # noqa: B008 - frozen
) -> Found[ItemRow]:
    """What became of the items of a job, in the order asked for; `noun` is the prefix of their references.

    A program goes on `after` the position that it saw last.
    """
    found = JobItem.objects.filter(job__in=Job.objects.visible_to(scope).filter(pk=job_id).values("pk"))
    if window.after:
        found = found.filter(position__gt=window.after)
    if state:
        found = found.filter(state=state)
    page = found.order_by("position")[window.offset : window.offset + window.size]
    rows = list(page.values_list("position", "row_id", "state", "code", "facts"))
    names = _names(scope, noun, [row[1] for row in rows])
    told = (ItemRow(*row, name=names.get(row[1], ""), is_seen=row[1] in names) for row in rows)
    return Found(tuple(told), found.count())


def retryable(scope: Scope, job_id: int) -> int:
    """How many items of an ended job were refused or failed."""
    job = Job.objects.visible_to(scope).filter(pk=job_id, ended_at__isnull=False)
    bad = [ItemOutcome.REFUSED, ItemOutcome.FAILED]
    return JobItem.objects.filter(job__in=job.values("pk"), state__in=bad).count()


def _mine(scope: Scope, found: Jobs) -> Jobs:
    return found.filter(actor_kind=scope.actor.kind, actor_id=scope.actor.id)


def _names(scope: Scope, noun: str, keys: list[int]) -> dict[int, str]:
    if noun not in _NAMED or not keys:
        return {}
    return dict(_NAMED[noun](scope).filter(pk__in=keys).values_list("pk", "called"))


def _users(scope: Scope) -> "QuerySet[Any]":
    found = User.objects.annotate(called=F("name"))
    return found if scope.may(Permission.MANAGE_USERS) else found.none()


# What the rows of each noun are called, among those that the reader may see.
_NAMED: Final[Mapping[str, Callable[[Scope], "QuerySet[Any]"]]] = {
    "inv": lambda scope: Invoice.objects.visible_to(scope).annotate(
        called=Coalesce("number", Concat("account__customer__name", SEPARATOR, "account__reference"))
    ),
    "cus": lambda scope: Customer.objects.visible_to(scope).annotate(called=F("name")),
    "ba": lambda scope: BillingAccount.objects.visible_to(scope).annotate(
        called=Concat("customer__name", SEPARATOR, "reference")
    ),
    "sub": lambda scope: Subscription.objects.visible_to(scope).annotate(called=F("reference")),
    "pay": lambda scope: Payment.objects.visible_to(scope).annotate(
        called=Concat("account__customer__name", SEPARATOR, "reference")
    ),
    "dpp": lambda scope: Proposal.objects.visible_to(scope).annotate(called=F("deposit__number")),
    "usr": _users,
}
