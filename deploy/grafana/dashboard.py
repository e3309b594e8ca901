#!/usr/bin/env -S python3 -B
"""Makes the dashboard, which is too repetitive to be kept by hand:

    deploy/grafana/dashboard.py >deploy/grafana/dashboards/switchboard.json

What is looked at stands in traffic.py and inside.py, how it looks in panels.py.
"""

import json
import sys

from inside import CACHE, CONFIGURATION, DRIFT, LIMITS, PROCESS, STORE
from panels import RUNBOOK, SOURCE, annotation, link, of_source, place, selector
from traffic import CLIENTS, GLANCE, PROVIDERS

DASHBOARD = {
    "uid": "switchboard",
    "title": "Switchboard",
    "description": "Is it us or the provider, and whose traffic is it?",
    "tags": ["switchboard"],
    "schemaVersion": 39,
    "editable": True,
    "graphTooltip": 1,
    "refresh": "30s",
    "time": {"from": "now-1h", "to": "now"},
    "timezone": "browser",
    "links": [link("Runbook", RUNBOOK)],
    "annotations": {
        "list": [
            annotation(
                "Configuration in use",
                "blue",
                f"switchboard_config_last_reload_timestamp_seconds{selector()} * 1000",
                "{{instance}} has read a configuration",
            ),
            annotation(
                "Start",
                "purple",
                f"process_start_time_seconds{selector()} * 1000",
                "{{instance}} has started",
            ),
        ],
    },
    "templating": {
        "list": [
            {
                "type": "datasource",
                "name": "datasource",
                "label": "Prometheus",
                "description": "Which Prometheus is asked.",
                "query": "prometheus",
                "regex": "",
                "refresh": 1,
                "multi": False,
                "includeAll": False,
            },
            # These two also choose among metrics that every process has, so all of them are ours alone.
            of_source("job", "Job", "A deployment.", "label_values(switchboard_build_info, job)"),
            of_source(
                "instance", "Instance", "A replica.", 'label_values(switchboard_build_info{job=~"$job"}, instance)'
            ),
            of_source(
                "connection",
                "Connection",
                "An account at a provider.",
                'label_values(switchboard_connection_info{job=~"$job", instance=~"$instance"}, connection)',
                everything=".+",
            ),
            of_source(
                "client",
                "Client",
                "Whose traffic.",
                'label_values(switchboard_http_requests_total{job=~"$job", instance=~"$instance"}, client)',
                everything=".+",
            ),
        ],
    },
    "panels": place(
        [
            ("At a glance: is it us or the provider, and whose traffic?", False, GLANCE),
            ("Providers: how they fail", False, PROVIDERS),
            ("Clients: what they ask for, and are refused", False, CLIENTS),
            ("Cache", True, CACHE),
            ("Limits", True, LIMITS),
            ("Schema drift", True, DRIFT),
            ("Store that replicas share", True, STORE),
            ("Process", True, PROCESS),
            ("Configuration and certificates", True, CONFIGURATION),
        ]
    ),
}

if __name__ == "__main__":
    json.dump(DASHBOARD, sys.stdout, indent=2)
    print()
