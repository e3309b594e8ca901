"""Checks a Compose file: by the specification, and that what it mounts is there for the user who reads it."""

import json
import pathlib
import sys
import tomllib

import compose_spec
import yaml

folder, cluster = map(pathlib.Path, sys.argv[1:])
project = yaml.safe_load((folder / "compose.yaml").read_text())
compose_spec.PyCompose.from_json(json.dumps(project)).validate()

for name, service in project["services"].items():
    assert service["read_only"] and service["cap_drop"] == ["ALL"], name
    assert service["security_opt"] == ["no-new-privileges:true"], name
    user = int(service["user"].split(":")[0])
    assert user > 0, name
    assert set(service.get("depends_on", [])) <= project["services"].keys(), name
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:"), f"{name} is open to others"
    for volume in service["volumes"]:
        source, _, *mode = volume.split(":")
        if not source.startswith("."):
            assert source in project["volumes"], volume
            continue
        assert mode == ["ro"], volume
        path = folder / source
        assert path.exists(), volume
        for file in [path, *path.rglob("*")] if "secrets" in source else []:
            assert file.stat().st_uid == user and not file.stat().st_mode & 0o077, file

gateway = project["services"]["gateway"]
context = folder / gateway["build"]["context"]
assert (context / gateway["build"]["dockerfile"]).is_file()

# What it runs with is what the example for Kubernetes has, without numbers that are for its pods.
here = tomllib.loads((folder / "config.toml").read_text())
there = tomllib.loads(cluster.read_text())
for number in ("workers", "max_connections", "max_in_flight"):
    del there["server"][number]
assert here == there

# Prometheus finds rules, and the gateway's admin listener.
prometheus = yaml.safe_load((folder / "prometheus.yml").read_text())
shipped = yaml.safe_load((folder / "../prometheus/prometheus.yml").read_text())
assert prometheus["rule_files"] == [f"switchboard/{file}" for file in shipped["rule_files"]]
(job,) = prometheus["scrape_configs"]
(found,) = job["dns_sd_configs"]
assert job["job_name"] == "switchboard" and found["names"] == ["gateway"]
assert here["server"]["admin_listen"].endswith(f":{found['port']}")
