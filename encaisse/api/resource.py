"""One resource of the API: its endpoints, each with the permission that its key must hold."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http.response import HttpResponseBase
from ninja import Router, Status
from ninja.constants import NOT_SET

from encaisse.api.requests import ProgramRequest
from encaisse.kernel.errors import NotPermitted

Endpoint = Callable[..., Any]
Register = Callable[[Endpoint], Endpoint]


# One for all: two resources may share an address, each with methods of its own.
ROUTER: Final = Router()


class Resource:
    """Endpoints under one heading of the documentation. A name is for ever, since client libraries are made of it."""

    def __init__(self, heading: str, *, is_shared: bool = False) -> None:
        """What `is_shared` is of live and test mode alike: only a live key changes it."""
        self.heading = heading
        self.is_shared = is_shared

    def get(self, path: str, answer: Any, permission: str = "") -> Register:
        """An endpoint that reads."""
        return self._endpoint("GET", path, {200: answer}, permission)

    def file(self, path: str, media_type: str, permission: str = "") -> Register:
        """An endpoint that gives a file."""
        content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
        told = {"responses": {"200": {"description": "The file", "content": content}}}
        return self._endpoint("GET", path, {}, permission, told)

    def post(self, path: str, answer: Any, permission: str = "", *, status: int = 201) -> Register:
        """An endpoint that does something once for each Idempotency-Key: it makes a thing unless told otherwise."""
        return self._endpoint("POST", path, {status: answer}, permission)

    def put(self, path: str, answer: Any, permission: str = "") -> Register:
        """An endpoint that makes a thing be as told, however often."""
        return self._endpoint("PUT", path, {200: answer}, permission)

    def delete(self, path: str, permission: str = "") -> Register:
        """An endpoint that ends a thing, however often."""
        return self._endpoint("DELETE", path, {204: None}, permission)

    def _endpoint(
        self,
        method: str,
        path: str,
        answers: dict[int, Any],
        permission: str,
        told: dict[str, Any] | None = None,
    ) -> Register:
        status = next(iter(answers), 200)

        def register(endpoint: Endpoint) -> Endpoint:
            @wraps(endpoint)
            def permitted(request: ProgramRequest, *args: Any, **said: Any) -> Any:
                if permission:
                    request.scope.require(permission)
                if self.is_shared and method != "GET" and request.program.mode == "test":
                    raise NotPermitted(permission=permission)
                told = endpoint(request, *args, **said)
                # Said by name: a row of two fields would be taken for a status and its answer.
                return told if isinstance(told, HttpResponseBase) else Status(status, told)

            summary, _, text = (endpoint.__doc__ or "").strip().partition("\n\n")
            ROUTER.api_operation(
                [method],
                path,
                response=answers or NOT_SET,
                operation_id=endpoint.__name__,
                tags=[self.heading],
                summary=" ".join(summary.split()).removesuffix("."),
                description=" ".join(text.split()),
                openapi_extra={**(told or {}), **({"x-permission": permission} if permission else {})},
            )(permitted)
            return endpoint

        return register
