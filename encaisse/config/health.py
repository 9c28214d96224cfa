"""Whether this process can serve."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from encaisse.kernel import schema


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database is reached and its schema is this version's, else 503 and which is not."""
    try:
        connection.ensure_connection()
        seen = {"database": True, "schema": schema.is_current()}
    except DatabaseError:
        seen = {"database": False, "schema": False}
    well = all(seen.values())
    return JsonResponse({"ok": well, **seen}, status=200 if well else 503)
