"""Refusals as programs read them: RFC 9457, with a code for ever, and the field when one is concerned."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from django.http import HttpResponse
from django.utils.translation import gettext_lazy

from encaisse.kernel.errors import DomainError
from encaisse.ui import words
from encaisse.ui.shapes import Words

MEDIA_TYPE: Final = "application/problem+json"
TITLES: Final[Mapping[int, Words]] = {
    400: gettext_lazy("Bad request"),
    401: gettext_lazy("No good key"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Nothing there"),
    405: gettext_lazy("Method not allowed"),
    409: gettext_lazy("Refused"),
    413: gettext_lazy("Too large"),
    415: gettext_lazy("Unsupported media type"),
    422: gettext_lazy("Not valid"),
    429: gettext_lazy("Too many requests"),
    500: gettext_lazy("Our fault"),
    503: gettext_lazy("Not ready"),
}
# What the gate itself refuses; what the business refuses has its words among those of all faces.
DETAILS: Final[Mapping[str, Words]] = {
    "body_malformed": gettext_lazy("The body is no JSON that can be read."),
    "body_too_large": gettext_lazy("The body is larger than this address takes."),
    "guard_refused": gettext_lazy(
        "The books would not be in order with this: some of these values contradict each other."
    ),
    "idempotency_key_missing": gettext_lazy(
        "Send a header Idempotency-Key of your own choice, 1 to 255 printable characters, with every POST."
    ),
    "internal": gettext_lazy("Something went wrong on our side, and nothing was done."),
    "key_missing": gettext_lazy("Send your key: Authorization: Bearer enc_live_… or enc_test_…"),
    "key_refused": gettext_lazy("This key is unknown, revoked or expired."),
    "media_type_unsupported": gettext_lazy(
        "Send the body as application/json, a file as multipart/form-data."
    ),
    "method_not_allowed": gettext_lazy("This address does not take this method."),
    "not_found": gettext_lazy("There is nothing at this address."),
    "not_valid": gettext_lazy("Some fields are not as they must be: see errors."),
    "rate_limited": gettext_lazy("This key asks more often than it may: wait as long as Retry-After says."),
}


class Fault(NamedTuple):
    """What is wrong with one field, named by its way from the root of what was sent: `lines.0.quantity`."""

    field: str
    code: str
    detail: str


def problem(
    status: int,
    code: str,
    detail: str = "",
    *,
    errors: Iterable[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The answer to what is refused."""
    told: dict[str, Any] = {
        "type": f"/api/docs/errors#{code}",
        "title": str(TITLES[status]),
        "status": status,
        "code": code,
        "detail": detail or str(DETAILS[code]),
    }
    if faults := [fault._asdict() for fault in errors]:
        told["errors"] = faults
    body = json.dumps(told, ensure_ascii=False)
    return HttpResponse(body, status=status, content_type=MEDIA_TYPE, headers=headers)


def refused(error: DomainError) -> HttpResponse:
    """The answer to a refusal of the business, in the same words as on the desk."""
    said = words.refusal(error)
    field = words.FIELDS.get(error.code) or getattr(error, "field", None)
    faults = [Fault(field, error.code, said)] if error.status == 422 and isinstance(field, str) else []
    headers = {"Retry-After": "1"} if error.code == "answer_under_way" else None
    return problem(error.status, error.code, said, errors=faults, headers=headers)
