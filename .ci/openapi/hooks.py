"""What schemathesis cannot know: why a request that fits the description may still be refused.

The configuration lets valid requests end in 405, 412 and 422; the check below then reads the problem and
accepts only the reasons named here."""

import schemathesis
from hypothesis import strategies

# So that most of the made-up callbacks are such as are accepted.
schemathesis.openapi.format(
    "uri", strategies.sampled_from(["https://example.com/sms", "https://hooks.example.com:8443/a?b=c"])
)

# Places whose values nobody can make up, and why.
NOT_TO_BE_MADE_UP = {
    "cursor": "cursors are sealed by the gateway",
    "service_id": "it has to be of the connection that `connection` names",
    "Idempotency-Key": "a key belongs to the request that it was first used for",
    "#/target/url": "a callback has a public host, which no pattern can say",
}


@schemathesis.check
def refused_for_a_named_reason(ctx, response, case):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if response.status_code not in (405, 412, 422):
        return
    problem = response.json()
    if not reason(problem, case):
        raise AssertionError(f"A valid request was refused: {problem['detail']}")


def reason(problem, case):
    """Why it was right to refuse the request, or nothing."""
    if problem["code"] == "unsupported_by_provider":
        return "the connection's provider does not have the operation, or it is turned off"
    if problem["code"] == "precondition_failed":
        return "if-match" in {name.lower() for name in case.headers or {}}
    if problem["connection"]:
        # The gateway's own rules, those of the description, come before any connection is chosen.
        return "the connection's provider cannot do what is wanted, or has no such id"
    return problem["errors"] and all(
        fault.get("parameter", fault.get("pointer")) in NOT_TO_BE_MADE_UP for fault in problem["errors"]
    )
