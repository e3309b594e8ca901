# shellcheck shell=bash
# shellcheck disable=SC2154 # gateway.sh and whoever sources this set them
# A gateway for people to look at: sourced after gateway.sh and with $binary by what opens the console in a browser.

# The clients: one may do everything, one may only read, one may only watch.
ADMIN_KEY=$(new_key "$binary")
READER_KEY=$(new_key "$binary")
WATCHER_KEY=$(new_key "$binary")
export ADMIN_KEY READER_KEY WATCHER_KEY

# client NAME KEY SCOPES
client() {
  cat <<TOML
[[clients]]
name = "$1"
key_sha256 = ["$(hash_of "$2")"]
scopes = [$3]
connections = ["*"]
rate_limit = { requests = 500, per = "1s", burst = 1000 }
TOML
}

# look MODE: starts it, and says where it is.
look() {
  choose_ports
  local clients=
  if [[ $1 == required ]]; then
    clients=$(
      client operator "$ADMIN_KEY" '"read", "sensitive", "write", "redeliver", "admin"'
      client reader "$READER_KEY" '"read"'
      client watcher "$WATCHER_KEY" '"admin"'
    )
  fi
  cat >"$work/config.toml" <<TOML
[server]
listen = "$api"
admin_listen = "$admin"
drain_delay = "0s"

[telemetry]
access_log = false

[auth]
mode = "$1"

$clients

[connections.twilio]
provider = "twilio"
base_url = "sandbox"
username = "SKsandbox"
password = "sandbox"

[connections.bland]
provider = "bland"
base_url = "sandbox"
api_key = "sandbox"
redelivery = true
TOML
  start "$binary"
  GATEWAY=http://$api
  SANDBOX=$(sed -n 's/^ *sandbox *\(http[^ ]*\).*/\1/p' "$work/log")
  export GATEWAY SANDBOX
}
