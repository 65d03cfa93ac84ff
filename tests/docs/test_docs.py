"""The docs say what is so: the table of requirements, the settings, the links."""

import re
from pathlib import Path

import pytest

from infra.requirements_table import PAGE, ROOT, numbered_tests, page

#: What this far built requires; later systems add theirs.
MONITOR = ["A-01", "A-02", "A-04", "A-05", "A-06", "A-07", "A-10", "A-11", "A-12", "A-13", "A-14"]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def test_the_table_of_requirements_is_what_the_tests_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m infra.requirements_table"


@pytest.mark.parametrize("number", MONITOR)
def test_every_requirement_of_the_core_names_a_test(number: str) -> None:
    assert numbered_tests().get(number)


@pytest.mark.parametrize("document", ["README.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))])
def test_links_lead_somewhere(document: str) -> None:
    path = ROOT / document
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / Path(target)).exists(), target


def test_every_setting_is_in_the_readme() -> None:
    source = (ROOT / "chalicelib" / "composition.py").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = set(re.findall(r'(?:required|optional)\("([A-Z_]+)"\)|environment\.get\("([A-Z_]+)"', source))

    missing = {name for pair in names for name in pair if name and f"`{name}`" not in readme}
    assert missing == set()
