"""The docs say what is so: the table of requirements, the settings, the links."""

import re
from pathlib import Path

import pytest

from infra import api_docs, jobs_table
from infra.requirements_table import PAGE, ROOT, numbered_tests, page

#: What is built so far; later systems add theirs.
BUILT = [f"A-{number:02d}" for number in range(1, 18)]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


@pytest.fixture(scope="module")
def numbered() -> dict[str, dict[str, list[str]]]:
    """The tests of each number: all tests are read for it, once."""
    return numbered_tests()


def test_the_table_of_requirements_is_what_the_tests_say(numbered: dict[str, dict[str, list[str]]]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(numbered), "run: python -m infra.requirements_table"


def test_the_page_of_the_api_is_what_its_document_says() -> None:
    assert api_docs.PAGE.read_text(encoding="utf-8") == api_docs.page(), "run: python -m infra.api_docs"


def test_the_page_of_jobs_is_what_their_table_says() -> None:
    assert jobs_table.PAGE.read_text(encoding="utf-8") == jobs_table.page(), "run: python -m infra.jobs_table"


@pytest.mark.parametrize("number", BUILT)
def test_every_requirement_that_is_built_names_a_test(
    numbered: dict[str, dict[str, list[str]]], number: str
) -> None:
    assert numbered.get(number)


@pytest.mark.parametrize("document", ["README.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))])
def test_links_lead_somewhere(document: str) -> None:
    path = ROOT / document
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / Path(target)).exists(), target


def test_every_setting_is_in_the_readme() -> None:
    source = (ROOT / "chalicelib" / "config.py").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = set(re.findall(r'(?:required|optional)\("([A-Z_]+)"\)|environment\.get\("([A-Z_]+)"', source))

    assert names
    missing = {name for pair in names for name in pair if name and f"`{name}`" not in readme}
    assert missing == set()
