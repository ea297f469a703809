"""Another address for an account: it holds once its reader has pressed the button, and the old one hears of it."""

from accounts.models import User
from tests.accounts import post

NEW = "Ana.Bakker@Acme.example"


def ask(client, **values):
    return client.post("/account/email/", {"email": NEW, "action_add": "", **values})


def test_nothing_changes_until_the_button_in_the_mail(cast, ana):
    ask(ana)
    assert post.last()["To"] == NEW.lower()
    ana.get(post.link_in(post.last()))
    assert User.objects.get(pk=cast.ana.pk).email == "ana@acme.example"


def test_the_new_address_is_confirmed_by_post(cast, ana):
    ask(ana)
    ana.post(post.link_in(post.last()))
    ana.post("/account/email/", {"email": NEW.lower(), "action_primary": ""})
    assert User.objects.get(pk=cast.ana.pk).email == NEW.lower()


def test_an_address_of_somebody_else_is_not_taken_over(cast, ana):
    ask(ana, email="mallory@globex.example")
    ana.post("/account/email/", {"email": "mallory@globex.example", "action_primary": ""})
    assert User.objects.get(pk=cast.ana.pk).email == "ana@acme.example"
