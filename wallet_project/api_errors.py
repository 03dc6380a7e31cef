"""Every refusal of the REST API, in one form: RFC 9457 problem details."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.core import exceptions as django_exceptions
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from kit.errors import DomainError
from wallet_project import views

CONTENT_TYPE = "application/problem+json"


class _Unknown(DomainError):
    code = "not_found"
    status = 404
    title = "Not found"
    why = "There is nothing at this address, or it belongs to someone else."
    what_to_do = "Check the address and the id."
    severity = "low"


class _Broken(DomainError):
    code = "internal_error"
    status = 500
    title = "Something went wrong on our side"
    why = "An error we did not expect. It has been recorded."
    what_to_do = "Try again in a moment; if it stays, tell us the request id."
    severity = "critical"


class _BadRequest(DomainError):
    code = "bad_request"
    status = 400
    title = "The request cannot be read"
    why = "It is not written as a request has to be."
    what_to_do = "Check the request against the API's documentation."
    severity = "low"


class _Malformed(_BadRequest):
    code = "malformed_body"
    title = "The body cannot be read"
    why = "It is not valid JSON in UTF-8."
    what_to_do = "Send one JSON object."


class _TooLarge(_BadRequest):
    code = "body_too_large"
    status = 413
    title = "The body is too large"
    why = "No call needs so much."


class _Invalid(_BadRequest):
    code = "invalid_input"
    title = "Some of what you entered cannot be accepted"
    why = "The fields named in errors do not have the form they need."
    what_to_do = "Correct the fields named and try again."


class _Unauthenticated(DomainError):
    code = "not_authenticated"
    status = 401
    title = "You are not signed in"
    why = "This call needs a bearer token or a signed-in browser."
    what_to_do = "Sign in and send the access token."
    severity = "low"


class _Forbidden(DomainError):
    code = "permission_denied"
    status = 403
    title = "You may not do this"
    why = "Your roles do not include it."
    what_to_do = "Ask an administrator if you should be able to."
    severity = "low"


class _CsrfFailed(_Forbidden):
    code = "csrf_failed"
    title = "This request did not come from our pages"
    why = "A call with the browser's cookie needs its CSRF token in X-CSRFToken."
    what_to_do = "Reload the page and try again."


class _MethodNotAllowed(_BadRequest):
    code = "method_not_allowed"
    status = 405
    title = "This address does not take this method"
    why = "This address takes other kinds of calls."


class _NotAcceptable(_BadRequest):
    code = "not_acceptable"
    status = 406
    title = "This form of answer is not available"
    why = "The API answers in JSON."


class _UnsupportedMediaType(_BadRequest):
    code = "unsupported_media_type"
    status = 415
    title = "This form of body is not understood"
    why = "The API reads application/json."


class _Throttled(DomainError):
    code = "rate_limited"
    status = 429
    title = "Too many requests"
    why = "There is a limit to the calls in a quarter of an hour."
    what_to_do = "Wait for the seconds in Retry-After, then go on more slowly."
    severity = "low"


_KINDS: dict[type[Exception], type[DomainError]] = {
    Http404: _Unknown,
    exceptions.NotFound: _Unknown,
    django_exceptions.PermissionDenied: _Forbidden,
    exceptions.PermissionDenied: _Forbidden,
    exceptions.NotAuthenticated: _Unauthenticated,
    exceptions.AuthenticationFailed: _Unauthenticated,
    exceptions.ParseError: _Malformed,
    UnreadablePostError: _Malformed,
    django_exceptions.RequestDataTooBig: _TooLarge,
    exceptions.MethodNotAllowed: _MethodNotAllowed,
    exceptions.NotAcceptable: _NotAcceptable,
    exceptions.UnsupportedMediaType: _UnsupportedMediaType,
}


def handle(error: Exception, context: Mapping[str, Any]) -> Response:
    """Turn whatever a REST view raised into a problem; the unexpected is logged and stays unexplained."""
    request = context["request"]
    problem = _translate(error)
    if isinstance(problem, _Broken):
        # Logs it with its traceback, counts it, and lets the test client raise it.
        got_request_exception.send(sender=None, request=getattr(request, "_request", request))
    return Response(body_of(problem), status=problem.status, headers=_headers(problem), content_type=CONTENT_TYPE)


def body_of(problem: DomainError) -> dict[str, Any]:
    """Return the problem as the body of an answer."""
    body: dict[str, Any] = {
        "type": f"urn:holdfast:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.what_happened,
        "code": problem.code,
        "what_happened": problem.what_happened,
        "why": problem.why,
        "what_to_do": problem.what_to_do,
        "alternatives": list(problem.alternatives),
        "severity": problem.severity,
        "request_id": str(structlog.contextvars.get_contextvars().get("request_id", "")),
    }
    if problem.fields:
        body["errors"] = problem.fields
    return {**problem.extra, **body}


def unknown_route(request: HttpRequest) -> HttpResponse:
    """Answer for an address under /api/ at which there is nothing."""
    return _plain(_Unknown(f"There is nothing at {request.path}."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return unknown_route(request) if _is_api(request) else defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _plain(_BadRequest()) if _is_api(request) else defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _plain(_Forbidden()) if _is_api(request) else defaults.permission_denied(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return _plain(_Broken()) if _is_api(request) else views.server_error(request)


def _translate(error: Exception) -> DomainError:
    if isinstance(error, DomainError):
        return error
    if isinstance(error, exceptions.ValidationError):
        return _Invalid(fields=_fields(error.detail))
    if isinstance(error, exceptions.Throttled):
        return _Throttled(retry_after_seconds=int(getattr(error, "wait", None) or 1))
    if isinstance(error, exceptions.PermissionDenied) and str(error.detail).startswith("CSRF"):
        return _CsrfFailed()
    for kind, problem in _KINDS.items():
        if isinstance(error, kind):
            return problem()
    return _Broken()


def _fields(detail: Any, name: str = "") -> dict[str, list[str]]:
    """Flatten nested messages: {"to": {"memo": ["…"]}} becomes {"to.memo": ["…"]}."""
    if isinstance(detail, dict):
        children = [(f"{name}.{key}" if name else str(key), value) for key, value in detail.items()]
    elif any(isinstance(item, (dict, list)) for item in detail):
        children = [(f"{name}.{index}" if name else str(index), item) for index, item in enumerate(detail) if item]
    else:
        return {name or "non_field_errors": [str(message) for message in detail]}
    return {key: messages for child, value in children for key, messages in _fields(value, child).items()}


def _headers(problem: DomainError) -> dict[str, str]:
    headers = {}
    if problem.retry_after_seconds:
        headers["Retry-After"] = str(problem.retry_after_seconds)
    if problem.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    return headers


def _plain(problem: DomainError) -> HttpResponse:
    return JsonResponse(body_of(problem), status=problem.status, headers=_headers(problem), content_type=CONTENT_TYPE)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
