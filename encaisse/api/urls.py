"""The addresses of the API, its contract and its pages."""

from django.urls import path

from encaisse.api.documentation import pages
from encaisse.api.root import api

app_name = "api-pages"
urlpatterns = [
    path("api/openapi.json", pages.contract, name="contract"),
    path("api/v1/", api.urls),
]
