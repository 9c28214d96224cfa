"""How Django's sessions find our users. Nobody enters here: that is `operations.log_in`."""

from django.contrib.auth.backends import BaseBackend

from encaisse.access.models import User
from encaisse.access.queries import users as queries


class SessionBackend(BaseBackend):
    """Gives each request the user of its session, as long as the user is active."""

    def get_user(self, user_id: int) -> User | None:
        """The user with the role, or None once deactivated: open sessions end at once."""
        return queries.active_user(user_id)
