"""What programs were answered: the same request under the same word is done once and answered alike."""

import datetime as dt
from typing import Final, NamedTuple

from django.db import OperationalError

from encaisse.access.errors import AnswerUnderWay, IdempotencyKeyReused
from encaisse.access.models import Answer
from encaisse.kernel import clock, sql

KEPT: Final = dt.timedelta(hours=24)
# How long a repeated request waits for the first one's answer before it is told to come back.
PATIENCE_MS: Final = 5_000


class Request(NamedTuple):
    """Who asks, under which word, and the hash of what is asked."""

    api_key_id: int
    word: str
    request_hash: str


class Told(NamedTuple):
    """An answer as it is told again: the status, the type and the text of its body, and where the new thing is."""

    status: int
    media_type: str
    location: str
    body: str


def answered(request: Request) -> Told | None:
    """What the request was answered before; None when it is new, and then nobody else is answered until the end of
    the transaction, in which `keep` stores the answer. Call it in the transaction of what is done.

    Raises IdempotencyKeyReused when something else was asked, AnswerUnderWay after some seconds of waiting.
    """
    try:
        sql.rows("access", "hold_answer", _held(request))
    except OperationalError as late:
        raise AnswerUnderWay from late
    found = Answer.objects.filter(
        api_key_id=request.api_key_id, idempotency_key=request.word, at__gt=clock.now() - KEPT
    ).first()
    if found is None:
        return None
    if found.request_hash != request.request_hash:
        raise IdempotencyKeyReused
    return Told(found.status, found.media_type, found.location, found.body)


def keep(request: Request, told: Told) -> None:
    """The request has this answer for a day."""
    Answer.objects.filter(api_key_id=request.api_key_id, idempotency_key=request.word).delete()
    Answer.objects.create(
        api_key_id=request.api_key_id,
        idempotency_key=request.word,
        request_hash=request.request_hash,
        **told._asdict(),
    )


def forget_old() -> None:
    """Answers older than a day are gone."""
    Answer.objects.filter(at__lte=clock.now() - KEPT).delete()


def _held(request: Request) -> dict[str, object]:
    return {
        "api_key_id": request.api_key_id,
        "idempotency_key": request.word,
        "wait_ms": PATIENCE_MS,
    }
