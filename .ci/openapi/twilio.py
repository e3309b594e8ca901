"""What Twilio takes."""

import re

from gateway import choose, get, known, rotated, things

BEFORE = [
    f"{thing}.before_{action}"
    for thing, actions in {
        "message": ["create", "update", "delete"],
        "conversation": ["create", "update", "delete"],
        "participant": ["add", "update", "remove"],
        "user": ["update"],
    }.items()
    for action in actions
]
AFTER = [
    "message.created",
    "message.updated",
    "message.deleted",
    "message.status_updated",
    "conversation.created",
    "conversation.updated",
    "conversation.deleted",
    "conversation.state_changed",
    "participant.added",
    "participant.updated",
    "participant.removed",
    "user.added",
    "user.updated",
]
KEYWORD_MATCHED = ["message.keyword_matched"]
MAX_WEBHOOKS = 5
MAX_URL = 512


def choose_id(case):
    kind = case.path.split("/")[2]
    ids = rotated(things(f"/v1/{kind}?connection=twilio&limit=100"), case.path_parameters)
    if kind == "conversations":
        return next(id for id in ids if is_able(case, id))
    return ids[0]


def is_able(case, conversation):
    """Whether the state of the conversation is no conflict, and it has what the path names."""
    if case.method != "GET" and (get(f"/v1/conversations/{conversation}") or {}).get("status") == "closed":
        return False
    if case.method == "POST":
        return len(webhooks(conversation)) < MAX_WEBHOOKS
    return "webhook_id" not in case.path_parameters or webhooks(conversation)


def webhooks(conversation):
    return known(f"/v1/conversations/{conversation}/webhooks?limit=5")


FORMS = {
    "conversations": r"(IS[0-9a-fA-F]{32}\.)?CH[0-9a-fA-F]{32}",
    "services": "IS[0-9a-fA-F]{32}",
    "numbers": "[^:]+:.+",
}


def fit_path(case):
    path = case.path_parameters
    _, _, native = path["id"].partition(":")
    if not re.fullmatch(FORMS[case.path.split("/")[2]], native):
        path["id"] = choose_id(case)
    if case.path.startswith("/v1/conversations/") and case.method != "GET" and not is_able(case, path["id"]):
        path["id"] = choose_id(case)
    if "webhook_id" in path and not re.fullmatch("WH[0-9a-fA-F]{32}", path["webhook_id"]):
        path["webhook_id"] = choose(webhooks(path["id"]) or ["WH" + 32 * "0"], path)


def fit_query(query):
    """It filters by what it can list, and by whole days."""
    query.pop("user_number", None)
    query.pop("agent_number", None)
    if "status" in query:
        query["status"] = choose(["active", "inactive", "closed"], query["status"])
    if "channel" in query:
        query["channel"] = choose(["sms", "whatsapp", "messenger", "chat"], query["channel"])
    for name in ("created_after", "created_before"):
        if name in query:
            query[name] = query[name][:10] + "T00:00:00Z"


def fit_body(case):
    body = case.body
    if case.path.startswith("/v1/numbers/"):
        none(body, "keywords")
        whole(body, [word for word in AFTER if not word.startswith("user.") and word != "conversation.created"])
    elif case.method == "POST":
        whole(body, AFTER)
        kept_enabled(body)
    else:
        current = get(case.path.format(**case.path_parameters))
        if current is None:
            return
        elif "phase" in case.path_parameters:
            callback(case, current)
        else:
            patch(body, current)


def whole(body, heard):
    target = body["target"]
    if target["type"] == "flow":
        none(body, "events")
        none(body, "keywords")
        return
    if target["type"] != "http":
        # It has other targets, but none that the sandbox knows.
        body["target"] = target = {"type": "http", "url": "https://example.com/sms"}
    target["url"] = target["url"][:MAX_URL]
    if body.get("keywords"):
        if "events" in body:
            body["events"] = choose([KEYWORD_MATCHED, [], None], body["events"])
    else:
        body["events"] = events(body.get("events"), heard)


def patch(body, current):
    """It cannot turn one kind of webhook into another, and takes nothing away."""
    fit_target(body, current)
    if current["target"]["type"] == "flow":
        none(body, "events")
        none(body, "keywords")
    elif current["events"] == KEYWORD_MATCHED:
        if "events" in body:
            body["events"] = KEYWORD_MATCHED
        if "keywords" in body:
            body["keywords"] = body["keywords"] or ["help"]
    else:
        if "events" in body:
            body["events"] = events(body["events"], AFTER)
        none(body, "keywords")
    kept_enabled(body)


def callback(case, current):
    """The callbacks of an account or a service share what they have but the URL."""
    body = case.body
    fit_target(body, current, may_clear_url=True)
    target = body.get("target") or {}
    if "method" in target or "events" in body:
        case.query["linked"] = "true"
    if "events" in body:
        heard = BEFORE if current["phase"] == "before" else AFTER
        if "id" in case.path_parameters:
            heard = [word for word in heard if not word.startswith("user.")]
        body["events"] = events(body["events"], heard)
    none(body, "keywords")
    if "enabled" in body:
        body["enabled"] = target.get("url", current["target"]["url"]) is not None


def fit_target(body, current, may_clear_url=False):
    target = body.get("target")
    if not target:
        body.pop("target", None)
        return
    now = current["target"]
    if "type" in target:
        target["type"] = now["type"]
    for name in ("url", "method", "flow_id"):
        if name not in target:
            continue
        if name not in now:
            target[name] = None
        elif target[name] is None and not (name == "url" and may_clear_url):
            target[name] = now[name]
    if target.get("url"):
        target["url"] = target["url"][:MAX_URL]


def events(generated, heard):
    """At least one that it can be called for."""
    return [word if word in heard else choose(heard, word) for word in generated or ["*"]]


def none(body, name):
    """Null and an empty list want nothing."""
    if body.get(name):
        body[name] = choose([[], None], body[name])


def kept_enabled(body):
    """A conversation's webhook cannot be disabled."""
    if "enabled" in body:
        body["enabled"] = True
