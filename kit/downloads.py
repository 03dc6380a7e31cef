"""Files made while they are sent, so that their size costs no memory."""

from collections.abc import Iterator

from django.http import StreamingHttpResponse


def attachment(text: Iterator[str | bytes] | Iterator[str], *, name: str, content_type: str) -> StreamingHttpResponse:
    """Return an answer that a browser saves under this name; nobody on the way keeps a copy."""
    return StreamingHttpResponse(
        text,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )
