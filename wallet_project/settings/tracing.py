"""Where traces are sent. The names are OpenTelemetry's own."""

from django.core.exceptions import ImproperlyConfigured

from wallet_project.settings import env

TRACES_ENDPOINT = env.text(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "",
    "A collector of traces (OTLP over HTTP), e.g. http://collector:4318; empty: nothing is traced.",
    is_deployed=True,
)
TRACES_HEADERS = dict(
    pair.partition("=")[::2]
    for pair in env.listing(
        "OTEL_EXPORTER_OTLP_HEADERS", "", "What the collector wants to be sent along: name=value, …", secret=True
    )
)
TRACES_SERVICE = env.text("OTEL_SERVICE_NAME", "holdfast", "What this installation is called in traces.")
TRACES_SHARE = float(
    env.text(
        "OTEL_TRACES_SAMPLER_ARG",
        "0.1",
        "The share, 0 to 1, of requests about no transaction that are traced; those about one are all traced.",
    )
)
if not 0 <= TRACES_SHARE <= 1:
    raise ImproperlyConfigured("OTEL_TRACES_SAMPLER_ARG must be between 0 and 1.")
TRACING = ["wallet_project.tracing.TracingMiddleware"] if TRACES_ENDPOINT else []
"""What stands in MIDDLEWARE for it."""
