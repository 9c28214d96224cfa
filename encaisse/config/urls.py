"""The root addresses: each face has its own."""

from django.urls import URLPattern, URLResolver, include, path

from encaisse.config.health import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("", include("encaisse.ui.urls")),
    path("", include("encaisse.api.urls")),
    path("", include("encaisse.desk.urls")),
]
