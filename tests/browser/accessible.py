"""axe's verdict on a page, in a line a fault."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]


def violations(page: Page, *, of: str = "all", inside: str = "html") -> list[str]:
    """Of WCAG 2.2 AA; or of its rules about colours alone, which are all that a theme can break."""
    rules = {"type": "tag", "values": STANDARD} if of == "all" else {"type": "rule", "values": COLOURS}
    options = {"resultTypes": ["violations"], "runOnly": rules}
    found = Axe().run(page, context=inside, options=options).response["violations"]
    return [f"{each['id']}: {node['target']} {node['html'][:200]}" for each in found for node in each["nodes"]]
