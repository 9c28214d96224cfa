"""Images from strangers made safe: whatever comes in, an SVG comes out that holds shapes or pixels and nothing else."""

import re
from base64 import b64encode
from io import BytesIO
from typing import Final

from lxml import etree
from PIL import Image, UnidentifiedImageError

from encaisse.adapters.errors import ImageRefused

LARGEST_BYTES: Final = 1_000_000
LARGEST_CLEAN_BYTES: Final = 400_000
MOST_PIXELS: Final = 25_000_000
WIDEST_PX: Final = 900
FORMATS: Final = ("PNG", "JPEG")
_SVG: Final = "http://www.w3.org/2000/svg"
_LINKS: Final = ("href", "{http://www.w3.org/1999/xlink}href")
_SHAPES: Final = frozenset({
    "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "defs", "use", "symbol", "title",
    "desc", "style", "clipPath", "mask", "linearGradient", "radialGradient", "stop",
})  # fmt: skip
_ATTRIBUTES: Final = frozenset({
    "id", "class", "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "width", "height",
    "viewBox", "points", "transform", "fill", "stroke", "opacity", "offset", "style", "clip-path", "clip-rule",
    "fill-rule", "fill-opacity", "stroke-width", "stroke-opacity", "stroke-linecap", "stroke-linejoin",
    "stroke-miterlimit", "stroke-dasharray", "stop-color", "stop-opacity", "gradientUnits", "gradientTransform",
    "spreadMethod", "clipPathUnits", "mask", "maskUnits", "maskContentUnits", "preserveAspectRatio", "version",
    "display", "visibility", "color",
})  # fmt: skip
# References within the image itself: `url(#gradient)`. Everything else leads out of it.
_LEADS_OUT: Final = re.compile(r"@import|expression|javascript:|url\s*\(\s*['\"]?\s*(?!#)", re.IGNORECASE)


def logo_svg(content: bytes) -> str:
    """The image as an SVG: shapes that are known to be harmless, or the pixels of a PNG or a JPEG, drawn anew.

    Raises ImageRefused when it is none of these, is too large, or holds what is no shape, such as a script, a text or
    another file.
    """
    if len(content) > LARGEST_BYTES:
        raise ImageRefused(reason="too_large")
    svg = _vector(content) if b"<svg" in content[:4096].lower() else _raster(content)
    if len(svg) > LARGEST_CLEAN_BYTES:
        raise ImageRefused(reason="too_large")
    return svg


def _raster(content: bytes) -> str:
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ImageRefused(reason="too_large")
            image.load()
            drawn = image.convert("RGBA" if "A" in image.mode or "transparency" in image.info else "RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as fault:
        raise ImageRefused(reason="not_an_image") from fault
    drawn.thumbnail((WIDEST_PX, WIDEST_PX))
    png = BytesIO()
    drawn.save(png, "PNG", optimize=True)
    data = b64encode(png.getvalue()).decode()
    width, height = drawn.size
    return (
        f'<svg xmlns="{_SVG}" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/></svg>'
    )


def _vector(content: bytes) -> str:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as fault:
        raise ImageRefused(reason="not_an_image") from fault
    if root.tag != f"{{{_SVG}}}svg" or b"<!ENTITY" in content:
        raise ImageRefused(reason="not_an_image")
    if not (root.get("viewBox") or (root.get("width") and root.get("height"))):
        raise ImageRefused(reason="without_size")
    for element in list(root.iter(etree.Element)):
        _clean(element)
    return etree.tostring(root, encoding="unicode")


def _clean(element: etree._Element) -> None:
    """Drawing programs leave notes of their own, which go; what draws is known or refused."""
    space, _, name = str(element.tag)[1:].rpartition("}")
    if space != _SVG or name == "metadata":
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
        return
    if name not in _SHAPES:
        raise ImageRefused(reason="not_only_shapes")
    for key, value in list(element.attrib.items()):
        if _leads_out(str(key), str(value)):
            raise ImageRefused(reason="leads_out")
        if key not in _ATTRIBUTES and key not in _LINKS:
            del element.attrib[key]
    if name == "style" and _LEADS_OUT.search(element.text or ""):
        raise ImageRefused(reason="leads_out")


def _leads_out(key: str, value: str) -> bool:
    if key in _LINKS:
        return not value.startswith("#")
    return key in _ATTRIBUTES and bool(_LEADS_OUT.search(value))
