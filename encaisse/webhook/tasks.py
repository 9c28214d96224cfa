"""Handing messages over: some are held, sent side by side, and what became of each is written down as it comes."""

import logging
import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from importlib.metadata import version
from typing import Final

from encaisse.adapters.errors import NoAnswer, SecretUnreadable
from encaisse.adapters.http_out import Door, Letter, Outcome
from encaisse.adapters.sealing import unseal
from encaisse.kernel import clock
from encaisse.webhook.operations import messages
from encaisse.webhook.queries import PURPOSE, Parcel
from encaisse.webhook.rules import signatures

_log = logging.getLogger(__name__)
AT_ONCE: Final = 32
WITHIN_S: Final = 10.0
# How often those who wait for slow servers look whether anything else is due.
LOOK_S: Final = 0.5
TURN_S: Final = 5.0


def deliver(door: Door, *, at_once: int = AT_ONCE, within_s: float = WITHIN_S) -> None:
    """Every message that is due was tried, as many side by side as there is room; for some seconds at most, that a
    worker may end. Call outside transactions; however many do at once, each message is sent by one of them."""
    ends = time.monotonic() + TURN_S
    in_hand: dict[Future[Outcome], Parcel] = {}
    while True:
        if time.monotonic() < ends:
            for parcel in messages.claim(at_once - len(in_hand)):
                _begin(door, parcel, within_s, in_hand)
        if not in_hand:
            return
        done, _ = wait(in_hand, timeout=LOOK_S, return_when=FIRST_COMPLETED)
        for future in done:
            messages.tried(in_hand.pop(future).message_id, _outcome(future))


def _begin(door: Door, parcel: Parcel, within_s: float, in_hand: dict[Future[Outcome], Parcel]) -> None:
    try:
        letter = _letter(parcel, within_s)
    except (SecretUnreadable, ValueError) as fault:
        # One that cannot even be written has failed like one that nobody took, and holds up no other.
        reason = fault.code if isinstance(fault, SecretUnreadable) else "unwritable"
        messages.tried(parcel.message_id, Outcome(None, NoAnswer(reason=reason, message=""), 0))
    else:
        in_hand[door.post(letter)] = parcel


def _outcome(future: Future[Outcome]) -> Outcome:
    """What became of the letter; a fault of ours on the way is a failure of this one alone, and told to the log."""
    fault = future.exception()
    if fault is None:
        return future.result()
    _log.error("a letter met a fault of ours", exc_info=fault)
    return Outcome(None, NoAnswer(reason="fault", message=str(fault)), 0)


def _letter(parcel: Parcel, within_s: float) -> Letter:
    body, timestamp = parcel.body.encode(), int(clock.now().timestamp())
    opened = [unseal(sealed, purpose=PURPOSE) for sealed in parcel.secrets]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Encaisse/{version('encaisse')}",
        "webhook-id": parcel.public,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures(opened, parcel.public, timestamp, body),
    }
    return Letter(parcel.url, body, headers, within_s=within_s)
