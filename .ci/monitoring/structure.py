"""Checks what Grafana reads, by the types that Grafana publishes: whatever does not survive being read into them and
written again is a field that Grafana does not know. And what those types cannot say: that panels are core ones, ask the
chosen source, explain themselves, and lead to sections of the runbook that there are.

Usage: structure.py RUNBOOK
"""

import json
import pathlib
import re
import sys

import yaml
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard

GRAFANA = pathlib.Path("deploy/grafana")
CORE = {"state-timeline", "stat", "table", "timeseries"}
SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def main(runbook):
    """Prints what is wrong, and ends with 1 if anything is."""
    sections = {f"#{line[3:].lower()}" for line in pathlib.Path(runbook).read_text().splitlines() if line[:3] == "## "}
    findings = []
    for path in sorted(GRAFANA.glob("dashboards/*.json")):
        dashboard = json.loads(path.read_text())
        findings += [f"{path}: {finding}" for finding in (*unknown(dashboard), *broken(dashboard, runbook, sections))]
    findings += provisioning()
    print(*findings, sep="\n", file=sys.stderr, end="\n" if findings else "")
    sys.exit(bool(findings))


def unknown(dashboard):
    """Fields that the types do not know, or read otherwise."""
    plugins.register_default_plugins()
    read = json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))
    yield from lost(dashboard, read, "dashboard")


def lost(ours, read, where):
    """What of ours is not in what was read."""
    if isinstance(ours, dict) and isinstance(read, dict):
        for key, value in ours.items():
            if key in read:
                yield from lost(value, read[key], f"{where}.{key}")
            elif value is not None:
                yield f"{where}.{key} is unknown to Grafana"
    elif isinstance(ours, list) and isinstance(read, list) and len(ours) == len(read):
        for place, pair in enumerate(zip(ours, read)):
            yield from lost(*pair, f"{where}[{place}]")
    elif ours != read:
        yield f"{where} is {ours!r}, and is read as {read!r}"


def panels(dashboard):
    """All but rows, those of closed rows among them."""
    for panel in dashboard["panels"]:
        yield from panel["panels"] if panel["type"] == "row" else [panel]


def broken(dashboard, runbook, sections):
    """What the types cannot say."""
    names = {variable["name"] for variable in dashboard["templating"]["list"]}
    for panel in panels(dashboard):
        title = panel["title"]
        if panel["type"] not in CORE:
            yield f"{title}: {panel['type']} is none of {sorted(CORE)}"
        if not panel.get("description", "").endswith("."):
            yield f"{title}: has no description"
        unit = panel["fieldConfig"]["defaults"].get("unit")
        if unit not in vars(units).values():
            yield f"{title}: {unit} is no unit"
        if any(asks["datasource"] != SOURCE for asks in (panel, *panel["targets"])):
            yield f"{title}: does not ask the chosen source"
        for link in panel.get("links", []):
            page, _, section = link["url"].partition("#")
            if page != runbook or f"#{section}" not in sections:
                yield f"{title}: leads to {link['url']}, which there is not"
        for target in panel["targets"]:
            used = set(re.findall(r"\$([a-z]\w*)", target["expr"])) - names
            if used:
                yield f"{title}: {sorted(used)} are no variables"
    numbers = [panel["id"] for panel in panels(dashboard)]
    if len(set(numbers)) != len(numbers):
        yield "two panels have one id"
    yield from overlapping(dashboard["panels"])
    for row in dashboard["panels"]:
        yield from overlapping(row.get("panels", []))


def overlapping(placed):
    """Panels that lie on one another, or beyond the grid."""
    taken = {}
    for panel in placed:
        grid = panel["gridPos"]
        if grid["x"] + grid["w"] > 24:
            yield f"{panel['title']}: beyond the grid"
        for x in range(grid["x"], grid["x"] + grid["w"]):
            for y in range(grid["y"], grid["y"] + grid["h"]):
                other = taken.setdefault((x, y), panel["title"])
                if other != panel["title"]:
                    yield f"{panel['title']}: lies on {other}"
                    return


def provisioning():
    """The files from which Grafana learns of the dashboard and of its source."""
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    if not {"name", "type", "url"} <= source.keys() or source["type"] != SOURCE["type"]:
        yield f"provisioning/datasources: {source}"
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/switchboard.yml").read_text())["providers"]
    if provider["type"] != "file" or "path" not in provider["options"]:
        yield f"provisioning/dashboards: {provider}"
    scraped = yaml.safe_load(pathlib.Path("deploy/prometheus/prometheus.yml").read_text())["global"]["scrape_interval"]
    if source["jsonData"]["timeInterval"] != scraped:
        yield f"provisioning/datasources: timeInterval is not {scraped}, the interval of scrapes"


main(sys.argv[1])
