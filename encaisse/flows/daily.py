"""What is done every day by itself, each as a job with its outcome. Each takes up whatever it finds undone."""

import datetime as dt
from collections.abc import Mapping
from itertools import count
from typing import Any, Final

from django.core.management import call_command

from encaisse.flows.change_contract import renew_due
from encaisse.flows.check_books import check_books
from encaisse.flows.check_vat_numbers import check_due
from encaisse.flows.propose_deposits import follow_due
from encaisse.flows.run_cycle import CLOCK, Begun, start_due_cycles
from encaisse.flows.tasks import draft_run_later
from encaisse.kernel import clock, schedules
from encaisse.kernel.jobs import Asked, Tell
from encaisse.ledger.errors import BooksDoNotHold
from encaisse.ledger.operations import fold_day_sums
from encaisse.subscription.operations.term import end_due
from encaisse.webhook.operations.messages import forget_portion

START_CYCLES: Final = "start_cycles"
SHOWN: Final = 5


def register() -> None:
    """Workers begin this work at its time: at night what reads everything, contracts before the cycles."""
    schedules.register("check_books", _check_books, at=dt.time(2))
    schedules.register("check_vat_numbers", check_due, at=dt.time(3))
    schedules.register("tidy", _tidy, at=dt.time(4))
    schedules.register("follow_contracts", _follow_contracts, at=dt.time(5))
    schedules.register("follow_deposits", _follow_deposits, at=dt.time(5, 30))
    schedules.register(START_CYCLES, _start_cycles, at=dt.time(6))
    schedules.register_looking()


def _start_cycles(asked: Asked, tell: Tell) -> Mapping[str, Any]:
    """Each cycle whose day has come and that begins by itself has its run."""
    begun: list[Begun] = []

    def then(run: Begun) -> None:
        draft_run_later(run.run_id, actor=CLOCK.actor, then_issue=run.issues)
        begun.append(run)

    start_due_cycles(then)
    return {"runs": len(begun)}


def _follow_contracts(asked: Asked, tell: Tell) -> Mapping[str, Any]:
    """Contracts renew and end as they say."""
    today = clock.now().date()
    renewed = renew_due(today, actor=asked.actor)
    return {"renewed": renewed, "ended": end_due(today, actor=asked.actor)}


def _follow_deposits(asked: Asked, tell: Tell) -> Mapping[str, Any]:
    """Deposits are proposed to be given back or drawn on once what they secure is over."""
    return follow_due(actor=asked.actor)


def _check_books(asked: Asked, tell: Tell) -> Mapping[str, Any]:
    """Every invariant, chain and archived file is read again. Raises BooksDoNotHold.

    It tells nothing on its way: the books are read at one moment, in which nothing can be written.
    """
    found = check_books(actor=asked.actor)
    if found:
        raise BooksDoNotHold(count=len(found), names=tuple(each.name for each in found[:SHOWN]))
    return {}


def _tidy(asked: Asked, tell: Tell) -> Mapping[str, Any]:
    """Messages that ended long ago and sessions that are over are forgotten; sums of the ledger are folded by day."""
    fold_day_sums()
    forgotten = 0
    for portion in count(1):
        gone = forget_portion()
        forgotten += gone
        tell(portion, portion)
        if not gone:
            break
    call_command("clearsessions")
    return {"messages": forgotten}
