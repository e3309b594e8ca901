"""Rows on requests: at a glance, providers, clients."""

from panels import gauge, quantile, rate, selector, stat, states, steps, table, timeseries

CONNECTION = 'connection=~"$connection"'
CLIENT = 'client=~"$client"'
FAULTS = {"gateway": "red", "provider": "orange", "client": "blue"}
TIMES = {"gateway itself": "red", "provider": "orange", "queue": "purple", "request": "blue"}
HTTP, UPSTREAM = "switchboard_http_requests_total", "switchboard_upstream_requests_total"
ATTEMPT = "switchboard_upstream_request_duration_seconds"
REQUEST, ITSELF = "switchboard_http_request_duration_seconds", "switchboard_gateway_overhead_seconds"
FAILED = 'outcome=~"server_error|timeout|network|protocol|circuit_open"'


def share(fault):
    """Of requests, that fail by somebody's fault as slo.yml records it."""
    label = f'fault="{fault}"'
    return f"sum (switchboard:errors:rate5m{selector(label)}) / sum (switchboard:requests:rate5m{selector()})"


def each_request(seconds):
    """The part of an average request that goes there."""
    return f"{rate(seconds + '_sum')} / {rate(HTTP)}"


GLANCE = [
    stat(
        "Requests",
        "Requests in a second, of the chosen clients.",
        "reqps",
        rate(HTTP, CLIENT),
    ),
    stat(
        "Failed by the gateway",
        "The share of requests in five minutes that failed by the gateway's own fault: its defects, or no room. "
        "This is us. Needs the rules of slo.yml.",
        "percentunit",
        share("gateway"),
        limits=steps("green", 0.001, "orange", 0.0144, "red"),
        runbook="SwitchboardErrorBudgetBurnsFast",
    ),
    stat(
        "Failed by providers",
        "The share of requests in five minutes that failed by a provider's fault, or for want of an answer in time. "
        "This is not us: see the providers below.",
        "percentunit",
        share("provider"),
        limits=steps("green", 0.01, "orange", 0.1, "red"),
        runbook="SwitchboardProviderFailing",
    ),
    stat(
        "Refused for clients' faults",
        "The share of requests in five minutes that were wrong, forbidden, for what is not there, or more than the "
        "client may send. See the clients below.",
        "percentunit",
        share("client"),
        limits=steps("green", 0.2, "orange"),
    ),
    stat(
        "Budget burns",
        "How many times faster than allowed the last hour used up the month's budget of failures: above 1 it does not "
        "last, at 14.4 an hour costs 2 % of it.",
        "none",
        'max (switchboard:gateway_errors:burn{job=~"$job", window="1h"})',
        limits=steps("green", 1, "orange", 14.4, "red"),
        runbook="SwitchboardErrorBudgetBurnsSlowly",
    ),
    stat(
        "Gateways up",
        "The share of targets that answer Prometheus.",
        "percentunit",
        gauge("up", over="avg"),
        limits=steps("red", 0.5, "orange", 1, "green"),
        runbook="SwitchboardDown",
    ),
    timeseries(
        "Whose fault",
        "Problems in a second by whose fault they are: gateway is us, provider is a provider or the way there, client "
        "is who asks. Each problem is counted once.",
        "reqps",
        ("{{fault}}", f"sum by (fault) (switchboard:errors:rate5m{selector()})"),
        stack=True,
        colours=FAULTS,
        runbook="SwitchboardProviderFailing",
    ),
    timeseries(
        "Which connection fails",
        "The share of calls that fail after retries, through the fault of the provider or of the way there.",
        "percentunit",
        (
            "{{connection}}",
            f"{rate(UPSTREAM, CONNECTION, FAILED, by='connection')} / {rate(UPSTREAM, CONNECTION, by='connection')}",
        ),
        limits=steps("transparent", 0.1, "red"),
        runbook="SwitchboardProviderFailing",
        most=1,
    ),
    timeseries(
        "Whose traffic",
        "Requests by client. none sent no valid credential; other is a token of no configured client.",
        "reqps",
        ("{{client}}", rate(HTTP, CLIENT, by="client")),
        stack=True,
        runbook="SwitchboardOverloaded",
    ),
    timeseries(
        "Whose time, at the 99th percentile",
        "A request as the client sees it; the gateway itself, with its pauses before retries, without providers and "
        "their queues; one attempt on the wire to a provider; a wait for the connection's turn.",
        "s",
        ("request", quantile(0.99, REQUEST)),
        ("gateway itself", quantile(0.99, ITSELF)),
        ("provider", quantile(0.99, ATTEMPT, CONNECTION)),
        ("queue", quantile(0.99, "switchboard_upstream_queue_seconds", CONNECTION)),
        colours=TIMES,
        runbook="SwitchboardLatencyBudgetBurns",
    ),
    timeseries(
        "Who suffers",
        "Answers of 5xx by client, whoever caused them.",
        "reqps",
        ("{{client}} {{status}}", rate(HTTP, CLIENT, 'status=~"5.."', by="client, status")),
        stack=True,
    ),
    table(
        "Alerts that fire",
        "From the rules of deploy/prometheus. Each has a section in the runbook.",
        "none",
        'label_join(ALERTS{alertname=~"Switchboard.+", alertstate="firing"}, "where", " ", '
        '"connection", "provider", "resource", "kind", "instance")',
        {"alertname": "alert", "severity": "severity", "where": "where"},
        width=8,
        wide={"alert": 260, "severity": 100},
    ),
]

