"""Django's settings. Every value that an operator may choose comes from the environment."""

import os
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from encaisse.config import environment
from encaisse.database import layout

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = environment.home()
SECRET_KEY = environment.secret_key(HOME)
DEBUG = environment.flag("ENCAISSE_DEBUG", default=False)
ALLOWED_HOSTS = os.environ.get("ENCAISSE_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("ENCAISSE_ORIGINS", "").split(",") if origin]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "csp",
    "procrastinate.contrib.django",
    "encaisse.kernel",
    "encaisse.archive",
    "encaisse.intake",
    "encaisse.party",
    "encaisse.currency",
    "encaisse.access",
    "encaisse.webhook",
    "encaisse.catalog",
    "encaisse.tax",
    "encaisse.subscription",
    "encaisse.usage",
    "encaisse.charge",
    "encaisse.billing",
    "encaisse.invoice",
    "encaisse.judgement",
    "encaisse.tag",
    "encaisse.document",
    "encaisse.delivery",
    "encaisse.payment",
    "encaisse.deposit",
    "encaisse.takeover",
    "encaisse.allocation",
    "encaisse.ledger",
    "encaisse.flows",
    "encaisse.ui",
    "encaisse.desk",
    "encaisse.api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Programs go no further: what follows is for people and their browsers.
    "encaisse.api.gate.Gate",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "encaisse.desk.middleware.SignedIn",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "encaisse.config.urls"
WSGI_APPLICATION = "encaisse.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "encaisse.ui.context.page",
                "encaisse.desk.context.frame",
            ],
        },
    }
]


def _databases() -> dict[str, dict[str, Any]]:
    """`default` connects as the application's role, `owner` as the role that migrates."""
    if url := os.environ.get("DATABASE_URL"):
        default = environment.database(url)
        owner = environment.database(os.environ.get("DATABASE_OWNER_URL", url), "DATABASE_OWNER_URL")
    else:
        place = layout.address(HOME)
        default = environment.database(place.url(place.app))
        owner = environment.database(place.url(place.owner))
    return {"default": default, "owner": owner}


DATABASES = _databases()
EMBEDDED_DATABASE = "DATABASE_URL" not in os.environ
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["encaisse.access.backend.SessionBackend"]
LOGIN_URL = "desk:login"
LOGIN_REDIRECT_URL = "desk:dashboard"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = environment.flag("ENCAISSE_HTTPS", default=False)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
    }
}

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
# Instants are stored in UTC and shown in this zone; business dates follow each legal entity's own.
READER_TIME_ZONE = environment.time_zone("ENCAISSE_TIMEZONE", default="Europe/Paris")

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # files are served from the packages: nothing has to be collected
WHITENOISE_AUTOREFRESH = DEBUG
# Of each key and each process.
API_REQUESTS_PER_MINUTE = environment.count("ENCAISSE_API_REQUESTS_PER_MINUTE", default=30_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Where files go: content-addressed archive, what waits some days to be fetched, and the folder that plays the mail
# server until one is named.
ARCHIVE_DIR = HOME / "archive"
PASSING_DIR = HOME / "passing"
MAIL_URL = os.environ.get("ENCAISSE_MAIL_URL", f"folder://{HOME / 'outbox'}")
# Whether a document waits for the official rules before it is sent; one that breaks them then stays.
SEND_AFTER_CHECK = environment.flag("ENCAISSE_SEND_AFTER_CHECK", default=False)
# Which register of VAT numbers is asked: none, `vies`, or `simulator`.
VAT_REGISTER = environment.vat_register("ENCAISSE_VAT_REGISTER")
# Whether what is not taxed because the buyer has a VAT number waits, as an exception, while the register knows no such
# number; else it is for validation rules to say.
HOLD_INVALID_VAT_NUMBERS = environment.flag("ENCAISSE_HOLD_INVALID_VAT_NUMBERS", default=True)
# Where what is sent to other people's servers may go beside the Internet, and to which ports of the Internet.
TRUSTED_NETWORKS = environment.networks("ENCAISSE_TRUSTED_NETWORKS")
OUT_PORTS = environment.ports("ENCAISSE_OUT_PORTS", default="443,8443")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("ENCAISSE_LOG", "WARNING")},
}
