"""Plans of companies at random: offers of every model and period, contracts, what happens to them, usage; and how a
plan becomes rows, by the product's own operations."""

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

ONE_DAY = dt.timedelta(days=1)
FIRST = dt.date(2026, 1, 1)
TAXES = ("service", "book")


class Price(NamedTuple):
    """A version of a price since a day, of one customer or of the list; what its model has no use for is empty.

    For a percentage `unit` is the percent, `fixed` what is added, `least` and `most` its bounds.
    """

    since: dt.date
    customer: int | None
    model: str
    unit: Fraction = Fraction(0)
    tiers: tuple[tuple[Fraction | None, Fraction], ...] = ()
    size: Fraction = Fraction(1)
    fixed: Fraction = Fraction(0)
    least: Fraction = Fraction(0)
    most: Fraction = Fraction(0)


class Offer(NamedTuple):
    """An offer and its prices."""

    kind: str
    unit: str
    every: int
    timing: str
    alignment: str
    prorated: bool
    aggregation: str
    tax: str
    prices: tuple[Price, ...]


class Term(NamedTuple):
    """What a contract holds at one position."""

    offer: int
    quantity: Decimal
    agreed: Decimal | None
    percent: Decimal


class Contract(NamedTuple):
    """A contract of an account; its end is exclusive."""

    key: int
    account: int
    start: dt.date
    end: dt.date | None
    terms: tuple[Term, ...]


class Happening(NamedTuple):
    """Told before a run: from a day on another quantity at one position, or, without a quantity, nothing at all."""

    before_run: int
    contract: int
    on: dt.date
    position: int | None
    quantity: Decimal | None


class Usage(NamedTuple):
    """One event at noon of a day, at one position of a contract."""

    contract: int
    position: int
    on: dt.date
    quantity: Decimal
    member: str


class ByHand(NamedTuple):
    """Equal manual charges of an account, recorded before a run."""

    before_run: int
    account: int
    times: int
    unit: Decimal
    tax: str


class Plan(NamedTuple):
    """A company's catalogue and history. `sellers` says whose each account is; runs are their cutoffs."""

    accounts: int
    sellers: int
    offers: tuple[Offer, ...]
    contracts: tuple[Contract, ...]
    happenings: tuple[Happening, ...]
    usage: tuple[Usage, ...]
    by_hand: tuple[ByHand, ...]
    runs: tuple[dt.date, ...]
    rates: dict[str, Fraction]


def plan(seed: int, *, accounts: int = 4, sellers: int = 1) -> Plan:
    """The plan of that seed, always the same."""
    rng = random.Random(seed)
    offers = tuple(_offer(rng, accounts) for _ in range(rng.randint(2, 5)))
    contracts, happenings, usage = [], [], []
    for account in range(accounts):
        # No account holds an offer twice, and each offer has a product of its own: each charge is its own line.
        left = list(range(len(offers)))
        rng.shuffle(left)
        for _ in range(rng.choice((0, 1, 1, 2))):
            chosen = [left.pop() for _ in range(min(len(left), rng.choice((1, 1, 2))))]
            if chosen:
                contracts.append(_contract(rng, len(contracts), account, chosen, offers))
    for contract in contracts:
        meters = [n for n, term in enumerate(contract.terms) if offers[term.offer].kind == "usage"]
        for position in meters:
            usage += _used(rng, contract, position)
        if not meters:
            happenings += _happened(rng, contract, offers)
    by_hand = [
        ByHand(rng.randrange(3), rng.randrange(accounts), rng.choice((1, 3, 7)), _amount(rng), rng.choice(TAXES))
        for _ in range(rng.choice((0, 1, 2)))
    ]  # fmt: skip
    return Plan(
        accounts=accounts,
        sellers=sellers,
        offers=offers,
        contracts=tuple(contracts),
        happenings=tuple(happenings),
        usage=tuple(usage),
        by_hand=tuple(by_hand),
        runs=(dt.date(2026, 2, 1), dt.date(2026, 3, 15), dt.date(2026, 7, 1)),
        rates={"service": Fraction(20), "book": Fraction(11, 2)},
    )


def _amount(rng: random.Random) -> Decimal:
    return Decimal(rng.randint(1, 99_999)) / rng.choice((100, 1000, 10_000))