PROVIDERS = [
    states(
        "Circuit",
        "Open: the provider has failed so often that it is left alone for a while. Of several replicas the worst.",
        ("{{connection}}", gauge("switchboard_circuit_state", CONNECTION, by="connection", over="max")),
        {0: ("closed", "green"), 1: ("half-open", "orange"), 2: ("open", "red")},
        runbook="SwitchboardCircuitOpen",
    ),
    timeseries(
        "Calls that did not end well",
        "By how they ended. server_error and protocol are the provider's, timeout and network may be the way there, "
        "auth_failed is our credential, rate_limited a limit, client_error what a client asked for.",
        "reqps",
        ("{{connection}} {{outcome}}", rate(UPSTREAM, CONNECTION, 'outcome!="ok"', by="connection, outcome")),
        stack=True,
        runbook="SwitchboardCredentialRefused",
    ),
    timeseries(
        "Calls",
        "Calls to providers, whatever their attempts and their end.",
        "reqps",
        ("{{connection}}", rate(UPSTREAM, CONNECTION, by="connection")),
    ),
    timeseries(
        "Latency of attempts",
        "One attempt on the wire. The buckets end at 15 s.",
        "s",
        ("{{connection}} p50", quantile(0.5, ATTEMPT, CONNECTION, by="connection")),
        ("{{connection}} p99", quantile(0.99, ATTEMPT, CONNECTION, by="connection")),
    ),
    timeseries(
        "Slowest operations",
        "The 99th percentile of attempts, of the ten slowest.",
        "s",
        (
            "{{connection}} {{operation}}",
            f"topk(10, {quantile(0.99, ATTEMPT, CONNECTION, by='connection, operation')} > 0)",
        ),
    ),
    timeseries(
        "Retried attempts",
        "Retries as a share of first attempts. They are bounded by retries.budget.",
        "percentunit",
        (
            "{{connection}}",
            f"""{rate("switchboard_upstream_attempts_total", CONNECTION, 'reason="retry"', by="connection")}"""
            f""" / {rate("switchboard_upstream_attempts_total", CONNECTION, 'reason="first"', by="connection")}""",
        ),
    ),
    timeseries(
        "Wait for a turn, at the 99th percentile",
        "Under the connection's rate_limit and max_concurrency. A provider's Retry-After makes everybody wait. Half a "
        "millisecond, the smallest bucket, is no wait.",
        "s",
        ("{{connection}}", quantile(0.99, "switchboard_upstream_queue_seconds", CONNECTION, by="connection")),
        runbook="SwitchboardConnectionSaturated",
    ),
    timeseries(
        "Places taken",
        "By attempts under way, as a share of max_concurrency, of all replicas.",
        "percentunit",
        (
            "{{connection}}",
            gauge("switchboard_upstream_in_flight", CONNECTION, by="connection")
            + " / "
            + gauge("switchboard_upstream_concurrency_limit", CONNECTION, by="connection"),
        ),
        runbook="SwitchboardConnectionSaturated",
        most=1,
    ),
    timeseries(
        "Parts of lists that are missing or old",
        "A list goes through all connections; one that fails is left out, or its part is stale.",
        "reqps",
        (
            "{{connection}} {{status}}",
            rate("switchboard_list_sources_total", CONNECTION, 'status=~"stale|error"', by="connection, status"),
        ),
        stack=True,
    ),
    timeseries(
        "Problems by code",
        "What clients were told about a connection.",
        "reqps",
        (
            "{{connection}} {{code}}",
            rate("switchboard_problems_total", CONNECTION, 'origin!="client"', by="connection, code"),
        ),
        stack=True,
    ),
    timeseries(
        "Where the average request's time goes",
        "Time in the gateway, on the wire to providers and in their queues, divided by the number of requests. What "
        "the cache answers takes none of the latter two.",
        "s",
        ("gateway itself", each_request(ITSELF)),
        ("provider", each_request(ATTEMPT)),
        ("queue", each_request("switchboard_upstream_queue_seconds")),
        stack=True,
        colours=TIMES,
    ),
    table(
        "Connections",
        "As configured.",
        "none",
        gauge("switchboard_connection_info", CONNECTION, by="connection, provider, sandbox", over="count"),
        {"connection": "connection", "provider": "provider", "sandbox": "sandbox", "Value": "replicas"},
        width=8,
    ),
]

