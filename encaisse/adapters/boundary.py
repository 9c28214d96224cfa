"""The line that no transaction crosses: what is told to the outside world cannot be rolled back."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def outside_transactions(call: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """The call is refused inside a transaction: write the intent, commit, call, then write the outcome.

    Raises RuntimeError, since a caller that does it is wrong and not unlucky.
    """

    @wraps(call)
    def checked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        # Django refuses a durable block inside another one. Empty, it costs no exchange with the server.
        with transaction.atomic(durable=True):
            pass
        return call(*args, **kwargs)

    return checked
