"""The product catalogue: what was viewed and bought, as events tell of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import paging
from accounts.access import may
from accounts.permissions import Permission
from customers.forms.catalogue import ProductSearchForm


@require_safe
@may(Permission.CONTENT_VIEW)
def product_list(request: HttpRequest) -> HttpResponse:
    form = ProductSearchForm(request.GET)
    page = paging.newest_first(form.found(), request)
    context = {"form": form, "page": page, "is_empty": not page.rows and not form.is_active}
    return render(request, "customers/product_list.html", context)
