"""What Bland takes."""

import functools

from gateway import choose, things


def choose_id(case):
    kind = case.path.split("/")[2]
    ids = things(f"/v1/{kind}?connection=bland&limit=100")
    if "delivery_id" in case.path_parameters:
        ids = logged()
    return choose(ids, case.path_parameters)


@functools.cache
def logged():
    """The conversations with a delivery."""
    return [id for id in things("/v1/conversations?connection=bland&limit=100") if deliveries(id)]


def deliveries(conversation):
    return things(f"/v1/conversations/{conversation}/webhook-deliveries")


def fit_path(case):
    path = case.path_parameters
    if "webhook_id" in path:
        path["webhook_id"] = choose(["number", "observed"], path)
    if "delivery_id" in path:
        path["delivery_id"] = choose([*deliveries(path["id"]), path["delivery_id"]], path)


def fit_query(query):
    """Its conversations go on or do not, and its numbers have three channels."""
    if "status" in query:
        query["status"] = choose(["active", "closed"], query["status"])
    if "channel" in query:
        query["channel"] = choose(["sms", "whatsapp", "imessage"], query["channel"])


def fit_body(case):
    """One URL is called for everything, by `POST`."""
    body = case.body
    if "target" not in body:
        return
    if body["target"]["type"] != "http":
        body["target"] = {"type": "http", "url": "https://example.com/sms"}
    if body["target"].get("method"):
        body["target"]["method"] = "POST"
    if body.get("events") is not None:
        body["events"] = ["*"]
    if body.get("keywords"):
        body["keywords"] = []
    if "enabled" in body:
        body["enabled"] = True
