"""Offers and prices from files, a slice of records at a time."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import transaction

from encaisse.catalog.errors import PriceCustomerUnknown, PriceOfferUnknown, ProductContradicted
from encaisse.catalog.models import Offer, PriceVersion, Product
from encaisse.catalog.operations.offers import facts_of
from encaisse.catalog.operations.prices import rivals, store
from encaisse.catalog.queries import price_book
from encaisse.catalog.rules.offers import OfferFacts, kept, settled
from encaisse.catalog.rules.price_records import OfferPriceRow, PriceRow
from encaisse.catalog.rules.pricing import PriceFacts
from encaisse.catalog.rules.records import FACT_FIELDS, OfferRow, ProductFacts, contradiction
from encaisse.catalog.rules.terms import Placing, check, place
from encaisse.intake.models import Outcome
from encaisse.intake.operations import Refused, Slice, Verdict
from encaisse.kernel.errors import DomainError
from encaisse.party.models import Customer

Described = dict[str, ProductFacts]
_PRODUCT: Final = ("name_fr", "name_en", "tax_class", "unit")
_OFFER: Final = ("product", *OfferFacts._fields)


@transaction.atomic
def save_offers(
    part: Slice[OfferRow], *, valid_from: dt.date, described: Described, accounts: Mapping[str, str]
) -> list[Verdict]:
    """Each row is an offer of its product, at its price from its day on, else from `valid_from` on.

    The same price again is no new version. `described` collects what the file says of its products, so that
    all its slices agree: a row that contradicts it is refused, and so is another price for a day that has one,
    and what contradicts the kind and periods of an offer that is there. `accounts` are those to which products were
    moved since they were made: a product that is there keeps the account that it was made with, and who calls
    moves it to the one in `described`. Returns one verdict per row, in order.
    """
    offers = _Offers((good.row for good in part.rows), part.absent, accounts)
    prices = _Prices(offers.known, (good.row.price.customer for good in part.rows))
    verdicts = [_take_offer(good.row, offers, prices, valid_from, described) for good in part.rows]
    offers.save()
    prices.save()
    return verdicts


@transaction.atomic
def save_prices(part: Slice[OfferPriceRow], *, valid_from: dt.date) -> list[Verdict]:
    """Each row is a price of an offer that is there, for everybody or for the customer that it names.

    The same again changes nothing; another price for a day that has one is refused. Returns one verdict per
    row, in order.
    """
    found = Offer.objects.filter(code__in={good.row.reference for good in part.rows})
    offers = {offer.code: offer for offer in found}
    prices = _Prices(offers, (good.row.price.customer for good in part.rows))
    verdicts: list[Verdict] = []
    for _, row in part.rows:
        placing = _priced(row.reference, row.price, offers, prices, valid_from)
        verdicts.append(placing if isinstance(placing, Refused) else _PLACED[placing])
    prices.save()
    return verdicts


# Where a file says it otherwise than an offer does; a price that is there already is about its price.
_COLUMNS: Final = {"period_unit": "recurrence", "period_count": "recurrence", "valid_from": "unit_price"}
_PLACED: Final = {
    Placing.NEW: Outcome.CREATED,
    Placing.END: Outcome.UPDATED,
    Placing.SAME: Outcome.UNCHANGED,
}


def _priced(
    code: str, row: PriceRow, offers: dict[str, Offer], prices: "_Prices", day: dt.date
) -> Placing | Refused:
    if code not in offers:
        return Refused("reference", PriceOfferUnknown())
    try:
        return prices.take(code, offers[code].kind, row, day)
    except DomainError as error:
        return _refused(error)


def _take_offer(
    row: OfferRow, offers: "_Offers", prices: "_Prices", day: dt.date, described: Described
) -> Verdict:
    """What the row changes is noted; nothing is when it is refused."""
    known = described.get(row.product, row.described)
    if field := contradiction(row.described, known):
        return Refused(field, ProductContradicted(product=row.product))
    is_new = row.reference not in offers.known
    try:
        facts = offers.facts(row)
        placing = prices.take(row.reference, facts.kind, row.price, day)
    except DomainError as error:
        return _refused(error)
    described[row.product] = known.completed_by(row.described)
    changes = (
        offers.describe_product(row.product, described[row.product], facts),
        offers.describe_offer(row, facts),
    )
    if is_new:
        return Outcome.CREATED
    return Outcome.UPDATED if any(changes) or placing is not Placing.SAME else Outcome.UNCHANGED


class _Offers:
    """The products and offers that some rows are about, as they are and as the rows change them.

    What the file has no column for, of the fields that files did not always have, stays as it is.
    """

    def __init__(self, rows: Iterable[OfferRow], absent: frozenset[str], accounts: Mapping[str, str]) -> None:
        told = list(rows)
        products = Product.objects.filter(code__in={row.product for row in told})
        offers = Offer.objects.filter(code__in=[row.reference for row in told]).select_related("product")
        self.known = {offer.code: offer for offer in offers}
        self._products = {product.code: product for product in products}
        self._accounts = dict(accounts)
        self._stays = [field for field in FACT_FIELDS if field in absent]
        self._changed: dict[str, set[str]] = {"product": set(), "offer": set()}

    def facts(self, row: OfferRow) -> OfferFacts:
        """What the offer is to be. Raises MeterMissing and OfferKeepsItsPeriods."""
        offer = self.known.get(row.reference)
        if offer is None:
            return settled(row.facts)
        before = facts_of(offer)
        after = settled(row.facts._replace(**{field: getattr(before, field) for field in self._stays}))
        kept(before, after)
        return after

    def describe_product(self, code: str, facts: ProductFacts, offer: OfferFacts) -> bool:
        """Whether the product becomes something else; one without a name has that of its first offer."""
        product = self._products.setdefault(code, Product(code=code))
        names = (product.name_fr or offer.name_fr, product.name_en or offer.name_en)
        completed = facts.completed_by(ProductFacts(*names, *facts[2:]))
        told = {
            **completed._asdict(),
            "name_fr": completed.product_name_fr,
            "name_en": completed.product_name_en,
        }
        changed = _set(product, {name: told[name] for name in _PRODUCT})
        if product._state.adding:
            product.revenue_account = completed.revenue_account
        self._changed["product"] |= {code} if changed else set()
        before = self._accounts.get(code, product.revenue_account)
        self._accounts[code] = completed.revenue_account
        return changed or before != completed.revenue_account

    def describe_offer(self, row: OfferRow, facts: OfferFacts) -> bool:
        """Whether the offer becomes something else."""
        offer = self.known.setdefault(row.reference, Offer(code=row.reference))
        changed = _set(offer, {"product": self._products[row.product], **facts._asdict()})
        self._changed["offer"] |= {row.reference} if changed else set()
        return changed

    def save(self) -> None:
        """What was noted is stored, products first."""
        products = [self._products[code] for code in sorted(self._changed["product"])]
        offers = [self.known[code] for code in sorted(self._changed["offer"])]
        Product.objects.bulk_create([row for row in products if row._state.adding])
        Product.objects.bulk_update([row for row in products if not row._state.adding], _PRODUCT)
        Offer.objects.bulk_create([row for row in offers if row._state.adding])
        Offer.objects.bulk_update([row for row in offers if not row._state.adding], _OFFER)


class _Prices:
    """The prices of some offers, as they are and as rows add to them. An offer may be new, without a key yet."""

    def __init__(self, offers: dict[str, Offer], customers: Iterable[str]) -> None:
        keys = {offer.pk: code for code, offer in offers.items()}
        self._offers = offers
        self._present = {keys[key]: list(prices) for key, prices in price_book(keys).items()}
        found = Customer.objects.filter(reference__in={code for code in customers if code})
        self._customers = dict(found.values_list("reference", "pk"))
        self._new: list[tuple[str, PriceFacts]] = []
        self._ended: list[PriceVersion] = []

    def take(self, offer: str, kind: str, row: PriceRow, day: dt.date) -> Placing:
        """The row's price is noted. Raises PriceCustomerUnknown, and what `terms` raises."""
        if row.customer and row.customer not in self._customers:
            raise PriceCustomerUnknown()
        since, customer_id = row.valid_from or day, self._customers.get(row.customer)
        price = PriceFacts(row.pricing, 0, customer_id, row.currency, since, row.valid_to)
        check(price, kind)
        present = self._present.setdefault(offer, [])
        placing = place(rivals(present, price), price)
        if placing is Placing.NEW:
            present.append(price)
            self._new.append((offer, price))
        elif placing is Placing.END:
            self._end(present, price)
        return placing

    def save(self) -> None:
        """What was noted is stored, the offers being there."""
        store([price._replace(offer_id=self._offers[offer].pk) for offer, price in self._new])
        PriceVersion.objects.bulk_update(self._ended, ["valid_to"])

    def _end(self, present: list[PriceFacts], price: PriceFacts) -> None:
        stored = next(each for each in rivals(present, price) if each.valid_from == price.valid_from)
        ended = stored._replace(valid_to=price.valid_to)
        present[present.index(stored)] = ended
        for place_, (_, new) in enumerate(self._new):
            if new is stored:
                self._new[place_] = (self._new[place_][0], ended)
                return
        self._ended.append(PriceVersion(pk=stored.pricing.version_id, valid_to=price.valid_to))


def _refused(error: DomainError) -> Refused:
    """The refusal of a row, beside the column that it is about."""
    field = str(getattr(error, "field", "reference"))
    return Refused(_COLUMNS.get(field, field), error)


def _set(row: Product | Offer, facts: dict[str, Any]) -> bool:
    """Whether the row said something else."""
    differing = {name: value for name, value in facts.items() if getattr(row, name, None) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)
