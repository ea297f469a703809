"""The country of a tenant in, the authority where customers may complain out (Art. 13(2)(d), 77 GDPR). Leaves no row."""

from typing import NamedTuple


class Authority(NamedTuple):
    """`name` in its own language, as it stands on its own site."""

    name: str
    url: str


AUTHORITIES = {
    "AT": Authority("Datenschutzbehörde", "https://www.dsb.gv.at"),
    "BE": Authority("Gegevensbeschermingsautoriteit", "https://www.gegevensbeschermingsautoriteit.be"),
    "DE": Authority("Bundesbeauftragte für den Datenschutz und die Informationsfreiheit", "https://www.bfdi.bund.de"),
    "DK": Authority("Datatilsynet", "https://www.datatilsynet.dk"),
    "ES": Authority("Agencia Española de Protección de Datos", "https://www.aepd.es"),
    "FR": Authority("Commission nationale de l’informatique et des libertés", "https://www.cnil.fr"),
    "GB": Authority("Information Commissioner’s Office", "https://ico.org.uk"),
    "IE": Authority("Data Protection Commission", "https://www.dataprotection.ie"),
    "IT": Authority("Garante per la protezione dei dati personali", "https://www.garanteprivacy.it"),
    "LU": Authority("Commission nationale pour la protection des données", "https://cnpd.public.lu"),
    "NL": Authority("Autoriteit Persoonsgegevens", "https://autoriteitpersoonsgegevens.nl"),
    "PL": Authority("Urząd Ochrony Danych Osobowych", "https://uodo.gov.pl"),
    "SE": Authority("Integritetsskyddsmyndigheten", "https://www.imy.se"),
}
# The list of all of them, for every other country.
ALL = Authority("European Data Protection Board", "https://www.edpb.europa.eu/about-edpb/about-edpb/members_en")


def of(country: str) -> Authority:
    return AUTHORITIES.get(country, ALL)
