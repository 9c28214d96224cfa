"""Every write of the ledger: the chart, the entries of what is issued and received, the official numbers."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from django.db import connection, transaction

from encaisse.kernel import events, sql
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor, Scope
from encaisse.ledger.errors import AccountsNotInChart, EntityWithoutSiren, FecIsFrench
from encaisse.ledger.models import CutOff, CutOffLine, Entry, EntryKind, Posting
from encaisse.ledger.operations.chart import require_accounts
from encaisse.ledger.queries import chart as queries
from encaisse.ledger.rules import (
    ADVANCES,
    ADVANCES_ASKED,
    DEPOSITS,
    EXCHANGE_GAIN,
    EXCHANGE_LOSS,
    OPENING,
    OPERATING,
    TILLS,
    VAT_WAITING,
    Cut,
    FecPosting,
    fec_header,
    fec_line,
    fec_name,
    summed,
)
from encaisse.party.models import LegalEntity
from encaisse.payment.models import Payment, Purpose

_FETCHED: Final = 5_000


class Fec(NamedTuple):
    """The fichier des écritures comptables: its legal name and its lines, the header first."""

    name: str
    lines: Iterator[str]


class CutOffLineRow(NamedTuple):
    """A line of a cut-off as it is stored; the fields are the columns of its COPY, in order."""

    cut_off_id: int
    figure: str
    position: int
    document_id: int
    number: str
    on: dt.date
    account_id: int
    account: str
    customer_id: int
    customer: str
    product: str
    name_fr: str
    name_en: str
    revenue_account: str
    offer: str
    label: str
    period_from: dt.date | None
    period_to: dt.date | None
    amount_minor: int
    cut_minor: int


def fold_day_sums() -> int:
    """The sums of the ledger hold one row for each day, account and journal; those of VAT one for each day and rate.

    Returns how many rows were made one.
    """
    return sql.execute("ledger", "fold_day_sums") + sql.execute("ledger", "fold_vat_sums")


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
def post_advances(*, invoice_ids: list[int], date: dt.date) -> int:
    """Each advance, and each credit note of one, has its entry in the sales journal: no sale, no VAT that is due.

    As `post_invoices`, of which it is the other half. Raises AccountsNotInChart, AccountClosed.
    """
    accounts = _advance_accounts(date) | {"waiting": VAT_WAITING}
    require_accounts(*accounts.values())
    params = accounts | {"invoice_ids": invoice_ids, "date": date}
    return int(sql.rows("ledger", "post_advances", params)[0][0])


@transaction.atomic
def post_collected_advances(invoice_ids: Collection[int], *, date: dt.date) -> int:
    """What is collected of these advances is held, net of VAT, as far as they are settled. Returns how many moved.

    It goes back where less is settled than before. Called within the transaction that lays something on them, or takes
    it back: the database refuses the commit otherwise. Repeatable. Raises AccountsNotInChart, AccountClosed.
    """
    accounts = _advance_accounts(date)
    require_accounts(accounts["asked"], accounts["held"])
    params = accounts | {"invoice_ids": list(invoice_ids), "date": date}
    return int(sql.rows("ledger", "post_collected_advances", params)[0][0])


@transaction.atomic
def post_deductions(*, invoice_ids: list[int], date: dt.date) -> int:
    """What each of these documents deducts of advances is held no more, nor declared or owed again. Returns how many.

    Called within the transaction that issues them: the database refuses the commit otherwise. Raises
    AccountsNotInChart, AccountClosed.
    """
    accounts = _advance_accounts(date)
    require_accounts(accounts["held"])
    return int(
        sql.rows("ledger", "post_deductions", accounts | {"invoice_ids": invoice_ids, "date": date})[0][0]
    )


def _advance_accounts(date: dt.date) -> dict[str, str]:
    receivable = queries.account_on("receivable", "", date)
    return {"receivable": receivable, "asked": ADVANCES_ASKED, "held": ADVANCES}


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
    require_accounts(OPENING, receivable)
    params = {
        "invoice_ids": sql.array(invoice_ids), "date": date, "receivable": receivable, "opening": OPENING,
    }  # fmt: skip
    return int(sql.rows("ledger", statement, params)[0][0])


@transaction.atomic
def post_payment(payment_id: int, *, date: dt.date | None = None) -> int:
    """The payment is booked: what received it is debited, the customer, or what deposits hold, is credited.

    Returns the entry's id.

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


