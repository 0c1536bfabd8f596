#!/usr/bin/env bash
# Creates .venv with the pinned packages and the commands of this checkout.
#
#     setup.sh run    what running needs
#     setup.sh dev    the tools for tests and checks too
#
# Needs Python 3.11 or newer ($PYTHON, python3 by default). The only system package that it ever installs is
# python3-venv, as root, where Debian's Python cannot create environments without it.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}

case "${1:-}" in
  run) pins=(-r requirements/build.txt -r requirements/base.txt) stamps=(.venv/.run) ;;
  dev) pins=(-r requirements/dev.txt) stamps=(.venv/.run .venv/.dev) ;;
  *) echo "Usage: setup.sh run|dev" >&2; exit 2 ;;
esac

"$python" - <<'PY' || { echo "Switchyard needs Python 3.11 or newer; choose one with PYTHON=…" >&2; exit 1; }
import sys
raise SystemExit(sys.version_info < (3, 11))
PY

install_with_uv() {
  "$1" pip install --quiet --python .venv/bin/python --require-hashes "${pins[@]}" &&
  "$1" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
}

install_with_pip() {
  .venv/bin/python -m pip install --quiet --require-hashes "${pins[@]}" &&
  .venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
}

has_pip() { .venv/bin/python -m pip --version; }

create_venv_with_pip() {
  if has_pip >/dev/null 2>&1 || "$python" -m venv .venv 2>/dev/null; then return; fi
  # Debian has ensurepip in a package of its own.
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "This Python cannot create virtual environments. Install python3-venv (or uv) and try again." >&2
    exit 1
  fi
  echo "Installing the system package python3-venv, without which Python cannot create environments …"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
  "$python" -m venv .venv
}

# uv takes seconds where pip takes half a minute. If it is not installed, pip installs it first; where only pip
# is configured for a package index, pip does it all.
create_with_uv() {
  command -v uv >/dev/null &&
  { [ -x .venv/bin/python ] || uv venv --quiet --python "$(command -v "$python")" .venv; } &&
  install_with_uv uv
}

create_with_pip() {
  export PIP_DISABLE_PIP_VERSION_CHECK=1
  create_venv_with_pip
  if .venv/bin/python -m pip install --quiet --require-hashes -r requirements/uv.txt 2>/dev/null &&
    install_with_uv .venv/bin/uv 2>/dev/null; then return; fi
  install_with_pip
}

echo "Installing the pinned packages into .venv …"
create_with_uv 2>/dev/null || create_with_pip
touch "${stamps[@]}"
