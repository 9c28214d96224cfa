"""Every write of taxes and of the rules that choose them."""

from collections.abc import Iterable

from django.db import transaction

from encaisse.tax import france, models
from encaisse.tax.rules import Tax, TaxRule


@transaction.atomic
def install_taxes() -> int:
    """The taxes and rules of a seller in mainland France are there. Returns how many rows were missing.

    Repeatable. A tax that is there keeps its components, which invoices refer to; once a seller's country has
    a rule, its rules are the company's own and none is added.
    """
    missing = _missing(france.TAXES)
    codes = {tax.code: models.Tax(**_columns(tax)) for tax in missing}
    models.Tax.objects.bulk_create(codes.values())
    models.Component.objects.bulk_create(
        models.Component(tax=codes[tax.code], position=position, **component._asdict())
        for tax in missing
        for position, component in enumerate(tax.components, start=1)
    )
    return len(missing) + _install_rules(france.RULES)


def _missing(taxes: Iterable[Tax]) -> list[Tax]:
    present = set(models.Tax.objects.values_list("code", flat=True))
    return [tax for tax in taxes if tax.code not in present]


def _columns(tax: Tax) -> dict[str, object]:
    return {name: value for name, value in tax._asdict().items() if name != "components"}


def _install_rules(rules: Iterable[TaxRule]) -> int:
    taken = set(models.Rule.objects.values_list("seller_country", flat=True))
    ids = dict(models.Tax.objects.values_list("code", "pk"))
    rows = [_row(rule, ids) for rule in rules if rule.seller not in taken]
    return len(models.Rule.objects.bulk_create(rows))


def _row(rule: TaxRule, ids: dict[str, int]) -> models.Rule:
    return models.Rule(
        seller_country=rule.seller,
        tax_class=rule.tax_class,
        buyer_country=rule.country,
        postcode_prefix=rule.postcode_prefix,
        buyer_kind=rule.buyer_kind,
        vat_number=rule.vat_number,
        priority=rule.priority,
        valid_from=rule.valid_from,
        valid_to=rule.valid_to,
        tax_id=ids[rule.tax.code] if rule.tax else None,
        refusal=rule.refusal,
    )
