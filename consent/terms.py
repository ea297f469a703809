"""Terms of the Data Privacy Vocabulary 2.3 in, addresses and words for people out. Leaves no row.

Only terms that are in DPV 2.3 stand here (privacy.md §2.2): a purpose with another one is not published.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "schema": "https://schema.org/",
}

PURPOSES: dict[str, Any] = {
    "DirectMarketing": _("Direct marketing"),
    "Marketing": _("Marketing"),
    "Advertising": _("Advertising"),
    "PersonalisedAdvertising": _("Personalised advertising"),
    "TargetedAdvertising": _("Targeted advertising"),
    "SocialMediaMarketing": _("Marketing on social media"),
    "PublicRelations": _("Public relations"),
    "Personalisation": _("Personal choice"),
    "ProvidePersonalisedRecommendations": _("Personal recommendations"),
    "ProvideProductRecommendations": _("Recommendations of products"),
    "ProvideEventRecommendations": _("Recommendations of events"),
    "PersonalisedBenefits": _("Personal benefits"),
    "CommunicationManagement": _("Messages"),
    "CommunicationForCustomerCare": _("Messages to help customers"),
    "CustomerCare": _("Helping customers"),
    "CustomerManagement": _("Customer administration"),
    "CustomerOrderManagement": _("Handling orders"),
    "CustomerRelationshipManagement": _("Customer relations"),
    "AccountManagement": _("Accounts"),
    "DeliveryOfGoods": _("Delivery of goods"),
    "PaymentManagement": _("Payments"),
    "FulfilmentOfContractualObligation": _("Keeping an agreement"),
    "LegalCompliance": _("Keeping the law"),
    "RecordManagement": _("Keeping records"),
    "ServiceUsageAnalytics": _("Measuring how a service is used"),
    "ImproveExistingProductsAndServices": _("Improving products and services"),
    "OptimiseUserInterface": _("Improving pages"),
    "CommercialResearch": _("Commercial research"),
    "NonCommercialResearch": _("Research that is not commercial"),
}

DATA: dict[str, Any] = {
    "EmailAddress": _("E-mail address"),
    "Name": _("Name"),
    "TelephoneNumber": _("Phone number"),
    "PhysicalAddress": _("Address"),
    "PostalCode": _("Postcode"),
    "City": _("City"),
    "Country": _("Country"),
    "Language": _("Language"),
    "BirthDate": _("Birthday"),
    "Age": _("Age"),
    "Identifier": _("Customer number"),
    "Purchase": _("Orders"),
    "Transaction": _("Payments"),
    "Interest": _("Interests"),
    "Preference": _("Preferences"),
    "Communication": _("Messages and questions"),
    "ServiceConsumptionBehaviour": _("What you open and click in our messages"),
    "BrowsingBehaviour": _("Pages you look at"),
    "DeviceBased": _("Your device and browser"),
    "IPAddress": _("IP address"),
}

LEGAL_BASES = {"consent": "A6-1-a", "contract": "A6-1-b", "legal_obligation": "A6-1-c", "legitimate_interest": "A6-1-f"}


def data_label(term: str) -> str:
    """In words of the active language; a term that is not known as it stands."""
    return str(DATA.get(term, term))


def purpose(term: str) -> dict[str, str]:
    return {"@id": f"dpv:{term}"}


def data(term: str) -> dict[str, str]:
    return {"@id": f"pd:{term}"}


def legal_basis(gdpr_basis: str) -> dict[str, str]:
    """Art. 6(1) GDPR: the letter of the basis."""
    return {"@id": f"eu-gdpr:{LEGAL_BASES[gdpr_basis]}"}


def choices(terms: dict[str, Any]) -> list[tuple[str, str]]:
    """For a form: in the order of their words."""
    return sorted(((term, str(label)) for term, label in terms.items()), key=lambda choice: choice[1].casefold())
