# shellcheck shell=bash
# What scripts share that try a gateway on its sandbox: sourced by them, after `set -euo pipefail`. They write
# $work/config.toml with $api and $admin in it. Whatever becomes of the script, the gateway ends with it.

name=$(basename "$0")
work=$(mktemp -d)
gateway=

stop() {
  if [[ -n $gateway ]]; then
    kill "$gateway" 2>/dev/null || true
    wait "$gateway" 2>/dev/null || true
    gateway=
  fi
}
trap 'stop; rm -rf "$work"' EXIT

fail() {
  [[ ! -e $work/log ]] || cat "$work/log" >&2
  echo "$name: $1" >&2
  exit 1
}

# Below the range from which the kernel takes the ports of outgoing connections.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

choose_ports() {
  api=127.0.0.1:$(free_port)
  admin=$api
  while [[ $admin == "$api" ]]; do admin=127.0.0.1:$(free_port); done
}

# new_key BINARY
new_key() {
  local made
  made=$("$1" key)
  echo "${made%%$'\n'*}"
}

# hash_of KEY
hash_of() { printf %s "$1" | sha256sum | cut -d ' ' -f 1; }

# start BINARY
start() {
  "$1" serve --config "$work/config.toml" >"$work/log" 2>&1 &
  gateway=$!
  for _ in {1..100}; do
    kill -0 "$gateway" 2>/dev/null || fail "the gateway ended"
    if curl --silent --fail --max-time 2 --output /dev/null "http://$admin/readyz"; then
      return
    fi
    sleep 0.1
  done
  fail "the gateway was not ready in time"
}
