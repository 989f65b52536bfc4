#!/usr/bin/env bash
# Makes .venv from requirements.lock and fetches Kafka's jars; a second run sees that both are there and ends.
# Needs Python 3.11 or later, Java 17 or later, Maven and make; installs what Debian lacks if it may.
# PYTHON names another interpreter.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() {
    echo "setup: $*" >&2
    exit 1
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
}

has_java() {
    local version
    version=$("${JAVA_HOME:+$JAVA_HOME/bin/}java" -version 2>&1 | sed -nE '1s/.*"([0-9]+).*/\1/p') || return 1
    [ "${version:-0}" -ge 17 ]
}

needs_kafka() { [ -z "${KAFKA_BOOTSTRAP_SERVERS:-}" ]; }

missing_packages() {
    local python
    python=$(find_python)
    if [ -z "$python" ] || ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then echo python3-venv; fi
    command -v make >/dev/null || echo make
    if needs_kafka; then
        has_java || echo openjdk-17-jre-headless
        command -v mvn >/dev/null || echo maven
    fi
}

# What only tests need: one sets the clocks of single processes, one posts as a sender does with kcat.
missing_for_tests() {
    compgen -G '/usr/lib/faketime/libfaketimeMT.so.1' >/dev/null ||
        compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || echo libfaketime
    command -v kcat >/dev/null || echo kcat
    command -v jq >/dev/null || echo jq
}

apt_install() {
    local as_root=()
    command -v apt-get >/dev/null || return 0
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || return 0
        as_root=(sudo -n)
    fi
    echo "setup: installing $*" >&2
    "${as_root[@]}" apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@" >&2
}

install_missing() {
    local packages
    packages=$(missing_packages | paste -sd ' ')
    [ -n "$packages" ] || return 0
    # shellcheck disable=SC2086 # one word for each package
    apt_install $packages
    packages=$(missing_packages | paste -sd ' ')
    [ -z "$packages" ] || fail "please run: sudo apt-get update && sudo apt-get install -y $packages"
}

install_for_tests() {
    local packages
    packages=$(missing_for_tests | paste -sd ' ')
    [ -n "$packages" ] || return 0
    # shellcheck disable=SC2086 # one word for each package
    apt_install $packages || true
    packages=$(missing_for_tests | paste -sd ' ')
    [ -z "$packages" ] || echo "setup: the tests need: sudo apt-get install -y $packages" >&2
}

install_locked() {
    local uv_alone=.venv/uv.txt
    if ! [ -x .venv/bin/python ] || [ "$(cat .venv/made-for 2>/dev/null)" != "$PWD" ]; then
        rm -rf .venv # a copied or moved checkout: the paths inside are wrong
        "$(find_python)" -m venv .venv
        echo "$PWD" >.venv/made-for
    fi
    # uv is in the lock like the rest: pip installs it alone, and it installs the others in a quarter of pip's time.
    awk '/^[^ ]/ { keep = /^uv==/ } keep' requirements.lock >"$uv_alone"
    if [ -n "${PIP_INDEX_URL:-}" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}"; fi
    if ! pip_install "$uv_alone" || ! .venv/bin/uv pip install --quiet --compile-bytecode --python .venv/bin/python \
        --require-hashes --requirement requirements.lock; then
        pip_install requirements.lock
    fi
}

pip_install() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$1"
}

# The project itself: its folder on the path and the `section42` program, with no build and no network.
link_project() {
    local packages
    packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    echo "$PWD" >"$packages/section42.pth"
    cat >.venv/bin/section42 <<SHIM
#!/bin/sh
'''exec' "$PWD/.venv/bin/python" "\$0" "\$@"
' '''
import sys

from services.command.app import main

sys.exit(main())
SHIM
    chmod +x .venv/bin/section42
}

mkdir -p .local
exec 9>.local/setup.lock
flock 9
wanted="$(sha256sum <requirements.lock) $PWD"
pom=$(sha256sum <deploy/local/pom.xml)
has_venv() { [ "$(cat .venv/installed 2>/dev/null)" = "$wanted" ]; }
install_for_tests
has_kafka() { [ -d ".local/kafka-libs/${pom:0:12}" ] && has_java; }
if has_venv && { has_kafka || ! needs_kafka; }; then exit 0; fi

install_missing
fetching=
if needs_kafka; then
    echo "setup: fetching Apache Kafka" >&2
    "$(find_python)" -m deploy.local.jars 9>&- &
    fetching=$!
fi
if ! has_venv; then
    echo "setup: making .venv" >&2
    install_locked
    link_project
    echo "$wanted" >.venv/installed
fi
[ -z "$fetching" ] || wait "$fetching"
