"""What runs should bill, worked out slowly and apart from the product: fractions, day by day lists, no rule of ours.

It knows plans (`tests.flows.worlds`) and nothing else. Amounts are fractions of main units until a line is rounded.
"""

import calendar
import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction

from tests.flows.worlds import Contract, Happening, Offer, Plan, Price, Usage

ONE_DAY = dt.timedelta(days=1)
NEVER = dt.date.max


def rounded(value: Fraction, places: int) -> Fraction:
    """Half away from zero."""
    scale = 10**places
    twice = 2 * abs(value) * scale
    whole = (twice.numerator + twice.denominator) // (2 * twice.denominator)
    return Fraction(whole if value >= 0 else -whole, scale)


def cents(value: Fraction) -> int:
    return int(rounded(value, 2) * 100)


def month_after(day: dt.date, months: int) -> dt.date:
    for _ in range(months // 12):
        day = _clamped(day.year + 1, day.month, day.day)
    year, month = day.year, day.month + months % 12
    return _clamped(year + (month > 12), month - 12 * (month > 12), day.day)


def _clamped(year: int, month: int, day: int) -> dt.date:
    return dt.date(year, month, min(day, calendar.monthrange(year, month)[1]))


def grid(offer: Offer, anchor: dt.date, until: dt.date) -> list[dt.date]:
    """The first days of the offer's periods from its anchor, a few past `until`."""
    days, number = [], 0
    while not days or days[-1] <= until + 800 * ONE_DAY:
        if offer.unit in ("day", "week"):
            days.append(anchor + number * offer.every * (1 if offer.unit == "day" else 7) * ONE_DAY)
        else:
            # Counted from the anchor each time, so that its day comes back after a short month.
            days.append(month_after(anchor, number * offer.every * (12 if offer.unit == "year" else 1)))
        number += 1
    return days


def anchor_of(offer: Offer, start: dt.date) -> dt.date:
    if offer.alignment == "anniversary" or offer.unit == "day":
        return start
    if offer.unit == "week":
        return start - start.weekday() * ONE_DAY
    if offer.unit == "year":
        return dt.date(start.year, 1, 1)
    fits = offer.every in (1, 2, 3, 4, 6, 12)
    return dt.date(start.year, start.month - (start.month - 1) % offer.every if fits else start.month, 1)


def price_on(offer: Offer, customer: int, day: dt.date) -> Price:
    own = [each for each in offer.prices if each.customer == customer and each.since <= day]
    listed = [each for each in offer.prices if each.customer is None and each.since <= day]
    return max(own or listed, key=lambda each: each.since)


def parts(price: Price, quantity: Fraction) -> list[tuple[Fraction, Fraction]]:
    """Quantity and unit price of each part of what a quantity costs."""
    if price.model == "flat":
        return [(Fraction(1), price.unit)]
    if price.model == "per_unit":
        return [(quantity, price.unit)]
    if price.model == "package":
        return [(Fraction(-(-quantity // price.size)), price.unit)]
    if price.model == "volume":
        return [(quantity, next(unit for top, unit in price.tiers if top is None or quantity <= top))]
    found, below = [], Fraction(0)
    for top, unit in price.tiers:
        reached = quantity if top is None else min(quantity, top)
        if reached > below:
            found.append((reached - below, unit))
            below = reached
    return found


@dataclass
class Piece:
    """A part of a period that was charged: `days` of `of_days`, at `unit` × `quantity` for all of it."""

    first: dt.date
    until: dt.date
    of_days: int
    quantity: Fraction
    unit: Fraction


@dataclass
class Held:
    """What is held at one position of a contract from a day on, and the pieces charged of it."""

    starts: dt.date
    ends: dt.date
    quantity: Fraction
    charged_until: dt.date
    pieces: list[Piece] = field(default_factory=list)


@dataclass
class Line:
    """An amount before its discount, exact to a millionth, and what it is of."""

    amount: Fraction
    percent: Fraction
    tax: str

    @property
    def net(self) -> int:
        return cents(self.amount * (100 - self.percent) / 100)


class Position:
    """One offer of one contract, from its first day to what is known of its last."""

    def __init__(self, plan: Plan, contract: Contract, number: int) -> None:
        self.contract, self.term = contract, contract.terms[number]
        self.offer = plan.offers[self.term.offer]
        self.customer = contract.account
        self.anchor = anchor_of(self.offer, contract.start)
        end = contract.end or NEVER
        self.held = [Held(contract.start, end, Fraction(self.term.quantity), contract.start)]

    def whole(self, day: dt.date) -> tuple[dt.date, dt.date]:
        days = grid(self.offer, self.anchor, day)
        number = max(n for n, first in enumerate(days) if first <= day)
        return days[number], days[number + 1]

    def line(self, quantity: Fraction, unit: Fraction) -> Line:
        return Line(rounded(quantity * unit, 6), Fraction(self.term.percent), self.offer.tax)

    def charge(self, cutoff: dt.date) -> list[Line]:
        if self.offer.kind == "one_shot":
            return self.charge_once(cutoff)
        return [line for held in self.held for line in self.charge_held(held, cutoff)]

    def charge_once(self, cutoff: dt.date) -> list[Line]:
        held = self.held[0]
        if held.charged_until > held.starts or held.starts >= cutoff or held.ends <= held.starts:
            return []
        held.charged_until = held.starts + ONE_DAY
        return [self.line(*self.priced(held.starts, held.quantity))]

    def charge_held(self, held: Held, cutoff: dt.date) -> list[Line]:
        lines = []
        while held.charged_until < held.ends:
            first = held.charged_until
            starts, next_starts = self.whole(first)
            until = min(next_starts, held.ends)
            is_due = first < cutoff if self.offer.timing == "advance" else first < cutoff and until <= cutoff
            if not is_due:
                break
            quantity, unit = self.priced(first, held.quantity)
            piece = Piece(first, until, (next_starts - starts).days, quantity, unit)
            lines.append(self.line(quantity, self.costs(piece, until)))
            held.pieces.append(piece)
            held.charged_until = until
        return lines

    def costs(self, piece: Piece, until: dt.date) -> Fraction:
        """The unit price of a piece when it is held until that day."""
        days = (min(until, piece.until) - piece.first).days
        if days <= 0:
            return Fraction(0)
        if days == piece.of_days or not self.offer.prorated:
            return piece.unit
        return rounded(piece.unit * days / piece.of_days, 6)

    def priced(self, day: dt.date, quantity: Fraction) -> tuple[Fraction, Fraction]:
        price = price_on(self.offer, self.customer, day)
        if self.term.agreed is not None:
            return (Fraction(1) if price.model == "flat" else quantity), Fraction(self.term.agreed)
        found = parts(price, quantity)
        if len(found) == 1:
            return found[0]
        return Fraction(1), sum((rounded(q * unit, 6) for q, unit in found), Fraction(0))

    def end(self, on: dt.date) -> list[Line]:
        """Nothing is held from that day on; what was charged beyond is given back."""
        if self.offer.kind == "one_shot":
            return []
        lines = []
        for held in self.held:
            held.ends = min(held.ends, max(on, held.starts))
            for piece in held.pieces:
                until = max(on, piece.first)
                if until < piece.until:
                    back = self.costs(piece, piece.until) - self.costs(piece, until)
                    piece.until = until
                    if back:
                        lines.append(self.line(-piece.quantity, back))
        return lines

    def hold(self, on: dt.date, quantity: Fraction) -> list[Line]:
        """From that day on, another quantity."""
        until = self.held[-1].ends
        lines = self.end(on)
        starts, next_starts = self.whole(on)
        charged_until = on if self.offer.prorated or on == starts else next_starts
        self.held.append(Held(on, until, quantity, charged_until))
        return lines


class Meter(Position):
    """An offer of usage, whose periods are charged once they are over."""

    def __init__(self, plan: Plan, contract: Contract, number: int) -> None:
        super().__init__(plan, contract, number)
        mine = [each for each in plan.usage if (each.contract, each.position) == (contract.key, number)]
        self.usage: list[Usage] = mine

    def charge_held(self, held: Held, cutoff: dt.date) -> list[Line]:
        lines: list[Line] = []
        while held.charged_until < held.ends:
            first = held.charged_until
            starts, next_starts = self.whole(first)
            until = min(next_starts, held.ends)
            if until > cutoff:
                break
            events = [each for each in self.usage if first <= each.on < until]
            lines += self.used(events, first, Fraction((until - first).days, (next_starts - starts).days))
            held.charged_until = until
        return lines

    def used(self, events: list[Usage], day: dt.date, share: Fraction) -> list[Line]:
        if not events:
            return []
        price = price_on(self.offer, self.customer, day)
        if price.model == "percentage":
            return [self.line(Fraction(1), sum((self.share(price, each) for each in events), Fraction(0)))]
        counted = {
            "sum": sum((Fraction(each.quantity) for each in events), Fraction(0)),
            "count": Fraction(len(events)),
            "maximum": Fraction(max(each.quantity for each in events)),
            "unique": Fraction(len({each.member for each in events})),
        }[self.offer.aggregation]
        if price.model == "flat" and self.offer.prorated:
            return [self.line(Fraction(1), rounded(price.unit * share, 6))]
        return [self.line(*part) for part in parts(price, counted)]

    def share(self, price: Price, event: Usage) -> Fraction:
        owed = Fraction(event.quantity) * price.unit / 100 + price.fixed
        return rounded(min(max(owed, price.least), price.most), 6)


@dataclass(frozen=True)
class Bill:
    """What an account gets of a run: a document's kind, net and tax in cents; no kind when it is set aside."""

    kind: str
    net: int = 0
    tax: int = 0


class Judge:
    """Goes through a plan run by run, as the product is made to."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.positions = {
            (contract.key, number): (Meter if plan.offers[term.offer].kind == "usage" else Position)(
                plan, contract, number
            )
            for contract in plan.contracts
            for number, term in enumerate(contract.terms)
        }
        self.open: dict[int, list[Line]] = {account: [] for account in range(plan.accounts)}
        self.invoiced: set[int] = set()

    def run(self, number: int) -> dict[int, Bill]:
        """The bills of run `number`, by account; what happened before it is taken in first."""
        for happening in self.plan.happenings:
            if happening.before_run == number:
                self.happens(happening)
        for hand in self.plan.by_hand:
            if hand.before_run == number:
                line = Line(Fraction(hand.unit) * hand.times, Fraction(0), hand.tax)
                self.open[hand.account].append(line)
        return self.billed(number)

    def billed(self, number: int) -> dict[int, Bill]:
        for position in self.positions.values():
            self.open[position.customer] += position.charge(self.plan.runs[number])
        bills = {account: self.bill(account) for account, lines in self.open.items() if lines}
        for account, bill in bills.items():
            if bill.kind:
                self.open[account] = []
            if bill.kind == "invoice":
                self.invoiced.add(account)
        return bills

    def happens(self, happening: Happening) -> None:
        for (key, number), position in self.positions.items():
            if key != happening.contract or happening.position not in (None, number):
                continue
            if happening.quantity is None:
                lines = position.end(happening.on)
            else:
                lines = position.hold(happening.on, Fraction(happening.quantity))
            self.open[position.customer] += lines

    def bill(self, account: int) -> Bill:
        lines = self.open[account]
        bases: dict[str, int] = {}
        for line in lines:
            bases[line.tax] = bases.get(line.tax, 0) + line.net
        net = sum(bases.values())
        tax = sum(cents(Fraction(base, 100) * self.plan.rates[name] / 100) for name, base in bases.items())
        if net + tax >= 0:
            return Bill("invoice", net, tax)
        return Bill("credit_note", net, tax) if account in self.invoiced else Bill("")
