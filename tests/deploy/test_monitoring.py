"""Alert rules and the dashboard name metrics and labels that the service has."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY, Counter, Gauge, Histogram

import gram_es
from query_api.http import metrics

ROOT = Path(gram_es.__file__).parents[1]
RULES = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text("utf-8"))
DASHBOARD = json.loads((ROOT / "deploy/grafana/gram-es.json").read_text("utf-8"))
ALERTS = {rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"]}
METRIC = re.compile(r"\b(gram_es_\w+)(?:\{([^}]*)\})?")
GROUPED = re.compile(r"\bby \(([^)]*)\)")
METRICS = (Counter, Gauge, Histogram)
OF_PROMETHEUS = {"job", "le"}


def panels() -> Iterator[dict[str, Any]]:
    for panel in DASHBOARD["panels"]:
        yield from (panel, *panel.get("panels", ()))


EXPRESSIONS = {
    **{name: rule["expr"] for name, rule in ALERTS.items()},
    **{
        f"{panel['title']}, {target['refId']}": target["expr"]
        for panel in panels()
        for target in panel.get("targets", ())
    },
}


def labels_by_sample() -> dict[str, set[str]]:
    """Return the labels of each sample of our metrics by its name, as Prometheus stores it."""
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    collectors = [each for each in vars(metrics).values() if type(each) in METRICS]
    return {
        f"{collector._name}{suffix}": set(collector._labelnames)
        for collector in collectors
        for suffix in suffixes[collector._type]
    }


def test_the_names_of_samples_are_those_of_the_registry():
    registered = {family.name for family in REGISTRY.collect() if "gram_es" in family.name}

    assert registered == {
        re.sub(r"_(total|bucket|sum|count)$", "", sample) for sample in labels_by_sample()
    }


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_uses_metrics_and_labels_that_there_are(name):
    expression, known = EXPRESSIONS[name], labels_by_sample()
    samples = METRIC.findall(expression)

    assert samples
    for sample, selectors in samples:
        named = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selectors))
        assert sample in known
        assert named <= known[sample] | OF_PROMETHEUS
    grouped = {
        label.strip() for labels in GROUPED.findall(expression) for label in labels.split(",")
    }
    assert grouped <= set.union(*(known[sample] for sample, _ in samples)) | OF_PROMETHEUS


def test_every_metric_is_on_the_dashboard():
    shown = {
        re.sub(r"_(bucket|sum|count)$", "", sample)
        for panel in panels()
        for target in panel.get("targets", ())
        for sample, _ in METRIC.findall(target["expr"])
    }

    assert shown == {re.sub(r"_(bucket|sum|count)$", "", each) for each in labels_by_sample()}


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_happens_and_what_to_do(name):
    rule = ALERTS[name]

    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert rule["annotations"].keys() == {"summary", "remedy"}
    assert all(text.endswith(".") for text in rule["annotations"].values())


def test_the_panels_do_not_overlap():
    places = set()
    for panel in panels():
        box = panel["gridPos"]
        area = {
            (x, y)
            for x in range(box["x"], box["x"] + box["w"])
            for y in range(box["y"], box["y"] + box["h"])
        }
        assert not area & places
        assert box["x"] + box["w"] <= 24
        places |= area
    assert len({panel["id"] for panel in panels()}) == len(list(panels()))
