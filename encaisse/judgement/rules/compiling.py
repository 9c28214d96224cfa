"""Trees of criteria become one statement: total, typed SQL over a set of documents at once.

Total: a division is guarded, and what is not known meets no criterion, so that each question is true or false of each
document and no document can stop the others. A criterion that nobody can read is neither, so that a rule which has one
is unanswered of those documents alone for which the rest of it does not decide. Nothing that a person typed becomes
text of the statement: numbers and words are its parameters.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from encaisse.judgement.rules.criteria import (
    AMOUNTS,
    CHOICES,
    COMPARISONS,
    Criterion,
    Group,
    Node,
    Unreadable,
    criteria,
    unreadable,
)
from encaisse.kernel import money

# What is asked of each document, by name. Amounts are minor units of the accounting currency, ages are days on the
# day of the document, and the change is in percent of the document of the same account and kind issued before it.
FACTS: Final[Mapping[str, str]] = {
    "net": "i.acc_net_minor",
    "gross": "i.acc_gross_minor",
    "currency": "i.currency",
    "country": "b.country",
    "payment_method": "a.payment_method",
    "credit_category": "c.credit_category",
    "customer_age": "coalesce(i.issue_date, %(on)s::date) - c.since_date",
    "subscription_age": "coalesce(i.issue_date, %(on)s::date) - sold.started",
    "previous": "p.acc_gross_minor",
    "first": "p.acc_gross_minor IS NULL",
    "change": """CASE WHEN p.acc_gross_minor <> 0
        THEN round((i.acc_gross_minor - p.acc_gross_minor) * 100.0 / abs(p.acc_gross_minor), 4) END""",
    "missing": """array_remove(ARRAY[
        CASE WHEN b.email = '' THEN 'email' END, CASE WHEN b.vat_number = '' THEN 'vat_number' END,
        CASE WHEN b.siren = '' THEN 'siren' END, CASE WHEN b.postcode = '' THEN 'postcode' END,
        CASE WHEN coalesce(r.order_reference, '') = '' THEN 'order_reference' END,
        CASE WHEN coalesce(r.contract_reference, '') = '' THEN 'contract_reference' END,
        CASE WHEN coalesce(r.buyer_reference, '') = '' THEN 'buyer_reference' END,
        CASE WHEN a.iban = '' THEN 'iban' END,
        CASE WHEN (SELECT x.verdict FROM tax_numbercheck x WHERE x.number = b.vat_number AND x.verdict <> 'away'
                    ORDER BY x.id DESC LIMIT 1) = 'invalid' THEN 'registered_vat_number' END], NULL)""",
}
# The share of each charge of the offers in the accounting currency, in the proportion of its line.
_OFFERS: Final = """coalesce(round(sum(
          k.share_minor * CASE WHEN l.net_minor <> 0 THEN l.acc_net_minor::numeric / l.net_minor ELSE 0 END)
          FILTER (WHERE o.code = ANY(%({codes})s::text[])))::bigint, 0)"""
# What contracts put on the document, gone through once whatever is asked of it.
_SOLD: Final = """
  LEFT JOIN LATERAL (
      SELECT {columns}
        FROM invoice_line l
        JOIN billing_claim k ON k.line = l.id
        JOIN charge_charge h ON h.id = k.charge_id
        JOIN subscription_item t ON t.id = h.item_id
        JOIN subscription_subscription s ON s.id = t.subscription_id
        JOIN catalog_offer o ON o.id = t.offer_id
       WHERE l.invoice_id = i.id) sold ON true"""
_STARTED: Final = "max(s.start_date) AS started"
# A parent that no fact names is not read at all: each has one row at most.
_JOINS: Final = """
  FROM invoice_invoice i
  LEFT JOIN party_billingaccount a ON a.id = i.account_id
  LEFT JOIN party_customer c ON c.id = a.customer_id
  LEFT JOIN party_identity b ON b.id = i.buyer_identity_id
  LEFT JOIN party_buyerreference r ON r.id = i.buyer_reference_id"""
_PREVIOUS: Final = """
  LEFT JOIN LATERAL (
      SELECT e.acc_gross_minor FROM invoice_invoice e
       WHERE e.account_id = i.account_id AND e.id < i.id AND e.kind = i.kind AND e.state = 'issued'
       ORDER BY e.id DESC LIMIT 1) p ON true"""
_COMPARED: Final = frozenset({"previous", "first", "change"})
# Beside each of these, what makes it plain to a reader.
_BESIDE: Final[Mapping[str, tuple[str, ...]]] = {"change": ("previous", "gross")}


# The verdict of a rule that could not be answered of a document.
UNANSWERED: Final = ""


class Rule(NamedTuple):
    """A rule as it is judged. `forbids` tells that a document is caught when the tree is true."""

    id: int
    name: str
    kind: str
    verdict: str
    forbids: bool
    tree: Node
    only_when: Node | None = None

    @property
    def broken(self) -> Unreadable | None:
        """What of it cannot be judged."""
        return unreadable(self.tree) or (unreadable(self.only_when) if self.only_when else None)


def compiled(
    rules: Sequence[Rule], currency: str, *, among: str, given: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """The statement that finds which of these rules, one at least, catch which of the documents `among`, a condition
    on `i` over the parameters `given`, and those parameters with its own.

    Its rows are the document, the rule, the verdict and the values seen as JSON text; the verdict is `UNANSWERED` of
    the documents of which a broken rule says neither yes nor no.
    """
    making = _Making(currency, dict(given))
    found = "\nUNION ALL\n".join(branch for rule in rules for branch in making.branches(rule))
    facts = ",\n       ".join(f"{text} AS {name}" for name, text in making.facts.items())
    joins = _JOINS + (_PREVIOUS if _COMPARED & making.facts.keys() else "") + making.sold()
    statement = (
        f"WITH facts AS MATERIALIZED (\nSELECT i.id, i.kind,\n       {facts}{joins}\n WHERE {among})\n{found}"
    )
    return statement, making.params


class _Making:
    """What a statement gathers while its rules are written down: the facts that they ask for, and parameters."""

    def __init__(self, currency: str, params: dict[str, Any]) -> None:
        self.currency = currency
        self.params = params
        self.facts: dict[str, str] = {}
        self.offers: dict[str, str] = {}

    def sold(self) -> str:
        """The join for what contracts put on the document, when anything is asked of it."""
        if not self.offers and "subscription_age" not in self.facts:
            return ""
        columns = [_STARTED, *(f"{text} AS {name}" for name, text in self.offers.items())]
        return _SOLD.format(columns=",\n             ".join(columns))

    def branches(self, rule: Rule) -> list[str]:
        """The documents that the rule catches, then those of which it cannot be answered when it is broken."""
        asked = self._condition(rule.tree)
        caught = asked if rule.forbids else f"NOT {asked}"
        if rule.only_when is not None:
            caught = f"{self._condition(rule.only_when)} AND {caught}"
        key, seen, kind = self._param(rule.id), self._seen(rule), self._param(rule.kind)
        told = [(rule.verdict, caught)]
        if rule.broken:
            told.append((UNANSWERED, f"({caught}) IS NULL"))
        return [
            f"SELECT f.id, {key}::bigint, {self._param(verdict)}::text, {seen}\n"  # noqa: S608 - no values
            f"  FROM facts f WHERE f.kind = {kind} AND {condition}"
            for verdict, condition in told
        ]

    def _condition(self, node: Node) -> str:
        if isinstance(node, Group):
            joined = (" AND " if node.every else " OR ").join(self._condition(each) for each in node.members)
            return f"({joined})"
        if isinstance(node, Unreadable):
            return "NULL::boolean"
        return f"coalesce({self._question(node)}, false)"

    def _question(self, asked: Criterion) -> str:
        fact = f"f.{self._fact(asked)}"
        if asked.of == "first":
            return fact if asked.by == "yes" else f"NOT {fact}"
        if asked.of == "missing":
            shared = f"{fact} && {self._param(list(asked.texts))}::text[]"
            return shared if asked.by == "any" else f"NOT {shared}"
        if asked.of in CHOICES:
            listed = f"{fact} = ANY({self._param(list(asked.texts))}::text[])"
            return listed if asked.by == "in" else f"NOT {listed}"
        number = money.to_minor(asked.number, self.currency) if asked.of in AMOUNTS else asked.number
        kind = "numeric" if asked.of == "change" else "bigint"
        return f"{fact} {COMPARISONS[asked.by]} {self._param(number)}::{kind}"

    def _fact(self, asked: Criterion) -> str:
        if asked.of != "offers":
            return self._named(asked.of, FACTS[asked.of])
        codes = sorted(asked.offers)
        known = next((name for name, value in self.params.items() if value == codes), None)
        param = known or self._new(codes)
        self.offers[f"offers_{param}"] = _OFFERS.format(codes=param)
        return self._named(f"offers_{param}", f"sold.offers_{param}")

    def _named(self, name: str, text: str) -> str:
        self.facts[name] = text
        return name

    def _seen(self, rule: Rule) -> str:
        seen: dict[str, str] = {}
        for node in (rule.tree, *([rule.only_when] if rule.only_when is not None else [])):
            for asked in criteria(node):
                seen[self._fact(asked)] = asked.of
                for beside in _BESIDE.get(asked.of, ()):
                    seen[self._named(beside, FACTS[beside])] = beside
        pairs = ", ".join(f"{self._param(label)}::text, f.{fact}" for fact, label in seen.items())
        return f"jsonb_build_object({pairs})::text"

    def _param(self, value: Any) -> str:
        return f"%({self._new(value)})s"

    def _new(self, value: Any) -> str:
        name = f"p{len(self.params)}"
        self.params[name] = value
        return name
