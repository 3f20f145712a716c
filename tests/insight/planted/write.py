"""How a change behind the journal's back is written."""

from __future__ import annotations

from typing import TypeAlias

Found: TypeAlias = "tuple[str, str, str, str]"
Planted: TypeAlias = "list[tuple[str, list[Found]]]"


def at(table: str, name: str, change: str) -> str:
    """Write the change of one row; names in braces are those of the books."""
    return f"update {table} set {change} where id = '{{{name}}}'"


def moved(number: int, change: str) -> str:
    where = f"session_id = '{{drawer}}' and sequence = {number}"
    return f"update drawer_movements set {change} where {where}"


def counted(change: str) -> str:
    where = "session_id = '{first_shift}' and kind = 'closing'"
    return f"update drawer_counts set {change} where {where}"


def booked(where: str, change: str) -> str:
    return f"update ledger_postings set {change} where {where}"


def kept(account: str, day: str, change: str) -> str:
    """Write the change of what a closed day's account came to."""
    where = f"account = '{account}' and day = '{{{day}}}' and merchant_id = '{{merchant}}'"
    return f"update ledger_snapshots set {change} where {where}"


def book(debit: str, credit: str, minor: int, **more: str) -> str:
    """Write a posting that no recipe wrote."""
    told = {"cause": "{nobody}", "recipe": "planted", "order": "null", **more}
    return (
        "insert into ledger_postings (merchant_id, cause_id, recipe, line, debit_account,"
        " credit_account, amount_minor, currency, order_id, booked_at)"
        f" values ('{{merchant}}', '{told['cause']}', '{told['recipe']}', 9, '{debit}',"
        f" '{credit}', {minor}, 'GBP', {told['order']}, now())"
    )
