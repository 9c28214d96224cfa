"""A structural check of PDF/A-3, level A, and of Factur-X, for the rules that can be read from the objects.

It is not a validator: those remain the last word, outside of this suite. Source: ISO 19005-3, by clause.
"""

import io
import re
from collections.abc import Iterator

import pikepdf
from lxml import etree

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
EXTENSION = "{http://www.aiim.org/pdfa/ns/extension/}"
SCHEMA = "{http://www.aiim.org/pdfa/ns/schema#}"
PROPERTY = "{http://www.aiim.org/pdfa/ns/property#}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
PREDEFINED = {XMP, DC, PDFAID, EXTENSION, "{http://ns.adobe.com/xap/1.0/t/pg/}"}
FORBIDDEN_ACTIONS = {
    "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide", "/SetOCGState", "/Rendition",
    "/Trans", "/GoTo3DView", "/JavaScript",
}  # fmt: skip


def faults(data: bytes) -> list[str]:
    """Every clause that the file breaks, with what was seen."""
    with pikepdf.open(io.BytesIO(data)) as file:
        packet = etree.fromstring(file.Root.Metadata.read_bytes())
        return [
            *_container(data, file),
            *_catalogue(file),
            *_objects(file),
            *_fonts(file),
            *_attachments(file),
            *_metadata(file, packet),
            *_extensions(packet),
        ]


def _container(data: bytes, file: pikepdf.Pdf) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[4-7]\r?\n%[\x80-\xff]{4}", data):
        yield "6.1.2 header"
    if not data.rstrip(b"\r\n").endswith(b"%%EOF"):
        yield "6.1.3 something follows the end"
    if len(file.trailer.get("/ID", [])) != 2:
        yield "6.1.3 no ID"
    if file.is_encrypted or "/Encrypt" in file.trailer:
        yield "6.1.3 encrypted"


def _catalogue(file: pikepdf.Pdf) -> Iterator[str]:
    root = file.Root
    for key in (
        "/AcroForm",
        "/AA",
        "/OpenAction",
        "/OCProperties",
        "/Perms",
        "/Requirements",
        "/NeedsRendering",
    ):
        if key in root:
            yield f"catalogue has {key}"
    if "/JavaScript" in root.get("/Names", {}):
        yield "6.5.1 scripts"
    if not root.get("/MarkInfo", {}).get("/Marked"):
        yield "6.7.2 not marked"
    if "/StructTreeRoot" not in root:
        yield "6.7.3 no structure"
    if not re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", str(root.get("/Lang", ""))):
        yield "6.7.4 no language"
    intents = [intent for intent in root.get("/OutputIntents", []) if intent.S == "/GTS_PDFA1"]
    if len(intents) != 1 or intents[0].DestOutputProfile.read_bytes()[36:40] != b"acsp":
        yield "6.2.3 output intent"


def _objects(file: pikepdf.Pdf) -> Iterator[str]:
    for item in file.objects:
        if isinstance(item, pikepdf.Stream):
            yield from _stream(item.stream_dict)
    for dictionary in (found for item in file.objects for found in _dictionaries(item)):
        if dictionary.get("/S") in FORBIDDEN_ACTIONS or "/JS" in dictionary:
            yield f"6.5.1 action {dictionary.get('/S')}"
        if dictionary.get("/Type") == "/Page" and "/AA" in dictionary:
            yield "6.5.2 additional actions"
        if dictionary.get("/Type") == "/Annot" and not int(dictionary.get("/F", 0)) & 4:
            yield "6.3.2 an annotation does not print"
        if dictionary.get("/Type") == "/ExtGState" and ("/TR" in dictionary or "/HTP" in dictionary):
            yield "6.2.5 transfer function"


def _dictionaries(item: pikepdf.Object) -> Iterator[pikepdf.Dictionary]:
    """The object and all that stands inside it; what is referred to comes as an object of its own."""
    if isinstance(item, pikepdf.Stream):
        item = item.stream_dict
    if isinstance(item, pikepdf.Dictionary):
        yield item
        children = [child for _, child in item.items()]
    else:
        children = list(item) if isinstance(item, pikepdf.Array) else []
    for child in children:
        if isinstance(child, pikepdf.Object) and not child.is_indirect:
            yield from _dictionaries(child)


