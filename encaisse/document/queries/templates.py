"""The templates that legal entities wrote: the one in force, those before it, and the draft of the next."""

import datetime as dt
from pathlib import Path
from typing import Final, NamedTuple

from encaisse.document.models import Template, TemplateDraft
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party.queries import legal_entity

OURS: Final = Path(__file__).parents[1] / "templates" / "invoice.typ"


class TemplateRow(NamedTuple):
    """One version of a template, and who put it in force when; without `is_own` it is ours again."""

    version: int
    activated_at: dt.datetime
    activated_by: str
    is_own: bool


class Drafted(NamedTuple):
    """The draft of the next template, and who saved it when."""

    source: str
    saved_at: dt.datetime | None = None
    saved_by: str = ""


def in_force(scope: Scope, entity_id: int) -> str:
    """The source of the template of today; empty when it is ours. Raises NotFound."""
    return next((row.source for row in _versions(scope, entity_id)), "")


def versions(scope: Scope, entity_id: int) -> tuple[TemplateRow, ...]:
    """Every version, the last one first. Raises NotFound."""
    return tuple(
        TemplateRow(each.version, each.activated_at, each.activated_by, bool(each.source))
        for each in _versions(scope, entity_id)
    )


def ours(scope: Scope, entity_id: int) -> str:
    """The source of the template of the product, to begin with. Raises NotFound."""
    legal_entity(scope, entity_id)
    return OURS.read_text("utf-8")


def version(scope: Scope, entity_id: int, number: int) -> str:
    """The source of one version. Raises NotFound."""
    for each in _versions(scope, entity_id):
        if each.version == number:
            return each.source
    raise NotFound(noun="template")


def drafted(scope: Scope, entity_id: int) -> Drafted:
    """The draft; where there is none, what is in force, or else ours to begin with. Raises NotFound."""
    source = in_force(scope, entity_id)
    draft = TemplateDraft.objects.filter(legal_entity=entity_id).first()
    if draft is not None:
        return Drafted(draft.source, draft.saved_at, draft.saved_by)
    return Drafted(source or OURS.read_text("utf-8"))


def _versions(scope: Scope, entity_id: int) -> list[Template]:
    legal_entity(scope, entity_id)
    return list(Template.objects.filter(legal_entity=entity_id).order_by("-version"))
