"""The organisation: founding it, and its settings."""

import io
import uuid
import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.forms.lines import EmailField, LineField
from accounts.models import Brand, LegalIdentity, SenderIdentity, Tenant

HEAVIEST_LOGO = 1_000_000  # bytes
LARGEST_LOGO = (800, 400)  # pixels
MOST_PIXELS = 4_000_000


def time_zones() -> list[tuple[str, str]]:
    """UTC and the zones named after a place, in order."""
    places = {name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/"))}
    return [(name, name.replace("_", " ")) for name in ["UTC", *sorted(places)]]


class TenantCreateForm(forms.ModelForm):
    class Meta:
        model = Tenant
        fields = ["name", "slug"]
        field_classes = {"name": LineField}
        labels = {"name": _("Name of the organisation")}
        help_texts = {"slug": _("Stands in the address of your pages: /t/address/. Small letters, digits and hyphens.")}


class TenantChangeForm(forms.ModelForm):
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)
    languages = forms.MultipleChoiceField(
        label=_("Languages of your customers"),
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The first is used when we do not know a customer’s language."),
    )

    class Meta:
        model = Tenant
        fields = ["name", "time_zone", "languages", "requires_second_factor"]
        field_classes = {"name": LineField}
        help_texts = {"requires_second_factor": _("Who has none is asked to set one up before anything else opens.")}


class LegalIdentityForm(forms.ModelForm):
    class Meta:
        model = LegalIdentity
        fields = ["legal_name", "street", "postal_code", "city", "country", "registration_number", "privacy_name", "privacy_email"]
        field_classes = {**dict.fromkeys(fields[:-1], LineField), "privacy_email": EmailField}
        help_texts = {
            "registration_number": _("Such as the number at the chamber of commerce."),
            "privacy_email": _("Customers see this address, and may write to it about their data."),
        }


class BrandForm(forms.ModelForm):
    logo = forms.FileField(label=_("Logo"), required=False, help_text=_("PNG, JPEG or WebP, at most 1 MB."))
    remove_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    class Meta:
        model = Brand
        fields = ["logo", "remove_logo", "colour", "colour_dark"]
        help_texts = {
            "colour": _("Such as #1c4a40. It must read well on white: a contrast of at least 4.5 to 1. Empty: our green."),
            "colour_dark": _("For customers whose device is dark. It must read well on nearly black."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.instance.logo:
            del self.fields["remove_logo"]

    def clean_logo(self) -> ContentFile | Any:
        """The picture drawn anew as PNG: nothing hidden in the file comes along, and it is no larger than needed."""
        upload = self.cleaned_data["logo"]
        if not upload or upload == self.instance.logo:
            return self.instance.logo
        if upload.size > HEAVIEST_LOGO:
            raise forms.ValidationError(_("This file is larger than 1 MB. Save it smaller and try again."))
        return ContentFile(_redraw(upload), name=f"logo-{uuid.uuid4().hex[:12]}.png")

    def save(self, commit: bool = True) -> Brand:
        """A logo that is replaced or removed leaves the disk once the change is committed."""
        if self.cleaned_data.get("remove_logo"):
            self.instance.logo = ""
        old, storage = self.initial.get("logo"), self.instance.logo.storage
        if old and old.name != self.instance.logo.name:
            transaction.on_commit(lambda: storage.delete(old.name), robust=True)
        return super().save(commit)


def _redraw(upload: Any) -> bytes:
    try:
        picture = Image.open(upload, formats=["PNG", "JPEG", "WEBP"])
        if picture.width * picture.height > MOST_PIXELS:
            raise forms.ValidationError(_("This picture is too large. 800 by 400 pixels is enough."))
        picture.draft("RGB", LARGEST_LOGO)  # a JPEG is read at the size that is needed
        picture = ImageOps.exif_transpose(picture).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise forms.ValidationError(_("This is not a PNG, JPEG or WebP picture.")) from None
    picture.thumbnail(LARGEST_LOGO)
    drawn = io.BytesIO()
    picture.save(drawn, "PNG", optimize=True)
    return drawn.getvalue()


class SenderIdentityForm(forms.ModelForm):
    class Meta:
        model = SenderIdentity
        fields = ["name", "email", "reply_to"]
        field_classes = {"name": LineField, "email": EmailField, "reply_to": EmailField}
        help_texts = {
            "name": _("What customers see as the sender: “Platenzaak Voorbeeld”."),
            "email": _("We send a mail to this address. It can be used once somebody has confirmed it."),
        }

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if SenderIdentity.objects.filter(email=email).exists():
            raise forms.ValidationError(_("This address is in the list already."))
        return email
