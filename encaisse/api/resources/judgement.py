"""Validation rules, what they caught, and the quarantine."""

import datetime as dt
from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import Field

from encaisse.api.fields import (
    AccountRef,
    Currency,
    CustomerRef,
    EntityKey,
    EntityRef,
    Given,
    InvoiceKey,
    InvoiceRef,
    Minor,
    Name,
    Page,
    Paging,
    RuleKey,
    RuleRef,
    RunKey,
    RunRef,
    Search,
    Text,
    Told,
    page,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.flows import decide_drafts
from encaisse.invoice.queries.detail import invoice_detail
from encaisse.judgement.operations import rules as operations
from encaisse.judgement.operations.rules import RuleFacts
from encaisse.judgement.queries import findings as found
from encaisse.judgement.queries import quarantine as waiting
from encaisse.judgement.queries import rules as queries
from encaisse.judgement.queries.findings import FindingRow
from encaisse.judgement.queries.quarantine import Wanted
from encaisse.judgement.queries.rules import RuleRow
from encaisse.kernel.lists import Window
from encaisse.ui import judgement_words

resource = Resource("Validation rules and quarantine")
Verdict = Literal["suspect", "reject"]
Mode = Literal["require", "forbid"]
Kind = Literal["invoice", "credit_note"]
# A tree: {"every": […]} or {"any": […]} of trees, or a criterion: {"of": "gross", "is": "lt", "value": "100.00"}.
Tree = Annotated[
    dict[str, Any], Field(examples=[{"every": [{"of": "gross", "is": "lt", "value": "100.00"}]}])
]
Values = dict[str, Any]


class ValidationRule(Told):
    """What is asked of the drafts of one kind of a legal entity. `says` tells it in words."""

    id: RuleRef
    legal_entity_id: EntityRef
    kind: Kind
    name: str
    priority: int
    verdict: Verdict
    mode: Mode
    criteria: Values
    only_when: Values | None
    valid_from: dt.date | None
    valid_to: dt.date | None
    is_active: bool
    says: str

    @staticmethod
    def resolve_legal_entity_id(row: RuleRow) -> int:
        """Whose documents."""
        return row.entity_id

    @staticmethod
    def resolve_says(row: RuleRow) -> str:
        """In words."""
        return judgement_words.caught(row.mode, row.tree, row.condition, row.currency)


class ValidationRuleSaid(Given):
    """What a rule asks. `require` catches a document unless the criteria are met, `forbid` when they are; the rule is
    tested only where `only_when` is met. In force for documents dated `valid_from` or later and before `valid_to`."""

    name: Annotated[str, Text(100, 1)]
    verdict: Verdict = "suspect"
    mode: Mode = "require"
    criteria: Tree
    only_when: Tree | None = None
    priority: int = Field(0, ge=0, le=1000)
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    def facts(self) -> RuleFacts:
        """The same as the operation takes it."""
        return RuleFacts(**{name: getattr(self, name) for name in RuleFacts._fields})


class ValidationRuleGiven(ValidationRuleSaid):
    """A new rule, and the documents that it is about."""

    legal_entity_id: EntityKey
    kind: Kind = "invoice"


class TryingRule(Given):
    """Criteria to try on the documents issued last."""

    legal_entity_id: EntityKey
    kind: Kind = "invoice"
    mode: Mode = "require"
    criteria: Tree
    only_when: Tree | None = None


class WouldCatch(Told):
    """A document that the criteria would have caught, and the values seen: amounts in minor units of the books."""

    id: InvoiceRef
    number: str
    customer: str
    issue_date: dt.date
    gross_minor: Minor
    currency: Currency
    seen: Values


class TriedRule(Told):
    """How many of the documents issued last would have been caught, and the newest of them."""

    caught: int
    documents: int
    newest: list[WouldCatch]


class Finding(Told):
    """A rule that caught a document, and the values that it saw, amounts in minor units of `currency`."""

    rule_id: RuleRef
    rule: str
    verdict: Verdict
    seen: Values
    currency: Currency
    says: str

    @staticmethod
    def resolve_says(row: FindingRow) -> str:
        """What the rule asked then, in words."""
        return judgement_words.caught(row.mode, row.tree, row.condition, row.currency)


class Quarantined(Told):
    """A document that waits in quarantine, and the names of the rules that caught it, the worst first."""

    id: InvoiceRef
    kind: Kind
    customer_id: CustomerRef
    customer: str
    account_id: AccountRef
    account: str
    run_id: RunRef
    verdict: Verdict
    since: dt.datetime
    net_minor: Minor
    gross_minor: Minor
    currency: Currency
    rules: list[Name]


class QuarantineFilter(Paging):
    """What the quarantine is narrowed to. `text` finds a customer or a billing account."""

    after: InvoiceKey | None = None
    text: Search = ""
    verdict: Verdict | None = None
    legal_entity_id: EntityKey | None = None
    run_id: RunKey | None = None
    rule_id: RuleKey | None = None


class QuarantineRefusal(Given):
    """Whether what would have been billed is dropped for good, or waits for another run."""

    drop_charges: bool = False


class DecidedDraft(Told):
    """The document and where it stands now."""

    id: InvoiceRef
    state: Literal["approved", "issued", "cancelled"]


@resource.get("/validation-rules", Page[ValidationRule])
def list_validation_rules(request: ProgramRequest) -> Any:
    """List validation rules.

    Those in force, all at once.
    """
    return whole(queries.rules(request.scope))


@resource.post("/validation-rules", ValidationRule, "configure")
def create_validation_rule(request: ProgramRequest, said: ValidationRuleGiven) -> Any:
    """Define a validation rule.

    Drafts are judged by it from now on.
    """
    made = operations.define(request.scope, said.legal_entity_id, said.kind, said.facts())
    return queries.rule(request.scope, made)


@resource.post("/validation-rules/try", TriedRule, "configure", status=200)
def try_validation_rule(request: ProgramRequest, said: TryingRule) -> Any:
    """Try criteria on past documents.

    Nothing is kept of it.
    """
    rule = {"mode": said.mode, "verdict": "suspect", "criteria": said.criteria, "only_when": said.only_when}
    return queries.tried(request.scope, said.legal_entity_id, said.kind, rule)


@resource.put("/validation-rules/{rule_id}", ValidationRule, "configure")
def change_validation_rule(request: ProgramRequest, rule_id: RuleKey, said: ValidationRuleSaid) -> Any:
    """Change a validation rule.

    Another takes its place, with an id of its own: what the first one caught keeps its reason.
    """
    return queries.rule(request.scope, operations.change(request.scope, rule_id, said.facts()))


@resource.post("/validation-rules/{rule_id}/end", ValidationRule, "configure", status=200)
def end_validation_rule(request: ProgramRequest, rule_id: RuleKey) -> Any:
    """End a validation rule."""
    operations.end(request.scope, rule_id)
    return queries.rule(request.scope, rule_id)


@resource.get("/invoices/{invoice_id}/findings", Page[Finding])
def list_invoice_findings(request: ProgramRequest, invoice_id: InvoiceKey) -> Any:
    """List why a document was caught."""
    invoice_detail(request.scope, invoice_id)
    return whole(found.findings(request.scope, invoice_id))


@resource.post("/invoices/{invoice_id}/approve", DecidedDraft, "issue", status=200)
def approve_draft(request: ProgramRequest, invoice_id: InvoiceKey) -> Any:
    """Approve a draft that a rule caught.

    It is issued with its run, which is in review.
    """
    decide_drafts.approve(request.scope, invoice_id)
    return {"id": invoice_id, "state": "approved"}


@resource.get("/quarantine", Page[Quarantined])
def list_quarantine(request: ProgramRequest, asked: Query[QuarantineFilter]) -> Any:
    """List what waits in quarantine.

    The oldest first.
    """
    wanted = Wanted(asked.text, asked.verdict or "", asked.legal_entity_id, asked.run_id, asked.rule_id)
    window = Window(size=asked.limit + 1, after=asked.after)
    return page(request, "inv", waiting.quarantined(request.scope, wanted, window=window).rows, asked.limit)


@resource.post("/quarantine/{invoice_id}/release", DecidedDraft, "issue", status=200)
def release_invoice(request: ProgramRequest, invoice_id: InvoiceKey) -> Any:
    """Release a document from quarantine.

    It is issued today and takes the next number.
    """
    decide_drafts.release(request.scope, invoice_id)
    return {"id": invoice_id, "state": "issued"}


@resource.post("/quarantine/{invoice_id}/refuse", DecidedDraft, "bill", status=200)
def refuse_invoice(request: ProgramRequest, invoice_id: InvoiceKey, said: QuarantineRefusal) -> Any:
    """Refuse a document in quarantine.

    It is cancelled.
    """
    decide_drafts.refuse(request.scope, invoice_id, drop=said.drop_charges)
    return {"id": invoice_id, "state": "cancelled"}
