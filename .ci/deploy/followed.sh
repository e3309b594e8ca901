# shellcheck shell=bash
# What the parts of `.ci/check-deploy` share: a folder for it all, and the commands of the page.

name=$(basename "$0")
work=$(mktemp -d)
export PODMAN=$work/podman

clean() {
  if [[ -e $PODMAN ]]; then
    podman rm --all --force --time 0 >/dev/null 2>&1 || true
    umount "$PODMAN"/graph/overlay 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap clean EXIT

fail() {
  echo "$name: $1" >&2
  exit 1
}

# commands SECTION: what the page shows there.
commands() {
  awk -v section="## $1" '/^## /{here=($0==section)} /^```/{shown=0} shown&&here; /^```sh$/{shown=1}' docs/deployment.md
}

# follow SECTION [BEFORE]: runs it, up to the first command that fails.
follow() {
  {
    echo "${2:-}"
    commands "$1"
  } >"$work/section"
  bash -euxo pipefail "$work/section" >"$work/log" 2>&1 || fail "$1: $(<"$work/log")"
}

# eventually COMMAND…: for up to 20 seconds.
eventually() {
  for _ in {1..100}; do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.2
  done
  fail "in vain: $*"
}

# stand_in TAG COMMANDS…: an image of Debian with more in it.
stand_in() {
  mkdir -p "$work/stand-in"
  printf '%s\n' "FROM docker.io/library/debian:12-slim" "${@:2}" >"$work/stand-in/Containerfile"
  podman build --tag "$1" "$work/stand-in" >"$work/log" 2>&1 || fail "no stand-in for $1: $(<"$work/log")"
}
