"""Every write of the ledger: the chart, the entries of what is issued and received, the official numbers."""

import datetime as dt
import re
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from django.db import connection, transaction

from encaisse.catalog.models import Product
from encaisse.kernel import clock, events, sql
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Actor, Scope
from encaisse.ledger.errors import (
    AccountClosed,
    AccountCodeInvalid,
    AccountInUse,
    AccountNotNil,
    AccountOfAnotherClass,
    AccountsNotInChart,
    EntityWithoutSiren,
    MappingTooEarly,
)
from encaisse.ledger.models import Account, Entry, EntryKind, Mapping, Posting
from encaisse.ledger.queries import chart as queries
from encaisse.ledger.rules import (
    CHART,
    CLASSES,
    OPENING,
    SETTLED_WITH_THE_YEAR,
    TILLS,
    VAT_WAITING,
    FecPosting,
    fec_header,
    fec_line,
    fec_name,
)
from encaisse.party.models import LegalEntity
from encaisse.payment.models import Payment

FETCHED: Final = 5_000
# Source: plan comptable général (règlement ANC 2014-03), classes 1 to 7.
ACCOUNT_CODE: Final = re.compile(r"^[1-7][0-9]{1,9}$")


class Fec(NamedTuple):
    """The fichier des écritures comptables: its legal name and its lines, the header first."""

    name: str
    lines: Iterator[str]


@transaction.atomic
def install_chart() -> int:
    """Every account that we post to exists; those that an accountant renamed keep their names.

    Returns how many were added; a second call adds none.
    """
    before = Account.objects.count()
    accounts = [Account(**account._asdict()) for account in CHART]
    Account.objects.bulk_create(accounts, ignore_conflicts=True)
    return Account.objects.count() - before


def open_revenue_accounts() -> int:
    """Every product's revenue account is in the chart, so that what is sold can be booked.

    Returns how many were added; a second call adds none.
    """
    return sql.execute("ledger", "open_revenue_accounts")


@transaction.atomic
def save_account(scope: Scope, code: str, *, name_fr: str, name_en: str) -> None:
    """The chart has this account under these names; one that it had keeps its code for ever.

    Raises NotPermitted, AccountCodeInvalid.
    """
    _require_everything(scope)
    if not ACCOUNT_CODE.match(code):
        raise AccountCodeInvalid(account=code)
    names = {"name_fr": name_fr, "name_en": name_en}
    account, is_new = Account.objects.update_or_create(code=code, defaults=names)
    topic = "chart.account_added" if is_new else "chart.account_renamed"
    events.record(topic, "ledger_account", account.pk, scope.actor, account=code, name=name_fr)


@transaction.atomic
def close_account(scope: Scope, code: str) -> None:
    """The account takes no posting any more. Its row is locked, which waits for what is being posted to it.

    Raises NotPermitted, NotFound; AccountInUse while anything is posted to it or will be; AccountNotNil while an
    account of the balance sheet is not nil: those of income and charges are settled with the year.
    """
    account = _locked_account(scope, code)
    for use in queries.uses(code):
        raise AccountInUse(account=code, kind=use.kind, name=use.title or use.kind)
    for balance in () if code.startswith(SETTLED_WITH_THE_YEAR) else queries.balances(code):
        raise AccountNotNil(account=code, **balance._asdict())
    _set_closed(scope, account, is_closed=True)


@transaction.atomic
def reopen_account(scope: Scope, code: str) -> None:
    """The account takes postings again. Raises NotPermitted, NotFound."""
    _set_closed(scope, _locked_account(scope, code), is_closed=False)


def _set_closed(scope: Scope, account: Account, *, is_closed: bool) -> None:
    if account.is_closed != is_closed:
        account.is_closed = is_closed
        account.save(update_fields=["is_closed"])
        topic = "chart.account_closed" if is_closed else "chart.account_reopened"
        events.record(topic, "ledger_account", account.pk, scope.actor, account=account.code)


def _locked_account(scope: Scope, code: str) -> Account:
    _require_everything(scope)
    account = Account.objects.select_for_update(no_key=True).filter(code=code).first()
    if account is None:
        raise NotFound(noun="ledger_account")
    return account


def _require_everything(scope: Scope) -> None:
    """The chart is of every legal entity, and so for who sees them all. Raises NotPermitted."""
    scope.require("configure")
    if not scope.sees_everything:
        raise NotPermitted(permission="configure")


@transaction.atomic
def change_mapping(scope: Scope, kind: str, name: str, code: str, *, since: dt.date | None = None) -> bool:
    """What is named so is posted to the account from this day on, and what is posted already stays as it is.

    `name` is a payment method, the code of a product, or that of a tax and the position of its component. Without
    a day it is the first that no document was issued on, today at the earliest. Returns whether anything
    changed. Waits until nobody issues. Raises NotPermitted, NotFound, AccountOfAnotherClass, AccountsNotInChart,
    AccountClosed, MappingTooEarly.
    """
    _require_everything(scope)
    return map_to(kind, name, code, since=since, actor=scope.actor)


