"""Choices that a partner's program heard, in; events of the log, or why each may not stand, out. What customers allow now, out.

A key records and reads only the purposes it was made for; others are not there for it (privacy.md PL5). A yes without proof of its own is
kept as unknown (CR5), and a no is turned by nobody but the customer (CC7): the same rules as for a form or a file.
"""

from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.access import in_scope
from accounts.models import ApiKey
from accounts.permissions import Permission
from consent import recording
from consent.choices import rows_of
from consent.models import Channel, ConsentState, Purpose, State
from consent.proof import Proof
from consent.recording import Choice
from customers.identity import claims
from customers.models import Identifier
from customers.values import BadValue

MOST = 1_000
SAID = [State.GIVEN, State.REFUSED, State.WITHDRAWN, State.OBJECTED]


class ProofSerializer(serializers.Serializer):
    form_version = serializers.CharField(max_length=100, required=False, default="")
    evidence_sha256 = serializers.RegexField(r"^[0-9a-f]{64}$", required=False, default="")
    label = serializers.CharField(max_length=500, required=False, default="")
    page_url = serializers.URLField(max_length=500, required=False, default="")
    language = serializers.CharField(max_length=10, required=False, default="")
    ip = serializers.IPAddressField(required=False, default="")
    user_agent = serializers.CharField(max_length=300, required=False, default="")
    text = serializers.CharField(max_length=2_000, required=False, default="")


class ChoiceSerializer(serializers.Serializer):
    email = serializers.CharField(max_length=254)
    purpose = serializers.CharField(max_length=40)
    channel = serializers.ChoiceField(Channel.choices, default=Channel.EMAIL)
    state = serializers.ChoiceField([(state.value, state.label) for state in SAID])
    occurred_at = serializers.DateTimeField()
    proof = ProofSerializer(required=False)


class ChoicesSerializer(serializers.Serializer):
    choices = ChoiceSerializer(many=True, allow_empty=False, max_length=MOST)


@api_view(["GET", "POST"])
@in_scope
def consent_list(request: Request) -> Response:
    if request.method == "GET":
        return Response(_read(request.query_params.get("email", ""), request.auth))
    asked = ChoicesSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return Response(_record(asked.validated_data["choices"], request.auth))


consent_list.cls.permission = Permission.CUSTOMERS_CHANGE


def _read(email: str, key: ApiKey) -> dict[str, Any]:
    """The newest word on each purpose of the key; nothing for who is not known, so that nobody learns who is."""
    known = _customers([email])
    rows = rows_of(known[email]) if email in known else []
    states = (
        ConsentState.objects.filter(customer_id__in=rows, purpose__in=_purposes(key).values()).select_related("purpose").order_by("since")
    )
    said = {(each.purpose.key, each.channel): each for each in states}
    return {"consents": [_shown(purpose, channel, each) for (purpose, channel), each in said.items()]}


def _shown(purpose: str, channel: str, state: ConsentState) -> dict[str, Any]:
    return {
        "purpose": purpose,
        "channel": channel,
        "state": state.state,
        "since": state.since,
        "until": state.until,
        "version": state.version,
    }


def _record(choices: list[dict[str, Any]], key: ApiKey) -> dict[str, Any]:
    """Each by itself: what may not stand is told by its place, and takes nothing along."""
    known, purposes = _customers([each["email"] for each in choices]), _purposes(key)
    refused, taken, places = [], [], {}
    for place, each in enumerate(choices):
        if each["purpose"] not in purposes:
            refused.append({"place": place, "code": "no_purpose", "detail": "This key is not made for this purpose."})
        elif each["email"] not in known:
            refused.append({"place": place, "code": "no_customer", "detail": "No customer is known by this address."})
        else:
            choice = Choice(known[each["email"]], purposes[each["purpose"]], each["channel"], State(each["state"]), _proof(each, key))
            places[id(choice)] = place
            taken.append(choice)
    outcome = recording.record_all(taken, Proof(method="api", indicated_by="api"))
    refused += [{"place": places[id(one.choice)], "code": one.code, "detail": one.text} for one in outcome.refused]
    return {"events": [str(each) for each in outcome.event_ids], "refused": sorted(refused, key=lambda each: each["place"])}


def _proof(said: dict[str, Any], key: ApiKey) -> Proof:
    proof = dict(said.get("proof") or {})
    label = proof.pop("label", "")
    labels = {said["purpose"]: label} if label else {}
    at: datetime = said["occurred_at"]
    return Proof(method="api", indicated_by="customer", occurred_at=at, actor=f"key:{key.pk}", labels=labels, **proof)


def _purposes(key: ApiKey) -> dict[str, Purpose]:
    return {each.key: each for each in Purpose.objects.live().select_related("version") if key.is_for(each.key)}


def _customers(emails: list[str]) -> dict[str, int]:
    """As it was written -> the row that is known by it."""
    normal = {email: value for email in emails if (value := _normal(email))}
    found = Identifier.objects.filter(kind=Identifier.Kind.EMAIL, value__in=set(normal.values())).values_list("value", "customer_id")
    by_value = dict(found)
    return {email: by_value[value] for email, value in normal.items() if value in by_value}


def _normal(email: str) -> str:
    try:
        return claims.email(email).value
    except BadValue:
        return ""
