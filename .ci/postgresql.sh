#!/bin/sh
# Install PostgreSQL's server where it is missing and we may; its tests start one of their own.
set -eu
if command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
  exit 0
fi
if [ "$(id -u)" != 0 ]; then
  echo 'PostgreSQL is missing: apt-get install postgresql' >&2
  exit 1
fi
log=$(mktemp)
# The package must not start a server of the system's.
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
  echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
  -o Dpkg::Options::=--force-confold postgresql; } \
  >"$log" 2>&1 || { tail -n 20 "$log"; exit 1; }
rm -f "$log"
