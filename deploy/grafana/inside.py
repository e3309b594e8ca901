"""Rows on the gateway itself: cache, limits, drift, store, process, configuration."""

from panels import gauge, rate, selector, stat, steps, table, timeseries

CACHE = [
    timeseries(
        "What the cache did",
        "hit, stale and collapsed ask no provider; bypass is what may not come from the cache.",
        "reqps",
        ("{{result}}", rate("switchboard_cache_requests_total", by="result")),
        stack=True,
        width=6,
    ),
    timeseries(
        "Answered without a provider",
        "Hits, stale answers and those that shared another request's call, by resource.",
        "percentunit",
        (
            "{{resource}}",
            f"""{rate("switchboard_cache_requests_total", 'result=~"hit|stale|collapsed"', by="resource")}"""
            f""" / {rate("switchboard_cache_requests_total", by="resource")}""",
        ),
        most=1,
        width=6,
    ),
    timeseries(
        "Size",
        "In memory, below cache.max_bytes.",
        "bytes",
        ("{{instance}}", gauge("switchboard_cache_bytes", by="instance")),
        width=6,
    ),
    timeseries(
        "Entries",
        "Answers in memory.",
        "none",
        ("{{instance}}", gauge("switchboard_cache_entries", by="instance")),
        width=6,
        whole=True,
    ),
]

LIMITS = [
    timeseries(
        "Requests refused by limits of clients",
        "Each was answered with 429: the client's rate_limit is used up.",
        "reqps",
        (
            "{{name}}",
            rate(
                "switchboard_rate_limit_decisions_total",
                'limiter="client"',
                'decision="refused"',
                'name=~"$client"',
                by="name",
            ),
        ),
        stack=True,
    ),
    timeseries(
        "Turns refused by limits of connections",
        "Attempts that got no turn within max_wait, or whose provider wants a longer pause.",
        "reqps",
        (
            "{{name}}",
            rate(
                "switchboard_rate_limit_decisions_total",
                'limiter="connection"',
                'decision="refused"',
                'name=~"$connection"',
                by="name",
            ),
        ),
        stack=True,
        runbook="SwitchboardConnectionSaturated",
    ),
    timeseries(
        "No room",
        "Requests refused with 503 overloaded: with connection none, more than server.max_in_flight at once.",
        "reqps",
        ("{{connection}} {{origin}}", rate("switchboard_problems_total", 'code="overloaded"', by="connection, origin")),
        stack=True,
        runbook="SwitchboardOverloaded",
    ),
]

DRIFT = [
    timeseries(
        "Differences from the known schema",
        "In providers' answers. unknown_field and unknown_enum lose nothing; missing_field and type_changed can leave "
        "fields empty. /drift on the admin listener names them.",
        "cps",
        (
            "{{provider}} {{resource}} {{kind}}",
            rate("switchboard_schema_drift_total", by="provider, resource, kind") + " > 0",
        ),
        runbook="SwitchboardSchemaDrift",
        width=12,
    ),
    table(
        "Since the start",
        "How often each kind was seen by the replicas that run.",
        "none",
        gauge("switchboard_schema_drift_total", by="provider, resource, kind") + " > 0",
        {"provider": "provider", "resource": "resource", "kind": "kind", "Value": "times"},
    ),
]

STORE = [
    timeseries(
        "What the store did not do",
        "By operation. probe fails all the time while the store is away; another one alone is a store that is slow.",
        "ops",
        ("{{instance}} {{operation}}", rate("switchboard_store_errors_total", by="instance, operation")),
        runbook="SwitchboardStoreAway",
        width=24,
    ),
]

PROCESS = [
    timeseries(
        "Processor",
        "Cores in use.",
        "none",
        ("{{instance}}", rate("process_cpu_seconds_total", by="instance")),
        runbook="SwitchboardLatencyBudgetBurns",
    ),
    timeseries(
        "Memory",
        "Resident.",
        "bytes",
        ("{{instance}}", gauge("process_resident_memory_bytes", by="instance")),
    ),
    timeseries(
        "Requests under way",
        "Refused above server.max_in_flight.",
        "none",
        ("{{instance}}", gauge("switchboard_http_requests_in_flight", by="instance")),
        runbook="SwitchboardOverloaded",
        whole=True,
    ),
    timeseries(
        "Connections of clients",
        "Open, busy or not. Bounded by server.max_connections.",
        "none",
        ("{{instance}}", gauge("switchboard_http_connections", by="instance")),
        whole=True,
    ),
    timeseries(
        "Open files",
        "As a share of those that the process may have.",
        "percentunit",
        ("{{instance}}", f"process_open_fds{selector()} / process_max_fds{selector()}"),
        limits=steps("transparent", 0.8, "red"),
        runbook="SwitchboardFilesRunOut",
        most=1,
    ),
    timeseries(
        "Lost telemetry",
        "Lines of the log that nobody read in time, and spans that did not reach their collector.",
        "cps",
        ("{{instance}} log", rate("switchboard_log_lines_dropped_total", by="instance")),
        ("{{instance}} spans", rate("switchboard_trace_spans_dropped_total", by="instance")),
        runbook="SwitchboardTelemetryLost",
    ),
]

CONFIGURATION = [
    stat(
        "Last reload",
        "Whether the configuration that was read last is the one that runs, at every replica.",
        "none",
        gauge("switchboard_config_last_reload_successful", over="min"),
        words={0: ("refused", "red"), 1: ("in use", "green")},
        runbook="SwitchboardReloadFailed",
        width=6,
    ),
    stat(
        "Configurations",
        "Replicas with another configuration than the others are in the middle of a roll-out, or were forgotten.",
        "none",
        f"count (count by (hash) (switchboard_config_info{selector()}))",
        limits=steps("green", 2, "orange"),
        width=6,
    ),
    stat(
        "Certificate",
        "Until the first one ends. There is none where another program ends TLS.",
        "s",
        f"min (switchboard_tls_certificate_expiry_timestamp_seconds{selector()}) - time()",
        limits=steps("red", 2 * 86400, "orange", 14 * 86400, "green"),
        runbook="SwitchboardCertificateEndsSoon",
        width=6,
    ),
    stat(
        "Keys of the issuer",
        "Since they were last fetched, which happens every five minutes. There are none without [auth.jwt].",
        "s",
        f"time() - min (switchboard_jwks_last_success_timestamp_seconds{selector()})",
        limits=steps("green", 15 * 60, "orange", 30 * 60, "red"),
        runbook="SwitchboardTokenKeysStale",
        width=6,
    ),
    table(
        "Builds",
        "What runs where.",
        "none",
        gauge("switchboard_build_info", by="instance, version, revision", over="max"),
        {"instance": "instance", "version": "version", "revision": "revision"},
        width=8,
    ),
    table(
        "Configurations in use",
        "By their hash, which /config on the admin listener shows too.",
        "none",
        gauge("switchboard_config_info", by="instance, hash", over="max"),
        {"instance": "instance", "hash": "hash"},
        width=8,
    ),
    table(
        "Running since",
        "When each process was started.",
        "dateTimeAsIso",
        f"{gauge('process_start_time_seconds', by='instance', over='max')} * 1000",
        {"instance": "instance", "Value": "start"},
        width=8,
    ),
]
