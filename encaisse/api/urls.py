"""The addresses of the API, its contract and its pages."""

from django.urls import path

from encaisse.api.documentation import pages
from encaisse.api.root import api

app_name = "api-pages"
urlpatterns = [
    path("api/openapi.json", pages.contract, name="contract"),
    path("api/docs", pages.home, name="home"),
    path("api/docs/errors", pages.errors, name="errors"),
    path("api/docs/guides/<slug:name>", pages.guide, name="guide"),
    path("api/docs/<slug:slug>", pages.resource, name="resource"),
    path("api/v1/", api.urls),
]
