"""Criteria and how they are joined: trees of plain data, read into typed values or refused.

{"every": [node, …]} or {"any": [node, …]}
{"of": "gross", "is": "lt", "value": "100.00"}
{"of": "offers", "is": "gt", "value": "500", "offers": ["INTERNET"]}
{"of": "country", "is": "in", "values": ["FR", "DE"]}
{"of": "first", "is": "yes"}
{"of": "missing", "is": "any", "values": ["vat_number"]}
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from encaisse.judgement.errors import RuleMalformed
from encaisse.kernel import money

AMOUNTS: Final = frozenset({"net", "gross", "offers"})
DAYS: Final = frozenset({"customer_age", "subscription_age"})
MEASURES: Final = AMOUNTS | DAYS | {"change"}
CHOICES: Final = frozenset({"currency", "country", "credit_category", "payment_method"})
COMPARISONS: Final[Mapping[str, str]] = {
    "lt": "<", "le": "<=", "eq": "=", "ne": "<>", "ge": ">=", "gt": ">",
}  # fmt: skip
# What may be missing of a document, its buyer or its account.
DATA: Final = (
    "email", "vat_number", "siren", "postcode", "order_reference", "contract_reference", "buyer_reference", "iban",
    "registered_vat_number",
)  # fmt: skip
OPERATORS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(MEASURES, tuple(COMPARISONS)),
    **dict.fromkeys(CHOICES, ("in", "not_in")),
    "first": ("yes", "no"),
    "missing": ("any", "none"),
}
# A tree that a person can still read.
MOST_CRITERIA: Final = 50
DEEPEST: Final = 4
# So much of what nobody can read is shown.
LONGEST_SHOWN: Final = 200


class Criterion(NamedTuple):
    """One question: `of` what, compared how (`by`), with which number or texts; `offers` are codes of offers."""

    of: str
    by: str
    number: Decimal = Decimal(0)
    texts: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()


class Group(NamedTuple):
    """Several of them: `every` one must hold, or any."""

    every: bool
    members: "tuple[Node, ...]"


class Unreadable(NamedTuple):
    """What a rule that was written beside the program says and nobody can judge, as it was found."""

    text: str


Node = Criterion | Group | Unreadable


def read(tree: Any, currency: str) -> Node:
    """The tree as typed values; amounts must be whole minor units of `currency`. Raises RuleMalformed."""
    node = _node(tree, currency, DEEPEST)
    count = sum(1 for _ in criteria(node))
    if not 1 <= count <= MOST_CRITERIA:
        raise RuleMalformed(why="number_of_criteria")
    return node


def as_found(tree: Any, currency: str) -> Node:
    """The tree of a rule that is kept already: what cannot be judged of it is Unreadable, and the rest counts."""
    return _found(tree, currency, DEEPEST)


def unreadable(node: Node) -> Unreadable | None:
    """The first part of a tree that cannot be judged."""
    if isinstance(node, Group):
        return next(filter(None, map(unreadable, node.members)), None)
    return node if isinstance(node, Unreadable) else None


def criteria(node: Node) -> Iterator[Criterion]:
    """Every question of a tree, in order."""
    if isinstance(node, Criterion):
        yield node
    elif isinstance(node, Group):
        for member in node.members:
            yield from criteria(member)


def _found(tree: Any, currency: str, deep: int) -> Node:
    try:
        return _node(tree, currency, deep)
    except RuleMalformed:
        for name in ("every", "any"):
            members = tree.get(name) if isinstance(tree, Mapping) and set(tree) == {name} else None
            if deep and isinstance(members, list) and members:
                return Group(name == "every", tuple(_found(each, currency, deep - 1) for each in members))
        return Unreadable(json.dumps(tree, ensure_ascii=False)[:LONGEST_SHOWN])


def _node(tree: Any, currency: str, deep: int) -> Node:
    if not isinstance(tree, Mapping):
        raise RuleMalformed(why="shape")
    for name in ("every", "any"):
        if name in tree:
            members = tree[name]
            if deep == 0 or set(tree) != {name} or not isinstance(members, Sequence) or not members:
                raise RuleMalformed(why="group")
            return Group(name == "every", tuple(_node(each, currency, deep - 1) for each in members))
    return _criterion(tree, currency)


def _criterion(tree: Mapping[str, Any], currency: str) -> Criterion:
    of, by = str(tree.get("of")), str(tree.get("is"))
    if by not in OPERATORS.get(of, ()):
        raise RuleMalformed(why="operator" if of in OPERATORS else "criterion", criterion=of)
    if of in MEASURES:
        offers = _texts(tree, "offers", of) if of == "offers" else ()
        return Criterion(of, by, _number(tree, of, currency), offers=offers)
    if of == "first":
        return Criterion(of, by)
    texts = _texts(tree, "values", of)
    if of == "missing" and not set(texts) <= set(DATA):
        raise RuleMalformed(why="value", criterion=of)
    return Criterion(of, by, texts=texts)


def _number(tree: Mapping[str, Any], of: str, currency: str) -> Decimal:
    try:
        number = Decimal(str(tree.get("value")))
    except InvalidOperation:
        raise RuleMalformed(why="value", criterion=of) from None
    is_whole = of not in DAYS or number == number.to_integral_value() if number.is_finite() else False
    # Far beyond any invoice, and far within what the database counts in.
    if not is_whole or abs(number) > 10**12:
        raise RuleMalformed(why="value", criterion=of)
    if of in AMOUNTS and money.from_minor(money.to_minor(number, currency), currency) != number:
        raise RuleMalformed(why="decimals", criterion=of)
    return number


def _texts(tree: Mapping[str, Any], name: str, of: str) -> tuple[str, ...]:
    given = tree.get(name)
    if not isinstance(given, list | tuple) or not given or not all(isinstance(each, str) for each in given):
        raise RuleMalformed(why="value", criterion=of)
    return tuple(given)
