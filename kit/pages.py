"""What every signed-in page does at its door."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from kit.errors import DomainError, NotFound

Response = TypeVar("Response", bound=HttpResponseBase)


def page(view: Callable[..., Response]) -> Callable[..., Response | HttpResponse]:
    """
    Make a function a page for signed-in people: a stranger is sent to sign in, what is not
    theirs is not found, and any other refusal is shown in the four-part form.
    """

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> Response | HttpResponse:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404(error.what_happened) from error
        except DomainError as problem:
            return render(request, "errors/problem.html", {"problem": problem}, status=problem.status)

    return door


def viewer_id(request: HttpRequest) -> str:
    """Return the id of the person looking; the page is only for people signed in."""
    return cast(str, request.user.pk)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        # A part of a page cannot hold the sign-in form: load the whole page again, which leads there.
        return HttpResponse(headers={"HX-Refresh": "true"})
    return redirect_to_login(request.get_full_path())
