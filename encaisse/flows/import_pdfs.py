"""The PDFs of invoices made elsewhere come in one ZIP: each is the archived document of its invoice, sent like ours.

    look at the whole ZIP -> find the invoice of each file -> archive -> queue what is to be sent

A file that is no PDF, or of no invoice, is told and stops no other. What came in already stays as it is.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple, TypeVar

from django.db import transaction

from encaisse.adapters.bundles import Bundle, NotAPdf
from encaisse.document import operations as document
from encaisse.document.operations import ELSEWHERE, Rendered
from encaisse.intake.operations import require_import
from encaisse.intake.rules import ranges
from encaisse.kernel import events
from encaisse.kernel.scope import Actor, Scope
from encaisse.takeover.operations.files import Wanted, invoices_of_files

T = TypeVar("T")
Progress = Callable[[int, int], None]

BROUGHT_IN: Final = "document.brought_in"
TO_SEND: Final = "document.to_send"
# Names looked up at once, and files in memory at once.
NAMES: Final = 1_000
PORTION: Final = 16


class Pdfs(NamedTuple):
    """What became of the files: kept now, known before, of no single invoice, and no PDF with the reason."""

    kept: int
    known: int
    alone: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


class _Found(NamedTuple):
    """A file and its invoice."""

    name: str
    wanted: Wanted


def import_pdfs(
    bundle: Bundle,
    *,
    legal_entity_id: int,
    actor: Actor,
    send: bool = False,
    scope: Scope | None = None,
    progress: Progress | None = None,
) -> Pdfs:
    """Each PDF of the ZIP is the document of the invoice whose number it is called by; with `send` it is on its way to
    the readers of its account. Call outside transactions. Raises NotPermitted and NotFound.
    """
    require_import(scope, legal_entity_id)
    kept, known, alone, refused, done = 0, 0, [], [], 0
    for names in _portions(bundle.names, NAMES):
        wanted = invoices_of_files(legal_entity_id, names)
        alone += [name for name in names if name not in wanted]
        known += sum(each.has_document for each in wanted.values())
        missing = [_Found(name, each) for name, each in wanted.items() if not each.has_document]
        for portion in _portions(missing, PORTION):
            made, wrong = _read(bundle, portion)
            refused += wrong
            kept += len(made)
            _keep(made, actor=actor, send=send)
        done += len(names)
        if progress:
            progress(done, len(bundle.names))
    return Pdfs(kept, known, tuple(alone), tuple(refused))


def _portions(of: Sequence[T], size: int) -> Iterator[list[T]]:
    left = iter(of)
    while portion := list(islice(left, size)):
        yield portion


def _read(bundle: Bundle, portion: Sequence[_Found]) -> tuple[list[Rendered], list[tuple[str, str]]]:
    made, refused = [], []
    for name, wanted in portion:
        try:
            made.append(Rendered(wanted.invoice_id, wanted.issue_date, bundle.read(name)))
        except NotAPdf as error:
            refused.append((name, error.reason))
    return made, refused


def _keep(made: Sequence[Rendered], *, actor: Actor, send: bool) -> None:
    document.keep_rendered(made, template=ELSEWHERE)
    with transaction.atomic():
        for ids in ranges(sorted(each.invoice_id for each in made)):
            if send:
                events.publish(TO_SEND, "invoice", ids, actor)
            else:
                events.record(BROUGHT_IN, "invoice", ids, actor)
