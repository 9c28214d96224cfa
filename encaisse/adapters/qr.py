"""QR codes drawn as SVG."""

import zxingcpp


def svg(text: str) -> str:
    """A QR code of the text, error correction level M, without its quiet zone: the page has margins."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return str(zxingcpp.write_barcode_to_svg(code, add_quiet_zones=False))
