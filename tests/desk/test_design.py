"""The look of documents: seen while it is chosen, published as a version, kept by what was issued before."""

import datetime as dt
from dataclasses import replace
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image
from pypdfium2 import PdfDocument

from encaisse.document import facturx
from encaisse.document.appearance import Appearance, Place
from encaisse.document.models import Design, Logo
from encaisse.document.queries import contents as stored
from encaisse.kernel import clock
from encaisse.kernel.models import Event
from tests.desk.signed_in import signed_in, words
from tests.document import contents, pdfa
from tests.document.test_facturx import AT
from tests.makers import make_entity, make_issued_invoice

pytestmark = pytest.mark.django_db
CHOICES = {"accent": "#7a1f3d", "logo_place": "left", "logo_mm": "12", "qr": "on", "fold_mark": "on"}
LOGO_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10"><path d="M0 0h30v10H0z" fill="#7a1f3d"/></svg>'


def png() -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (40, 20), "navy").save(file, "PNG")
    return SimpleUploadedFile("logo.png", file.getvalue(), "image/png")


def test_a_logo_is_brought_the_choices_seen_and_published():
    client, entity = signed_in("configure"), make_entity()
    page = reverse("desk:design", args=[entity.pk])

    brought = client.post(reverse("desk:bring_logo", args=[entity.pk]), {"image": png()})
    logo = Logo.objects.get()
    assert brought.headers["Location"] == f"{page}?logo={logo.pk}"
    assert f'<option value="{logo.pk}" selected>' in client.get(brought.headers["Location"]).content.decode()
    typed = CHOICES | {"logo_id": logo.pk, "footer_fr": "Ouvert du lundi au vendredi"}
    seen = client.post(reverse("desk:design_preview", args=[entity.pk]), typed).content.decode()
    assert 'src="data:image/png;base64,' in seen
    assert not Design.objects.exists()
    client.post(page, typed)

    made = Design.objects.get()
    assert (made.version, made.accent, made.logo, made.published_by) == (1, "#7a1f3d", logo, "Essai")
    assert made.texts["fr"] == {"footer": "Ouvert du lundi au vendredi"}
    assert Event.objects.filter(topic="design.published", first_id=entity.pk).exists()
    again = client.post(page, typed).content.decode()
    assert "This is the design in use already." in words(again)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"accent": "#ffe680"}, "accent"),
        ({"logo_mm": "40"}, "logo_mm"),
        ({"footer_fr": "x" * 400}, "footer_fr"),
    ],
)
def test_what_would_spoil_a_document_is_refused_beside_its_field(wrong, field):
    client, entity = signed_in("configure"), make_entity()

    page = client.post(reverse("desk:design", args=[entity.pk]), CHOICES | wrong).content.decode()

    assert f'id="id_{field}_error"' in page
    assert not Design.objects.exists()


def test_a_hostile_image_is_refused_in_words():
    client, entity = signed_in("configure"), make_entity()
    hostile = SimpleUploadedFile(
        "a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><script/></svg>'
    )

    page = client.post(reverse("desk:bring_logo", args=[entity.pk]), {"image": hostile}).content.decode()

    assert "it holds more than shapes" in words(page)
    assert not Logo.objects.exists()


def test_a_document_keeps_the_design_that_it_was_issued_under():
    client, invoice = signed_in("configure"), make_issued_invoice()
    entity_id = invoice.legal_entity_id
    before = stored.issued([invoice.pk])[0].content

    client.post(reverse("desk:design", args=[entity_id]), CHOICES)

    after = stored.issued([invoice.pk])[0].content
    assert before.appearance == after.appearance == Appearance()
    with clock.stopped_at(clock.now() + dt.timedelta(minutes=1)):
        later = make_issued_invoice(account=invoice.account)
    assert stored.issued([later.pk])[0].content.appearance.accent == "#7a1f3d"


@pytest.mark.parametrize("place", list(Place))
@pytest.mark.parametrize("kind", ["invoice", "credit_note"])
def test_every_design_gives_a_valid_file_with_all_its_mentions(place, kind):
    plain = contents.four_lines()
    content = plain if kind == "invoice" else contents.credit_note(plain)
    chosen = Appearance(
        accent="#7a1f3d", logo_svg=LOGO_SVG, logo_place=place, logo_mm=18, numbered=True, qr=False,
        fold_mark=False, header="Maison fondée en 1912", payment="Merci.", footer="Ouvert le samedi",
    )  # fmt: skip
    file = facturx.render(replace(content, appearance=chosen), at=AT)

    assert pdfa.faults(file) == []
    text = " ".join(" ".join(page.get_textpage().get_text_bounded() for page in PdfDocument(file)).split())
    for said in (
        "Maison fondée en 1912",
        "Ouvert le samedi",
        "RCS Paris",
        "FR44732829320",
        "732 829 320 00074",
    ):
        assert said in text, said
    assert facturx.render(replace(content, appearance=chosen), at=AT) == file


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("design_version_once_per_entity", {}),
        ("design_accent_is_a_colour", {"version": 2, "accent": "navy"}),
        ("design_logo_stands_left_or_right", {"version": 2, "logo_place": "middle"}),
        ("design_logo_fits_above_the_window", {"version": 2, "logo_mm": 40}),
    ],
)
def test_the_database_keeps_designs_whole(name, columns):
    entity = make_entity()
    whole = {
        "legal_entity": entity, "version": 1, "accent": "#7a1f3d", "logo_place": "left", "logo_mm": 12,
        "numbered": True, "qr": True, "fold_mark": True, "texts": {}, "published_by": "",
    }  # fmt: skip
    Design.objects.create(**whole)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Design.objects.create(**whole | columns)


def test_a_logo_is_kept_once():
    entity = make_entity()
    Logo.objects.create(legal_entity=entity, svg=LOGO_SVG, sha256="a")
    with pytest.raises(IntegrityError, match="logo_once_per_entity"), transaction.atomic():
        Logo.objects.create(legal_entity=entity, svg=LOGO_SVG, sha256="a")


def test_the_next_numbers_are_told():
    client, invoice = signed_in("configure"), make_issued_invoice()

    said = words(client.get(reverse("desk:series", args=[invoice.legal_entity_id])).content.decode())

    assert invoice.number in said
