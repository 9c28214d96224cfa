"""Images from strangers: what is harmless is drawn anew, everything else is refused with a word."""

from io import BytesIO

import pytest
from lxml import etree
from PIL import Image

from encaisse.adapters.errors import ImageRefused
from encaisse.adapters.images import logo_svg

HEAD = (
    b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'
)


def drawn(form: str, size: tuple[int, int] = (40, 20)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "navy").save(file, form)
    return file.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_pixels_come_out_in_an_svg(form):
    svg = etree.fromstring(logo_svg(drawn(form)).encode())

    assert (svg.get("width"), svg.get("height")) == ("40", "20")
    assert svg[0].get("href").startswith("data:image/png;base64,")


def test_a_large_image_is_made_smaller():
    assert etree.fromstring(logo_svg(drawn("PNG", (3000, 1500))).encode()).get("width") == "900"


def test_shapes_stay_and_the_notes_of_drawing_programs_go():
    svg = HEAD + (
        b'<metadata><x:thing xmlns:x="urn:x"/></metadata><defs><linearGradient id="a"/></defs>'
        b'<g onclick="alert(1)" fill="url(#a)"><path d="M0 0h9" data-x="1"/><use xlink:href="#a"/></g></svg>'
    )

    cleaned = logo_svg(svg)

    assert "metadata" not in cleaned
    assert "onclick" not in cleaned
    assert "data-x" not in cleaned
    assert 'd="M0 0h9"' in cleaned
    assert "url(#a)" in cleaned


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        (b"<script>alert(1)</script>", "not_only_shapes"),
        (b"<foreignObject/>", "not_only_shapes"),
        (b"<text>bonjour</text>", "not_only_shapes"),
        (b'<image href="file:///etc/passwd"/>', "not_only_shapes"),
        (b'<use href="https://elsewhere.example/a.svg#b"/>', "leads_out"),
        (b'<use xlink:href="/etc/passwd"/>', "leads_out"),
        (b'<path fill="url(https://elsewhere.example/a)"/>', "leads_out"),
        (b"<path style=\"fill:url( 'file:///a')\"/>", "leads_out"),
        (b"<style>@import url(https://elsewhere.example/a.css);</style>", "leads_out"),
    ],
)
def test_what_is_no_shape_or_leads_out_is_refused(inside, reason):
    with pytest.raises(ImageRefused) as refused:
        logo_svg(HEAD + inside + b"</svg>")

    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not_an_image"),
        (b"GIF89a" + b"\0" * 40, "not_an_image"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "not_an_image"),
        (b"<svg", "not_an_image"),
        (b'<svg xmlns="urn:other"/>', "not_an_image"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "without_size"),
        (b"x" * 1_000_001, "too_large"),
    ],
)
def test_what_is_no_image_is_refused(content, reason):
    with pytest.raises(ImageRefused) as refused:
        logo_svg(content)

    assert refused.value.reason == reason


def test_an_entity_opens_no_file():
    bomb = b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + HEAD + b"<desc>&a;</desc></svg>"

    with pytest.raises(ImageRefused):
        logo_svg(bomb)


def test_a_bomb_of_pixels_is_refused_before_it_opens():
    with pytest.raises(ImageRefused):
        logo_svg(drawn("PNG", (6000, 5000)))
