"""What customers open, under /p/<tenant>/: their own portal, forms, and the public page of the organisation."""

from django.urls import URLPattern, path

from consent.urls import rights, transparency
from consent.views import capture, portal, portal_code, portal_held

app_name = "portal"
urlpatterns: list[URLPattern] = [
    *transparency.public,
    *rights.of_customers,
    path("look.css", portal.look, name="look"),
    path("logo", portal.logo, name="logo"),
    path("ask/", portal.ask, name="ask"),
    path("text/<public:notice_id>/", portal.notice, name="notice"),
    path("forms/<public:form_id>/", capture.form, name="form"),
    path("confirm/<str:token>/", capture.form_confirm, name="form_confirm"),
    # By the link of a message: choosing.
    path("c/<str:token>/", portal.home, name="home"),
    path("c/<str:token>/choose/", portal.choose, name="choose"),
    path("c/<str:token>/stop/", portal.stop, name="stop"),
    path("c/<str:token>/pause/", portal.pause, name="pause"),
    path("c/<str:token>/code/", portal_code.code, name="code"),
    # After the code: the same, and seeing.
    path("me/", portal.me_home, name="me_home"),
    path("me/choose/", portal.me_choose, name="me_choose"),
    path("me/stop/", portal.me_stop, name="me_stop"),
    path("me/pause/", portal.me_pause, name="me_pause"),
    path("me/held/", portal_held.held, name="held"),
    path("me/did/", portal_held.did, name="did"),
    path("me/messages/", portal_held.messages, name="messages"),
    path("me/history/", portal_held.history, name="history"),
    path("me/receipt/<uuid:event_id>/", portal_held.receipt, name="receipt"),
    path("me/leave/", portal_code.leave, name="leave"),
]
