#!/usr/bin/env bash
# Lints and type-checks our JavaScript and CSS, by Biome and TypeScript, which are pinned here and installed into
# .node. Where Node.js is missing it says so and checks nothing. With `--write`, Biome mends what it can mend.
set -euo pipefail
cd "$(dirname "$0")/../.."

pins="@biomejs/biome@2.6.8 typescript@7.0.2"

leave_out() {
  echo "JavaScript is not checked: $1." >&2
  exit 0
}

command -v node >/dev/null && command -v npm >/dev/null || leave_out "Node.js with npm is not installed"

if [ "$(cat .node/pins 2>/dev/null)" != "$pins" ]; then
  echo "Installing Biome and TypeScript into .node …"
  rm -rf .node
  # shellcheck disable=SC2086 # a word a package
  npm install --prefix .node --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error \
    $pins >/dev/null || leave_out "Biome and TypeScript could not be installed"
  echo "$pins" >.node/pins
fi

.node/node_modules/.bin/biome check --error-on-warnings "$@"
.node/node_modules/.bin/tsc --project .
