"""The contract as a file, and the pages made of it. Nobody needs a key to read them."""

from functools import cache

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from encaisse.api.root import api


@require_safe
def contract(request: HttpRequest) -> JsonResponse:
    """The contract, as OpenAPI 3.1."""
    return JsonResponse(described(), json_dumps_params={"ensure_ascii": False})


@cache
def described() -> dict[str, object]:
    """The contract as plain values; it never changes while the process lives."""
    return dict(api.get_openapi_schema(path_prefix="/api/v1/"))
