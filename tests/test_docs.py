"""The documents hold together: every link and every cited section exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.house.source import ROOT, Source, complaints, tracked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.house.source import Finding

_LINK: Final = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)")
_CITED: Final = re.compile(r"docs/([a-z/]+)\.md(?: §([0-9]+(?:\.[0-9]+)*))?")
_ADR: Final = re.compile(r"\bADR ([0-9]{4})\b")


def headings(text: str) -> set[str]:
    """Return the anchors of a document, as the usual renderers make them."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links_lead_somewhere(source: Source) -> Iterator[Finding]:
    """Find relative links to files or headings that do not exist."""
    for number, line in enumerate(source.lines, 1):
        for target, anchor in _LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if target.startswith(("http:", "https:", "mailto:")):
                continue
            path = ROOT / source.path.parent / target if target else ROOT / source.path
            if not path.exists():
                yield number, f"There is no {target}."
            elif anchor and anchor not in headings(path.read_text("utf-8")):
                yield number, f"{target or source.path} has no heading #{anchor}."


def citations_are_true(source: Source) -> Iterator[Finding]:
    """Find cited pages, sections and decisions that do not exist."""
    for number, line in enumerate(source.lines, 1):
        for name, section in _CITED.findall(line):
            path = ROOT / "docs" / f"{name}.md"
            if not path.exists():
                yield number, f"There is no docs/{name}.md."
            elif section and not _has_section(path.read_text("utf-8"), section):
                yield number, f"docs/{name}.md has no §{section}."
        for decision in _ADR.findall(line):
            if not list((ROOT / "docs" / "adr").glob(f"{decision}-*.md")):
                yield number, f"There is no ADR {decision}."


def _has_section(text: str, section: str) -> bool:
    return re.search(rf"^#+ {re.escape(section)}[. ]", text, re.MULTILINE) is not None


def sample(text: str) -> list[Source]:
    (page,) = [source for source in tracked(".md") if str(source.path) == "docs/architecture.md"]
    return [Source(page.path, text)]


def test_every_link_of_a_document_leads_somewhere() -> None:
    found = complaints(links_lead_somewhere, tracked(".md"))

    assert not found, "\n".join(["", *found])


def test_every_page_and_section_that_is_cited_exists() -> None:
    sources = [one for one in tracked(".py", ".md", ".sql") if one.path.name != "test_docs.py"]
    found = complaints(citations_are_true, sources)

    assert not found, "\n".join(["", *found])


def test_every_decision_is_listed_and_numbered_without_gaps() -> None:
    pages = sorted(path.name for path in (ROOT / "docs" / "adr").glob("0*.md"))
    listed = re.findall(r"\((0[^)]*\.md)\)", (ROOT / "docs/adr/README.md").read_text("utf-8"))

    assert [page[:4] for page in pages] == [f"{n:04}" for n in range(1, len(pages) + 1)]
    assert [page for page in listed if page[:4] != "0001"] == pages[1:]


def test_a_dead_link_is_found() -> None:
    text = "[a](nowhere.md) [b](glossary.md) [c](glossary.md#cash) [d](glossary.md#gold) [e](#f)"

    assert complaints(links_lead_somewhere, sample(text)) == [
        "docs/architecture.md:1: There is no nowhere.md.",
        "docs/architecture.md:1: glossary.md has no heading #gold.",
        "docs/architecture.md:1: docs/architecture.md has no heading #f.",
    ]


def test_an_untrue_citation_is_found() -> None:
    page = "docs/reference/stripe.md"
    text = f"{page} §7.3, {page} §99, docs/none.md, ADR 0001, ADR 9999"

    assert complaints(citations_are_true, sample(text)) == [
        "docs/architecture.md:1: docs/reference/stripe.md has no §99.",
        "docs/architecture.md:1: There is no docs/none.md.",
        "docs/architecture.md:1: There is no ADR 9999.",
    ]
