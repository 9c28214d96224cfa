"""Templates of a legal entity's own: the draft of the next, and the one in force."""

import datetime as dt
from typing import Annotated, Any

from encaisse.api.fields import EntityKey, Given, Page, Text, Told, whole
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.document import operations
from encaisse.document.operations import LONGEST_SOURCE
from encaisse.document.queries import templates

resource = Resource("Templates of documents")
CONFIGURES = "configure"


class Draft(Told):
    """The draft, or without `saved_at` what it would begin with: the template in force, or that of Encaisse."""

    source: str
    saved_at: dt.datetime | None
    saved_by: str


class DraftGiven(Given):
    """A template in the language of typst."""

    source: Annotated[str, Text(LONGEST_SOURCE, 1)]


class TemplateVersion(Told):
    """One version, in force since then; without `is_own` it is the template of Encaisse again."""

    version: int
    activated_at: dt.datetime
    activated_by: str
    is_own: bool


@resource.get("/legal-entities/{entity_id}/template", Draft, CONFIGURES)
def get_template_draft(request: ProgramRequest, entity_id: EntityKey) -> Any:
    """Read the draft of the next template."""
    return templates.drafted(request.scope, entity_id)


@resource.put("/legal-entities/{entity_id}/template", Draft, CONFIGURES)
def save_template_draft(request: ProgramRequest, entity_id: EntityKey, said: DraftGiven) -> Any:
    """Save the draft of the next template.

    Nothing is drawn by it yet.
    """
    operations.save_template(request.scope, entity_id, said.source)
    return templates.drafted(request.scope, entity_id)


@resource.post("/legal-entities/{entity_id}/template/activate", Page[TemplateVersion], CONFIGURES, status=200)
def activate_template(request: ProgramRequest, entity_id: EntityKey) -> Any:
    """Put the draft in force.

    It is tried on documents of several kinds first: what cannot be typeset, or lacks a mention of the law, is refused.
    """
    operations.activate_template(request.scope, entity_id)
    return whole(templates.versions(request.scope, entity_id))


@resource.post("/legal-entities/{entity_id}/template/give-up", Page[TemplateVersion], CONFIGURES, status=200)
def give_up_template(request: ProgramRequest, entity_id: EntityKey) -> Any:
    """Use the template of Encaisse again.

    What was issued keeps its look.
    """
    operations.use_our_template(request.scope, entity_id)
    return whole(templates.versions(request.scope, entity_id))


@resource.get("/legal-entities/{entity_id}/template/versions", Page[TemplateVersion], CONFIGURES)
def list_template_versions(request: ProgramRequest, entity_id: EntityKey) -> Any:
    """List the versions of a template.

    All of them at once, the last one first.
    """
    return whole(templates.versions(request.scope, entity_id))
