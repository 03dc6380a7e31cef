"""Opening a page and finding what is wrong with it."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from tests.browser.conftest import AXE, ROOT

SCREENSHOTS = ROOT / "var" / "screenshots"
PHONE, DESKTOP = 390, 1280
LOOKS = [(width, scheme) for width in (PHONE, DESKTOP) for scheme in ("light", "dark")]
SHIFT = """
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (!entry.hadRecentInput) window.layoutShift = (window.layoutShift || 0) + entry.value;
  }
}).observe({ type: "layout-shift", buffered: true });
"""

CUT_OFF = """
[...document.querySelectorAll(".table-box, .card, .top, .filters")]
  .filter((box) => box.scrollWidth > box.clientWidth + 1)
  .map((box) => box.className + " by " + (box.scrollWidth - box.clientWidth));
"""


@dataclass
class Eye:
    """One page in one size and colour scheme, and what it complained about."""

    page: Page
    host: str
    complaints: list[str] = field(default_factory=list)
    scripts: dict[str, int] = field(default_factory=dict)  # path to compressed bytes

    def open(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.host + path)
        self.page.wait_for_load_state("load")
        self.page.evaluate("document.fonts.ready")

    def check(self) -> None:
        """Fail on anything a careful person would not ship."""
        assert self.complaints == []
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{self.page.url} scrolls sideways by {wide} px"
        cut = self.page.evaluate(CUT_OFF)
        assert cut == [], f"{self.page.url} cuts off {cut}"
        shift = self.page.evaluate("window.layoutShift || 0")
        assert shift <= 0.02, f"{self.page.url} moves while it loads: {shift}"
        found = self.violations()
        assert found == [], found

    def script_sizes(self) -> tuple[int, int]:
        """Return the compressed bytes of our own scripts, and of all."""
        own = sum(size for path, size in self.scripts.items() if "/vendor/" not in path)
        return own, sum(self.scripts.values())

    def violations(self) -> list[str]:
        """Return what axe-core finds against WCAG 2.2 AA and its own best practices."""
        # Injected by the debugger, not by the page: the page's policy stays as strict as it is.
        self.page.evaluate(AXE.read_text())
        found: list[dict[str, Any]] = self.page.evaluate("axe.run(document).then((result) => result.violations)")
        return [
            f"{rule['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
            for rule in found
            for node in rule["nodes"]
        ]

    def photograph(self, name: str) -> Path:
        """Write a picture of the whole page into var/screenshots."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=True, animations="disabled")
        return path


@contextmanager
def looking(
    browser: Browser, host: str, *, width: int = DESKTOP, scheme: str = "light", cookies: dict[str, str] | None = None
) -> Iterator[Eye]:
    """Yield a fresh browser context that notes every console error and every request leaving the host."""
    context = browser.new_context(
        viewport={"width": width, "height": 844 if width == PHONE else 860},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    context.add_cookies([{"name": name, "value": value, "url": host} for name, value in (cookies or {}).items()])
    context.add_init_script(SHIFT)
    page = context.new_page()
    # The feed is another process, and does not run here: a connection that stays open and says nothing.
    page.route_web_socket("**/ws/v1/feed", lambda _: None)
    eye = Eye(page=page, host=host)
    own = urlsplit(host).netloc
    page.on("console", lambda message: _note_console(eye, message))
    page.on("pageerror", lambda error: eye.complaints.append(f"script: {error}"))
    page.on("request", lambda request: _note_request(eye, request.url, own))
    page.on("response", lambda response: _note_response(eye, response))
    try:
        yield eye
    finally:
        context.close()


def _note_console(eye: Eye, message: Any) -> None:
    if message.type in {"error", "warning"}:
        eye.complaints.append(f"console {message.type}: {message.text}")


def _note_request(eye: Eye, url: str, own: str) -> None:
    parts = urlsplit(url)
    if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != own:
        eye.complaints.append(f"leaves the host: {url}")


def _note_response(eye: Eye, response: Any) -> None:
    if response.request.resource_type == "script" and response.ok:
        eye.scripts[urlsplit(response.url).path] = len(gzip.compress(response.body()))
    if response.status >= 400:
        eye.complaints.append(f"{response.status}: {response.url}")
