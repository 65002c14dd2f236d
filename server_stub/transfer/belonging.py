"""Which rows of a table are a case's: those that name it, and those that name something of it, as a device."""

from sqlalchemy import Column, ColumnElement, Table, select

from server_stub.tables import Case

_CASE = "case_id"


def of_case(table: Table, case: str) -> ColumnElement[bool] | None:
    """Return the condition that a row is the case's; None where no row of the table is any case's."""
    if table.name == Case.__tablename__:
        return table.c.id == case
    if _CASE in table.c:
        return table.c[_CASE] == case
    for column in table.c:
        for owner in _owners(column):
            return column.in_(select(owner).where(owner.table.c[_CASE] == case))
    return None


def _owners(column: Column[str]) -> list[Column[str]]:
    """Return the keys that a column refers to, of tables whose rows name their case."""
    referred = [one.column for one in column.foreign_keys]
    return [one for one in referred if _CASE in one.table.c]
