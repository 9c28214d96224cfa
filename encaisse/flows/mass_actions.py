"""What can be done to many rows at once: each in a transaction of its own, with an outcome of its own.

An action is an operation that exists for one row; where one file comes of all rows, it is a kind of job of its own.
When its job runs, who asked is looked up again for every row, so that somebody who may no longer see or do it is
refused from then on. Some actions are rehearsed first: the same for each row, undone, by a job whose outcomes say what
would be; what passed is then carried out.
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
from encaisse.flows import billing_cycle, propose_deposits
from encaisse.flows.change_contract import change_contract
from encaisse.flows.credit_invoice import credit_today
from encaisse.flows.decide_drafts import approve, refuse, release
from encaisse.flows.raise_prices import raise_prices
from encaisse.flows.settle import settle_with_payment
from encaisse.invoice.queries.detail import invoice_detail
from encaisse.kernel import jobs
from encaisse.kernel.errors import NotFound, NotPermitted, TooManyRows
from encaisse.kernel.jobs import Asked
from encaisse.kernel.scope import Scope
from encaisse.party.operations.accounts import change_terms
from encaisse.party.operations.reps import follow
from encaisse.party.queries import account
from encaisse.party.rules.terms_text import parse_payment_terms
from encaisse.subscription.rules.changes import Terminate
from encaisse.subscription.rules.rises import Rise
from encaisse.tag.operations import tag, untag

Facts = Mapping[str, Any]
# The documents of the rows in one file; see `flows/put_together.py`.
ZIP: Final = "invoices.zip"
PDF: Final = "invoices.pdf"
# More rows than this are done in several times: a person should be able to look over what they asked for.
MOST_ROWS: Final = 10_000


class Action(NamedTuple):
    """One thing that can be done to a row, and what its asker must be permitted beside seeing it.

    What `act` returns of a `rehearsed` one are the facts of its outcome. It is None where rows are done together, by
    the flow that registers the job.
    """

    permission: str
    act: Callable[[Scope, int, Facts], Any] | None
    rehearsed: bool = False


def start(scope: Scope, name: str, row_ids: Sequence[int], facts: Facts) -> int:
    """A job does it to each row, or rehearses it, in this order. Returns the job's key.

    Raises NotFound, NotPermitted, TooManyRows.
    """
    if name not in ACTIONS:
        raise NotFound(noun="action")
    if not may(scope, name):
        raise NotPermitted(permission=ACTIONS[name].permission)
    if len(row_ids) > MOST_ROWS:
        raise TooManyRows(most_rows=MOST_ROWS)
    kind = rehearsal_of(name) if ACTIONS[name].rehearsed else name
    return jobs.start(kind, scope.actor, row_ids=row_ids, **facts)


def carry_out(scope: Scope, job_id: int) -> int:
    """A job does what was rehearsed to the rows for which it passed. Returns the job's key.

    Raises NotFound unless the job is a rehearsal that ended and that somebody passed, NotPermitted.
    """
    kind, row_ids, facts = jobs.passed(scope, job_id)
    name = next((each for each in ACTIONS if rehearsal_of(each) == kind), None)
    if name is None or not row_ids:
        raise NotFound(noun="rehearsal")
    scope.require(ACTIONS[name].permission)
    return jobs.start(name, scope.actor, row_ids=row_ids, **facts)


def may(scope: Scope, name: str) -> bool:
    """Whether the asker may do it to what they see."""
    permission = ACTIONS[name].permission
    return not permission or scope.may(permission)


def rehearsal_of(name: str) -> str:
    """The kind of the jobs that rehearse this action."""
    return f"{name}.rehearsal"


def register() -> None:
    """Workers know how to do each of them."""
    for name, action in ACTIONS.items():
        if action.act is not None:
            run = _each(action.act, action)
            jobs.register_each(name, run)
            if action.rehearsed:
                jobs.register_each(rehearsal_of(name), jobs.undone(run))


def _each(act: Callable[[Scope, int, Facts], Any], action: Action) -> jobs.EachItem:
    def run(asked: Asked, row_id: int) -> Mapping[str, Any] | None:
        scope = scope_of_actor(asked.actor)
        scope.require(action.permission)
        told = act(scope, row_id, asked.facts)
        return told if action.rehearsed else None

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


def _raise_prices(scope: Scope, subscription_id: int, facts: Facts) -> Mapping[str, Any]:
    percent, unit_price = (facts.get(name) for name in ("percent", "unit_price"))
    rise = Rise(
        dt.date.fromisoformat(facts["on"]),
        percent=Decimal(percent) if percent else None,
        unit_price=Decimal(unit_price) if unit_price else None,
        offer_id=facts.get("offer_id"),
        at_once=bool(facts.get("at_once")),
    )
    return raise_prices(scope, subscription_id, rise)


def _deactivate(scope: Scope, user_id: int, facts: Facts) -> None:
    deactivate(user_id, actor=scope.actor)


def _approve(scope: Scope, invoice_id: int, facts: Facts) -> None:
    approve(scope, invoice_id)


def _issue(scope: Scope, invoice_id: int, facts: Facts) -> None:
    found = invoice_detail(scope, invoice_id)
    if found.run_id is None or found.run_kind != "manual":
        raise NotFound(noun="invoice")
    billing_cycle.issue(found.run_id, actor=scope.actor)


def _credit(scope: Scope, invoice_id: int, facts: Facts) -> Mapping[str, Any]:
    return credit_today(scope, invoice_id, reason=facts["reason"])


def _tag(scope: Scope, invoice_id: int, facts: Facts) -> None:
    tag(scope, invoice_id, facts["tag"])


def _untag(scope: Scope, invoice_id: int, facts: Facts) -> None:
    untag(scope, invoice_id, facts["tag"])


def _release(scope: Scope, invoice_id: int, facts: Facts) -> None:
    release(scope, invoice_id)


def _reopen(scope: Scope, invoice_id: int, facts: Facts) -> None:
    refuse(scope, invoice_id, drop=False)


def _drop(scope: Scope, invoice_id: int, facts: Facts) -> None:
    refuse(scope, invoice_id, drop=True)


def _approve_proposal(scope: Scope, proposal_id: int, facts: Facts) -> None:
    propose_deposits.approve(scope, proposal_id)


def _decline_proposal(scope: Scope, proposal_id: int, facts: Facts) -> None:
    propose_deposits.decline(scope, proposal_id)


ACTIONS: Final[Mapping[str, Action]] = {
    "deposits.approve": Action("refund_deposits", _approve_proposal),
    "deposits.decline": Action("refund_deposits", _decline_proposal),
    "quarantine.release": Action("issue", _release),
    "quarantine.reopen": Action("bill", _reopen),
    "quarantine.drop": Action("bill", _drop),
    ZIP: Action("", None),
    PDF: Action("", None),
    "invoices.approve": Action("issue", _approve),
    "invoices.issue": Action("issue", _issue),
    "invoices.send": Action("issue", _send),
    "invoices.send_again": Action("issue", _send_again),
    "invoices.exclude": Action("bill", _exclude),
    "invoices.credit": Action("credit", _credit, rehearsed=True),
    "invoices.tag": Action("bill", _tag),
    "invoices.untag": Action("bill", _untag),
    "payments.allocate": Action("allocate", _allocate),
    "customers.follow": Action("edit_accounts", _follow),
    "accounts.terms": Action("edit_accounts", _terms),
    "accounts.join_cycle": Action("bill", _join),
    "accounts.discount": Action("bill", _discount),
    "contracts.raise_prices": Action("manage_contracts", _raise_prices, rehearsed=True),
    "contracts.terminate": Action("manage_contracts", _terminate),
    "users.deactivate": Action("manage_users", _deactivate),
}