@transaction.atomic
def map_to(kind: str, name: str, code: str, *, since: dt.date | None = None, actor: Actor) -> bool:
    """The same for whoever is permitted otherwise. Raises as `change_mapping` does, but NotPermitted."""
    sql.execute("ledger", "claim_mappings")
    subject = queries.subject(kind, name)
    if not code.startswith(CLASSES[kind]):
        raise AccountOfAnotherClass(account=code, classes=CLASSES[kind])
    accounts = _require_accounts(code)
    issued = queries.issued_until() if kind != "method" else None
    if issued and since and since <= issued:
        raise MappingTooEarly(issued_until=issued)
    day = since or first_day(kind)
    if queries.accounts_since(kind, name, day) == {code}:
        return False
    who = {"actor_kind": actor.kind, "actor_id": actor.id, "actor_label": actor.label}
    Mapping.objects.create(kind=kind, **subject, account_id=accounts[code], valid_from=day, **who)
    facts = {"mapping": kind, "mapped": name, "account": code, "since": day.isoformat()}
    events.record("chart.mapping_changed", "ledger_account", accounts[code], actor, **facts)
    return True


def first_day(kind: str) -> dt.date:
    """The first day, today at the earliest, from which another account may be told for what is of this kind."""
    issued = queries.issued_until() if kind != "method" else None
    today = clock.now().date()
    return max(today, issued + dt.timedelta(1)) if issued else today


@transaction.atomic
def move_product(product: str, code: str, *, actor: Actor) -> None:
    """The product is posted to the account from now on; one that the chart lacks is opened under its name.

    Raises as `map_to` does.
    """
    names = Product.objects.filter(code=product).values("name_fr", "name_en").first()
    Account.objects.get_or_create(code=code, defaults=names)
    map_to("product", product, code, actor=actor)


@transaction.atomic
def post_invoices(*, invoice_ids: list[int], date: dt.date) -> int:
    """Each invoice of the set has its entry in the sales journal, dated `date`; returns how many.

    Called within the transaction that issues them, just before: the database refuses at commit an entry whose
    invoice is not issued, and at once a second entry. Nothing is written when an account is missing.
    Raises AccountsNotInChart.
    """
    sql.rows("ledger", "hold_mappings")
    receivable = queries.account_on("receivable", "", date)
    params = {
        "invoice_ids": sql.array(invoice_ids), "date": date, "receivable": receivable, "waiting": VAT_WAITING,
    }  # fmt: skip
    if missing := sql.rows("ledger", "accounts_not_in_chart", params):
        raise AccountsNotInChart(codes=tuple(code for (code,) in missing))
    return int(sql.rows("ledger", "post_invoices", params)[0][0])


@transaction.atomic
def post_openings(invoice_ids: Collection[int], *, date: dt.date) -> int:
    """What was open of each invoice made elsewhere as it came in is on its account, in the opening journal.

    Returns how many entries: what was settled before has none. An entry is dated `date`, but not before its invoice.
    Called within the transaction that brings them in, once their settlements are told. Raises AccountsNotInChart.
    """
    return _post_openings("post_openings", invoice_ids, date)


@transaction.atomic
def post_openings_withdrawn(invoice_ids: Collection[int], *, date: dt.date) -> int:
    """The opening entries of these invoices are mirrored, in the transaction that withdraws them. Returns how many."""
    return _post_openings("post_openings_withdrawn", invoice_ids, date)


def _post_openings(statement: str, invoice_ids: Collection[int], date: dt.date) -> int:
    receivable = queries.account_on("receivable", "", date)
    _require_accounts(OPENING, receivable)
    params = {
        "invoice_ids": sql.array(invoice_ids), "date": date, "receivable": receivable, "opening": OPENING,
    }  # fmt: skip
    return int(sql.rows("ledger", statement, params)[0][0])


@transaction.atomic
def post_payment(payment_id: int, *, date: dt.date | None = None) -> int:
    """The payment is booked: what received it is debited, the customer is credited. Returns the entry's id.

    Dated the day it was received, unless another is told.

    Raises NotFound, AccountsNotInChart.
    """
    payment = _payment(payment_id)
    return _post(payment, EntryKind.PAYMENT, date or payment.received_on, payment.acc_amount_minor)


@transaction.atomic
def post_payment_return(payment_id: int, *, date: dt.date) -> int:
    """The return of the payment is in the books, as the mirror of its entry. Returns the entry's id.

    Raises NotFound, AccountsNotInChart.
    """
    payment = _payment(payment_id)
    return _post(payment, EntryKind.PAYMENT_RETURN, date, -payment.acc_amount_minor)


