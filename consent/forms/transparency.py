"""The publication of the public page: what the one who publishes has looked at."""

from django import forms


class TransparencyPublishForm(forms.Form):
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)  # hash of the content that was shown
