#!/usr/bin/env bash
# The system packages that some tests need: Chromium for the browser tests, RabbitMQ for those of AMQP,
# PostgreSQL for those of a store in it, and monitoring that sends to flows.
#
# As root on Debian it installs what is missing, and says so before. Nagios is only unpacked, into .venv/system,
# because its package depends on a mail server. Everywhere else, and with SYSTEM_PACKAGES=no, it says which tests
# will be skipped.
set -euo pipefail

can_install() {
  [ "${SYSTEM_PACKAGES:-yes}" != no ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

update() {
  if [ -z "${updated:-}" ]; then apt-get update -qq || true; updated=yes; fi
}

# need COMMAND_OR_FILE PACKAGES TESTS; the packages are words, so they are not quoted below
# shellcheck disable=SC2086
need() {
  if command -v "$1" >/dev/null || [ -e "$1" ]; then return; fi
  if can_install; then
    echo "Installing the system package $2 for the tests of $3 (SYSTEM_PACKAGES=no skips them instead) …"
    update
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $2 >/dev/null && return
  fi
  echo "The system package $2 is not installed, so the tests of $3 are skipped." >&2
}

# unpack COMMAND PACKAGE TESTS: the package's files alone, without its dependencies
unpack() {
  local folder=.venv/system/$2
  if command -v "$1" >/dev/null || [ -x "$folder/usr/sbin/$1" ]; then return; fi
  if can_install; then
    echo "Unpacking the system package $2 for the tests of $3 (SYSTEM_PACKAGES=no skips them instead) …"
    update
    local download
    download=$(mktemp -d)
    mkdir -p "$folder"
    if (cd "$download" && apt-get download -qq -o APT::Sandbox::User=root "$2" >/dev/null) &&
      dpkg-deb --extract "$download"/*.deb "$folder"; then
      find "$folder" -xtype l -delete # links into packages that are not there: linters stumble over them
      rm -rf "$download"
      return
    fi
    rm -rf "$download"
  fi
  echo "The system package $2 is not installed, so the tests of $3 are skipped." >&2
}

# The shell without a window takes half the work for the same pages; the full browser does as well.
command -v chromium >/dev/null || need chromium-headless-shell chromium-headless-shell "pages in a browser"
need /usr/lib/rabbitmq/bin/rabbitmq-server rabbitmq-server AMQP
need /usr/lib/postgresql/*/bin/postgres postgresql "a store in PostgreSQL"
need prometheus prometheus "alerts of Prometheus"
need prometheus-alertmanager prometheus-alertmanager "alerts of Prometheus"
need /usr/lib/syslog-ng/*/libhttp.so syslog-ng-mod-http "lines of a log"
need /usr/sbin/collectd "collectd-core libyajl2" "values of collectd"
unpack nagios4 nagios4-core "notifications of Nagios"
