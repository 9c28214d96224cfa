"""A template of a company's own: drafted, seen with what it lacks, put in force, kept by what was issued."""

import datetime as dt
import io
from dataclasses import replace

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from encaisse.adapters import typesetting
from encaisse.adapters.apart import Apart, Limits
from encaisse.adapters.errors import TemplateNotDrawn, TemplateRefused
from encaisse.document import facturx
from encaisse.document.appearance import Appearance
from encaisse.document.cii import invoice_xml
from encaisse.document.errors import TemplateLacks
from encaisse.document.models import Template, TemplateDraft
from encaisse.document.queries import contents as stored
from encaisse.document.queries.templates import OURS
from encaisse.kernel import clock
from encaisse.kernel.models import Event
from tests.desk.signed_in import signed_in, words
from tests.document import contents, pdfa
from tests.document.test_facturx import AT
from tests.makers import make_entity, make_issued_invoice

pytestmark = pytest.mark.django_db
SOURCE = OURS.read_text("utf-8")
OWN = SOURCE.replace('#let wash = rgb("#f3f5f8")', '#let wash = rgb("#fff4e0")')
READS = "#let d = json(bytes(sys.inputs.data))\n"


def drawn(source: str, kind: str = "in dollars") -> bytes:
    content = contents.EVERY_KIND[kind]()
    return facturx.render(replace(content, appearance=Appearance(template=source)), at=AT)


@pytest.mark.parametrize("kind", ["long", "credit note", "reversed to Berlin"])
def test_a_template_of_their_own_gives_a_valid_file_that_carries_its_data(kind):
    file = drawn(OWN, kind)

    assert pdfa.faults(file) == []
    with pikepdf.open(io.BytesIO(file)) as opened:
        xml = opened.attachments["factur-x.xml"].get_file().read_bytes()
        assert list(opened.attachments) == ["factur-x.xml"]
    assert xml == invoice_xml(contents.EVERY_KIND[kind]())
    assert drawn(OWN, kind) == file


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        (READS + "\n#d.nope", 3, "no_such_data"),
        (READS + "#let x = (", 2, "not_closed"),
        ("#nothing", 1, "unknown_name"),
        ('#read("/etc/passwd")', 1, "sees_no_file"),
        ('#read("../../etc/passwd")', 1, "sees_no_file"),
        ('#import "@pre" + "view/cetz:0.3.0": canvas', 1, "sees_no_package"),
        ("#let f(x) = f(x)\n#f(1)", 1, "endless"),
        ("#image(bytes(\"<svg xmlns='http://www.w3.org/2000/svg'></svg>\"))", 1, "without_text"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_nothing_is_seen_but_the_data(source, line, reason):
    with pytest.raises(TemplateRefused) as refusal:
        drawn(source)

    assert (refusal.value.line, refusal.value.reason) == (line, reason)


def test_a_template_that_never_ends_is_given_up(monkeypatch):
    limits = Limits(seconds=0.5, memory_mb=512)
    monkeypatch.setattr(typesetting, "_SECLUDED", Apart(typesetting._typeset, limits))

    with pytest.raises(TemplateNotDrawn) as refusal:
        drawn("#context { for i in range(100000) { for j in range(100000) { let x = i * j } } }")

    assert refusal.value.reason == "took_too_long"


def test_a_document_that_lacks_a_mention_is_never_made():
    without_total = SOURCE.replace("..d.payable", "[], []")
    with pytest.raises(TemplateLacks) as refusal:
        drawn(without_total.replace("..d.totals.map", "..d.totals.slice(0, 1).map"))

    assert refusal.value.parts == ("totals",)


def test_a_draft_is_seen_with_what_it_lacks_and_put_in_force_once_it_lacks_nothing():
    client, entity = signed_in("configure"), make_entity()
    page, seen = (
        reverse("desk:template", args=[entity.pk]),
        reverse("desk:template_preview", args=[entity.pk]),
    )

    file = SimpleUploadedFile("own.typ", (READS + "Bonjour #d.number").encode())
    client.post(reverse("desk:upload_template", args=[entity.pk]), {"file": file})
    poor = TemplateDraft.objects.get().source
    shown = client.post(seen, {"source": poor}).content.decode()
    assert 'src="data:image/png;base64,' in shown
    assert "the totals" in words(shown)
    wrong = words(client.post(seen, {"source": READS + "#d.nope"}).content.decode())
    assert "Line 2: documents hold nothing of this name (nope)." in wrong
    refused = words(client.post(page, {"source": poor, "do": "activate"}).content.decode())
    assert "Missing: what the document is, dates and references" in refused
    assert not Template.objects.exists()

    before = make_issued_invoice()
    other = before.legal_entity
    page = reverse("desk:template", args=[other.pk])
    assert client.post(page, {"source": OWN, "do": "activate"}).status_code == 302
    with clock.stopped_at(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)):
        after = make_issued_invoice(before.account)

    kept = {
        each.invoice_id: each.content.appearance.template for each in stored.issued([before.pk, after.pk])
    }
    assert kept == {before.pk: "", after.pk: OWN}
    assert client.get(reverse("desk:template_file", args=[other.pk, 1])).content.decode() == OWN
    client.post(reverse("desk:give_up_template", args=[other.pk]))
    assert list(Template.objects.order_by("version").values_list("version", "source")) == [(1, OWN), (2, "")]
    with pytest.raises(IntegrityError, match="template_version_once_per_entity"), transaction.atomic():
        Template.objects.create(legal_entity=other, version=2, source=OWN, activated_by="Essai")
    assert Event.objects.filter(topic__startswith="template.", first_id=other.pk).count() == 2
    assert "That of Encaisse" in words(client.get(page).content.decode())
