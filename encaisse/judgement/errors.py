"""Refusals about rules and about the quarantine."""

from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class RuleMalformed(DomainError):
    """A tree says something that cannot be judged: `why` is the code of what is wrong, `criterion` where it is."""

    code: ClassVar[str] = "rule_malformed"
    status: ClassVar[int] = 422
    why: str
    criterion: str = ""


@refusal
class RuleNotComputable(DomainError):
    """A rule that is in force cannot be answered of a document, which may therefore not be approved: `found` is what
    of the rule nobody can judge."""

    code: ClassVar[str] = "rule_not_computable"
    rule: str
    found: str


@refusal
class RuleNameTaken(DomainError):
    """Another rule in force of this legal entity and kind has this name."""

    code: ClassVar[str] = "rule_name_taken"
    name: str


@refusal
class RulePeriodEmpty(DomainError):
    """A rule ends before it begins."""

    code: ClassVar[str] = "rule_period_empty"
    status: ClassVar[int] = 422


@refusal
class RuleEnded(DomainError):
    """The rule is over, and neither changes nor ends again."""

    code: ClassVar[str] = "rule_ended"


@refusal
class NotInQuarantine(DomainError):
    """The document does not wait in quarantine: it never did, or was decided."""

    code: ClassVar[str] = "not_in_quarantine"
    state: str


@refusal
class DraftsHeld(DomainError):
    """So many drafts of the run were caught and are held until somebody has decided."""

    code: ClassVar[str] = "drafts_held"
    run_id: int
    drafts: int
