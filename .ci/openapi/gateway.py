"""What there is at the gateway under test."""

import functools
import json
import os
import urllib.error
import urllib.parse
import urllib.request
import zlib

BASE = os.environ["GATEWAY"]
KEY = os.environ["SWITCHBOARD_KEY"]


def get(path):
    """The answer to a read past the cache; nothing if it is refused."""
    headers = {"Authorization": f"Bearer {KEY}", "Cache-Control": "no-cache"}
    request = urllib.request.Request(BASE + urllib.parse.quote(path, safe="/?=&"), headers=headers)
    try:
        with urllib.request.urlopen(request) as response:
            return json.load(response)
    except urllib.error.HTTPError:
        return None


def known(path):
    """The ids of a list's items."""
    return [item["id"] for item in (get(path) or {"data": []})["data"]]


@functools.cache
def things(path):
    """The ids of what is neither made nor deleted."""
    return known(path)


def choose(among, text):
    """One of several, the same one for the same text."""
    return among[digest(text) % len(among)]


def rotated(among, text):
    """The same ones, beginning anywhere."""
    start = digest(text) % len(among)
    return among[start:] + among[:start]


def digest(text):
    return zlib.crc32(repr(text).encode())


def lacks(connection, case):
    """Whether the connection's provider has no such operation."""
    verb, resource = case.operation.definition.raw["operationId"].split("_", 1)
    for plural in (resource, f"{resource}s", f"{resource[:-1]}ies"):
        if plural in CAPABILITIES[connection]:
            return CAPABILITIES[connection][plural][verb] in ("unsupported", "disabled")
    raise LookupError(f"{verb} {resource} is no capability")


CAPABILITIES = {connection["name"]: connection["capabilities"] for connection in get("/v1/connections")["data"]}
