"""The request as the endpoints receive it."""

from django.http import HttpRequest

from encaisse.access.queries.keys import Program
from encaisse.kernel.scope import Scope


class ProgramRequest(HttpRequest):
    """A request of a program whose key is good: `gate.Gate` has made sure, and says what it may see."""

    program: Program
    scope: Scope
