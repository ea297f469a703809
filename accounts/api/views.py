"""What a partner's program can ask of this room."""

from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.access import in_scope
from accounts.models import ApiKey


@api_view(["GET"])
@in_scope
def api_key_detail(request: Request) -> Response:
    """What the key in use may do: the first call of whoever builds a connection."""
    key: ApiKey = request.auth
    return Response(
        {
            "tenant": key.tenant.slug,
            "name": key.name,
            "scopes": sorted(key.scopes),
            "purposes": key.purposes,
            "expires_at": key.expires_at,
        }
    )
