"""What can be done to many rows at once: each in a transaction of its own, with an outcome of its own.

An action is an operation that exists for one row. When its job runs, who asked is looked up again for every row, so
that somebody who may no longer see or do it is refused from then on.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from encaisse.access.operations.users import deactivate
from encaisse.access.queries.users import scope_of_actor
from encaisse.billing.operations import cycles, discounts
from encaisse.delivery.errors import NotFailed
from encaisse.delivery.operations import queue_first, requeue
from encaisse.delivery.queries import sending
from encaisse.flows import billing_cycle
from encaisse.flows.change_contract import change_contract
from encaisse.flows.decide_drafts import refuse, release
from encaisse.flows.settle import settle_with_payment
from encaisse.invoice.queries.detail import invoice_detail
from encaisse.kernel import jobs
from encaisse.kernel.errors import NotFound, TooManyRows
from encaisse.kernel.jobs import Asked
from encaisse.kernel.scope import Scope
from encaisse.party.operations.accounts import change_terms
from encaisse.party.operations.reps import follow
from encaisse.party.queries import account
from encaisse.party.rules.terms_text import parse_payment_terms
from encaisse.subscription.rules.changes import Terminate

Facts = Mapping[str, Any]
# More rows than this are done in several times: a person should be able to look over what they asked for.
MOST_ROWS: Final = 10_000


class Action(NamedTuple):
    """One thing that can be done to a row, and what its asker must be permitted."""

    permission: str
    act: Callable[[Scope, int, Facts], Any]


def start(scope: Scope, name: str, row_ids: Sequence[int], facts: Facts) -> int:
    """A job does it to each row, in this order. Returns the job's key. Raises NotFound, NotPermitted, TooManyRows."""
    if name not in ACTIONS:
        raise NotFound(noun="action")
    scope.require(ACTIONS[name].permission)
    if len(row_ids) > MOST_ROWS:
        raise TooManyRows(most_rows=MOST_ROWS)
    return jobs.start(name, scope.actor, row_ids=row_ids, **facts)


def register() -> None:
    """Workers know how to do each of them."""
    for name in ACTIONS:
        jobs.register_each(name, _each(ACTIONS[name]))


def _each(action: Action) -> jobs.EachItem:
    def run(asked: Asked, row_id: int) -> None:
        scope = scope_of_actor(asked.actor)
        scope.require(action.permission)
        action.act(scope, row_id, asked.facts)

    return run


def _send(scope: Scope, invoice_id: int, facts: Facts) -> None:
    queue_first(scope, invoice_id)


def _send_again(scope: Scope, invoice_id: int, facts: Facts) -> None:
    invoice_detail(scope, invoice_id)
    failed = sending(scope, invoice_id).failed
    if not failed:
        raise NotFailed(state="")
    for each in failed:
        requeue(each.id, scope=scope)


def _exclude(scope: Scope, invoice_id: int, facts: Facts) -> None:
    run_id = invoice_detail(scope, invoice_id).run_id
    if run_id is None:
        raise NotFound(noun="run")
    billing_cycle.exclude(scope, run_id, invoice_id)


def _allocate(scope: Scope, payment_id: int, facts: Facts) -> None:
    settle_with_payment(payment_id, scope=scope)


def _join(scope: Scope, account_id: int, facts: Facts) -> None:
    account(scope, account_id)
    cycles.join(facts["cycle_id"], [account_id], actor=scope.actor)


def _terms(scope: Scope, account_id: int, facts: Facts) -> None:
    change_terms(account_id, parse_payment_terms(facts["terms"]), scope=scope)


def _discount(scope: Scope, account_id: int, facts: Facts) -> None:
    until = facts.get("until")
    discounts.grant(
        scope,
        account_id,
        percent=Decimal(facts["percent"]),
        amount=None,
        reason=facts["reason"],
        period=(dt.date.fromisoformat(facts["since"]), dt.date.fromisoformat(until) if until else None),
    )


def _follow(scope: Scope, customer_id: int, facts: Facts) -> None:
    follow(customer_id, facts["rep_id"], scope=scope)


def _terminate(scope: Scope, subscription_id: int, facts: Facts) -> None:
    on = dt.date.fromisoformat(facts["on"]) + dt.timedelta(days=1)
    change_contract(scope, subscription_id, Terminate(on, refund=bool(facts.get("refund"))))


def _deactivate(scope: Scope, user_id: int, facts: Facts) -> None:
    deactivate(user_id, actor=scope.actor)


def _release(scope: Scope, invoice_id: int, facts: Facts) -> None:
    release(scope, invoice_id)


def _reopen(scope: Scope, invoice_id: int, facts: Facts) -> None:
    refuse(scope, invoice_id, drop=False)


def _drop(scope: Scope, invoice_id: int, facts: Facts) -> None:
    refuse(scope, invoice_id, drop=True)


ACTIONS: Final[Mapping[str, Action]] = {
    "quarantine.release": Action("issue", _release),
    "quarantine.reopen": Action("bill", _reopen),
    "quarantine.drop": Action("bill", _drop),
    "invoices.send": Action("issue", _send),
    "invoices.send_again": Action("issue", _send_again),
    "invoices.exclude": Action("bill", _exclude),
    "payments.allocate": Action("allocate", _allocate),
    "customers.follow": Action("edit_accounts", _follow),
    "accounts.terms": Action("edit_accounts", _terms),
    "accounts.join_cycle": Action("bill", _join),
    "accounts.discount": Action("bill", _discount),
    "contracts.terminate": Action("manage_contracts", _terminate),
    "users.deactivate": Action("manage_users", _deactivate),
}
