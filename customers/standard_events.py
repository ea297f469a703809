"""The events that Portret knows by name, with typed properties: what a new tenant's catalogue holds and what the page for developers shows.

Names and keys are those of Segment's e-commerce specification, so that a shop that sends these already need not change a word.
"""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

PRODUCTS = "products"  # a list of products, each with the keys of PRODUCT; the other types are those of an attribute


@dataclass(frozen=True)
class StandardEvent:
    name: str
    meaning: Any = ""
    properties: list[dict[str, Any]] = field(default_factory=list)
    amount_key: str = ""


def _text(key: str, meaning: Any) -> dict[str, Any]:
    return {"key": key, "type": "text", "meaning": meaning}


def _number(key: str, meaning: Any) -> dict[str, Any]:
    return {"key": key, "type": "decimal", "meaning": meaning}


PRODUCT = [
    _text("product_id", _("Number of the product.")),
    _text("name", _("What it is called.")),
    _text("category", _("Where it stands in the shop.")),
    _number("price", _("Price of one, in the currency.")),
    _number("quantity", _("How many.")),
    _text("currency", _("Three letters, as EUR.")),
    _text("url", _("Page of the product.")),
    _text("image_url", _("Picture of the product.")),
]
ORDER = [
    _text("order_id", _("Number of the order.")),
    _number("total", _("What is paid, in the currency.")),
    _number("discount", _("What was taken off.")),
    _text("coupon", _("Code of the coupon.")),
    _text("currency", _("Three letters, as EUR.")),
    {"key": "products", "type": PRODUCTS, "meaning": _("What was bought, each with the properties of a product.")},
]
CART = [
    _text("cart_id", _("Number of the cart.")),
    {"key": "products", "type": PRODUCTS, "meaning": _("What is in it, each with the properties of a product.")},
]
CHECKOUT = [ORDER[0], _number("value", _("What it will cost, in the currency.")), *ORDER[3:]]
COUPON = [
    _text("coupon_id", _("Number of the coupon.")),
    _text("coupon_name", _("What it is called.")),
    _text("order_id", _("Number of the order.")),
    _number("discount", _("What is taken off.")),
]
PAGE = [
    _text("name", _("What the page is called.")),
    _text("category", _("What kind of page it is.")),
    _text("url", _("Address of the page.")),
    _text("path", _("The address without the host.")),
    _text("title", _("Title of the page.")),
    _text("referrer", _("Page before it.")),
]
TICKET = [
    _text("ticket_id", _("Number of the ticket.")),
    _text("subject", _("What it is about, in a few words.")),
    _text("category", _("Kind of question.")),
    _text("channel", _("How it came in: mail, phone, chat.")),
]
LETTER = [_text("newsletter", _("Which newsletter.")), _text("email", _("The address it goes to."))]
MEETING = [
    _text("event_id", _("Number of the gathering.")),
    _text("name", _("What it is called.")),
    {"key": "starts_at", "type": "time", "meaning": _("When it begins.")},
    _text("location", _("Where it is.")),
]

STANDARD_EVENTS: list[StandardEvent] = [
    StandardEvent("Product Viewed", _("Looked at a product."), PRODUCT),
    StandardEvent(
        "Product List Viewed",
        _("Looked at a list of products."),
        [_text("list_id", _("Number of the list.")), _text("category", _("Where it stands in the shop.")), CART[1]],
    ),
    StandardEvent("Products Searched", _("Searched in the shop."), [_text("query", _("The words."))]),
    StandardEvent("Product Clicked", _("Chose a product in a list."), PRODUCT),
    StandardEvent("Product Added", _("Put a product in the cart."), [*PRODUCT, CART[0]]),
    StandardEvent("Product Removed", _("Took a product out of the cart."), [*PRODUCT, CART[0]]),
    StandardEvent("Product Added to Wishlist", _("Kept a product for later."), PRODUCT),
    StandardEvent("Cart Viewed", _("Looked at the cart."), CART),
    StandardEvent("Checkout Started", _("Began to order."), CHECKOUT, "value"),
    StandardEvent("Payment Info Entered", _("Chose how to pay."), [ORDER[0], _text("payment_method", _("How is paid."))]),
    StandardEvent("Order Completed", _("Bought something."), ORDER, "total"),
    StandardEvent("Order Updated", _("Changed an order."), ORDER, "total"),
    StandardEvent("Order Cancelled", _("Cancelled an order."), ORDER, "total"),
    StandardEvent("Order Refunded", _("Got money back."), ORDER, "total"),
    StandardEvent("Coupon Entered", _("Typed the code of a coupon."), COUPON),
    StandardEvent("Coupon Applied", _("Used a coupon."), COUPON),
    StandardEvent(
        "Product Reviewed",
        _("Gave an opinion of a product."),
        [PRODUCT[0], _number("rating", _("From 1 to 5.")), _text("review_body", _("The words."))],
    ),
    StandardEvent("Page Viewed", _("Looked at a page of the site."), PAGE),
    StandardEvent("Screen Viewed", _("Looked at a screen of the app."), [_text("name", _("What the screen is called."))]),
    StandardEvent("Signed Up", _("Made an account.")),
    StandardEvent("Signed In", _("Came in with an account.")),
    StandardEvent(
        "Group Joined",
        _("Belongs to a company or another group."),
        [_text("groupId", _("Number of the group.")), _text("name", _("What it is called."))],
    ),
    StandardEvent("Ticket Opened", _("Asked the helpdesk something."), TICKET),
    StandardEvent("Ticket Closed", _("Got an answer that ends the question."), [*TICKET, _number("rating", _("From 1 to 5."))]),
    StandardEvent("Newsletter Subscribed", _("Asked for a newsletter. It is no consent of itself."), LETTER),
    StandardEvent("Newsletter Unsubscribed", _("Asked for no more of a newsletter."), LETTER),
    StandardEvent(
        "Email Link Clicked", _("Clicked in a mail."), [_text("campaign_name", _("Which mail.")), _text("link_url", _("Where it goes."))]
    ),
    StandardEvent("Event Registered", _("Will come to a gathering."), MEETING),
    StandardEvent("Event Attended", _("Was at a gathering."), MEETING),
    StandardEvent("Event Missed", _("Did not come to a gathering."), MEETING),
]
