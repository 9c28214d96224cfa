"""How the documents of legal entities look, and looked."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple

from encaisse.document.appearance import PLAIN, Appearance, Place
from encaisse.document.models import Design, Logo, Template
from encaisse.invoice.models import Invoice
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party.queries import legal_entity


class DesignRow(NamedTuple):
    """One version of a legal entity's design, and who published it when."""

    version: int
    published_at: dt.datetime
    published_by: str


class LogoRow(NamedTuple):
    """A logo that a design may choose."""

    id: int
    brought_at: dt.datetime


class Chosen(NamedTuple):
    """What a legal entity chose last, in every language; nothing but the plain design before the first version."""

    version: int
    accent: str
    logo_id: int | None
    logo_place: str
    logo_mm: int
    numbered: bool
    qr: bool
    fold_mark: bool
    texts: dict[str, dict[str, str]]


NOTHING_CHOSEN: Final = Chosen(
    version=0,
    accent=PLAIN.accent,
    logo_id=None,
    logo_place=PLAIN.logo_place,
    logo_mm=PLAIN.logo_mm,
    numbered=PLAIN.numbered,
    qr=PLAIN.qr,
    fold_mark=PLAIN.fold_mark,
    texts={},
)


def chosen(scope: Scope, entity_id: int) -> Chosen:
    """The design of today. Raises NotFound."""
    found = _versions(scope, entity_id)[:1]
    if not found:
        return NOTHING_CHOSEN
    return Chosen(*(getattr(found[0], name) for name in Chosen._fields))


def versions(scope: Scope, entity_id: int) -> tuple[DesignRow, ...]:
    """Every version of a design, the last one first. Raises NotFound."""
    return tuple(
        DesignRow(each.version, each.published_at, each.published_by) for each in _versions(scope, entity_id)
    )


def logos(scope: Scope, entity_id: int, most: int = 10) -> tuple[LogoRow, ...]:
    """The logos that were brought for the legal entity, the last one first. Raises NotFound."""
    legal_entity(scope, entity_id)
    found = Logo.objects.filter(legal_entity=entity_id).order_by("-pk").values_list("pk", "brought_at")
    return tuple(LogoRow(*row) for row in found[:most])


def logo(scope: Scope, entity_id: int, logo_id: int) -> str:
    """A logo of the legal entity, as SVG. Raises NotFound."""
    legal_entity(scope, entity_id)
    found = Logo.objects.filter(pk=logo_id, legal_entity=entity_id).values_list("svg", flat=True).first()
    if found is None:
        raise NotFound(noun="logo")
    return found


def appearance(said: Chosen, logo_svg: str | None, language: str) -> Appearance:
    """The design as documents of one language want it."""
    return Appearance(
        accent=said.accent,
        logo_svg=logo_svg,
        logo_place=Place(said.logo_place),
        logo_mm=said.logo_mm,
        numbered=said.numbered,
        qr=said.qr,
        fold_mark=said.fold_mark,
        **said.texts.get(language, {}),
    )


def appearances(invoices: Iterable[Invoice]) -> dict[int, Appearance]:
    """What each invoice is drawn with: the design in force when it was issued, or today's for a draft."""
    rows = list(invoices)
    entities = {row.legal_entity_id for row in rows}
    found = list(Design.objects.filter(legal_entity__in=entities).select_related("logo").order_by("version"))
    own = list(Template.objects.filter(legal_entity__in=entities).order_by("version"))
    return {
        row.pk: replace(
            _of(row, [each for each in found if each.legal_entity_id == row.legal_entity_id]),
            template=_own(row, [each for each in own if each.legal_entity_id == row.legal_entity_id]),
        )
        for row in rows
    }


def _own(row: Invoice, known: list[Template]) -> str:
    in_force = [each for each in known if row.issued_at is None or each.activated_at <= row.issued_at]
    return in_force[-1].source if in_force else ""


def _of(row: Invoice, known: list[Design]) -> Appearance:
    in_force = [each for each in known if row.issued_at is None or each.published_at <= row.issued_at]
    if not in_force:
        return PLAIN
    design = in_force[-1]
    said = Chosen(*(getattr(design, name) for name in Chosen._fields))
    return appearance(said, design.logo.svg if design.logo else None, row.language)


def _versions(scope: Scope, entity_id: int) -> list[Design]:
    legal_entity(scope, entity_id)
    return list(Design.objects.filter(legal_entity=entity_id).order_by("-version"))
