"""Ended spans on their way to a collector: OTLP over HTTP, from a thread of its own. Imported only where it is used."""

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from kit.tracing import Span

TIMEOUT_SECONDS = 5
SEND_EVERY_MILLISECONDS = 1_000
_SCOPE = InstrumentationScope("holdfast")
_KINDS = {"request": SpanKind.SERVER, "rpc": SpanKind.CLIENT, "provider": SpanKind.CLIENT}
"""By the first word of a span's name."""


class OtlpExporter:
    """Sends spans in batches. While the collector does not answer they are dropped: nobody waits for it."""

    def __init__(self, *, endpoint: str, headers: dict[str, str], service: str, role: str, version: str) -> None:
        self._resource = Resource({"service.name": service, "service.version": version, "holdfast.role": role})
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", headers=headers, timeout=TIMEOUT_SECONDS)
        self._processor = BatchSpanProcessor(exporter, schedule_delay_millis=SEND_EVERY_MILLISECONDS)

    def send(self, span: Span) -> None:
        def context(id: int) -> SpanContext:
            return SpanContext(span.trace_id, id, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))

        readable = ReadableSpan(
            name=span.name,
            context=context(span.id),
            parent=context(span.parent_id) if span.parent_id else None,
            resource=self._resource,
            attributes=span.attributes | ({"error.type": span.error} if span.error else {}),
            kind=_KINDS.get(span.name.partition(" ")[0], SpanKind.INTERNAL),
            status=Status(StatusCode.ERROR if span.error else StatusCode.UNSET),
            start_time=span.started,
            end_time=span.ended,
            instrumentation_scope=_SCOPE,
        )
        self._processor.on_end(readable)

    def stop(self) -> None:
        self._processor.shutdown()  # type: ignore[no-untyped-call]
