"""Ready-made mappings: how programs that many people use name the columns of their exports.

Data, not code: a mapping that somebody saves under the same name takes its place. Exports are often set up by hand, so
the mapping screen shows what was recognised before anything is read.
"""

from collections.abc import Mapping
from typing import Final

from encaisse.intake.rules.mapping import ColumnMap

_SIRET: Final = "siret siren<siret"
_SAGE: Final = ColumnMap(
    {
        "Numéro compte": "reference", "N° compte": "reference", "Compte tiers": "reference", "Intitulé": "name",
        "Adresse": "address_1", "Complément": "address_2", "Code postal": "postcode<short_postcode",
        "Ville": "city", "Pays": "country", "Téléphone": "phone", "E-mail": "email", "Siret": _SIRET,
        "N° Siret": _SIRET, "Identifiant": "vat_number", "N° identifiant": "vat_number",
        "Mode de règlement": "payment_method", "Condition de règlement": "terms", "Représentant": "rep",
        "Encours maximum autorisé": "credit_limit", "Date de création": "since_date", "Devise": "currency",
    },
    {"country": "France"},
)  # fmt: skip
_CEGID: Final = ColumnMap(
    {
        "Code tiers": "reference", "Auxiliaire": "reference", "Raison sociale": "name", "Libellé": "name",
        "Forme juridique": "legal_form", "Adresse 1": "address_1", "Adresse 2": "address_2",
        "Code postal": "postcode<short_postcode", "Ville": "city", "Pays": "country", "Téléphone": "phone",
        "E-mail": "email", "SIRET": _SIRET, "Numéro SIRET": _SIRET, "Identifiant TVA": "vat_number",
        "N° intracommunautaire": "vat_number", "Mode de paiement": "payment_method",
        "Conditions de paiement": "terms", "Commercial": "rep", "Crédit accordé": "credit_limit",
        "Date création": "since_date", "Devise": "currency",
    },
    {"country": "France"},
)  # fmt: skip
_ODOO: Final = ColumnMap(
    {
        "Référence": "reference", "Reference": "reference", "ref": "reference", "Nom": "name", "Name": "name",
        "Rue": "address_1", "Street": "address_1", "Rue 2": "address_2", "Street2": "address_2",
        "Code postal": "postcode", "Zip": "postcode", "Ville": "city", "City": "city", "Pays": "country",
        "Country": "country", "Téléphone": "phone", "Phone": "phone", "Courriel": "email", "Email": "email",
        "N° de TVA": "vat_number", "Numéro de TVA": "vat_number", "Tax ID": "vat_number", "SIRET": _SIRET,
        "Vendeur": "rep", "Salesperson": "rep", "Limite de crédit": "credit_limit", "Credit Limit": "credit_limit",
        "Créé le": "since_date", "Created on": "since_date",
        "Conditions de paiement client": "terms", "Customer Payment Terms": "terms",
    }
)  # fmt: skip
_ODOO_CONTRACTS: Final = ColumnMap(
    {
        "Référence de commande": "reference", "Order Reference": "reference", "Client": "customer",
        "Customer": "customer", "Article": "offer", "Product": "offer", "Quantité": "quantity",
        "Quantity": "quantity", "Date de début": "start_date", "Start Date": "start_date",
        "Date de fin": "end_date", "End Date": "end_date", "Prix unitaire": "unit_price",
        "Unit Price": "unit_price", "Remise (%)": "discount_percent", "Discount (%)": "discount_percent",
    }
)  # fmt: skip
READY_MADE: Final[Mapping[str, Mapping[str, ColumnMap]]] = {
    "customers": {"Sage": _SAGE, "Cegid": _CEGID, "Odoo": _ODOO},
    "contracts": {"Odoo": _ODOO_CONTRACTS},
}
