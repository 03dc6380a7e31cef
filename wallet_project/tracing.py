"""Requests in traces, and where traces are sent. See kit.tracing."""

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from kit import tracing
from wallet_project.middleware import PROBES
from wallet_project.naming import transaction_of


class TracingMiddleware:
    """Makes every request a root. In settings.MIDDLEWARE only where traces are sent somewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(PROBES):
            return self.get_response(request)
        ensure_started()
        with tracing.root(f"request {request.method}") as part:
            response = self.get_response(request)
            route = request.resolver_match.route if request.resolver_match else ""
            part.note(
                **{
                    "http.request.method": request.method,
                    "http.route": route,
                    "http.response.status_code": response.status_code,
                    "request.id": request.META.get("HTTP_X_REQUEST_ID", ""),
                }
            )
            tracing.about(transaction_of(request, response))
            return response


@cache
def ensure_started() -> None:
    """Start tracing in this process, if settings say where to; a forked process keeps what its parent started."""
    if settings.TRACES_ENDPOINT:
        from kit.otlp import OtlpExporter

        exporter = OtlpExporter(
            endpoint=settings.TRACES_ENDPOINT,
            headers=settings.TRACES_HEADERS,
            service=settings.TRACES_SERVICE,
            role=settings.ROLE,
            version=settings.VERSION,
        )
        tracing.start(exporter, share=settings.TRACES_SHARE)
