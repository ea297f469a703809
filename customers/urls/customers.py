"""Addresses of customers and of the catalogue: attributes, events, products."""

from django.urls import path

from customers.views import attributes, customers, events, products

urlpatterns = [
    path("customers/", customers.customer_list, name="customer_list"),
    path("customers/columns/", customers.customer_columns, name="customer_columns"),
    path("customers/<public:customer_id>/", customers.customer, name="customer"),
    path("customers/<public:customer_id>/segments/", customers.customer_why, name="customer_why"),
    path("customers/<public:customer_id>/merges/", customers.customer_merges, name="customer_merges"),
    path("customers/<public:customer_id>/merge/", customers.customer_merge, name="customer_merge"),
    path("customers/<public:customer_id>/merges/<public:merge_id>/undo/", customers.customer_unmerge, name="customer_unmerge"),
    path("attributes/", attributes.attribute_list, name="attribute_list"),
    path("attributes/new/", attributes.attribute_create, name="attribute_create"),
    path("attributes/<public:attribute_id>/", attributes.attribute_change, name="attribute_change"),
    path("attributes/<public:attribute_id>/retire/", attributes.attribute_retire, name="attribute_retire"),
    path("events/", events.event_type_list, name="event_type_list"),
    path("events/<public:type_id>/", events.event_type, name="event_type"),
    path("events/<public:type_id>/change/", events.event_type_change, name="event_type_change"),
    path("products/", products.product_list, name="product_list"),
]
