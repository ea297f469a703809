"""A purpose in, who may be seen for it out, as a statement that others join. Leaves no row: the consent room writes them.

Deny by default: for a purpose that is not in force nobody is visible. After a merge all rows of a customer must be.
"""

from django.db import connection

from customers.models import PurposeDefault
from customers.segments.sql import Sql, sql

OF_PURPOSE = """SELECT COALESCE(c.root_id, c.id) AS customer_id FROM customers_visibility v
JOIN customers_customer c ON c.tenant_id = v.tenant_id AND c.id = v.customer_id WHERE v.tenant_id = %s AND v.purpose = %s"""
VISIBLE = f"{OF_PURPOSE} GROUP BY 1 HAVING bool_and(v.is_visible)"
HIDDEN = f"{OF_PURPOSE} AND NOT v.is_visible GROUP BY 1"
NOBODY = "SELECT c.id AS customer_id FROM customers_customer c WHERE c.tenant_id = %s AND false"


def select(purpose: str, tenant_id: int) -> tuple[Sql, bool]:
    """Ids of customers, each once; and whether it is everybody but those."""
    default = PurposeDefault.objects.filter(purpose=purpose).first()
    if default is None:
        return sql(NOBODY, tenant_id), False
    return sql(HIDDEN if default.shows_everybody else VISIBLE, tenant_id, purpose), default.shows_everybody


def condition(purpose: str, tenant_id: int, key: str) -> Sql:
    """`key` (a column with the id of a customer) is visible. Without a purpose everybody is."""
    if not purpose:
        return sql("true")
    ids, is_all_but = select(purpose, tenant_id)
    return ids.within(f"{key} {'NOT ' if is_all_but else ''}IN (", ")")


def named(purpose: str) -> str:
    """As `condition`, on e.customer_id, for a statement with %(tenant)s and %(purpose)s."""
    if not purpose:
        return "true"
    ids, is_all_but = select(purpose, 0)
    text = ids.text.replace("%s", "%(tenant)s", 1).replace("%s", "%(purpose)s", 1)
    return f"e.customer_id {'NOT ' if is_all_but else ''}IN ({text})"


def choices() -> list[tuple[str, str]]:
    """(key, title) of the purposes in force."""
    return [(each.purpose, each.title) for each in PurposeDefault.objects.order_by("purpose")]


def title(purpose: str) -> str:
    return dict(choices()).get(purpose, purpose)


def sees(purpose: str, customer_id: int, tenant_id: int) -> bool:
    """Whether this customer may be seen for it."""
    seen = condition(purpose, tenant_id, "c.id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM customers_customer c WHERE c.tenant_id = %s AND c.id = %s AND {seen.text}",  # noqa: S608 - our own text
            [tenant_id, customer_id, *seen.params],
        )
        return cursor.fetchone() is not None
