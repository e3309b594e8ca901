"""Asks a Prometheus everything that the dashboard asks, as Grafana would with all values of its variables and with one
of each, and what the runbook asks, until every query of the dashboard has an answer and every rule was evaluated.

Usage: queries.py URL SECONDS
"""

import json
import pathlib
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

# What Grafana puts there for scrapes every 15 s, and no zoom that needs more.
RATE_INTERVAL = "1m"
# What the traffic of check-monitoring must lead to: everything went wrong but the gateway.
TRUTHS = [
    'sum (switchboard:errors:rate5m{fault="gateway"}) == 0',
    'sum by (connection) (switchboard:errors:rate5m{connection="twilio", fault="provider"}) > 0',
    'sum by (connection) (switchboard:errors:rate5m{connection="bland", fault="provider"}) > 0',
    'sum (switchboard:errors:rate5m{fault="client"}) > 0',
    'ALERTS{alertname="SwitchboardCredentialRefused", connection="bland", alertstate="firing"}',
    'ALERTS{alertname="SwitchboardSchemaDrift", provider="twilio", alertstate="firing"}',
    'absent(ALERTS{alertname=~"Switchboard(Down|Absent|Restarting|InternalErrors|ErrorBudget.+|StoreAway)"})',
]
STEP = 5
SPAN = 120


class Prometheus:
    """Its HTTP API."""

    def __init__(self, url):
        self.url = url

    def get(self, path, **parameters):
        """What is under `data`; a query that it refuses is a SystemExit, since no waiting helps."""
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refusal:
            sys.exit(f"{parameters.get('query', path)}\n  {json.load(refusal)['error']}")

    def values(self, label, match):
        """Of a label."""
        return sorted(self.get(f"label/{label}/values", **{"match[]": match}))

    def has(self, query, instant):
        """Whether the query has an answer, with a number in it."""
        if instant:
            result = self.get("query", query=query)["result"]
            return any(series["value"][1] != "NaN" for series in result)
        now = time.time()
        result = self.get("query_range", query=query, start=now - SPAN, end=now, step=STEP)["result"]
        return any(value != "NaN" for series in result for _, value in series["values"])


def main(url, seconds):
    """Waits until all is there, at most so long."""
    prometheus = Prometheus(url)
    asked_by_hand = by_hand()
    for query in asked_by_hand:
        prometheus.has(query, instant=True)
    paths = sorted(pathlib.Path("deploy/grafana/dashboards").glob("*.json"))
    dashboards = [json.loads(path.read_text()) for path in paths]
    end = time.monotonic() + seconds
    while True:
        missing = [text for dashboard in dashboards for text in unanswered(prometheus, dashboard)]
        missing += unevaluated(prometheus)
        missing += [truth for truth in TRUTHS if not prometheus.has(truth, instant=True)]
        if not missing:
            break
        if time.monotonic() > end:
            sys.exit("nothing came of\n  " + "\n  ".join(missing))
        time.sleep(1)
    asked = sum(len(panel["targets"]) for dashboard in dashboards for panel in panels(dashboard))
    print(
        f"{asked} queries of panels and {len(rules(prometheus))} rules have answers, "
        f"and {len(asked_by_hand)} of the runbook could be asked"
    )


def by_hand():
    """The queries that the runbook shows, a line for each."""
    blocks = re.findall(r"```promql\n(.+?)\n```", pathlib.Path("docs/runbook.md").read_text(), re.DOTALL)
    return [query for block in blocks for query in block.splitlines()]


def panels(dashboard):
    """All but rows, those of closed rows among them."""
    for panel in dashboard["panels"]:
        yield from panel["panels"] if panel["type"] == "row" else [panel]


def unanswered(prometheus, dashboard):
    """Queries without an answer. With one value of each variable, a query needs no answer but must be one."""
    chosen, single = {}, {}
    for variable in dashboard["templating"]["list"]:
        if variable["type"] != "query":
            continue
        match, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"]).groups()
        values = prometheus.values(label, filled(match, chosen))
        if not values:
            return [f"variable {variable['name']}"]
        every = "(" + "|".join(map(re.escape, values)) + ")"
        chosen[variable["name"]] = variable.get("allValue", every).replace("\\", "\\\\")
        single[variable["name"]] = values[0]
    missing = []
    for panel in panels(dashboard):
        for target in panel["targets"]:
            query, instant = target["expr"], target.get("instant", False)
            prometheus.has(filled(query, single), instant)
            if not prometheus.has(filled(query, chosen), instant):
                missing.append(f"panel {panel['title']}: {query}")
    for annotation in dashboard["annotations"]["list"]:
        if not prometheus.has(filled(annotation["expr"], chosen), instant=False):
            missing.append(f"annotation {annotation['name']}: {annotation['expr']}")
    return missing


def filled(query, values):
    """With values for variables."""
    for name, value in {**values, "__rate_interval": RATE_INTERVAL}.items():
        query = re.sub(rf"\${name}\b", lambda _, value=value: value, query)
    return query


def rules(prometheus):
    """All of them."""
    return [rule for group in prometheus.get("rules")["groups"] for rule in group["rules"]]


def unevaluated(prometheus):
    """Rules that failed or were not evaluated yet, and records that recorded nothing."""
    for rule in rules(prometheus):
        if rule["health"] != "ok":
            yield f"rule {rule['name']}: {rule['health']} {rule.get('lastError', '')}"
        elif rule["type"] == "recording":
            labels = ", ".join(f'{label}="{value}"' for label, value in rule.get("labels", {}).items())
            if not prometheus.has(f"{rule['name']}{{{labels}}}", instant=True):
                yield f"rule {rule['name']}{{{labels}}}"


main(sys.argv[1], float(sys.argv[2]))
