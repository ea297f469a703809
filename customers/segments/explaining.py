"""A customer and a rule in; whether it holds, line by line, with the figures found, out. Leaves no row."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import tenancy
from customers import visibility
from customers.models import Attribute, Customer, Score
from customers.segments import compiling, counting, sentences, tallies, wording
from customers.segments.rule import AttributeLeaf, EventLeaf, Group, Leaf, Rule, ScoreLeaf, walk
from customers.segments.sql import Sql
from customers.segments.windows import Clock, Span


class Line(NamedTuple):
    """One leaf as the customer meets it: under "none" its clause says "not among those who …", and it holds when the leaf does not.

    `found`: what there is ("9 times"); nothing where there is nothing to tell.
    """

    path: tuple[int, ...]
    clause: str
    holds: bool
    found: str


class Why(NamedTuple):
    is_in: bool
    lines: list[Line]


def why(customer: Customer, rule: Rule, *, at: datetime | None = None) -> Why:
    """One statement tells of every leaf whether it holds, by the same SQL that fills the segment. Raises TookTooLong."""
    at, leaves = at or timezone.now(), list(walk(rule.root))
    clock = Clock(at, tenancy.current().zone)
    present = Customer.objects.present().filter(pk=customer.pk).exists()
    answers = _ask([*_questions(customer, leaves, at), *_figures(customer, leaves, clock)]) if leaves else ()
    holds = dict(zip((path for path, _leaf in leaves), answers, strict=False))
    figures = dict(zip((path for path, leaf in leaves if isinstance(leaf, EventLeaf)), answers[len(leaves) :], strict=True))
    score = Score.objects.filter(customer=customer).first() if any(isinstance(leaf, ScoreLeaf) for _path, leaf in leaves) else None
    turned = {path for path, _leaf in leaves if sentences.is_turned(rule.root, path)}
    lines = [
        Line(path, sentences.line(leaf, path in turned), holds[path] ^ (path in turned), _found(leaf, customer, figures.get(path), score))
        for path, leaf in leaves
    ]
    if rule.purpose:
        lines.append(_purpose_line(customer, rule.purpose))
    return Why(present and _holds(rule.root, holds) and all(line.holds for line in lines if not line.path), lines)


def _purpose_line(customer: Customer, purpose: str) -> Line:
    """Whether the customer allows what the segment is for."""
    title = visibility.title(purpose)
    return Line((), _("allows “%(purpose)s”") % {"purpose": title}, visibility.sees(purpose, customer.pk, tenancy.current().pk), "")


def _questions(customer: Customer, leaves: list[tuple[tuple[int, ...], Leaf]], at: datetime) -> Iterator[Sql]:
    for _path, leaf in leaves:
        compiled = compiling.compile_part(leaf, at=at, only=[customer.pk])
        yield Sql(f"EXISTS ({compiled.sql})", compiled.params)


def _figures(customer: Customer, leaves: list[tuple[tuple[int, ...], Leaf]], clock: Clock) -> Iterator[Sql]:
    tenant_id = tenancy.current().pk
    for _path, leaf in leaves:
        if isinstance(leaf, EventLeaf):
            tally, figure = tallies.tally(leaf, clock), tallies.figures(leaf, clock)
            kept = Span(None, clock.at).condition("e.occurred_at") if leaf.measure in ("first", "last") else Sql("true")
            where = tally.where if tally.where.text else Sql("true")
            yield Sql(
                f"(SELECT {figure.text} FROM customers_event e WHERE e.tenant_id = %s AND e.customer_id = %s AND e.type_id = %s "  # noqa: S608
                f"AND {where.text} AND {kept.text})",
                (*figure.params, tenant_id, customer.pk, leaf.type.pk, *where.params, *kept.params),
            )


def _ask(questions: list[Sql]) -> tuple[Any, ...]:
    with counting.within(counting.FOR_A_PAGE, counting.FOR_FEW), connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(each.text for each in questions), [value for each in questions for value in each.params])
        return cursor.fetchone()


def _holds(part: Group | Leaf, holds: dict[tuple[int, ...], bool], path: tuple[int, ...] = ()) -> bool:
    if not isinstance(part, Group):
        return holds[path]
    inside = (_holds(each, holds, (*path, number)) for number, each in enumerate(part.parts))
    return {"all": all, "any": any, "none": lambda found: not any(found)}[part.kind](inside)


def _found(leaf: Leaf, customer: Customer, figure: Any, score: Score | None) -> str:
    if isinstance(leaf, AttributeLeaf):
        return _known(leaf.attribute, customer.attributes.get(leaf.attribute.key))
    if isinstance(leaf, EventLeaf):
        return _counted(leaf, figure)
    return _scored(leaf, score) if isinstance(leaf, ScoreLeaf) else ""


def _known(attribute: Attribute, value: Any) -> str:
    if value is None:
        return _("not known")
    values = value if isinstance(value, list) else [value]
    return wording.every(wording.of_attribute(attribute, each) for each in values)


def _counted(leaf: EventLeaf, figure: Any) -> str:
    if leaf.measure == "times":
        return ngettext("%(number)s time", "%(number)s times", figure) % {"number": wording.number(figure)}
    if leaf.measure == "total":
        return wording.money(int(figure), leaf.currency)
    return wording.day(figure.astimezone(tenancy.current().zone).date()) if figure else _("never")


def _scored(leaf: ScoreLeaf, score: Score | None) -> str:
    if score is None:
        return _("no orders yet")
    if leaf.score == "lifecycle":
        return wording.stage(score.lifecycle)
    value = getattr(score, leaf.score)
    return wording.money(value, score.currency) if leaf.score == "spent" else wording.number(value)
