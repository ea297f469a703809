"""A view that takes a large file in; out the same view, which reads no byte before it knows who sends it, and none in a transaction.

The doorstep (config/doorstep.py) lets in bodies up to the size that the view names; files go to the disk as they come, never into memory.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from accounts.access import may
from accounts.permissions import Permission

View = Callable[..., HttpResponse]


def takes_up_to(size: int, permission: Permission) -> Callable[[View], View]:
    """Above `@may(permission)`: bodies up to `size` bytes.

    Django's own check against forged requests would read the whole body to find its token before the view is asked who sends it.
    So that check comes after the one on the member here, and the body is read between the two scopes.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **where: Any) -> HttpResponse:
            request.upload_handlers = [TemporaryFileUploadHandler(request)]
            return _let_in(permission)(request, **where) or _read(request) or view(request, **where)

        guarded.largest_body = size
        return csrf_exempt(guarded)

    return decorate


def _let_in(permission: Permission) -> View:
    """Answers nothing for a member who may."""
    return may(permission)(lambda request: None)


def _read(request: HttpRequest) -> HttpResponse | None:
    """Reads the body to the disk and checks its token; answers only when it is refused."""
    passed = HttpResponse()
    answer = csrf_protect(lambda request: passed)(request)
    return None if answer is passed else answer
