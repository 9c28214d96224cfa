"""Regions by their ISO 3166-2 codes, as far as a postcode tells which one an address is in.

Where postcodes do not follow regions there is none here: rules name postcodes there. In France and Spain the first two
digits are the department's or the province's; a few French villages have the postcode of a neighbouring department.
Source: ISO 3166-2, La Poste, Correos, CTT, Postes Canada.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from encaisse.party.rules.postcodes import Stretch, stretch


class Region(NamedTuple):
    """A part of a country, told by how its postcodes begin; without any it is the whole territory `country`."""

    code: str
    country: str
    name_fr: str
    name_en: str
    postcodes: str

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """Its postcodes in order; none where the territory is the region."""
        return tuple(stretch(each) for each in self.postcodes.split())


REGIONS: Final = tuple(Region(*each) for each in (
    ("FR-ARA", "FR", "Auvergne-Rhône-Alpes", "Auvergne-Rhône-Alpes", "01 03 07 15 26 38 42 43 63 69 73 74"),
    ("FR-BFC", "FR", "Bourgogne-Franche-Comté", "Bourgogne-Franche-Comté", "21 25 39 58 70 71 89 90"),
    ("FR-BRE", "FR", "Bretagne", "Brittany", "22 29 35 56"),
    ("FR-CVL", "FR", "Centre-Val de Loire", "Centre-Val de Loire", "18 28 36 37 41 45"),
    ("FR-20R", "FR", "Corse", "Corsica", "20"),
    ("FR-GES", "FR", "Grand Est", "Grand Est", "08 10 51 52 54 55 57 67 68 88"),
    ("FR-HDF", "FR", "Hauts-de-France", "Hauts-de-France", "02 59 60 62 80"),
    ("FR-IDF", "FR", "Île-de-France", "Île-de-France", "75 77 78 91 92 93 94 95"),
    ("FR-NOR", "FR", "Normandie", "Normandy", "14 27 50 61 76"),
    ("FR-NAQ", "FR", "Nouvelle-Aquitaine", "Nouvelle-Aquitaine", "16 17 19 23 24 33 40 47 64 79 86 87"),
    ("FR-OCC", "FR", "Occitanie", "Occitania", "09 11 12 30 31 32 34 46 48 65 66 81 82"),
    ("FR-PDL", "FR", "Pays de la Loire", "Pays de la Loire", "44 49 53 72 85"),
    ("FR-PAC", "FR", "Provence-Alpes-Côte d’Azur", "Provence-Alpes-Côte d’Azur", "04 05 06 13 83 84"),
    ("FR-971", "GP", "Guadeloupe", "Guadeloupe", ""),
    ("FR-972", "MQ", "Martinique", "Martinique", ""),
    ("FR-973", "GF", "Guyane", "French Guiana", ""),
    ("FR-974", "RE", "La Réunion", "Réunion", ""),
    ("FR-976", "YT", "Mayotte", "Mayotte", ""),
    ("ES-AN", "ES", "Andalousie", "Andalusia", "04 11 14 18 21 23 29 41"),
    ("ES-AR", "ES", "Aragon", "Aragon", "22 44 50"),
    ("ES-AS", "ES", "Asturies", "Asturias", "33"),
    ("ES-CB", "ES", "Cantabrie", "Cantabria", "39"),
    ("ES-CE", "ES", "Ceuta", "Ceuta", "51"),
    ("ES-CL", "ES", "Castille-et-León", "Castile and León", "05 09 24 34 37 40 42 47 49"),
    ("ES-CM", "ES", "Castille-La Manche", "Castilla–La Mancha", "02 13 16 19 45"),
    ("ES-CN", "ES", "Îles Canaries", "Canary Islands", "35 38"),
    ("ES-CT", "ES", "Catalogne", "Catalonia", "08 17 25 43"),
    ("ES-EX", "ES", "Estrémadure", "Extremadura", "06 10"),
    ("ES-GA", "ES", "Galice", "Galicia", "15 27 32 36"),
    ("ES-IB", "ES", "Îles Baléares", "Balearic Islands", "07"),
    ("ES-MC", "ES", "Région de Murcie", "Murcia", "30"),
    ("ES-MD", "ES", "Communauté de Madrid", "Madrid", "28"),
    ("ES-ML", "ES", "Melilla", "Melilla", "52"),
    ("ES-NC", "ES", "Navarre", "Navarre", "31"),
    ("ES-PV", "ES", "Pays basque", "Basque Country", "01 20 48"),
    ("ES-RI", "ES", "La Rioja", "La Rioja", "26"),
    ("ES-VC", "ES", "Communauté valencienne", "Valencian Community", "03 12 46"),
    ("PT-20", "PT", "Açores", "Azores", "95 96 97 98 99"),
    ("PT-30", "PT", "Madère", "Madeira", "90 91 92 93 94"),
    ("FI-01", "FI", "Åland", "Åland", "22"),
    ("GB-NIR", "GB", "Irlande du Nord", "Northern Ireland", "BT"),
    ("CA-AB", "CA", "Alberta", "Alberta", "T"),
    ("CA-BC", "CA", "Colombie-Britannique", "British Columbia", "V"),
    ("CA-MB", "CA", "Manitoba", "Manitoba", "R"),
    ("CA-NB", "CA", "Nouveau-Brunswick", "New Brunswick", "E"),
    ("CA-NL", "CA", "Terre-Neuve-et-Labrador", "Newfoundland and Labrador", "A"),
    ("CA-NS", "CA", "Nouvelle-Écosse", "Nova Scotia", "B"),
    ("CA-ON", "CA", "Ontario", "Ontario", "K L M N P"),
    ("CA-PE", "CA", "Île-du-Prince-Édouard", "Prince Edward Island", "C"),
    ("CA-QC", "CA", "Québec", "Quebec", "G H J"),
    ("CA-SK", "CA", "Saskatchewan", "Saskatchewan", "S"),
    ("CA-YT", "CA", "Yukon", "Yukon", "Y"),
))  # fmt: skip


@lru_cache(maxsize=1)
def regions() -> dict[str, Region]:
    """Every region by its code."""
    return {region.code: region for region in REGIONS}
