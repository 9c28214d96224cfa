"""Every request for `/api/v1/` comes by here: a good key, not too often, a body that can be read, and each POST once.

What is asked with a POST and its answer are one transaction: killed between the two, nothing was done, and asked again
it is done then. What the business refuses is an answer too, and told again.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import timezone, translation

from encaisse.access.operations import answers, keys
from encaisse.access.operations.answers import Request, Told
from encaisse.access.queries.keys import Program, program_of
from encaisse.api import limits
from encaisse.api.problems import problem, refused
from encaisse.api.requests import ProgramRequest
from encaisse.kernel.errors import DomainError

PREFIX: Final = "/api/v1/"
LARGEST_BYTES: Final = 2 * 2**20
LARGEST_FILE_BYTES: Final = 20 * 2**20
# The addresses that take a file.
FILED: Final = re.compile(f"{PREFIX}(imports(/pdfs)?|legal-entities/[^/]+/logos)")
WORD: Final = "Idempotency-Key"
LONGEST_WORD: Final = 255
# What is an answer for good: done, or refused by the business. The rest may read otherwise when asked again.
FINAL: Final = frozenset({200, 201, 202, 204, 409, 422})
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}


class Gate:
    """Lets programs in, and answers them: nothing that stands behind it in the settings is for them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        # What Django itself refuses has an answer too, whoever asks.
        self.answer = convert_exception_to_response(_answer)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers are for one program: nothing between us may keep them, and no browser make a page of them."""
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        translation.activate(translation.get_language_from_request(request))
        timezone.activate(settings.READER_TIME_ZONE)
        response = _dressed(cast(HttpResponseBase, self.answer(request)))
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Language", translation.get_language())
        if isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response


def _answer(request: HttpRequest) -> HttpResponseBase:
    """Who asks, how often, with what; then the endpoint, once for each word of a POST."""
    request.get_host()
    try:
        view, args, kwargs = resolve(request.path_info)
    except Resolver404:
        return problem(404, "not_found")
    if (unfit := _unfit(request)) is not None:
        return unfit
    program = _program(request)
    if isinstance(program, HttpResponse):
        return program
    allowance = limits.take(program.key_id)
    response = _let_in(
        cast(ProgramRequest, request), program, allowance, lambda: view(request, *args, **kwargs)
    )
    for name, value in allowance.headers().items():
        response.headers[name] = value
    response.headers["Encaisse-Mode"] = program.mode
    return response


def _let_in(
    request: ProgramRequest,
    program: Program,
    allowance: limits.Allowance,
    call: Callable[[], HttpResponseBase],
) -> HttpResponseBase:
    if allowance.left < 0:
        return problem(429, "rate_limited", headers={"Retry-After": str(allowance.seconds)})
    request.program, request.scope = program, program.scope
    if program.is_unused_for_long:
        keys.used_now(program.key_id)
    if request.method != "POST":
        return call()
    word = request.headers.get(WORD, "")
    if not 0 < len(word) <= LONGEST_WORD or not word.isascii() or not word.isprintable():
        return problem(400, "idempotency_key_missing")
    try:
        return _once(Request(program.key_id, word, _hash(request)), call)
    except DomainError as error:
        return refused(error)


def _once(asked: Request, call: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """What is asked is done, unless it was before, and its answer kept: both or neither."""
    with transaction.atomic():
        if (told := answers.answered(asked)) is not None:
            return _again(told)
        with transaction.atomic():
            response = call()
            if response.status_code >= 400:
                transaction.set_rollback(True)
        if response.status_code in FINAL and not response.streaming:
            answers.keep(asked, _told(cast(HttpResponse, response)))
    return response


def _again(told: Told) -> HttpResponse:
    response = HttpResponse(told.body, status=told.status, content_type=told.media_type)
    response.headers["Idempotent-Replayed"] = "true"
    if told.location:
        response.headers["Location"] = told.location
    return response


def _told(response: HttpResponse) -> Told:
    location, media_type = response.headers.get("Location", ""), response.headers["Content-Type"]
    return Told(response.status_code, media_type, location, response.content.decode())


def _hash(request: HttpRequest) -> str:
    """What is asked, for the same word to mean the same."""
    asked = f"{request.method} {request.get_full_path()} {request.content_type}\n".encode()
    if request.content_type == "multipart/form-data":
        # Its boundary differs each time: what counts are the fields and the files.
        return hashlib.sha256(asked + repr(sorted(_parts(request).items())).encode()).hexdigest()
    return hashlib.sha256(asked + request.body).hexdigest()


def _parts(request: HttpRequest) -> Mapping[str, object]:
    files: dict[str, object] = {}
    for name, file in request.FILES.items():
        digest = hashlib.sha256()
        for chunk in cast(Any, file).chunks():
            digest.update(chunk)
        cast(Any, file).seek(0)
        files[f"file {name}"] = digest.hexdigest()
    return {**{name: request.POST.getlist(name) for name in request.POST}, **files}


def _unfit(request: HttpRequest) -> HttpResponse | None:
    """Why the body is not even looked at."""
    size = int(request.META.get("CONTENT_LENGTH") or 0)
    is_file = request.content_type == "multipart/form-data"
    if size > (LARGEST_FILE_BYTES if is_file else LARGEST_BYTES):
        return problem(413, "body_too_large")
    takes_files = request.method == "POST" and FILED.fullmatch(request.path) is not None
    fits = request.content_type == "application/json" or (is_file and takes_files)
    return None if size == 0 or fits else problem(415, "media_type_unsupported")


def _program(request: HttpRequest) -> Program | HttpResponse:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret:
        return problem(401, "key_missing", headers={"WWW-Authenticate": "Bearer"})
    program = program_of(secret.strip())
    return program or problem(
        401, "key_refused", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}
    )


def _dressed(response: HttpResponseBase) -> HttpResponseBase:
    """Django's own pages for what is not there, not taken or broken, as problems."""
    plain = response.headers.get("Content-Type", "").startswith("text/html")
    if response.status_code == 405 and plain:
        allowed = {"Allow": response.headers.get("Allow", "")}
        return problem(405, "method_not_allowed", headers=allowed)
    codes = {404: "not_found", 400: "body_malformed", 500: "internal"}
    if plain and response.status_code in codes:
        return problem(response.status_code, codes[response.status_code])
    return response
