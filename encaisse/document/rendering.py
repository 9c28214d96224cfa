"""Rendering many documents, one after the other or on several cores, where one that fails stops no other."""

import datetime as dt
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from encaisse.adapters.apart import Apart, Lost, end_with_parent
from encaisse.document import facturx
from encaisse.document.content import InvoiceContent
from encaisse.kernel.errors import DomainError


class Failed(NamedTuple):
    """Why a document could not be made: a code, and what was seen. What is `passing` may do better another time."""

    code: str
    facts: Mapping[str, Any]
    passing: bool = False


Job = tuple[InvoiceContent, dt.datetime]
Press = Callable[[Iterable[Job]], Iterator[bytes | Failed]]


@contextmanager
def press(processes: int = 1) -> Iterator[Press]:
    """A function that gives the file of each content, or why there is none, in the order asked.

    Several processes share the work when told to; they cost a second to start and 100 MB each. They are started
    afresh, never forked (see `adapters.typesetting`), and end with this process however it ends.
    """
    if processes == 1:
        yield lambda jobs: map(attempt, jobs)
        return
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=fresh, initializer=end_with_parent) as pool:
        yield lambda jobs: pool.map(attempt, jobs, chunksize=4)


@contextmanager
def watched_press(presses: "Presses") -> Iterator[Press]:
    """The same from a process of its own, which is killed when a document takes too long or too much."""
    with presses.borrowed() as render:
        yield lambda jobs: (_told(content, render((content, at))) for content, at in jobs)


def attempt(job: Job) -> bytes | Failed:
    """The file of one content, or why there is none: whatever is wrong with it must not reach the others."""
    content, at = job
    try:
        return facturx.render(content, at=at)
    except DomainError as refusal:
        return Failed(refusal.code, refusal.facts())
    except MemoryError:
        raise
    except Exception as error:
        return Failed("document_not_rendered", {"number": content.number, "message": repr(error)})


def _told(content: InvoiceContent, outcome: bytes | Failed | Lost) -> bytes | Failed:
    if not isinstance(outcome, Lost):
        return outcome
    return Failed(f"rendering_{outcome.why}", {"number": content.number, **outcome.facts}, passing=True)


Presses = Apart[Job, bytes | Failed]
PRESSES: Final = Presses(attempt)
