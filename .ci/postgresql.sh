#!/bin/sh
# Install PostgreSQL's server and PgBouncer where they are missing and we may; tests start their own.
set -eu
PATH=$PATH:/usr/sbin

has_server() { command -v postgres || ls /usr/lib/postgresql/*/bin/postgres; } >/dev/null 2>&1
has_pooler() { command -v pgbouncer; } >/dev/null

if has_server && has_pooler; then
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  has_server && exit 0  # the tests of the pooler are skipped
  echo "PostgreSQL's server is missing; on Debian: sudo apt-get install postgresql" >&2
  exit 1
fi
# The packages must not start servers of the system's.
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
  echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
log=$(mktemp)
policy=/usr/sbin/policy-rc.d
if [ -e "$policy" ]; then
  trap 'rm -f "$log"' EXIT
else
  trap 'rm -f "$log" "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
  -o Dpkg::Options::=--force-confold postgresql pgbouncer && has_server; } \
  >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
