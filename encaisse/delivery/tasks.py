"""Sending: the attempt is written down, the outside world is called, what it answered is written down."""

from email.errors import MessageError

from encaisse.adapters.errors import ContentChanged, ContentMissing, MailRefused
from encaisse.adapters.mail import Mailer
from encaisse.archive import queries as archive
from encaisse.delivery import operations
from encaisse.delivery.message import compose
from encaisse.delivery.queries import Parcel, parcel


def send(delivery_id: int, mailer: Mailer) -> MailRefused | None:
    """The delivery was tried once, unless it is not queued or somebody else is at it.

    What went wrong is written on it, a code of ours or what the server said, and given back when it is only
    for now. May be repeated after a crash:
    the message is then the same by its Message-ID.
    """
    with operations.alone(delivery_id) as mine:
        return _try(delivery_id, mailer) if mine else None


def _try(delivery_id: int, mailer: Mailer) -> MailRefused | None:
    carried = parcel(delivery_id)
    if not carried.seller_email:
        operations.refused(delivery_id, "sender_without_address", temporary=False)
        return None
    message_id = operations.begin(delivery_id, domain=carried.seller_email.rpartition("@")[2])
    if message_id is None:
        return None
    try:
        _hand_over(carried, message_id, mailer)
    except MailRefused as refusal:
        operations.refused(delivery_id, refusal.message, temporary=refusal.temporary)
        return refusal if refusal.temporary else None
    except (ContentMissing, ContentChanged) as fault:
        operations.refused(delivery_id, fault.code, temporary=False)
        return None
    except (MessageError, ValueError):
        operations.refused(delivery_id, "address_not_mailable", temporary=False)
        return None
    operations.sent(delivery_id)
    return None


def _hand_over(carried: Parcel, message_id: str, mailer: Mailer) -> None:
    message = compose(carried, archive.read(carried.file_id), message_id=message_id)
    mailer.send(message)