CLIENTS = [
    timeseries(
        "Answers by status",
        "By the first digit of the status. 499 is a client that left.",
        "reqps",
        (
            "{{class}}",
            f'sum by (class) (label_replace(rate({HTTP}{selector(CLIENT)}[$__rate_interval]), '
            '"class", "${1}xx", "status", "(.).."))',
        ),
        stack=True,
        colours={"2xx": "green", "3xx": "purple", "4xx": "blue", "5xx": "red"},
    ),
    timeseries(
        "Refusals by client",
        "Answers of 4xx. 401 and 403 are its credential and permissions, 429 its limit, 404 and 422 its requests.",
        "reqps",
        ("{{client}} {{status}}", rate(HTTP, CLIENT, 'status=~"4.."', by="client, status")),
        stack=True,
    ),
    timeseries(
        "Credentials that were refused",
        "Keys and tokens by what was wrong with them. unknown in numbers is somebody who guesses.",
        "reqps",
        ("{{reason}}", rate("switchboard_auth_failures_total", by="reason")),
        stack=True,
        runbook="SwitchboardTokenKeysStale",
    ),
    timeseries(
        "Busiest routes",
        "The ten with most requests of the chosen clients.",
        "reqps",
        ("{{method}} {{route}}", f"topk(10, {rate(HTTP, CLIENT, by='method, route')})"),
    ),
    timeseries(
        "Latency of requests",
        "From the head of a request to the head of its answer.",
        "s",
        ("p50", quantile(0.5, REQUEST)),
        ("p90", quantile(0.9, REQUEST)),
        ("p99", quantile(0.99, REQUEST)),
    ),
    timeseries(
        "Slowest routes",
        "The 99th percentile of the ten slowest, of all clients.",
        "s",
        (
            "{{method}} {{route}}",
            f"topk(10, {quantile(0.99, REQUEST, by='method, route')} > 0)",
        ),
    ),
]