def _stream(dictionary: pikepdf.Dictionary) -> Iterator[str]:
    filters = dictionary.get("/Filter", [])
    names = {str(name) for name in (filters if isinstance(filters, pikepdf.Array) else [filters])}
    if names & {"/LZWDecode", "/Crypt"}:
        yield f"6.1.7 filter {names}"
    if "/F" in dictionary:
        yield "6.1.7 external stream"
    if "/Alternates" in dictionary or "/OPI" in dictionary or dictionary.get("/Interpolate"):
        yield "6.2.8 image"
    if dictionary.get("/Subtype") == "/PS":
        yield "6.2.9 PostScript"


def _fonts(file: pikepdf.Pdf) -> Iterator[str]:
    fonts = [
        item
        for item in file.objects
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font" and "/FontDescriptor" in item
    ]
    if not fonts:
        yield "6.2.11 no font"
    for font in fonts:
        if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(font.FontDescriptor.keys()):
            yield f"6.2.11.4 {font.BaseFont} is not embedded"
    for item in file.objects:
        composite = isinstance(item, pikepdf.Dictionary) and item.get("/Subtype") == "/Type0"
        if composite and "/ToUnicode" not in item:
            yield f"6.2.11.7 {item.BaseFont} has no Unicode"


def _attachments(file: pikepdf.Pdf) -> Iterator[str]:
    names = file.Root.Names.EmbeddedFiles.Names
    if [str(name) for name in list(names)[::2]] != ["factur-x.xml"]:
        yield "the data file has another name"
    associated = file.Root.get("/AF", [])
    if len(associated) != 1:
        yield "6.8 associated files"
    for spec in associated:
        if spec.AFRelationship != "/Alternative" or str(spec.F) != "factur-x.xml" or spec.F != spec.UF:
            yield "6.8 file specification"
        if not str(spec.get("/Desc", "")):
            yield "6.8 no description"
        embedded = spec.EF.F
        if embedded.Subtype != "/text/xml":
            yield "6.8 no MIME type"
        if "/ModDate" not in embedded.Params or embedded.Params.Size != len(embedded.read_bytes()):
            yield "6.8 parameters"


def _metadata(file: pikepdf.Pdf, packet: etree._Element) -> Iterator[str]:
    if "/Filter" in file.Root.Metadata.stream_dict:
        yield "6.6.2 metadata are compressed"
    if (packet.findtext(f".//{PDFAID}part"), packet.findtext(f".//{PDFAID}conformance")) != ("3", "A"):
        yield "6.6.4 identification"
    digits = re.sub(r"\D", "", packet.findtext(f".//{XMP}CreateDate") or "")[:14]
    if digits != re.sub(r"\D", "", str(file.docinfo["/CreationDate"]))[:14]:
        yield "6.6.3 dates differ"
    if packet.findtext(f".//{DC}title/{RDF}Alt/{RDF}li") != str(file.docinfo["/Title"]):
        yield "6.6.3 titles differ"


def _extensions(packet: etree._Element) -> Iterator[str]:
    bags = packet.findall(f".//{EXTENSION}schemas/{RDF}Bag")
    if len(bags) != 1:
        yield "6.6.2.3 extension bags"
    described = {
        f"{{{schema.findtext(f'{SCHEMA}namespaceURI')}}}{name.text}"
        for bag in bags
        for schema in bag.findall(f"{RDF}li")
        for name in schema.iter(f"{PROPERTY}name")
    }
    used = {child.tag for node in packet.iter(f"{RDF}Description") for child in node}
    if FX + "ConformanceLevel" not in used:
        yield "no Factur-X properties"
    for tag in sorted(used):
        namespace = tag.partition("}")[0] + "}"
        if namespace.endswith("/mm/}"):
            continue
        if namespace not in PREDEFINED and tag not in described:
            yield f"6.6.2.3 {tag} is not described"
