"""What the tests know of the gateway that they run against, and the code that docs/twilio-clients.md shows."""

import contextlib
import io
import json
import os
import re
import urllib.request
from pathlib import Path

from twilio.rest import Client

GATEWAY = os.environ["GATEWAY"]
FACE = GATEWAY + "/proxy/twilio"
ACCOUNT = "AC00000000000000000000000000000001"
# Where keys are asked for, these clients may do everything, only read, and ask once.
KEY = os.environ["SWITCHBOARD_KEY"]
READER_KEY = os.environ.get("READER_KEY")
LIMITED_KEY = os.environ.get("LIMITED_KEY")
HAS_KEYS = READER_KEY is not None

LARGE = "CH00000000000000000000000000000023"
FULL = "CH00000000000000000000000000000005"
CLOSED = "CH00000000000000000000000000000001"
OPEN = "CH00000000000000000000000000000002"
MISSING = "CH00000000000000000000000000000099"
DEFAULT_SERVICE = "IS00000000000000000000000000000001"

PAGE = Path(__file__).parents[3].joinpath("docs", "twilio-clients.md").read_text(encoding="utf-8")


def run_page():
    """The names that the page's code defines, and what it prints."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    code = "\n".join(blocks).replace("http://127.0.0.1:8080", GATEWAY)
    names = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, names)
    return names, printed.getvalue()


PAGE_NAMES, PRINTED = run_page()
Switchboard = PAGE_NAMES["Switchboard"]


def client(key=KEY, **options):
    """A client as the page makes it."""
    return Client(ACCOUNT, key, http_client=Switchboard(), **options)


def client_with_base_url(url=FACE):
    """A client with the library's own HTTP client, which follows links as they are."""
    plain = Client(ACCOUNT, KEY)
    plain.conversations.base_url = url
    return plain


def webhooks_of(sid, of=None, service=None):
    """The webhooks of a conversation."""
    version = (of or client()).conversations.v1
    parent = version.services(service) if service else version
    return parent.conversations(sid).webhooks


def sandbox(path, rule=None):
    """Asks the sandbox itself for something."""
    body = json.dumps(rule or {}).encode()
    request = urllib.request.Request(
        os.environ["SANDBOX"] + path, body, {"Content-Type": "application/json"}, method="POST"
    )
    urllib.request.urlopen(request, timeout=10).close()


def fault(**rule):
    """Lets the provider's next answer fail."""
    sandbox("/sandbox/faults", {"provider": "twilio", **rule})


def requests_served():
    """How many requests the gateway has had on the pass-through face."""
    with urllib.request.urlopen(os.environ["ADMIN"] + "/metrics", timeout=10) as answer:
        metrics = answer.read().decode()
    counts = re.findall(r'^switchboard_http_requests_total\{.*route="/proxy/.* (\d+)$', metrics, re.MULTILINE)
    return sum(map(int, counts))