@transaction.atomic
def post_payment_withdrawn(payment_id: int, *, date: dt.date) -> int:
    """The entry of a payment that is withdrawn with its import is mirrored. Returns the entry's id.

    Raises NotFound, AccountsNotInChart.
    """
    payment = _payment(payment_id)
    return _post(payment, EntryKind.PAYMENT_WITHDRAWN, date, -payment.acc_amount_minor)


@transaction.atomic(savepoint=False)
def post_collected_vat(invoice_ids: Collection[int], *, date: dt.date) -> int:
    """The VAT that waits on these invoices is due in proportion to what is settled of them; returns how many moved.

    Each has an entry of the difference, which goes back where less is settled than before, dated `date` but not
    before the issue. Called within the transaction that lays something on them, or takes it back, and so holds
    their locks: the database refuses the commit otherwise. Repeatable: what is posted does not move again.
    """
    params = {"invoice_ids": list(invoice_ids), "date": date, "waiting": VAT_WAITING}
    return int(sql.rows("ledger", "post_collected_vat", params)[0][0])


@transaction.atomic
def number_entries(*, legal_entity_id: int, year: int) -> int:
    """Every entry of the year has its official number: 1..N without a hole, in order of validation, for ever.

    Returns how many were given one. Locks the legal entity, so that two exports take turns. Raises NotFound.
    """
    locked = LegalEntity.objects.select_for_update(no_key=True).filter(pk=legal_entity_id)
    if locked.first() is None:
        raise NotFound(noun="legal_entity")
    return sql.execute("ledger", "number_entries", {"legal_entity_id": legal_entity_id, "year": year})


def export_fec(scope: Scope, *, legal_entity_id: int, year: int) -> Fec:
    """The FEC of one legal entity and calendar year, for whoever may see all of it; its entries are numbered.

    Exported again it begins with the same lines, since numbers never change. Raises NotPermitted, NotFound,
    EntityWithoutSiren. Source: article A47 A-1 of the Livre des procédures fiscales.
    """
    scope.require("read_ledger")
    entity = _whole_entity(scope, legal_entity_id)
    if not entity.identity.siren:
        raise EntityWithoutSiren(legal_entity_id=legal_entity_id)
    number_entries(legal_entity_id=legal_entity_id, year=year)
    return Fec(fec_name(entity.identity.siren, year), _fec_lines(legal_entity_id, year))


def _whole_entity(scope: Scope, legal_entity_id: int) -> LegalEntity:
    entity = LegalEntity.objects.select_related("identity").filter(pk=legal_entity_id).first()
    if entity is None or not scope.sees_every_customer or not scope.covers(legal_entity_id):
        raise NotFound(noun="legal_entity")
    return entity


def _fec_lines(legal_entity_id: int, year: int) -> Iterator[str]:
    yield fec_header()
    with connection.chunked_cursor() as cursor:
        params = {"legal_entity_id": legal_entity_id, "year": year}
        cursor.execute(sql.statement("ledger", "fec_postings"), params)
        while rows := cursor.fetchmany(FETCHED):
            yield from (fec_line(FecPosting(*row)) for row in rows)


def _payment(payment_id: int) -> Payment:
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None:
        raise NotFound(noun="payment")
    return payment


def _require_accounts(*codes: str) -> dict[str, int]:
    """The keys of these accounts. Raises AccountsNotInChart, AccountClosed."""
    accounts = {account.code: account for account in Account.objects.filter(code__in=codes)}
    if missing := set(codes) - accounts.keys():
        raise AccountsNotInChart(codes=tuple(sorted(missing)))
    for code in codes:
        if accounts[code].is_closed:
            raise AccountClosed(account=code)
    return {code: account.pk for code, account in accounts.items()}


def _post(payment: Payment, kind: EntryKind, date: dt.date, received_minor: int) -> int:
    received, owed = _sides(payment, date)
    accounts = _require_accounts(received, owed)
    journal = TILLS[payment.method].journal
    entry = Entry.objects.create(
        legal_entity_id=payment.legal_entity_id, journal=journal, kind=kind, date=date, payment=payment
    )
    debit = Posting(entry=entry, account_id=accounts[received], amount_minor=received_minor)
    credit = Posting(
        entry=entry,
        account_id=accounts[owed],
        billing_account_id=payment.account_id,
        amount_minor=-received_minor,
    )
    Posting.objects.bulk_create([debit, credit])
    return entry.pk


def _sides(payment: Payment, date: dt.date) -> tuple[str, str]:
    """The account that received the payment and that of what the customer owes: those of its entry, once it has one."""
    posted = Posting.objects.filter(entry__payment=payment, entry__kind=EntryKind.PAYMENT)
    sides = {
        customer is None: code for code, customer in posted.values_list("account__code", "billing_account")
    }
    return (
        sides.get(True) or queries.account_on("method", payment.method, date),
        sides.get(False) or queries.account_on("receivable", "", date),
    )
