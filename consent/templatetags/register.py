"""Codes of the register go in, words of the active language come out. Leaves no row."""

from django import template

from consent import terms
from consent.models import Channel
from consent.register import comparing, wording

register = template.Library()


@register.filter
def channel_names(channels: list[str]) -> str:
    known = dict(Channel.choices)
    return ", ".join(str(known.get(each, each)) for each in channels)


@register.filter
def data_names(categories: list[str]) -> str:
    return ", ".join(terms.data_label(each) for each in categories)


@register.filter
def in_words(line: dict[str, str]) -> str:
    return comparing.in_words(line)


@register.filter
def days_in_words(days: int | None) -> str:
    return wording.days(days)


@register.filter
def step_name(step: str) -> str:
    return wording.step(step)
