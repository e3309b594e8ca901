"""Checks manifests: each by Kubernetes' own schemas, and what must hold between them.

Writes what pods find in their configuration's folder, so that the program can be asked about it.
"""

import base64
import json
import pathlib
import re
import sys
import tomllib

import kubernetes_validate
import yaml

VERSIONS = ["1.31.0", "1.37.0"]
root, into, adapter, *paths = map(pathlib.Path, sys.argv[1:])
files = {path.stem: list(yaml.safe_load_all(path.read_text())) for path in paths}
shipped = tomllib.loads((root / "config.toml").read_text())
into.mkdir()

for documents in files.values():
    for document in documents:
        if document["kind"] == "ServiceMonitor":
            (into / "monitor.json").write_text(json.dumps(document))
            continue
        for version in VERSIONS:
            kubernetes_validate.validate(document, version, strict=True)


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(ms|s|m)", text).groups()
    return int(number) * {"ms": 0.001, "s": 1, "m": 60}[unit]


def mount(name, projected, found):
    """The folder of a projected volume."""
    folder = into / name
    (folder / "secrets").mkdir(parents=True)
    # 0440, and nobody but its group.
    assert projected["defaultMode"] == 0o440
    for source in projected["sources"]:
        if "configMap" in source:
            data = found["ConfigMap", source["configMap"]["name"]]["data"]
            for file, text in data.items():
                (folder / file).write_text(text)
        else:
            for item in source["secret"]["items"]:
                secret = found["Secret", source["secret"]["name"]]["data"][item["key"]]
                (folder / item["path"]).write_bytes(base64.b64decode(secret))
                (folder / item["path"]).chmod(0o440)
    return tomllib.loads((folder / "config.toml").read_text())


def fits(name):
    documents = files[name] + files["secrets"] + files["redis-secrets"]
    found = {(d["kind"], d["metadata"]["name"]): d for d in documents}
    pod = found["Deployment", "switchboard"]["spec"]["template"]
    spec, (container,) = pod["spec"], pod["spec"]["containers"]
    (volume,) = spec["volumes"]
    config = mount(name, volume["projected"], found)
    (mounted,) = container["volumeMounts"]
    assert container["args"] == ["serve", "--config", mounted["mountPath"] + "/config.toml"]

    # The drain has time.
    server = shipped["server"] | config["server"]
    assert spec["terminationGracePeriodSeconds"] > seconds(server["drain_delay"]) + seconds(server["drain_timeout"])

    # Ports have one meaning each, from the configuration to what leads to them.
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {
        "api": int(server["listen"].rsplit(":")[-1]),
        "admin": int(server["admin_listen"].rsplit(":")[-1]),
    }
    assert server["listen"].startswith("0.0.0.0:") and server["admin_listen"].startswith("0.0.0.0:")
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] == "admin", probe

    # Selectors select these pods, or those of the store.
    labels = [d["spec"]["template"]["metadata"]["labels"] for d in documents if d["kind"] == "Deployment"]
    for document in documents:
        spec_of = document.get("spec", {})
        where = {"Service": "selector", "NetworkPolicy": "podSelector", "PodDisruptionBudget": "selector"}
        if document["kind"] in where:
            selector = spec_of[where[document["kind"]]]
            selector = selector.get("matchLabels", selector)
            assert selector and any(selector.items() <= one.items() for one in labels), document
        if document["kind"] == "Service" and selector.items() <= labels[-1].items():
            assert all(port["targetPort"] in ports for port in spec_of["ports"]), document
        if document["kind"] == "NetworkPolicy" and document["metadata"]["name"] == "switchboard":
            for rule in spec_of["ingress"]:
                assert all(port["port"] in ports for port in rule["ports"]), document

    # Everything that Pod Security asks for at its strictest, and more.
    for document in documents:
        if document["kind"] != "Deployment":
            continue
        spec = document["spec"]["template"]["spec"]
        context = spec["securityContext"]
        assert context["runAsNonRoot"] and context["seccompProfile"]["type"] == "RuntimeDefault"
        assert not spec["automountServiceAccountToken"]
        for one in spec["containers"]:
            context = one["securityContext"]
            assert context["readOnlyRootFilesystem"] and not context["allowPrivilegeEscalation"]
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert "memory" in one["resources"]["limits"] and "cpu" not in one["resources"]["limits"]
    return config, found


base, _ = fits("base")
overlay, found = fits("manifests")
store = overlay.pop("store")
assert overlay == base and store == {"redis": "file:secrets/redis-url"}, "the example has the base's configuration"

# The metric that the autoscaler names is the one that the page has the adapter give, below where requests are refused.
(pods,) = [m["pods"] for m in found["HorizontalPodAutoscaler", "switchboard"]["spec"]["metrics"] if m["type"] == "Pods"]
(rule,) = yaml.safe_load(adapter.read_text())["rules"]
assert rule["seriesQuery"].startswith(pods["metric"]["name"] + "{")
assert int(pods["target"]["averageValue"]) < overlay["server"]["max_in_flight"] / 2
# By the page's URL the store is found, as the user whom the page has it know.
url = (into / "manifests/secrets/redis-url").read_text().strip()
user, password, host, port = re.fullmatch(r"redis://(\w+):([^@]+)@(\w+):(\d+)", url).groups()
assert found["Service", host]["spec"]["ports"][0]["port"] == int(port)
users = base64.b64decode(found["Secret", "redis"]["data"]["users.acl"]).decode()
assert f"user {user} on >{password} " in users
