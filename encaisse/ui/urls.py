"""Addresses that every face shares: the style page, and the switches of language and theme."""

from django.urls import path
from django.views.i18n import set_language

from encaisse.ui import pages

app_name = "ui"
urlpatterns = [
    path("style", pages.style, name="style"),
    path("preferences/language", set_language, name="language"),
    path("preferences/theme", pages.choose_theme, name="theme"),
]
