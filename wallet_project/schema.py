"""The OpenAPI document and its viewer, with the errors and headers every call shares."""

from typing import Any

from csp.decorators import csp_update
from django.urls import path
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

IDEMPOTENT_PATHS = frozenset({"/api/v1/transactions"})
"""POSTs that move money: they need an Idempotency-Key."""

_STATUSES = {
    "400": "The request cannot be accepted; errors names the fields.",
    "401": "Not signed in, or the token is no longer good.",
    "403": "Signed in, but not allowed.",
    "404": "Not there, or someone else's.",
    "409": "Not possible in the present state.",
    "415": "The body must be JSON.",
    "422": "Understood, but refused.",
    "429": "Too many requests; see Retry-After.",
    "503": "A network cannot be reached right now; nothing has moved. See Retry-After.",
}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class CookieScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.api.authentication.CookieAuthentication"
    name = "cookie"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def describe_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the problem-details answers to every operation."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _problem()
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operation in _operations(result):
        for status, description in _STATUSES.items():
            operation["responses"].setdefault(status, {"description": description, "content": content})
    return result


def describe_idempotency_keys(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the Idempotency-Key header to the calls that need one."""
    header = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "Your own name for this movement: the same key and body again gets the same answer, once moved.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 64},
    }
    for address, item in result.get("paths", {}).items():
        if address in IDEMPOTENT_PATHS and "post" in item:
            others = [known for known in item["post"].get("parameters", []) if known["name"] != header["name"]]
            item["post"]["parameters"] = [*others, header]
    return result


def _operations(result: dict[str, Any]) -> list[dict[str, Any]]:
    methods = {"get", "post", "put", "patch", "delete"}
    return [item[method] for item in result.get("paths", {}).values() for method in item if method in methods]


def _problem() -> dict[str, Any]:
    text = {"type": "string"}
    texts = ["type", "title", "detail", "code", "what_happened", "why", "what_to_do", "request_id"]
    return {
        "type": "object",
        "description": "Why a call was refused (RFC 9457). code never changes once published.",
        "properties": {
            **{name: text for name in texts},
            "status": {"type": "integer"},
            "alternatives": {"type": "array", "items": text},
            "severity": {"type": "string", "enum": ["critical", "high", "medium", "low"]},
            "errors": {"type": "object", "additionalProperties": {"type": "array", "items": text}},
        },
        "required": [*texts, "status", "alternatives", "severity"],
    }


_open: dict[str, Any] = {"authentication_classes": [], "permission_classes": [AllowAny], "throttle_classes": []}
_swagger = SpectacularSwaggerSplitView.as_view(url_name="schema", **_open)

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(**_open), name="schema"),
    # Swagger UI styles itself with style attributes; its scripts need no exception.
    path("docs/", csp_update({"style-src": ["'unsafe-inline'"]})(_swagger), name="docs"),
]
