"""Ids: in time order when minted, the same again when derived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from fynlo.kernel.ids import derive, uuid7

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def test_a_minted_id_is_a_version_7_uuid_of_its_moment() -> None:
    minted = uuid7(NOON)

    assert minted.version == 7
    assert minted.variant == "specified in RFC 4122"
    assert minted.int >> 80 == int(NOON.timestamp() * 1000)


def test_later_ids_sort_later_and_no_two_are_alike() -> None:
    minted = [uuid7(NOON + timedelta(milliseconds=step)) for step in range(100)]

    assert minted == sorted(minted)
    assert len({uuid7(NOON) for _ in range(1000)}) == 1000


def test_ids_of_one_moment_sort_by_their_count() -> None:
    minted = [uuid7(NOON, count) for count in range(4096)]

    assert minted == sorted(minted)
    assert {one.version for one in minted} == {7}
    assert uuid7(NOON, 1) != uuid7(NOON, 1)


def test_a_derived_id_depends_on_its_parent_and_its_name_alone() -> None:
    parent = UUID(int=7)

    assert derive(parent, "tender:0") == derive(parent, "tender:0")
    assert derive(parent, "tender:0") != derive(parent, "tender:1")
    assert derive(parent, "tender:0") != derive(UUID(int=8), "tender:0")
