"""The entry point that a WSGI server such as granian loads."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "encaisse.config.settings")
application = get_wsgi_application()

# Opening a connection costs more than most pages ask of it: the server of pages keeps those of its threads, and looks
# at each request whether the one that it has still answers.
connections.settings["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
