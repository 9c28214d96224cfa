"""Events of usage told, then rated: a month of fifty events an account, on four meters.

One meter goes by tiers, one by volume with a minimum, one by members, one by transactions. Telling is
`usage.operations.record`, by batches of a thousand as the API or a file bring them; rating is what a run does with
chunks of five thousand accounts. Every guard of production is on.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db import connections, transaction

from encaisse.bench.measure import Case
from encaisse.catalog.models import Offer, PriceVersion, Product
from encaisse.charge.models import ChargeUsage
from encaisse.charge.operations.usage import rate_usage
from encaisse.kernel import sql
from encaisse.kernel.scope import Actor
from encaisse.party.models import BillingAccount, Identity, LegalEntity
from encaisse.usage.models import Waiting
from encaisse.usage.operations import record
from encaisse.usage.rules.records import UsageEvent

TOLD: Final = "each event once, contract and meter held at its time, references by set, waiting queue"
RATED: Final = (
    "each event in one charge, by primary key and by the queue; price, segment and time zone of its time; references "
    "by set, amount is quantity times price"
)
_ACTOR: Final = Actor("command", None, "bench")
_EACH: Final = 50
_BATCH: Final = 1_000
_CHUNK: Final = 5_000
_TIERS: Final = ((Decimal(10), "0.50"), (Decimal(50), "0.40"), (None, "0.30"))
_METERS: Final = (
    ("calls", "sum", {"model": "graduated"}),
    ("data", "sum", {"model": "volume", "period_minimum": Decimal(10)}),
    ("seats", "unique", {"model": "per_unit", "unit_price": Decimal(4)}),
    ("fees", "sum", {
        "model": "percentage", "percent": Decimal("1.2"), "fixed_amount": Decimal("0.25"),
        "minimum_per_transaction": Decimal("0.50"), "maximum_per_transaction": Decimal(3),
    }),
)  # fmt: skip


class _World(NamedTuple):
    """Who is billed: accounts in the order of their ids, and the contract of each."""

    entity_id: int
    accounts: list[int]
    contracts: list[str]


def run(
    events: int = 1_000_000, rounds: int = 3, say: Callable[[str], None] = lambda text: None
) -> list[dict[str, Any]]:
    """Tell and rate that many events, `rounds` times; raises when one is not in a charge."""
    world = _seed(max(1, events // _EACH))
    told, rated = Case("usage told", events, TOLD), Case("usage", events, RATED)
    for turn in range(rounds):
        first, until = dt.date(2026, turn + 1, 1), dt.date(2026, turn + 2, 1)
        with told.round():
            for batch in _batches(_events(world, events, first)):
                record(batch, actor=_ACTOR)
        _refresh_statistics()
        with rated.round():
            for chunk in range(0, len(world.accounts), _CHUNK):
                _rate(world.entity_id, world.accounts[chunk : chunk + _CHUNK], until)
        _assert_whole(events * (turn + 1))
        say(f"{turn + 1}/{rounds}")
    return [told.result(), rated.result()]


@transaction.atomic
def _rate(entity_id: int, accounts: list[int], until: dt.date) -> None:
    rate_usage(
        legal_entity_id=entity_id, first_account=accounts[0], last_account=accounts[-1], cutoff_date=until
    )


def _assert_whole(events: int) -> None:
    charged, waiting = ChargeUsage.objects.count(), Waiting.objects.count()
    if (charged, waiting) != (events, 0):
        raise RuntimeError(f"{charged} events charged out of {events}, {waiting} wait")


def _events(world: _World, events: int, first: dt.date) -> Iterator[UsageEvent]:
    begins = dt.datetime.combine(first, dt.time(8), dt.UTC)
    for number in range(events):
        turn, place = divmod(number, len(world.contracts))
        yield UsageEvent(
            source="bench",
            key=f"{first}/{number}",
            contract=world.contracts[place],
            meter=_METERS[turn % len(_METERS)][0],
            occurred_at=begins + dt.timedelta(hours=turn * 13),
            quantity=Decimal(1 + turn % 7),
            member=f"m{turn % 5}",
        )


def _batches(events: Iterator[UsageEvent]) -> Iterator[list[UsageEvent]]:
    batch: list[UsageEvent] = []
    for event in events:
        batch.append(event)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _seed(accounts: int) -> _World:
    identity = Identity.objects.create(
        name="Banc d’essai", siren="732829320", address_1="1, rue de la Paix", postcode="75002", city="Paris",
        country="FR",
    )  # fmt: skip
    entity = LegalEntity.objects.create(code="BENCH", identity=identity, currency="EUR")
    sql.execute("bench", "seed_accounts", {"count": accounts, "legal_entity_id": entity.pk})
    offers = [_offer(*meter) for meter in _METERS]
    first = {"legal_entity_id": entity.pk, "day": dt.date(2026, 1, 1)}
    sql.execute("bench", "seed_usage", first | {"offers": offers})
    rows = BillingAccount.objects.order_by("pk").values_list("pk", "reference")
    return _World(entity.pk, [key for key, _ in rows], [reference for _, reference in rows])


@transaction.atomic
def _offer(meter: str, aggregation: str, price: dict[str, Any]) -> int:
    product = Product.objects.create(code=meter, name_fr=meter, name_en=meter)
    offer = Offer.objects.create(
        code=meter, name_fr=meter, name_en=meter, product=product, kind="usage", meter=meter,
        aggregation=aggregation, timing="arrears",
    )  # fmt: skip
    version = PriceVersion.objects.create(
        offer=offer, currency="EUR", valid_from=dt.date(2020, 1, 1), **price
    )
    if price["model"] in {"graduated", "volume"}:
        for position, (up_to, unit_price) in enumerate(_TIERS, 1):
            version.tiers.create(position=position, up_to=up_to, unit_price=Decimal(unit_price))
    return offer.pk


def _refresh_statistics() -> None:
    # As an operator's server would have them between two runs; only the owner may, and nobody does within a run.
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
