# shellcheck shell=bash
# A systemd runs the units as the page says: sourced by `.ci/check-deploy`.

stand_in localhost/systemd \
  "RUN apt-get update && apt-get install --yes --no-install-recommends systemd curl ca-certificates procps"
# Credentials are mounted by another process, so mounts have to be seen by all, as on a machine.
podman run --detach --name machine --privileged --systemd always --volume "$clone:$clone" --workdir "$clone" \
  localhost/systemd sh -c "mount --make-rshared / && exec /lib/systemd/systemd" >"$work/log" 2>&1 ||
  fail "no systemd: $(<"$work/log")"
machine() { podman exec --interactive machine "$@"; }
log() { machine journalctl --no-pager --output cat --lines 30 --unit switchboard.service 2>&1; }
# says TEXT: whether it is in the log.
says() {
  machine journalctl --no-pager --output cat --unit switchboard.service >"$work/journal" 2>&1
  grep --quiet --fixed-strings "$1" "$work/journal"
}
eventually machine systemctl is-active basic.target

commands "systemd" | machine bash -euxo pipefail >"$work/log" 2>&1 || fail "systemd: $(<"$work/log") $(log)"
machine systemd-analyze verify /etc/systemd/system/switchboard.{service,socket} >"$work/log" 2>&1 || fail "$(<"$work/log")"
# In tenths of what counts as exposed. It needs the network; all else is shut.
machine systemd-analyze security --no-pager --threshold=12 switchboard.service >"$work/log" 2>&1 || fail "$(<"$work/log")"

ask='curl --silent --max-time 60 --output /dev/null --write-out %{http_code} http://127.0.0.1:8080/v1/connections'
[[ $(machine sh -c "$ask --header host:switchboard.example.com") == 401 ]] || fail "no answer on the socket: $(log)"

# Asks all the time, while it is started again.
machine bash -c "until [[ -e /tmp/enough ]]; do $ask --header host:switchboard.example.com; echo; done" >"$work/asked" &
asking=$!
machine systemctl restart switchboard.service
machine touch /tmp/enough
wait "$asking"
[[ $(sort --unique "$work/asked") == 401 ]] || fail "somebody was refused: $(sort "$work/asked" | uniq --count)"
says '"message":"drained"' || fail "not drained: $(log)"

# One that hangs is started again.
machine sed -i 's/^WatchdogSec=.*/WatchdogSec=1/' /etc/systemd/system/switchboard.service
machine sh -c 'systemctl daemon-reload && systemctl restart switchboard.service'
machine systemctl kill --signal STOP switchboard.service
eventually says "Watchdog timeout"
eventually machine curl --fail --silent --max-time 1 http://127.0.0.1:9090/readyz

# A secret that is missing is named.
machine systemctl stop switchboard.socket switchboard.service
machine rm /etc/switchboard/secrets/bland-api-key
if machine systemctl start switchboard.service 2>"$work/log"; then fail "it started without a secret"; fi
says "secrets_bland-api-key\", which cannot be read: No such file" || fail "not named: $(log)"
podman rm --force --time 0 machine >/dev/null
