"""Ask a server whether it accepts connections, in its own protocol, without a client library."""

import socket
import struct
from enum import Enum, auto

from encaisse.database.layout import Address

PROTOCOL = 3 << 16
"""Version 3.0. Source: PostgreSQL manual, "Message Formats", StartupMessage."""


class Answer(Enum):
    """What a knock at the socket brings."""

    NOBODY = auto()
    NOT_YET = auto()
    READY = auto()


def knock(address: Address) -> Answer:
    """Tell whether the server would let the application in now. Leaves at once."""
    fields = ("user", address.app, "database", address.dbname, "")
    body = struct.pack("!i", PROTOCOL) + b"".join(field.encode() + b"\0" for field in fields)
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            line.connect(address.socket)
            line.sendall(struct.pack("!i", len(body) + 4) + body)
            first = line.recv(1)
            if first == b"R":
                line.sendall(b"X" + struct.pack("!i", 4))
                return Answer.READY
            return Answer.NOT_YET
    except TimeoutError:
        return Answer.NOT_YET
    except OSError:
        return Answer.NOBODY
