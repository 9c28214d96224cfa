"""Files carried by PDF files."""

import io

import pikepdf


def attachment(pdf: bytes, name: str) -> bytes:
    """The file of that name within the PDF. Raises ValueError when there is none, or the PDF cannot be read."""
    try:
        with pikepdf.open(io.BytesIO(pdf)) as file:
            if name not in file.attachments:
                raise ValueError(f"no {name} in the file")
            return bytes(file.attachments[name].get_file().read_bytes())
    except pikepdf.PdfError as error:
        raise ValueError(str(error)) from error
