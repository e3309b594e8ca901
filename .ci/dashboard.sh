# shellcheck shell=bash
# shellcheck disable=SC2154 # gateway.sh sets them
# A gateway with three clients, and a Prometheus that watches it: sourced after gateway.sh and with $binary.

DESK_KEY=$(new_key "$binary")
CAMPAIGNS_KEY=$(new_key "$binary")
REPORTS_KEY=$(new_key "$binary")
export DESK_KEY CAMPAIGNS_KEY REPORTS_KEY

watcher=

unwatch() {
  if [[ -n $watcher ]]; then
    kill "$watcher" 2>/dev/null || true
    wait "$watcher" 2>/dev/null || true
    watcher=
  fi
}
trap 'stop; unwatch; rm -rf "$work"' EXIT

# watched: starts both, and says where they are.
watched() {
  choose_ports
  local prometheus=$api
  while [[ $prometheus == "$api" || $prometheus == "$admin" ]]; do prometheus=127.0.0.1:$(free_port); done
  cat >"$work/config.toml" <<TOML
[server]
listen = "$api"
admin_listen = "$admin"
drain_delay = "0s"

[telemetry]
access_log = false

[auth]
mode = "required"

[[clients]]
name = "support-desk"
key_sha256 = ["$(hash_of "$DESK_KEY")"]
scopes = ["read"]
connections = ["*"]

[[clients]]
name = "campaigns"
key_sha256 = ["$(hash_of "$CAMPAIGNS_KEY")"]
scopes = ["read"]
connections = ["*"]
rate_limit = { requests = 40, per = "1s" }

[[clients]]
name = "reports"
key_sha256 = ["$(hash_of "$REPORTS_KEY")"]
scopes = ["read"]
connections = ["*"]

[connections.twilio]
provider = "twilio"
base_url = "sandbox"
username = "SKsandbox"
password = "sandbox"

[connections.bland]
provider = "bland"
base_url = "sandbox"
api_key = "sandbox"
TOML
  start "$binary"
  GATEWAY=http://$api
  SANDBOX=$(sed -n 's/^ *sandbox *\(http[^ ]*\).*/\1/p' "$work/log")

  # The shipped files, at fifteen times their pace: what takes Prometheus an hour takes four minutes here.
  mkdir -p "$work/prometheus"
  local file
  for file in prometheus.yml rules.yml slo.yml; do
    perl -pe '
      %seconds = (s => 1, m => 60, h => 3600, d => 86400);
      s/(\[|for: |_interval: )(\d+)([smhd])\b/$1 . $2 * $seconds{$3} \/ 15 . "s"/ge;
      s/127\.0\.0\.1:9090/'"$admin"'/;
    ' "deploy/prometheus/$file" >"$work/prometheus/$file"
  done
  prometheus --config.file "$work/prometheus/prometheus.yml" --storage.tsdb.path "$work/prometheus/data" \
    --web.listen-address "$prometheus" --log.level warn >"$work/prometheus.log" 2>&1 &
  watcher=$!
  PROMETHEUS=http://$prometheus
  for _ in {1..150}; do
    kill -0 "$watcher" 2>/dev/null || fail "Prometheus ended: $(<"$work/prometheus.log")"
    if curl --silent --fail --max-time 2 --output /dev/null "$PROMETHEUS/-/ready"; then break; fi
    sleep 0.1
  done
  SCRAPE=1
  export GATEWAY SANDBOX PROMETHEUS SCRAPE
}
