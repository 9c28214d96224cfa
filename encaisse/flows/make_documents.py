"""Documents at volume: what issued invoices become, shared by as many workers as there are, never holding a run.

    issued -> batches -> render (apart, watched) -> check (apart, watched)
                              \\-> send

A batch is a range of invoices, small enough that many workers share a run and that one which dies costs little: it is
done again from what is still missing. A document that hangs or crashes its process is tried three times, the other
times after everything else that waits, and then stands among the alarms with the reason. Delivery does not wait for
the official rules unless the setting says so: a document that breaks one is an alarm, never an edit.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from django.conf import settings
from django.db import transaction

from encaisse.adapters.apart import Lost
from encaisse.adapters.errors import ContentChanged, ContentMissing
from encaisse.archive import queries as archive
from encaisse.document import operations as document
from encaisse.document.checking import EXAMINERS, Assert, Job
from encaisse.document.operations import Examined
from encaisse.document.queries import checks
from encaisse.document.queries.checks import UNREAD, Unchecked
from encaisse.document.queries.contents import issued
from encaisse.document.queries.made import without_document
from encaisse.document.rendering import PRESSES, Failed, Presses, watched_press
from encaisse.flows.send_documents import PORTION, portions, render_portion, send_made
from encaisse.intake.rules import ranges
from encaisse.kernel import events, queue
from encaisse.kernel.scope import Scope

RENDER: Final = "flows.render_documents"
CHECK: Final = "flows.check_documents"
SEND: Final = "flows.send_documents"
# Some eight seconds of rendering: long enough to be worth a task, short enough to be shared and lost.
BATCH: Final = 200
ATTEMPTS: Final = 3
ASKED: Final = "document.asked"
Row = TypeVar("Row")
Examiner = Callable[[Job], tuple[Assert, ...] | str | Lost]


@transaction.atomic
def make_documents_later(first_id: int, last_id: int, *, size: int = BATCH) -> None:
    """Workers will make the documents that these issued invoices still lack, then check and send them."""
    for batch in _batches(without_document(first_id, last_id), size):
        queue.enqueue(RENDER, first_id=batch[0], last_id=batch[-1], attempt=1)


@transaction.atomic
def make_again_later(scope: Scope, invoice_id: int) -> None:
    """A document that could not be made or examined is tried again, by a worker.

    Raises NotPermitted, and NotFound unless the scope sees the invoice and that is its state.
    """
    scope.require("issue")
    checks.to_make_again(scope, invoice_id)
    events.record(ASKED, "invoice", invoice_id, scope.actor)
    _again([invoice_id])


@transaction.atomic
def make_all_again_later(scope: Scope) -> int:
    """Every visible document that could not be made or examined is tried again; how many. Raises NotPermitted."""
    scope.require("issue")
    keys = checks.all_to_make_again(scope)
    if keys:
        events.record(ASKED, "documents", (keys[0], keys[-1]), scope.actor, count=len(keys))
    _again(keys)
    return len(keys)


def render_batch(first_id: int, last_id: int, attempt: int, presses: Presses = PRESSES) -> None:
    """Each of these invoices has its document, or a failure that says why not. Call outside transactions.

    Those made are to be checked and sent; those that may do better another time are tried again, three times in all.
    """
    passing: list[int] = []
    with watched_press(presses) as render:
        for portion in portions(without_document(first_id, last_id)):
            passing += render_portion(issued(portion), render, attempt=attempt)
    with transaction.atomic():
        _follow(first_id, last_id)
        _try_again(RENDER, passing, attempt)


def make_now(invoice_ids: Sequence[int], presses: Presses = PRESSES) -> None:
    """Each of these issued invoices has its document, or a failure that says why not. Call outside transactions.

    What is made is checked and sent as if a batch had made it.
    """
    with watched_press(presses) as render:
        render_portion(issued(invoice_ids), render, attempt=ATTEMPTS)
    with transaction.atomic():
        for first_id, last_id in ranges(sorted(invoice_ids)):
            _follow(first_id, last_id)


def check_batch(first_id: int, last_id: int, attempt: int) -> None:
    """The official rules have said what they think of each document of these invoices. Call outside transactions.

    One that cannot be examined is an alarm too; when its process was lost it is tried again, three times in all.
    """
    lost: list[int] = []
    with EXAMINERS.borrowed() as examine:
        for portion in _batches(checks.unchecked(first_id, last_id), PORTION):
            told = [(each, _examined(each, examine)) for each in portion]
            document.keep_checks([outcome for _, outcome in told if isinstance(outcome, Examined)])
            for each, outcome in told:
                if isinstance(outcome, Failed):
                    seen = {**outcome.facts, **({"attempt": attempt} if outcome.passing else {})}
                    document.record_failure(each.invoice_id, outcome.code, seen)
                    lost += [each.invoice_id] if outcome.passing else []
    with transaction.atomic():
        if settings.SEND_AFTER_CHECK:
            queue.enqueue(SEND, first_id=first_id, last_id=last_id)
        _try_again(CHECK, lost, attempt)


def send_batch(first_id: int, last_id: int) -> None:
    """The documents of these invoices are sent. Call outside transactions. Raises StillWaiting."""
    send_made(first_id, last_id, only_checked=settings.SEND_AFTER_CHECK)


def register() -> None:
    """Workers know how to make, check and send documents."""
    queue.register(RENDER, render_batch, lane=queue.DOCUMENTS)
    queue.register(CHECK, check_batch, lane=queue.CHECKS)
    queue.register(SEND, send_batch)


def _batches(rows: Sequence[Row], size: int = BATCH) -> Iterator[Sequence[Row]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _follow(first_id: int, last_id: int) -> None:
    """What is made of these invoices is to be checked and sent."""
    queue.enqueue(CHECK, first_id=first_id, last_id=last_id, attempt=1)
    if not settings.SEND_AFTER_CHECK:
        queue.enqueue(SEND, first_id=first_id, last_id=last_id)


def _again(keys: Sequence[int]) -> None:
    for batch in _batches(keys):
        queue.enqueue(RENDER, first_id=batch[0], last_id=batch[-1], attempt=1)


def _try_again(task: str, keys: Sequence[int], attempt: int) -> None:
    if keys and attempt < ATTEMPTS:
        queue.enqueue(task, first_id=min(keys), last_id=max(keys), attempt=attempt + 1)


def _examined(each: Unchecked, examine: Examiner) -> Examined | Failed:
    about = {"number": each.number}
    try:
        outcome = examine(Job(archive.read(each.file_id), each.seller_country))
    except (ContentMissing, ContentChanged) as fault:
        return Failed(f"{UNREAD}{fault.code}", about)
    if isinstance(outcome, Lost):
        return Failed(f"{UNREAD}{outcome.why}", {**about, **outcome.facts}, passing=True)
    if isinstance(outcome, str):
        return Failed(f"{UNREAD}not_possible", {**about, "message": outcome})
    return Examined(each.document_id, outcome)