@transaction.atomic(savepoint=False)
def post_exchange_differences(
    account_id: int,
    *,
    date: dt.date,
    payment_id: int | None = None,
    credit_note_id: int | None = None,
    movement_id: int | None = None,
) -> int:
    """What the account gained or lost by exchange is in the books: 766 or 666 against its 411.

    The difference of what its sources were worth and what its invoices were, as far as they settle each other, less
    what is booked already; so that its 411 is what is open, each at its own rate, and nothing once nothing is.
    Named after the source that was laid or taken back. Called within that transaction: the database refuses the commit
    otherwise. Repeatable. Returns how many entries: none without a difference. Raises AccountsNotInChart.
    """
    receivable = queries.account_on("receivable", "", date)
    require_accounts(receivable, EXCHANGE_LOSS, EXCHANGE_GAIN)
    params = {
        "account_id": account_id, "date": date, "payment_id": payment_id, "credit_note_id": credit_note_id,
        "movement_id": movement_id,
        "receivable": receivable, "loss": EXCHANGE_LOSS, "gain": EXCHANGE_GAIN,
    }  # fmt: skip
    return int(sql.rows("ledger", "post_exchange_differences", params)[0][0])


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
    FecIsFrench, EntityWithoutSiren. Source: article A47 A-1 of the Livre des procédures fiscales.
    """
    scope.require("read_ledger")
    entity = whole_entity(scope, legal_entity_id)
    if entity.chart != OPERATING:
        raise FecIsFrench(legal_entity=entity.identity.name)
    if not entity.identity.siren:
        raise EntityWithoutSiren(legal_entity_id=legal_entity_id)
    number_entries(legal_entity_id=legal_entity_id, year=year)
    return Fec(fec_name(entity.identity.siren, year), _fec_lines(legal_entity_id, year))


@transaction.atomic
def keep_cut_off(
    legal_entity_id: int, on: dt.date, currency: str, figures: Mapping[str, Sequence[Cut]], *, actor: Actor
) -> int:
    """What was computed for the day takes the place of what was before; `figures` are the lines of 487 and 418.

    Locks the legal entity. Returns its key.
    """
    LegalEntity.objects.select_for_update(no_key=True).get(pk=legal_entity_id)
    before = CutOff.objects.filter(legal_entity=legal_entity_id, on=on)
    CutOffLine.objects.filter(cut_off__in=before).delete()
    before.delete()
    sums = [list(each) for figure, cuts in figures.items() for each in summed(figure, cuts)]
    made = CutOff.objects.create(
        legal_entity_id=legal_entity_id, on=on, currency=currency, sums=sums, computed_by=actor.label
    )
    rows = (
        CutOffLineRow(made.pk, figure, position, *each)
        for figure, cuts in figures.items()
        for position, each in enumerate(cuts, 1)
    )
    sql.copy_rows(CutOffLine, CutOffLineRow, rows)
    events.record("cut_off.computed", "legal_entity", legal_entity_id, actor, on=on.isoformat())
    return made.pk


def whole_entity(scope: Scope, legal_entity_id: int) -> LegalEntity:
    """The legal entity, for whoever sees all of it. Raises NotFound."""
    entity = LegalEntity.objects.select_related("identity").filter(pk=legal_entity_id).first()
    if entity is None or not scope.sees_every_customer or not scope.covers(legal_entity_id):
        raise NotFound(noun="legal_entity")
    return entity


def _fec_lines(legal_entity_id: int, year: int) -> Iterator[str]:
    yield fec_header()
    yield from map(fec_line, postings_told(legal_entity_id, year))


def postings_told(legal_entity_id: int, year: int) -> Iterator[FecPosting]:
    """Every posting of the year in the order of its official numbers, read as it is asked for: no year fits in memory.

    For exports, which have asked who may see them.
    """
    with connection.chunked_cursor() as cursor:
        params = {"legal_entity_id": legal_entity_id, "year": year}
        cursor.execute(sql.statement("ledger", "fec_postings"), params)
        while rows := cursor.fetchmany(_FETCHED):
            yield from (FecPosting(*row) for row in rows)


def _payment(payment_id: int) -> Payment:
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None:
        raise NotFound(noun="payment")
    return payment


def _post(payment: Payment, kind: EntryKind, date: dt.date, received_minor: int) -> int:
    received, owed = _sides(payment, date)
    accounts = require_accounts(received, owed)
    journal = TILLS[payment.method].journal
    entry = Entry.objects.create(
        legal_entity_id=payment.legal_entity_id, journal=journal, kind=kind, date=date, payment=payment
    )
    debit = Posting(account_id=accounts[received], amount_minor=received_minor)
    credit = Posting(
        account_id=accounts[owed],
        billing_account_id=None if owed == DEPOSITS else payment.account_id,
        amount_minor=-received_minor,
    )
    for posting in (debit, credit):
        posting.entry = entry
        if payment.currency != payment.accounting_currency:
            told = payment.amount_minor if (posting.amount_minor > 0) else -payment.amount_minor
            posting.foreign_minor, posting.foreign_currency = told, payment.currency
    Posting.objects.bulk_create([debit, credit])
    return entry.pk


def _sides(payment: Payment, date: dt.date) -> tuple[str, str]:
    """The account that received the payment and that of what the customer owes: those of its entry, once it has one.

    Nobody owes a deposit: what funds one is held.
    """
    posted = Posting.objects.filter(entry__payment=payment, entry__kind=EntryKind.PAYMENT).order_by("pk")
    sides = tuple(posted.values_list("account__code", flat=True))
    if sides:
        return sides[0], sides[1]
    received = queries.account_on("method", payment.method, date)
    is_held = payment.purpose == Purpose.DEPOSIT
    return received, DEPOSITS if is_held else queries.account_on("receivable", "", date)
