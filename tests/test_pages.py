"""The pages that are written from the code say what the code says."""

from __future__ import annotations

import pytest

from tools import pages


@pytest.mark.parametrize("name", ["states.md", "problems.md", "permissions.md"])
def test_a_generated_page_is_fresh(name: str) -> None:
    path = pages.DOCS / name

    assert path.read_text("utf-8") == pages.pages()[path], "Run `make diagrams`."


def test_each_code_of_a_problem_names_one_refusal() -> None:
    codes = [error.code for error in pages.problems()]

    assert "illegal-transition" in codes
    assert len(codes) == len(set(codes))
