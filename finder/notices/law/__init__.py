"""Which fence is lawful where: a table of rows with their sources, and a verdict that says by which of them. Default: none.

``verdict(shape, site, others=…, operator=…, purpose=…, boundaries=installed_boundaries())``. What the table says:
``docs/notices-law.md``; why it is a table: ``docs/decisions/0033-the-law-is-a-table.md``.
"""

from finder.notices.law.boundaries import Boundaries, installed_boundaries
from finder.notices.law.sensitive import is_sensitive
from finder.notices.law.table import Allowed, LawTable, Operator, Purpose, Row, law_table, law_table_from
from finder.notices.law.verdict import Reason, Site, Verdict, Why, look_around_m, verdict

__all__ = [
    "Allowed",
    "Boundaries",
    "LawTable",
    "Operator",
    "Purpose",
    "Reason",
    "Row",
    "Site",
    "Verdict",
    "Why",
    "installed_boundaries",
    "is_sensitive",
    "law_table",
    "law_table_from",
    "look_around_m",
    "verdict",
]
