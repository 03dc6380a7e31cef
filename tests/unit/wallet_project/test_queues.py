import pytest
from django.core.exceptions import ImproperlyConfigured

from wallet_project.settings.networks import _queues


@pytest.mark.parametrize(
    ("written", "queues"),
    [("", ()), ("slow=300", (("slow", 300),)), ("slow=3600, normal=1", (("slow", 3_600), ("normal", 1)))],
)
def test_queues_are_read(monkeypatch, written, queues):
    monkeypatch.setenv("TOY_BATCH_SECONDS", written)
    assert _queues("toy") == queues


@pytest.mark.parametrize(
    "written", ["300", "slow", "slow=", "slow=a", "never=5", "slow=0", "slow=3601", "slow=1,slow=2"]
)
def test_what_is_no_queue_is_refused(monkeypatch, written):
    monkeypatch.setenv("TOY_BATCH_SECONDS", written)
    with pytest.raises(ImproperlyConfigured, match="TOY_BATCH_SECONDS"):
        _queues("toy")
