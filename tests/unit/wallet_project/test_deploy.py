"""deploy/ gives every service what depends on the installation, and nothing that it has no business with."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
COMPOSE_TEXT = (ROOT / "deploy" / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
EXAMPLE = (ROOT / "deploy" / "env.example").read_text()
ROW = re.compile(r"^\| `([A-Z0-9_]+)` \|[^|]*\| (in `deploy/`)? *\|", re.MULTILINE)
ROWS = dict(ROW.findall((ROOT / "docs" / "configuration.md").read_text()))
DEPLOYED = {name for name, mark in ROWS.items() if mark}
OURS = {name: service for name, service in COMPOSE["services"].items() if service.get("image") == "holdfast"}
GIVEN = {name: set(service["environment"]) for name, service in OURS.items()}
KEYS = {"KEY_FILE", "AUDIT_KEY_FILE", "VAPID_KEY_FILE"}
TUNING = re.compile(r".*_(BASE_URL|TIMEOUT_SECONDS)")


def test_what_depends_on_the_installation_is_given_to_a_service() -> None:
    assert len(DEPLOYED) > 40
    missing = DEPLOYED - set.union(*GIVEN.values())
    assert missing == set(), (
        "name them in deploy/docker-compose.yml, and in deploy/env.example what it takes from there"
    )


@pytest.mark.parametrize("family", ["TWILIO_", "VAPID_", "NATS_", "EVENTS_", "BACKUP_", "AUDIT_", "OTEL_EXPORTER_"])
def test_whole_families_are_given(family: str) -> None:
    of_it = {name for name in ROWS if name.startswith(family) and not TUNING.fullmatch(name)}
    of_it -= {"AUDIT_CHECKPOINT_ENTRIES", "AUDIT_CHECKPOINT_SECONDS", "AUDIT_ANCHOR_SECONDS"}
    assert of_it
    assert of_it <= set.union(*GIVEN.values())


def test_services_are_given_only_what_there_is() -> None:
    for name, given in GIVEN.items():
        assert given <= set(ROWS), f"{name}: {given - set(ROWS)}"


def test_the_example_names_what_is_taken_from_it_and_nothing_else() -> None:
    taken = set(re.findall(r"\$\{([A-Z0-9_]+)(?::[^}]*)?", COMPOSE_TEXT)) | {
        secret["environment"] for secret in COMPOSE["secrets"].values()
    }
    named = re.findall(r"^([A-Z0-9_]+)=", EXAMPLE, re.MULTILINE)
    assert len(named) == len(set(named))
    assert set(named) == taken


def test_what_must_be_said_has_no_default_and_the_rest_may_be_left_empty() -> None:
    needed = set(re.findall(r"\$\{([A-Z0-9_]+):\?\}", COMPOSE_TEXT))
    assert {"SECRET_KEY", "SITE", "POSTGRES_PASSWORD", "BACKUP_PASSWORD", "BACKUP_FOLDER", "METRICS_TOKEN"} <= needed
    optional = set(re.findall(r"\$\{([A-Z0-9_]+):-", COMPOSE_TEXT))
    assert needed & optional == set()
    assert re.findall(r"\$\{[A-Z0-9_]+\}", COMPOSE_TEXT) == []


def test_keys_are_given_to_whoever_signs_and_to_nobody_else() -> None:
    assert {name for name, given in GIVEN.items() if KEYS & given} == {"worker", "migrate", "keys"}
    mounted = {name for name, service in OURS.items() if any(":/keys" in each for each in service.get("volumes", ()))}
    assert mounted == {"worker", "migrate", "keys"}
    assert {name for name, given in GIVEN.items() if "BACKUP_PASSWORD" in given} == {"archive"}
    owners = {name for name, service in OURS.items() if "//postgres:" in service["environment"]["CORE_DATABASE_URL"]}
    assert owners == {"migrate"}


def test_the_image_has_the_programs_of_the_server_that_is_backed_up() -> None:
    (major,) = re.findall(r"^ARG POSTGRES_MAJOR=(\d+)$", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE)
    assert COMPOSE["services"]["postgres"]["image"] == f"postgres:{major}"
    installs = (ROOT / "deploy" / "Dockerfile").read_text()
    assert "postgresql-$POSTGRES_MAJOR" in installs
    assert OURS["archive"]["command"] == ["python", "manage.py", "archive_wal"]


def test_backups_are_taken_as_a_role_that_the_database_makes() -> None:
    script = (ROOT / "deploy" / "create-databases.sh").read_text()
    role = OURS["archive"]["environment"]["BACKUP_USER"]
    assert f"CREATE ROLE {role} LOGIN REPLICATION PASSWORD" in script
    assert f"host replication {role} all scram-sha-256" in script
    assert "BACKUP_PASSWORD" in COMPOSE["services"]["postgres"]["environment"]
