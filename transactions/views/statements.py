"""Monthly statements to take away."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from kit.downloads import attachment
from kit.errors import NotFound
from kit.pages import page, viewer_id
from transactions.queries.export import CONTENT_TYPES
from transactions.services import statement_files, statements

COLUMNS = [{"label": gettext_lazy("Month")}, {"label": gettext_lazy("Download"), "is_end": True}]


@require_GET
@page
def statements_page(request: HttpRequest) -> HttpResponse:
    """List the months that are over."""
    found = statements.months(user_id=viewer_id(request), now=timezone.now())
    return render(request, "transactions/statements.html", {"rows": found, "columns": COLUMNS})


@require_GET
@page
def statement_file(request: HttpRequest, month: str, form: str) -> HttpResponseBase:
    """Hand a person the statement of a month."""
    if form not in statements.FORMS:
        raise NotFound("There is no statement of this kind.")
    now, viewer = timezone.now(), viewer_id(request)
    found = statements.read_month(month, user_id=viewer, now=now)
    statement = statements.take(user_id=viewer, month=found, form=form, now=now)
    return attachment(
        statement_files.pieces(statement, form),
        name=statement_files.file_name(statement, form),
        content_type=CONTENT_TYPES[form],
    )
