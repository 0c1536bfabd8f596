#!/usr/bin/env bash
# Makes .venv with the pinned packages, and sees to a browser for the tests. Needs Python 3.11 or newer.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}

"$python" - <<'PY' || { echo "Switchyard needs Python 3.11 or newer." >&2; exit 1; }
import sys
raise SystemExit(sys.version_info < (3, 11))
PY

echo "Installing the pinned packages into .venv …"

# uv takes seconds where pip takes half a minute. Where it is not there yet, pip brings it; where only pip is told of
# a package index, pip goes on.
install_by_uv() {
  "$1" pip install --quiet --python .venv/bin/python --require-hashes -r requirements/dev.txt &&
  "$1" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
}

install_by_pip() {
  make_venv_with_pip
  pip() { .venv/bin/python -m pip --quiet --disable-pip-version-check "$@"; }
  if pip install --require-hashes -r requirements/uv.txt 2>/dev/null && install_by_uv .venv/bin/uv 2>/dev/null; then
    return
  fi
  pip install --require-hashes -r requirements/dev.txt
  pip install --no-deps --no-build-isolation -e .
}

make_venv_with_pip() {
  if [ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1; then return; fi
  "$python" -m venv .venv 2>/dev/null || {
    # Debian keeps ensurepip in a package of its own.
    if [ "$(id -u)" = 0 ]; then
      apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
      "$python" -m venv .venv
    else
      echo "This Python cannot make virtual environments; install the package python3-venv." >&2
      exit 1
    fi
  }
}

{ [ -x .venv/bin/python ] || uv venv --quiet --python "$(command -v "$python")" .venv; } 2>/dev/null &&
  install_by_uv uv 2>/dev/null || install_by_pip

# The browser tests use the system's Chromium, best of all the shell of it that has no window. Without one they
# say so and are left out.
if ! command -v chromium-headless-shell >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Chromium for the browser tests …"
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null; } || \
    command -v chromium >/dev/null || echo "Chromium could not be installed; the browser tests will be left out." >&2
fi

# So do the tests of AMQP with the system's RabbitMQ.
if [ ! -x /usr/lib/rabbitmq/bin/rabbitmq-server ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing RabbitMQ for the tests of AMQP …"
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends rabbitmq-server >/dev/null; } || \
    echo "RabbitMQ could not be installed; the tests of AMQP will be left out." >&2
fi
touch .venv/.ready
