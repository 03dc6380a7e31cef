"""The alert rules and dashboards in deploy/: valid, about figures that exist, tested by Prometheus' own tool."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from django.utils import timezone
from prometheus_client.registry import REGISTRY, Collector

from analytics import services
from devnet.places import ROOT
from tests.factories.back_office import Office
from wallet_project import metrics

PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARDS = ROOT / "deploy" / "grafana" / "dashboards"
RUNBOOK = ROOT / "docs" / "runbooks" / "alerts.md"
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
PROMTOOL = shutil.which("promtool") or ""
needs_promtool = pytest.mark.skipif(not PROMTOOL, reason="left out: no promtool (Debian's package prometheus)")

TOPICS = {
    "critical": (
        "High transaction failure rates",
        "Provider outages affecting user transactions",
        "Security incidents or suspicious activity",
        "Fund discrepancies or balance mismatches",
    ),
    "warning": (
        "Elevated error rates for specific transaction types",
        "Provider performance degradation",
        "High blockchain fees or congestion",
        "Unusual transaction patterns",
    ),
    "information": (
        "Transaction volume anomalies",
        "New error types or patterns",
        "Provider cost optimization opportunities",
        "User experience issues",
    ),
}
"""What there must be an alert for, by how soon somebody has to look."""

SUFFIXES = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_count", "_sum"),
    "summary": ("_count", "_sum"),
    "gauge": ("",),
}
FROM_PROMETHEUS = {"up"}


def rules() -> Iterator[dict[str, Any]]:
    for file in RULES:
        for group in yaml.safe_load(file.read_text())["groups"]:
            yield from group["rules"]


def alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def names_in(expression: str) -> set[str]:
    """Return the metrics an expression is about."""
    plain = re.sub(r'"[^"]*"|\$\w+|\[[^\]]*\]', "", expression)
    plain = re.sub(r"\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)", "", plain)
    plain = re.sub(r"\{[^}]*\}", "", plain)
    words = re.findall(r"[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])", plain)
    return {word for word in words if "_" in word or ":" in word or word in FROM_PROMETHEUS}


def known(office: Office) -> set[str]:
    """Return every name under which the product tells a figure, and every one that is recorded from them."""
    Client().get("/health/live")  # what is counted of requests exists from the first one on
    services.measure(now=timezone.now())
    collectors: list[Collector] = [REGISTRY, metrics.WorkCollector(), metrics.FiguresCollector()]
    found = {rule["record"] for rule in rules() if "record" in rule} | FROM_PROMETHEUS
    for collector in collectors:
        for family in collector.collect():
            found |= {family.name + suffix for suffix in SUFFIXES.get(family.type, ("",))}
    return found


def panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", [])


def boards() -> dict[Path, dict[str, Any]]:
    return {path: json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))}


@pytest.mark.django_db(databases="__all__")
def test_every_figure_that_a_rule_is_about_exists(office: Office) -> None:
    there = known(office)
    missing = {rule.get("alert") or rule["record"]: names_in(rule["expr"]) - there for rule in rules()}
    assert {name: names for name, names in missing.items() if names} == {}
    assert names_in('holdfast_gone > 1 and on (type) sum by (x_y) (foo:bar:5m{a_b="c_d"})') == {
        "holdfast_gone",
        "foo:bar:5m",
    }


@pytest.mark.parametrize("severity", sorted(TOPICS))
def test_every_topic_has_its_alerts(severity: str) -> None:
    text = (PROMETHEUS / "rules" / f"{severity}.yml").read_text()
    for topic in TOPICS[severity]:
        _, found, after = text.partition(f"      # {topic}\n")
        assert found, topic
        assert after.startswith("      - alert: "), topic
    of_file = [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]
    assert {rule["labels"]["severity"] for rule in of_file} == {severity}


def test_every_alert_has_a_section_in_the_runbook_and_no_section_is_of_none() -> None:
    sections = re.findall(r"^### (\w+)$", RUNBOOK.read_text(), re.MULTILINE)
    assert sections == list(dict.fromkeys(sections))
    assert set(sections) == set(alerts())
    for name, alert in alerts().items():
        assert alert["annotations"]["runbook"] == f"docs/runbooks/alerts.md#{name.lower()}"
        assert alert["annotations"]["summary"]


def test_every_alert_is_tested_as_firing_and_as_silent() -> None:
    firing: set[str] = set()
    silent: set[str] = set()
    for file in (PROMETHEUS / "tests").glob("*.yml"):
        for test in yaml.safe_load(file.read_text())["tests"]:
            for case in test["alert_rule_test"]:
                (firing if case["exp_alerts"] else silent).add(case["alertname"])
    assert firing == set(alerts())
    assert set(alerts()) - silent <= {"SlowNode", "SlowAnswers"}  # a second one stays silent beside them


@needs_promtool
def test_prometheus_takes_the_rules() -> None:
    done = subprocess.run([PROMTOOL, "check", "rules", *RULES], capture_output=True, check=False, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_prometheus_takes_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "metrics_token").write_text("token")
    text = (PROMETHEUS / "prometheus.yml").read_text()
    text = text.replace("/run/secrets", str(tmp_path)).replace("rules/*.yml", f"{PROMETHEUS}/rules/*.yml")
    (tmp_path / "prometheus.yml").write_text(text)
    command = [PROMTOOL, "check", "config", str(tmp_path / "prometheus.yml")]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
@pytest.mark.parametrize("file", sorted(file.name for file in (PROMETHEUS / "tests").glob("*.yml")))
def test_the_rules_say_what_they_should(file: str) -> None:
    command = [PROMTOOL, "test", "rules", str(PROMETHEUS / "tests" / file)]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.django_db(databases="__all__")
def test_every_panel_is_about_figures_that_exist(office: Office) -> None:
    there = known(office) | {"ALERTS"}
    for path, board in boards().items():
        for panel in panels(board):
            if panel["type"] == "row":
                continue
            assert panel["targets"], f"{path.name}: {panel['title']}"
            for target in panel["targets"]:
                assert names_in(target["expr"]) - there == set(), f"{path.name}: {panel['title']}"
                assert names_in(target["expr"]) or "ALERTS" in target["expr"], target["expr"]


def test_dashboards_are_what_grafana_takes() -> None:
    found = boards()
    assert len(found) == 4
    uids = [board["uid"] for board in found.values()]
    assert len(set(uids)) == len(uids)
    source = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())
    (datasource,) = source["datasources"]
    for path, board in found.items():
        assert re.fullmatch(r"[a-z0-9-]{1,40}", board["uid"]), path
        assert board["title"].startswith("Holdfast: "), path
        assert "id" not in board, path
        ids = [panel["id"] for panel in panels(board)]
        assert len(set(ids)) == len(ids), path
        for panel in panels(board):
            place = panel["gridPos"]
            assert place["x"] + place["w"] <= 24, f"{path.name}: {panel['title']}"
            for target in panel.get("targets", []):
                assert target["datasource"]["uid"] == panel["datasource"]["uid"] == datasource["uid"], path


@needs_promtool
def test_prometheus_understands_every_panel(tmp_path: Path) -> None:
    expressions = [
        target["expr"] for board in boards().values() for panel in panels(board) for target in panel.get("targets", [])
    ]
    recorded = [{"record": f"panel:number:{number}", "expr": text} for number, text in enumerate(expressions)]
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": recorded}]}))
    command = [PROMTOOL, "check", "rules", str(tmp_path / "panels.yml")]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_services_beside_it_are_given_what_is_here() -> None:
    compose = yaml.safe_load((ROOT / "deploy" / "docker-compose.yml").read_text())
    for service in ("prometheus", "alertmanager", "grafana"):
        assert compose["services"][service]["profiles"] == ["watching"]
        for volume in compose["services"][service]["volumes"]:
            here = volume.split(":")[0]
            if here.startswith("."):
                assert (ROOT / "deploy" / here).exists(), volume
            else:
                assert here in compose["volumes"], volume
    data = yaml.safe_load((ROOT / "deploy/grafana/provisioning/dashboards/holdfast.yml").read_text())
    (provider,) = data["providers"]
    mounted = [volume.split(":")[1] for volume in compose["services"]["grafana"]["volumes"]]
    assert provider["options"]["path"] in mounted
    scraped = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    (job,) = scraped["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["web:8000"]}]
    assert job["authorization"]["credentials_file"] == "/run/secrets/metrics_token"
    assert compose["services"]["prometheus"]["secrets"] == ["metrics_token"]
    (managers,) = scraped["alerting"]["alertmanagers"]
    assert managers["static_configs"] == [{"targets": ["alertmanager:9093"]}]
    (source,) = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    assert source["url"] == "http://prometheus:9090"
    for service in ("web", "live", "worker", "beat"):
        folder = compose["services"][service]["environment"]["PROMETHEUS_MULTIPROC_DIR"]
        assert folder == f"/metrics/{service}"
        assert "metrics:/metrics" in compose["services"][service]["volumes"]
    assert compose["services"]["web"]["environment"]["METRICS_FOLDER"] == "/metrics"
