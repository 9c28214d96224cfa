"""How the documents of a legal entity look: colour, logo, texts, one published version after the other."""

import datetime as dt
from typing import Annotated, Any, Literal

from ninja import File
from ninja.files import UploadedFile
from pydantic import Field

from encaisse.adapters.images import logo_svg
from encaisse.api.fields import EntityKey, Given, LogoKey, LogoRef, Page, Text, Told, whole
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.document import operations
from encaisse.document.appearance import HIGHEST_MM, LONGEST, LOWEST_MM
from encaisse.document.queries import designs
from encaisse.document.queries.designs import Chosen
from encaisse.party import queries as party

resource = Resource("Looks of documents")
CONFIGURES = "configure"


class Texts(Told):
    """The texts of one language: under the name, beside how to pay, above the legal lines."""

    header: str = ""
    payment: str = ""
    footer: str = ""


class BothTexts(Told):
    """The texts of both languages."""

    fr: Texts = Texts()
    en: Texts = Texts()


class Look(Told):
    """The design of today; version 0 is the plain one, before any was published."""

    version: int
    accent: str
    logo_id: LogoRef | None
    logo_place: str
    logo_mm: int
    numbered: bool
    qr: bool
    fold_mark: bool
    texts: BothTexts


class TextsGiven(Given):
    """The texts of one language, of four lines at most."""

    header: Annotated[str, Text(LONGEST["header"])] = ""
    payment: Annotated[str, Text(LONGEST["payment"])] = ""
    footer: Annotated[str, Text(LONGEST["footer"])] = ""


class BothTextsGiven(Given):
    """The texts of both languages."""

    fr: TextsGiven = TextsGiven()
    en: TextsGiven = TextsGiven()


class LookGiven(Given):
    """A design. Everything is said anew: what is left out takes its first value."""

    accent: Annotated[str, Text(7, 7, "^#[0-9a-f]{6}$")] = "#17456b"
    logo_id: LogoKey | None = None
    logo_place: Literal["left", "right"] = "left"
    logo_mm: int = Field(14, ge=LOWEST_MM, le=HIGHEST_MM)
    numbered: bool = False
    qr: bool = True
    fold_mark: bool = True
    texts: BothTextsGiven = BothTextsGiven()

    def chosen(self) -> Chosen:
        """The same as the operation takes it: what is empty is not said."""
        said = {
            language: {name: text.strip() for name, text in texts.items() if text.strip()}
            for language, texts in self.texts.dict().items()
        }
        return Chosen(version=0, **self.dict(exclude={"texts"}), texts=said)


class LookVersion(Told):
    """One version of a design, and who published it when."""

    version: int
    published_at: dt.datetime
    published_by: str


class Logo(Told):
    """A logo that a design may choose."""

    id: LogoRef
    brought_at: dt.datetime


class NewLogo(Told):
    """The logo that came in, for a look to choose."""

    id: LogoRef


@resource.get("/legal-entities/{entity_id}/look", Look, CONFIGURES)
def get_look(request: ProgramRequest, entity_id: EntityKey) -> Any:
    """Read how the documents of a legal entity look."""
    return designs.chosen(request.scope, entity_id)


@resource.put("/legal-entities/{entity_id}/look", Look, CONFIGURES)
def publish_look(request: ProgramRequest, entity_id: EntityKey, said: LookGiven) -> Any:
    """Publish another look.

    What is issued from now on looks like this; what was issued before stays as it was.
    """
    party.legal_entity(request.scope, entity_id)
    operations.publish_design(request.scope, entity_id, said.chosen())
    return designs.chosen(request.scope, entity_id)


@resource.get("/legal-entities/{entity_id}/look/versions", Page[LookVersion], CONFIGURES)
def list_look_versions(request: ProgramRequest, entity_id: EntityKey) -> Any:
    """List the versions of a look.

    All of them at once, the last one first.
    """
    return whole(designs.versions(request.scope, entity_id))


@resource.get("/legal-entities/{entity_id}/logos", Page[Logo], CONFIGURES)
def list_logos(request: ProgramRequest, entity_id: EntityKey) -> Any:
    """List the logos of a legal entity.

    The last ten, the latest first.
    """
    return whole(designs.logos(request.scope, entity_id))


@resource.post("/legal-entities/{entity_id}/logos", NewLogo, CONFIGURES)
def bring_logo(request: ProgramRequest, entity_id: EntityKey, image: File[UploadedFile]) -> Any:
    """Bring a logo.

    SVG made of shapes, PNG or JPEG, of one megabyte at most; it is cleaned, and a look may then choose it.
    """
    party.legal_entity(request.scope, entity_id)
    made = operations.bring_logo(entity_id, logo_svg(image.read()), actor=request.scope.actor)
    return {"id": made}
