"""The look of the organisation: a colour people can read, and a logo that is drawn anew before it is kept."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from accounts import tenancy
from accounts.forms.organisation import BrandForm
from accounts.models import AuditEntry, Brand
from tests.accounts.pictures import bomb, picture, upload

PAGE = "/t/acme/settings/brand/"
ENGLISH = {"accept-language": "en"}


def brand_of(tenant) -> Brand | None:
    with tenancy.scope(tenant):
        return Brand.objects.first()


def send(client, content: bytes = b"", **values):
    files = {"logo": upload(content)} if content else {}
    return client.post(PAGE, {"colour": "", "colour_dark": "", **files, **values}, headers=ENGLISH)


def shown(client) -> Image.Image:
    return Image.open(io.BytesIO(b"".join(client.get(f"{PAGE}logo/").streaming_content)))


def test_colours_are_kept_and_recorded(cast, ana):
    assert send(ana, colour="#1c4a40", colour_dark="#9fd8c8").status_code == 302
    assert (brand_of(cast.acme).colour, brand_of(cast.acme).colour_dark) == ("#1c4a40", "#9fd8c8")
    with tenancy.scope(cast.acme):
        assert AuditEntry.objects.get(action="brand.changed").changes == [("colour", "", "#1c4a40"), ("colour_dark", "", "#9fd8c8")]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"colour": "#ffff00"}, ["1.1 to 1", "4.5", "darker"]),
        ({"colour": "#777777"}, ["4.5"]),
        ({"colour_dark": "#000000"}, ["1.3 to 1", "lighter"]),
        ({"colour": "green"}, ["six digits"]),
        ({"colour": "#12345g"}, ["six digits"]),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused_with_the_measured_contrast(cast, ana, wrong, words):
    answer = send(ana, **wrong)
    assert answer.status_code == 422
    assert [word for word in words if word not in answer.content.decode()] == []
    assert brand_of(cast.acme) is None


@pytest.mark.parametrize(
    "content",
    [
        picture("PNG", "RGBA"),
        picture("PNG", "P"),
        picture("PNG", "1"),
        picture("PNG", "I;16"),
        picture("JPEG", "RGB"),
        picture("JPEG", "CMYK"),
        picture("WEBP", "RGB"),
        picture("PNG", size=(2400, 1600)),
    ],
    ids=["png", "palette", "black and white", "16 bits", "jpeg", "cmyk", "webp", "large"],
)
def test_a_picture_becomes_a_png_of_our_own_of_at_most_800_by_400(ana, content):
    assert send(ana, content).status_code == 302
    logo = shown(ana)
    assert logo.format == "PNG"
    assert logo.width <= 800
    assert logo.height <= 400


def test_nothing_hidden_in_the_file_comes_along(ana):
    note = PngInfo()
    note.add_text("Comment", "the-secret-note")
    send(ana, picture("PNG", pnginfo=note) + b"<script>the-secret-note</script>")
    kept = b"".join(ana.get(f"{PAGE}logo/").streaming_content)
    assert b"the-secret-note" not in kept


def test_a_photo_that_was_taken_on_its_side_stands_upright(ana):
    exif = Image.Exif()
    exif[0x0112] = 6
    send(ana, picture("JPEG", size=(40, 20), exif=exif))
    assert shown(ana).size == (20, 40)


def test_the_name_of_the_file_is_ours(cast, ana):
    ana.post(PAGE, {"colour": "", "colour_dark": "", "logo": upload(picture(), name="../../etc/passwd.html")})
    assert brand_of(cast.acme).logo.name.startswith(f"tenants/{cast.acme.pk}/logo-")
    assert brand_of(cast.acme).logo.name.endswith(".png")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "not a PNG, JPEG or WebP"),
        (b"<html><script>alert(1)</script></html>", "not a PNG, JPEG or WebP"),
        (b"GIF89a" + bytes(100), "not a PNG, JPEG or WebP"),
        (picture("GIF"), "not a PNG, JPEG or WebP"),
        (picture("PNG", size=(400, 300), mode="RGB")[:-200], "not a PNG, JPEG or WebP"),
        (picture("JPEG", size=(400, 300))[:300], "not a PNG, JPEG or WebP"),
        (b"\x89PNG\r\n\x1a\n", "not a PNG, JPEG or WebP"),
        (bomb(), "PNG, JPEG or WebP"),
        (bomb(5_000, 5_000), "too large"),
        (picture() + bytes(1_000_000), "larger than 1 MB"),
    ],
    ids=["svg", "html", "false gif", "gif", "truncated png", "truncated jpeg", "only a beginning", "bomb", "too many pixels", "too heavy"],
)
def test_anything_else_is_refused_and_says_why(cast, ana, content, word):
    answer = send(ana, content)
    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert brand_of(cast.acme) is None


BASES = [picture("PNG", "RGB", (30, 30)), picture("JPEG", "RGB", (30, 30)), picture("WEBP", "RGB", (30, 30))]


DAMAGE = st.lists(st.tuples(st.integers(8, 2000), st.integers(0, 255)), max_size=8)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(base=st.sampled_from(BASES), damage=DAMAGE, length=st.integers(0, 2000))
def test_a_damaged_picture_is_drawn_or_refused_but_never_breaks_the_page(in_acme, base, damage, length):
    content = bytearray(base)
    for place, value in damage:
        content[place % len(content)] = value
    form = BrandForm({"colour": "", "colour_dark": ""}, {"logo": upload(bytes(content[: max(1, length)]))}, instance=Brand())
    form.full_clean()
    assert set(form.errors) <= {"logo"}


def test_a_logo_can_be_replaced_and_removed_and_both_are_recorded(cast, ana):
    send(ana, picture())
    first = brand_of(cast.acme).logo.name
    send(ana, picture(size=(50, 50)))
    assert brand_of(cast.acme).logo.name != first
    send(ana, remove_logo="on")
    assert brand_of(cast.acme).logo.name == ""
    assert ana.get(f"{PAGE}logo/").status_code == 404
    with tenancy.scope(cast.acme):
        assert AuditEntry.objects.filter(action="brand.changed").count() == 3


def test_a_logo_that_is_replaced_leaves_the_disk(cast, ana, django_capture_on_commit_callbacks):
    send(ana, picture())
    first = brand_of(cast.acme).logo
    with django_capture_on_commit_callbacks(execute=True):
        send(ana, picture())
    assert not first.storage.exists(first.name)
    assert first.storage.exists(brand_of(cast.acme).logo.name)


def test_saving_a_colour_leaves_the_logo_where_it_is(cast, ana):
    send(ana, picture())
    before = brand_of(cast.acme).logo.name
    send(ana, colour="#1c4a40")
    assert brand_of(cast.acme).logo.name == before


def test_what_did_not_change_leaves_no_entry(cast, ana):
    send(ana, colour="#1c4a40")
    send(ana, colour="#1c4a40")
    with tenancy.scope(cast.acme):
        assert AuditEntry.objects.filter(action="brand.changed").count() == 1


def test_a_viewer_sees_the_logo_and_changes_nothing(ana, ben):
    send(ana, picture())
    assert ben.get(f"{PAGE}logo/").status_code == 200
    assert send(ben, picture()).status_code == 403


def test_a_stranger_finds_nothing(ana, mallory):
    send(ana, picture())
    assert mallory.get(f"{PAGE}logo/").status_code == 404
    assert send(mallory, picture()).status_code == 404


def test_only_by_get_and_post(ana):
    assert ana.delete(PAGE).status_code == 405
