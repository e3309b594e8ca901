# shellcheck shell=bash
# Valgrind, for scripts that count instructions: sourced by them from the repository's root. Where the machine has none it
# is unpacked beside the build, as other tools are. Sets $valgrind, $control and $annotate.

valgrind=$(command -v valgrind || true)
control=callgrind_control
annotate=callgrind_annotate
if [[ -z $valgrind ]]; then
  folder=$PWD/target/tools/valgrind
  if [[ ! -x $folder/usr/bin/valgrind ]]; then
    if ! command -v apt-get >/dev/null; then
      echo "valgrind is missing: install it" >&2
      exit 1
    fi
    mkdir -p "$folder"
    (cd "$folder" && apt-get download valgrind && dpkg-deb --extract ./valgrind_*.deb . && rm ./valgrind_*.deb)
  fi
  valgrind=$folder/usr/bin/valgrind
  control=$folder/usr/bin/callgrind_control
  annotate=$folder/usr/bin/callgrind_annotate
  export VALGRIND_LIB=$folder/usr/libexec/valgrind
fi
