"""From issued invoices to documents in their readers' mailboxes.

    render (several cores when there are many) -> archive -> queue deliveries -> send

Every step looks at what is still to be done, so a flow that was killed is resumed by calling it again, and
calling it once more does nothing. A document that cannot be made is recorded and stops no other.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from django.conf import settings

from encaisse.adapters.mail import opened
from encaisse.delivery import operations as delivery
from encaisse.delivery import queries as deliveries
from encaisse.delivery.errors import StillWaiting
from encaisse.delivery.tasks import send
from encaisse.document import operations as document
from encaisse.document.facturx import duplicate
from encaisse.document.models import DocumentKind
from encaisse.document.operations import Rendered
from encaisse.document.queries.contents import Writable, issued
from encaisse.document.queries.made import document_of, without_document
from encaisse.document.rendering import Failed, Press, press
from encaisse.kernel.scope import Scope

Progress = Callable[[str, int, int], None]

# What is in memory at once: the files of a portion, 60 kB each.
PORTION: Final = 32
# Starting other processes takes a second each: below that many documents one is quicker.
MANY: Final = 100
# After that many refusals in a row it is the server's trouble: the others wait for a better time.
PATIENCE: Final = 3


def send_documents(
    first_id: int, last_id: int, *, processes: int | None = None, progress: Progress | None = None
) -> None:
    """Each issued invoice of the range has its document, on its way to every reader. Call outside transactions.

    `processes` renders on that many cores; by default on all of them when there are many documents. Raises
    StillWaiting when some could not be handed over for now; calling again goes on with them.
    """
    render_documents(first_id, last_id, processes=processes, progress=progress)
    delivery.queue(first_id, last_id)
    _send(deliveries.waiting_of_invoices(first_id, last_id), progress)


def send_first(scope: Scope, invoice_id: int) -> None:
    """A document that was sent to nobody is on its way to the readers that its account has now, after commit.

    Raises NotPermitted, NotFound, NoReader, AlreadyOnItsWay.
    """
    delivery.queue_first(scope, invoice_id)


def send_duplicate(scope: Scope, invoice_id: int) -> None:
    """A copy marked DUPLICATA on every page is archived and on its way to the readers of its account, after commit.

    The archived original stays what it is; asked for again, the same copy goes once more. Call outside transactions.
    Raises NotPermitted, NotFound when no original was made, NoReader, AlreadyOnItsWay, and what the archive raises.
    """
    scope.require("issue")
    original = document_of(scope, invoice_id)
    if without_document(invoice_id, invoice_id, DocumentKind.DUPLICATE):
        (written,) = issued([invoice_id])
        said = written.content
        copy = duplicate(original.content, said.language, at=written.at)
        document.keep_rendered([Rendered(invoice_id, said.issue_date, copy)], DocumentKind.DUPLICATE)
    delivery.queue_duplicate(scope, invoice_id)


def send_queued(first_id: int, last_id: int) -> None:
    """Those of these deliveries that are queued are sent. Call outside transactions. Raises StillWaiting."""
    _send(deliveries.waiting(first_id, last_id), None)


def render_documents(
    first_id: int, last_id: int, *, processes: int | None = None, progress: Progress | None = None
) -> None:
    """Each issued invoice of the range has its archived document, or a failure that says why not."""
    missing = without_document(first_id, last_id)
    if not missing:
        return
    if processes is None:
        processes = 1 if len(missing) < MANY else os.cpu_count() or 1
    done = 0
    with press(processes) as render:
        for portion in portions(missing):
            render_portion(issued(portion), render)
            done += len(portion)
            if progress:
                progress("render", done, len(missing))


def send_made(first_id: int, last_id: int, *, only_checked: bool = False) -> None:
    """The documents of these invoices that were never on their way are sent to their readers.

    `only_checked` leaves out those that the official rules have not passed. Call outside transactions. Raises
    StillWaiting.
    """
    delivery.queue(first_id, last_id, only_checked=only_checked)
    _send(deliveries.waiting_of_invoices(first_id, last_id), None)


def portions(ids: Sequence[int]) -> Iterator[list[int]]:
    """The ids, in order, as many at once as there is room for in memory."""
    left = iter(ids)
    while portion := list(islice(left, PORTION)):
        yield portion


def render_portion(portion: Sequence[Writable], render: Press, **told: int) -> list[int]:
    """Each has its archived document or a failure that says why not.

    Returns those that may do better another time, of which the failure says what else is `told`.
    """
    made, passing = [], []
    for each, outcome in zip(portion, render((each.content, each.at) for each in portion), strict=True):
        if isinstance(outcome, Failed):
            seen = {**outcome.facts, **(told if outcome.passing else {})}
            document.record_failure(each.invoice_id, outcome.code, seen)
            passing += [each.invoice_id] if outcome.passing else []
        else:
            made.append(Rendered(each.invoice_id, each.content.issue_date, outcome))
    document.keep_rendered(made)
    return passing


def _send(waiting: Sequence[int], progress: Progress | None) -> None:
    refusals, in_a_row, said = 0, 0, ""
    with opened(settings.MAIL_URL) as mailer:
        parcels = chain.from_iterable(map(deliveries.parcels, portions(waiting)))
        for done, parcel in enumerate(parcels, 1):
            refusal = send(parcel, mailer)
            in_a_row = in_a_row + 1 if refusal else 0
            if refusal:
                refusals, said = refusals + 1, refusal.message
            if in_a_row == PATIENCE:
                raise StillWaiting(waiting=len(waiting) - done + refusals, message=said)
            if progress:
                progress("send", done, len(waiting))
    if refusals:
        raise StillWaiting(waiting=refusals, message=said)
