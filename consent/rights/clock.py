"""When an answer is due: a moment in, a day of the tenant's calendar out (Art. 12(3) GDPR; periods after Regulation 1182/71 Art. 3)."""

import calendar
from datetime import date, datetime

from accounts import tenancy

MONTHS = 1
MONTHS_EXTENDED = 3  # one, and two more
LONGEST_AGO = 366  # days: what came before is recorded elsewhere
SOON = 7  # days: from here on the queue asks for attention


def due_on(received_at: datetime, months: int = MONTHS) -> date:
    """The same day of a later month; its last day where there is no such day: 31 January gives 28 or 29 February."""
    day = received_at.astimezone(tenancy.current().zone).date()
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def may_extend(received_at: datetime, now: datetime) -> bool:
    """Only within the first month, in which the customer must hear of it."""
    return now.astimezone(tenancy.current().zone).date() <= due_on(received_at)
