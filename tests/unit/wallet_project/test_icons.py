"""The sprite holds the icons the pages use: none missing, none for nothing."""

import json
import re
from pathlib import Path

from wallet_project.context import PLACES
from wallet_project.templatetags.statuses import BADGES

ROOT = Path(__file__).resolve().parents[3]
_IN_TEMPLATE = re.compile(r"""\{% icon "([a-z0-9-]+)"|icon_name="([a-z0-9-]+)\"""")
_IN_CODE = re.compile(r'"([a-z0-9]+(?:-[a-z0-9]+)*)"')


def _in_templates() -> set[str]:
    texts = [path.read_text() for path in (ROOT / "templates").rglob("*.html")]
    return {one or other for text in texts for one, other in _IN_TEMPLATE.findall(text)}


def _in_code(listed: set[str]) -> set[str]:
    """Return the listed names that stand as text in a view: arrows of rows, and the like."""
    views = [*ROOT.glob("*/views/*.py"), *ROOT.glob("*/views.py")]
    return {name for path in views for name in _IN_CODE.findall(path.read_text())} & listed


def test_every_icon_used_is_listed_and_every_listed_one_is_used() -> None:
    listed = set(json.loads((ROOT / "static" / "icons.json").read_text()))
    used = _in_templates() | {place.icon for place in PLACES} | {badge.icon for badge in BADGES.values()}
    assert used - listed == set()
    assert listed - used - _in_code(listed) == set()
