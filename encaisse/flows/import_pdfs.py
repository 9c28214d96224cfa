"""The PDFs of invoices made elsewhere come in one ZIP: each is the archived document of its invoice, sent like ours.

    look at the whole ZIP -> find the invoice of each file -> archive -> queue what is to be sent

A file that is no PDF, or of no invoice, is told and stops no other. What came in already stays as it is.
"""

from collections import Counter
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


class Told(NamedTuple):
    """What became of one file, `kept`, `known` before, `alone` without a single invoice, or `refused` for a reason, and
    its invoice, 0 without one."""

    name: str
    outcome: str
    reason: str = ""
    invoice_id: int = 0


class Pdfs(NamedTuple):
    """What became of the files: kept now, known before, of no single invoice, and no PDF with the reason."""

    kept: int
    known: int
    alone: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    files: tuple[Told, ...] = ()


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
    files: list[Told] = []
    for names in _portions(bundle.names, NAMES):
        wanted = invoices_of_files(legal_entity_id, names)
        files += [Told(name, "alone") for name in names if name not in wanted]
        files += [Told(name, "known", "", one.invoice_id) for name, one in wanted.items() if one.has_document]
        missing = [_Found(name, each) for name, each in wanted.items() if not each.has_document]
        for portion in _portions(missing, PORTION):
            made, told = _read(bundle, portion)
            _keep(made, actor=actor, send=send)
            files += told
            if progress:
                progress(len(files), len(bundle.names))
        if progress:
            progress(len(files), len(bundle.names))
    return _counted(files)


def _counted(files: Sequence[Told]) -> Pdfs:
    count = Counter(each.outcome for each in files)
    alone = tuple(each.name for each in files if each.outcome == "alone")
    refused = tuple((each.name, each.reason) for each in files if each.outcome == "refused")
    return Pdfs(count["kept"], count["known"], alone, refused, tuple(files))


def _portions(of: Sequence[T], size: int) -> Iterator[list[T]]:
    left = iter(of)
    while portion := list(islice(left, size)):
        yield portion


def _read(bundle: Bundle, portion: Sequence[_Found]) -> tuple[list[Rendered], list[Told]]:
    made, told = [], []
    for name, wanted in portion:
        try:
            made.append(Rendered(wanted.invoice_id, wanted.issue_date, bundle.read(name)))
            told.append(Told(name, "kept", "", wanted.invoice_id))
        except NotAPdf as error:
            told.append(Told(name, "refused", error.reason, wanted.invoice_id))
    return made, told


def _keep(made: Sequence[Rendered], *, actor: Actor, send: bool) -> None:
    document.keep_rendered(made, template=ELSEWHERE)
    with transaction.atomic():
        for ids in ranges(sorted(each.invoice_id for each in made)):
            if send:
                events.publish(TO_SEND, "invoice", ids, actor)
            else:
                events.record(BROUGHT_IN, "invoice", ids, actor)
