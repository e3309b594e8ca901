"""What schemathesis cannot know: which provider is behind the connection that an id names.

The valid parts of a request are fitted to a connection that there is, so that adapters are reached and whatever they
refuse counts. Invalid parts stay as they are. What may be refused nevertheless is at the end of this file."""

import itertools
from urllib.parse import quote, unquote

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import RejectedPositiveData

import bland
import twilio
from gateway import choose, lacks, things

CONNECTIONS = {"twilio": twilio, "bland": bland}

counter = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    if not case.path.startswith("/v1/"):
        return
    connection = None
    if is_valid(case, ParameterLocation.PATH):
        connection = fit_path(case)
    if is_valid(case, ParameterLocation.QUERY):
        fit_query(case.query)
    if is_valid(case, ParameterLocation.HEADER):
        fit_headers(case.headers)
    if isinstance(case.body, dict) and is_valid(case, ParameterLocation.BODY):
        fit_url(case.body.get("target") or {})
        if case.path == "/v1/explain":
            fit_question(case.body)
        if connection in CONNECTIONS and not lacks(connection, case):
            CONNECTIONS[connection].fit_body(case)


def is_valid(case, location):
    """Whether that part of the request is as the description wants it."""
    if case.meta.generation.mode.is_positive:
        return True
    invalid = case.meta.phase.data.parameter_location
    return invalid is not None and invalid != location


def fit_path(case):
    """Names something of a connection that there is, or at times nothing. Answers the connection's name."""
    path = case.path_parameters
    path.update({name: unquote(value) for name, value in path.items()})
    if "connection" in path:
        path["connection"] = choose([*CONNECTIONS] * 4 + [path["connection"]], path)
        return path["connection"]
    if "id" not in path:
        return None
    connection, _, native = path["id"].partition(":")
    if connection not in CONNECTIONS:
        able = [name for name in CONNECTIONS if not lacks(name, case)]
        connection = choose([*able * 4, *CONNECTIONS, connection], path)
        if connection in able:
            path["id"] = CONNECTIONS[connection].choose_id(case)
        else:
            path["id"] = f"{connection}:{native}"
    if connection in CONNECTIONS and not lacks(connection, case):
        CONNECTIONS[connection].fit_path(case)
    return connection


def fit_query(query):
    if "cursor" in query and choose([True] * 7 + [False], query):
        # A made-up one is always refused, whatever stands beside it.
        del query["cursor"]
    if "connection" in query:
        query["connection"] = choose([*CONNECTIONS] * 4 + [query["connection"]], query)
    if "service_id" in query:
        query["service_id"] = choose(things("/v1/services"), query)
        query["connection"] = query["service_id"].split(":")[0]
    # Where all are asked, one that can answer is enough.
    asked = query.get("connection", "bland")
    if asked in CONNECTIONS:
        CONNECTIONS[asked].fit_query(query)


def fit_headers(headers):
    if "If-Match" in headers and choose([True] * 7 + [False], headers):
        # A made-up tag is of no state, whatever stands beside it.
        headers["If-Match"] = "*"
    if "Idempotency-Key" in headers:
        # One belongs to the request that it was first used for.
        headers["Idempotency-Key"] = str(next(counter))


def fit_url(target):
    """Names a public host, which no pattern can say."""
    if target.get("url"):
        target["url"] = "https://example.com/".ljust(len(target["url"]), "a")


def fit_question(question):
    """Names the client that there is, or nobody, and what can be the target of a request."""
    if question.get("client") is not None:
        question["client"] = "tester"
    question["path"] = quote(question["path"], safe="/?&=:+")


@schemathesis.hook
def filter_failure(context, failure, case, response):
    return not (isinstance(failure, (RejectedPositiveData, AcceptedNegativeData)) and is_excused(case, response))


def is_excused(case, response):
    """All that may be refused although it is valid, or before what is invalid is looked at."""
    match response.status_code:
        case 412:
            # A made-up tag is of no state.
            return "If-Match" in case.headers
        case 405:
            # The provider lacks the operation, or a key of the configuration turns it off.
            return response.json()["code"] == "unsupported_by_provider"
        case 422:
            # The gateway seals cursors, so that a made-up one is none.
            faults = response.json()["errors"]
            return bool(faults) and all(fault.get("parameter") == "cursor" for fault in faults)
        case _:
            return False
