"""Deposits that two people use at once."""

import threading
from collections.abc import Callable

from django.db import connection

from encaisse.deposit.errors import MoreThanHeld
from encaisse.flows.books import check
from encaisse.kernel.errors import DomainError
from tests.flows.test_deposits import _ask, _draw, _fund, _settled, _state, _template
from tests.makers import make_account, make_issued_invoice


def test_of_two_draws_at_once_one_is_refused(fresh_database: str) -> None:
    account = make_account()
    deposit = _ask(account, _template(account), 10_000)
    _fund(deposit, 10_000)
    first, second = make_issued_invoice(account), make_issued_invoice(account)

    outcomes = _at_once(lambda: _draw(deposit, first, 7_000), lambda: _draw(deposit, second, 7_000))

    assert {type(outcome) for outcome in outcomes} == {int, MoreThanHeld}
    assert _settled(first) + _settled(second) == 7_000
    assert _state(deposit) == ("unlocked", 3_000)
    assert check() == []


def _at_once(*attempts: Callable[[], object]) -> list[object]:
    """Each on a connection of its own, all from one barrier: what each returned or raised."""
    barrier = threading.Barrier(len(attempts))
    outcomes: list[object] = []

    def run(attempt: Callable[[], object]) -> None:
        barrier.wait(timeout=10)
        try:
            outcomes.append(attempt())
        except DomainError as refusal:
            outcomes.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[attempt]) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcomes
