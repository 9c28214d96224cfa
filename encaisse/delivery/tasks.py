"""Sending: the attempt is written down, the outside world is called, what it answered is written down."""

from email.errors import MessageError

from encaisse.adapters.errors import ContentChanged, ContentMissing, MailRefused
from encaisse.adapters.mail import Mailer
from encaisse.archive import queries as archive
from encaisse.delivery import operations
from encaisse.delivery.message import compose
from encaisse.delivery.queries import Parcel


def send(parcel: Parcel, mailer: Mailer) -> MailRefused | None:
    """The delivery was tried once, unless it is not queued or somebody else is at it.

    What went wrong is written on it, a code of ours or what the server said, and given back when it is only
    for now. May be repeated after a crash:
    the message is then the same by its Message-ID.
    """
    with operations.alone(parcel.delivery_id) as mine:
        return _try(parcel, mailer) if mine else None


def _try(parcel: Parcel, mailer: Mailer) -> MailRefused | None:
    key = parcel.delivery_id
    if not parcel.seller_email:
        operations.refused(key, "sender_without_address", temporary=False)
        return None
    message_id = operations.begin(key, domain=parcel.seller_email.rpartition("@")[2])
    if message_id is None:
        return None
    try:
        mailer.send(compose(parcel, archive.read(parcel.file_id), message_id=message_id))
    except MailRefused as refusal:
        operations.refused(key, refusal.message, temporary=refusal.temporary)
        return refusal if refusal.temporary else None
    except (ContentMissing, ContentChanged) as fault:
        operations.refused(key, fault.code, temporary=False)
        return None
    except (MessageError, ValueError):
        operations.refused(key, "address_not_mailable", temporary=False)
        return None
    operations.sent(key)
    return None