def _offer(rng: random.Random, accounts: int) -> Offer:
    kind = rng.choice(("recurring", "recurring", "recurring", "one_shot", "usage"))
    unit = rng.choice(("day", "week", "month", "month", "month", "year"))
    every = rng.randint(5, 45) if unit == "day" else rng.choice((1, 1, 2, 3))
    # A calendar of days has no first one, and years of several do not begin together.
    alignment = rng.choice(("anniversary", "calendar")) if unit == "month" and every != 2 else "anniversary"
    models = ["flat", "per_unit", "per_unit", "graduated", "volume", "package"]
    if kind == "usage":
        models.append("percentage")
    model = rng.choice(models)
    prices = [_price(rng, model, dt.date(2020, 1, 1), None)]
    if kind != "usage" and rng.random() < 0.4:
        prices.append(_price(rng, model, FIRST + rng.randint(1, 150) * ONE_DAY, None))
    if kind != "usage" and rng.random() < 0.3:
        prices.append(_price(rng, model, FIRST + rng.randint(0, 100) * ONE_DAY, rng.randrange(accounts)))
    return Offer(
        kind=kind,
        unit=unit,
        every=every,
        timing="arrears" if kind == "usage" else rng.choice(("advance", "arrears")),
        alignment=alignment,
        prorated=rng.random() < 0.8,
        aggregation=rng.choice(("sum", "count", "maximum", "unique")) if model != "percentage" else "sum",
        tax=rng.choice(("service", "service", "book")),
        prices=tuple(prices),
    )


def _price(rng: random.Random, model: str, since: dt.date, customer: int | None) -> Price:
    unit = Fraction(_amount(rng))
    if model in ("graduated", "volume"):
        tops = sorted(rng.sample(range(2, 40), rng.randint(1, 3)))
        ends = [*map(Fraction, tops), None]
        return Price(since, customer, model, tiers=tuple((top, Fraction(_amount(rng))) for top in ends))
    if model == "percentage":
        least = Fraction(rng.randint(0, 100), 100)
        return Price(since, customer, model, Fraction(rng.randint(1, 500), 100),
                     fixed=Fraction(rng.randint(0, 50), 100), least=least, most=least + 2)  # fmt: skip
    size = Fraction(rng.randint(2, 12)) if model == "package" else Fraction(1)
    return Price(since, customer, model, unit, size=size)


def _contract(
    rng: random.Random, key: int, account: int, chosen: list[int], offers: tuple[Offer, ...]
) -> Contract:
    start = FIRST + rng.randint(0, 75) * ONE_DAY
    end = start + rng.randint(5, 140) * ONE_DAY if rng.random() < 0.3 else None
    terms = []
    for number in chosen:
        simple = offers[number].prices[0].model in ("flat", "per_unit") and offers[number].kind != "usage"
        agreed = _amount(rng) if simple and rng.random() < 0.3 else None
        quantity = Decimal(rng.choice((1, 1, 2, 7, 13, 33)))
        terms.append(Term(number, quantity, agreed, Decimal(rng.choice(("0", "0", "10", "12.5", "33.3333")))))
    return Contract(key, account, start, end, tuple(terms))


def _used(rng: random.Random, contract: Contract, position: int) -> list[Usage]:
    until = min(contract.end or dt.date(2026, 7, 1), dt.date(2026, 7, 1))
    days = (until - contract.start).days
    return [
        Usage(
            contract.key,
            position,
            contract.start + rng.randrange(days) * ONE_DAY,
            Decimal(rng.randint(1, 4000)) / rng.choice((1, 10, 100)),
            rng.choice("abcde"),
        )
        for _ in range(rng.randint(0, 8))
    ]


def _happened(rng: random.Random, contract: Contract, offers: tuple[Offer, ...]) -> list[Happening]:
    found = []
    on, before = contract.start, 0
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        on, before = on + rng.randint(1, 70) * ONE_DAY, rng.randint(before, 2)
        if contract.end is not None and on >= contract.end:
            break
        if rng.random() < 0.4:
            return [*found, Happening(before, contract.key, on, None, None)]
        position = rng.randrange(len(contract.terms))
        if offers[contract.terms[position].offer].kind == "recurring":
            found.append(
                Happening(before, contract.key, on, position, Decimal(rng.randint(40, 60) - len(found)))
            )
    return found
