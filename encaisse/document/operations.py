"""What becomes of a rendering: an archived document, or a failure that people see."""

import datetime as dt
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from django.db import transaction

from encaisse.archive import operations as archive
from encaisse.archive.rules import kept_until
from encaisse.document.appearance import LEAST_CONTRAST, LONGEST, contrast_with_white
from encaisse.document.checking import RULES, Assert
from encaisse.document.errors import (
    AccentTooPale,
    NoTemplateDrafted,
    NothingDiffers,
    SourceTooLong,
    TextTooLong,
)
from encaisse.document.models import (
    Check,
    Design,
    Document,
    DocumentKind,
    Failure,
    Logo,
    Template,
    TemplateDraft,
    Verdict,
)
from encaisse.document.queries import designs, templates
from encaisse.document.queries.designs import Chosen
from encaisse.document.queries.made import PDF
from encaisse.document.queries.specimens import require_complete
from encaisse.kernel import clock, events
from encaisse.kernel.scope import Actor, Scope
from encaisse.party.models import LegalEntity
from encaisse.party.queries import legal_entity

TEMPLATE: Final = "invoice-1"
ELSEWHERE: Final = "elsewhere"
MOST_LINES: Final = 4
LONGEST_SOURCE: Final = 100_000


class Rendered(NamedTuple):
    """The file made of one invoice, not yet kept."""

    invoice_id: int
    issue_date: dt.date
    pdf: bytes


def keep_rendered(
    rendered: Sequence[Rendered], kind: str = DocumentKind.ORIGINAL, *, template: str = TEMPLATE
) -> None:
    """Each invoice has its archived document of this kind. One that had it keeps it: the first to come wins.

    `template` says what it was made from, or that it was made elsewhere.

    Call it outside transactions, for the files go to storage first; the rows follow in one transaction.
    """
    kept = [archive.store(each.pdf, PDF, kept_until(each.issue_date)) for each in rendered]
    with transaction.atomic():
        files = archive.register(kept)
        Document.objects.bulk_create(
            (
                Document(invoice_id=each.invoice_id, kind=kind, file_id=files[file.sha256], template=template)
                for each, file in zip(rendered, kept, strict=True)
            ),
            ignore_conflicts=True,
        )


@transaction.atomic
def record_failure(invoice_id: int, code: str, facts: Mapping[str, Any]) -> None:
    """People see that the document could not be made, and why; the same reason is told once."""
    told = Failure.objects.filter(invoice=invoice_id, code=code, facts=facts)
    if not told.exists():
        Failure.objects.create(invoice_id=invoice_id, code=code, facts=facts)


@transaction.atomic
def bring_logo(entity_id: int, svg: str, *, actor: Actor) -> int:
    """The image, cleaned already, can be chosen for designs of the legal entity. Returns its key."""
    digest = sha256(svg.encode()).hexdigest()
    logo, is_new = Logo.objects.get_or_create(legal_entity_id=entity_id, sha256=digest, defaults={"svg": svg})
    if is_new:
        events.record("design.logo_brought", "legal_entity", entity_id, actor, sha256=digest)
    return logo.pk


@transaction.atomic
def publish_design(scope: Scope, entity_id: int, said: Chosen) -> int:
    """What is issued from now on looks like this; what was issued before keeps its design. Returns the version.

    Locks the legal entity. Raises NotPermitted, NotFound, AccentTooPale, TextTooLong, NothingDiffers.
    """
    scope.require("configure")
    LegalEntity.objects.select_for_update().get(pk=entity_id)
    last = designs.chosen(scope, entity_id)
    if said._replace(version=last.version) == last:
        raise NothingDiffers
    _check_design(said)
    if said.logo_id:
        designs.logo(scope, entity_id, said.logo_id)
    version = last.version + 1
    facts = {**said._asdict(), "version": version}
    Design.objects.create(legal_entity_id=entity_id, published_by=scope.actor.label, **facts)
    events.record("design.published", "legal_entity", entity_id, scope.actor, version=version)
    return version


@transaction.atomic
def save_template(scope: Scope, entity_id: int, source: str) -> None:
    """The draft of the legal entity's next template is this. Raises NotPermitted, NotFound, SourceTooLong."""
    scope.require("configure")
    legal_entity(scope, entity_id)
    if len(source) > LONGEST_SOURCE:
        raise SourceTooLong(longest=LONGEST_SOURCE)
    said = {"source": source.replace("\r\n", "\n"), "saved_by": scope.actor.label, "saved_at": clock.now()}
    TemplateDraft.objects.update_or_create(legal_entity_id=entity_id, defaults=said)


def activate_template(scope: Scope, entity_id: int) -> int:
    """What is issued from now on is drawn by the draft; what was issued before keeps its template. Returns the version.

    It is tried on documents of several kinds first, outside transactions. Raises NotPermitted, NotFound,
    NoTemplateDrafted, TemplateRefused, TemplateLacks, NothingDiffers.
    """
    scope.require("configure")
    draft = templates.drafted(scope, entity_id)
    if draft.saved_at is None:
        raise NoTemplateDrafted
    require_complete(scope, entity_id, draft.source)
    return _put_in_force(scope, entity_id, draft.source)


def use_our_template(scope: Scope, entity_id: int) -> int:
    """What is issued from now on is drawn by our template. Returns the version.

    Raises NotPermitted, NotFound, NothingDiffers.
    """
    scope.require("configure")
    return _put_in_force(scope, entity_id, "")


@transaction.atomic
def _put_in_force(scope: Scope, entity_id: int, source: str) -> int:
    LegalEntity.objects.select_for_update().filter(pk=entity_id).first()
    if source == templates.in_force(scope, entity_id):
        raise NothingDiffers
    version = len(templates.versions(scope, entity_id)) + 1
    Template.objects.create(
        legal_entity_id=entity_id, version=version, source=source, activated_by=scope.actor.label
    )
    topic = "template.activated" if source else "template.given_up"
    events.record(topic, "legal_entity", entity_id, scope.actor, version=version)
    return version


def _check_design(said: Chosen) -> None:
    contrast = contrast_with_white(said.accent)
    if contrast < LEAST_CONTRAST:
        raise AccentTooPale(contrast=f"{contrast:.1f}")
    for texts in said.texts.values():
        for name, text in texts.items():
            if len(text) > LONGEST[name] or len(text.splitlines()) > MOST_LINES:
                raise TextTooLong(field=name, longest=LONGEST[name])


class Examined(NamedTuple):
    """What the rules say of one document, not yet kept."""

    document_id: int
    asserts: Sequence[Assert]


@transaction.atomic
def keep_checks(examined: Sequence[Examined]) -> None:
    """Each document has its check by these rules. One that had it keeps it."""
    Check.objects.bulk_create(
        (
            Check(
                document_id=each.document_id,
                rules=RULES,
                verdict=Verdict.FAILED if any(one.breaks for one in each.asserts) else Verdict.PASSED,
                asserts=[list(one) for one in each.asserts],
            )
            for each in examined
        ),
        ignore_conflicts=True,
    )
