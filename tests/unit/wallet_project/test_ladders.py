import pytest
from django.core.exceptions import ImproperlyConfigured

from wallet_project.settings.networks import _ladder


@pytest.mark.parametrize(
    ("written", "rungs"),
    [("", ()), ("10000=4", ((10_000, 4),)), ("10000=4, 100000=7", ((10_000, 4), (100_000, 7)))],
)
def test_a_ladder_is_read(monkeypatch, written, rungs):
    monkeypatch.setenv("TOY_DEEPER", written)
    assert _ladder("TOY_DEEPER", "toy", least=3, most=7) == rungs


@pytest.mark.parametrize(
    "written",
    [
        "10000",
        "a=4",
        "10000=b",
        "10000=3",
        "10000=2",
        "10000=8",
        "10000=5,10000=6",
        "10000=5,20000=5",
        "20000=4,10000=5",
    ],
    ids=[
        "no depth",
        "no value",
        "no number",
        "not deeper",
        "less deep",
        "beyond the window",
        "twice",
        "flat",
        "falling",
    ],
)
def test_a_ladder_that_does_not_rise_within_the_window_is_refused(monkeypatch, written):
    monkeypatch.setenv("TOY_DEEPER", written)
    with pytest.raises(ImproperlyConfigured, match="TOY_DEEPER"):
        _ladder("TOY_DEEPER", "toy", least=3, most=7)
