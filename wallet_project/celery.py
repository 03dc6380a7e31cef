"""The Celery application: workers and beat start here."""

import os
import sys
from importlib import import_module
from typing import Any

from celery import Celery, Task
from celery.signals import setup_logging, task_postrun, task_prerun, worker_before_create_process, worker_init
from django.db import close_old_connections
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_project.settings.dev")

app = Celery("holdfast", task_cls="kit.jobs:NamedWork")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Workers take from all queues by turns, or from those they are told to serve. live: news reaches people's screens
# however many transactions wait. background: what reads the events afterwards; it may lag, so that money moves first.
app.conf.task_queues = [Queue("celery"), Queue("live"), Queue("background")]
BACKGROUND = (
    "accounts.forget_expired",
    "analytics.*",
    "audit.*",
    "notifications.consume",
    "providers.forget_calls",
    "rates.tidy",
    "transactions.forget_answers",
    "transactions.forget_exports",
    "transactions.write_exports",
)
app.conf.task_routes = {
    "events.relay": {"queue": "live"},
    **{name: {"queue": "background"} for name in BACKGROUND},
}
HEAVY = ("ccxt", "chains.adapters.evm_web3", "chains.adapters.stellar", "chains.adapters.solana")
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize  # read as it is: its own way is a new connection for every task
app.autodiscover_tasks()


@setup_logging.connect
def _leave_logging_alone(**_: Any) -> None:
    """Django has set logging up by now; that somebody listens here keeps Celery from doing it over."""


@worker_init.connect
def _trace(**_: Any) -> None:
    """Start tracing before the pool's processes are forked, where settings say so."""
    from wallet_project.tracing import ensure_started

    ensure_started()


@worker_before_create_process.connect
def _import_before_forking(**_: Any) -> None:
    """Import once what each process of the pool would import for itself at its first task: seconds and 100 MB each."""
    for module in HEAVY:
        import_module(module)


@task_prerun.connect
@task_postrun.connect
def _keep_good_connections(*, sender: Task, **_: Any) -> None:  # type: ignore[type-arg]  # only the stubs are generic
    """Keep a connection for as long as CONN_MAX_AGE says, and see that it is alive, as Django does around requests."""
    if not sender.request.is_eager:
        close_old_connections()
