"""The door for webhooks: the very bytes that came, no session, answered as soon as they are kept."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kit.errors import NotFound
from providers.errors import WebhookForged
from providers.services import inbox

LARGEST_BYTES = 256 * 1024


@csrf_exempt  # whoever it is proves it by a signature, not by a cookie
@require_POST
@never_cache
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """Answer 200 once it is kept, 401 if it is forged, 413 if it is too large, 404 if nobody expects it."""
    raw = request.read(LARGEST_BYTES + 1)  # before any parser touches it: the signature is over these bytes
    if len(raw) > LARGEST_BYTES:
        return _say(413, "too large")
    try:
        inbox.receive(provider=provider, headers=dict(request.headers), raw=raw, now=timezone.now())
    except WebhookForged:
        return _say(401, "the signature does not match")
    except NotFound:
        return _say(404, "not found")
    return _say(200, "kept")


def _say(status: int, words: str) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")
