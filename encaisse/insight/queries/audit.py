"""The audit log: every event, newest first, as somebody looks for what was done, by whom, to what."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db.models import F, Func, Model, Q, QuerySet

from encaisse.access.models import ApiKey, Permission, Role, User
from encaisse.billing.models import Cycle
from encaisse.catalog.models import Offer
from encaisse.deposit.models import Deposit, Template
from encaisse.invoice.models import Invoice
from encaisse.kernel.errors import NotFound
from encaisse.kernel.models import Event
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount, Customer, Group, LegalEntity, Rep
from encaisse.payment.models import Payment
from encaisse.subscription.models import Subscription

SIZE: Final = 50
# As the index `event_words` has it.
WORDS: Final = Func(
    F("facts"), template="to_tsvector('simple'::regconfig, %(expressions)s)", output_field=SearchVectorField()
)
# How the rows that events are about are called.
NAMES: Final[Mapping[str, tuple[type[Model], str]]] = {
    "api_key": (ApiKey, "name"),
    "billing_account": (BillingAccount, "reference"),
    "customer": (Customer, "name"),
    "cycle": (Cycle, "code"),
    "deposit": (Deposit, "number"),
    "deposit_template": (Template, "name"),
    "group": (Group, "name"),
    "invoice": (Invoice, "number"),
    "legal_entity": (LegalEntity, "identity__name"),
    "offer": (Offer, "code"),
    "payment": (Payment, "reference"),
    "rep": (Rep, "name"),
    "role": (Role, "name"),
    "subscription": (Subscription, "reference"),
    "user": (User, "name"),
}


class Wanted(NamedTuple):
    """What is looked for: an actor as `kind` or `kind:id`, topics, a kind of row and one of them, words, days."""

    actor: str = ""
    topics: tuple[str, ...] = ()
    kind: str = ""
    row_id: int | None = None
    words: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None


class Entry(NamedTuple):
    """One event. `name` is that of the row that it is about, when it is about one and the row has a name."""

    id: int
    at: dt.datetime
    topic: str
    kind: str
    first_id: int
    last_id: int
    actor_kind: str
    actor_id: int | None
    actor: str
    facts: Mapping[str, Any]
    name: str = ""


class Read(NamedTuple):
    """Some entries, newest first, and whether older ones follow. They are too many to count."""

    rows: tuple[Entry, ...]
    more: bool


def entries(scope: Scope, wanted: Wanted, *, after: int | None = None, size: int = SIZE) -> Read:
    """The events wanted, older than the one with the key `after`. Raises NotPermitted, NotFound.

    Who does not see everything reads what they did themselves.
    """
    found = _older(_wanted(_visible(scope), wanted), after)
    columns = [name for name in Entry._fields if name not in ("actor", "name")]
    rows = list(found.order_by("-at", "-pk").values(*columns, "actor_label")[: size + 1])
    read = [Entry(actor=row.pop("actor_label"), **row) for row in rows[:size]]
    return Read(_named(read), len(rows) > size)


def people(scope: Scope) -> tuple[tuple[int, str], ...]:
    """The users whose acts may be read, by name. Raises NotPermitted."""
    scope.require(Permission.READ_AUDIT)
    users = User.objects.order_by("name", "pk")
    if not scope.sees_every_row:
        users = users.filter(pk=scope.actor.id or 0)
    return tuple(users.values_list("pk", "name"))


def _visible(scope: Scope) -> QuerySet[Event]:
    scope.require(Permission.READ_AUDIT)
    if scope.sees_every_row:
        return Event.objects.all()
    return Event.objects.filter(actor_kind=scope.actor.kind, actor_id=scope.actor.id)


def _wanted(found: QuerySet[Event], wanted: Wanted) -> QuerySet[Event]:
    conditions = {
        "topic__in": wanted.topics,
        "kind": wanted.kind,
        "first_id__lte": wanted.row_id,
        "last_id__gte": wanted.row_id,
        "at__gte": wanted.since,
        "at__lt": wanted.until,
    }
    found = found.filter(**{name: value for name, value in conditions.items() if value})
    if wanted.actor:
        kind, _, key = wanted.actor.partition(":")
        found = found.filter(actor_kind=kind, **({"actor_id": int(key)} if key.isdigit() else {}))
    return _saying(found, wanted.words)


def _saying(found: QuerySet[Event], words: str) -> QuerySet[Event]:
    """Those whose facts hold each of the words, the last of which may be a beginning."""
    quoted = [f"'{word}'" for word in words.replace("'", " ").replace("\\", " ").split()]
    if not quoted:
        return found
    query = SearchQuery(" & ".join([*quoted[:-1], f"{quoted[-1]}:*"]), config="simple", search_type="raw")
    return found.alias(held=WORDS).filter(held=query)


def _older(found: QuerySet[Event], after: int | None) -> QuerySet[Event]:
    if after is None:
        return found
    seen = Event.objects.filter(pk=after).values_list("at", flat=True).first()
    if seen is None:
        raise NotFound(noun="event")
    return found.filter(Q(at__lt=seen) | Q(at=seen, pk__lt=after), at__lte=seen)


def _named(read: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries with the names of their rows, looked up once for each kind."""
    rows = list(read)
    keys = defaultdict(set)
    for each in rows:
        if each.kind in NAMES and each.first_id == each.last_id:
            keys[each.kind].add(each.first_id)
    names = {kind: _names(kind, ids) for kind, ids in keys.items()}
    return tuple(each._replace(name=names.get(each.kind, {}).get(each.first_id, "")) for each in rows)


def _names(kind: str, ids: set[int]) -> dict[int, str]:
    model, field = NAMES[kind]
    found = model._default_manager.filter(pk__in=ids).values_list("pk", field)
    return {key: name or "" for key, name in found}
