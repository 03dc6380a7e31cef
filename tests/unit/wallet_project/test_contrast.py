"""The colours of tokens.css can be read by everybody: AA of WCAG 2.2 for text, AAA for amounts, 3:1 for edges."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[3] / "static" / "css" / "tokens.css"
_COLOUR = re.compile(r"--([a-z-]+): (#[0-9a-f]{6});")
GROUNDS = ("canvas", "surface", "sunken")
TONES = ("positive", "warning", "negative", "accent")


def _blocks() -> dict[str, dict[str, str]]:
    """Return each block of the file that sets colours, by its selector."""
    found = {}
    for selector, body in re.findall(r"(:root[^{]*)\{([^}]*)\}", TOKENS.read_text()):
        found[selector.strip()] = dict(_COLOUR.findall(body))
    return found


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


BLOCKS = _blocks()
THEMES = {"light": BLOCKS[":root"], "dark": BLOCKS[':root[data-theme="dark"]']}


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_chosen_and_the_devices_dark_are_one() -> None:
    assert BLOCKS[':root:not([data-theme="light"])'] == THEMES["dark"]
    assert THEMES["light"].keys() == THEMES["dark"].keys()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
def test_amounts_are_aaa(theme: str, ground: str) -> None:
    colours = THEMES[theme]
    assert contrast(colours["ink"], colours[ground]) >= 7
    assert contrast(colours["ink"], colours["accent-soft"]) >= 7


@pytest.mark.parametrize("theme", THEMES)
def test_incoming_amounts_are_aaa(theme: str) -> None:
    colours = THEMES[theme]
    assert contrast(colours["positive"], colours["surface"]) >= 7


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
def test_text_is_aa(theme: str, ground: str) -> None:
    colours = THEMES[theme]
    for name in ("muted", "accent", "accent-strong", "negative"):
        assert contrast(colours[name], colours[ground]) >= 4.5, name


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("tone", TONES)
def test_tones_are_aa_on_their_own_ground(theme: str, tone: str) -> None:
    colours = THEMES[theme]
    assert contrast(colours[tone], colours[f"{tone}-soft"]) >= 4.5
    assert contrast(colours["ink"], colours[f"{tone}-soft"]) >= 7


@pytest.mark.parametrize("theme", THEMES)
def test_buttons_and_edges(theme: str) -> None:
    colours = THEMES[theme]
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5
    assert contrast(colours["on-accent"], colours["accent-strong"]) >= 4.5
    assert contrast(colours["field-line"], colours["surface"]) >= 3
    assert contrast(colours["accent"], colours["canvas"]) >= 3
