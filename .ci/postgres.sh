#!/usr/bin/env bash
# A throw-away PostgreSQL server from the system's own packages (Debian: postgresql), for running the tests against it:
#
#   VSOC_DATABASE_URL=$(.ci/postgres.sh start) npm test
#   .ci/postgres.sh stop
#
# start [DIRECTORY]  starts a server on a free port of 127.0.0.1 and prints the URL of its database owner, who is no
#                    superuser. Its files go to DIRECTORY, or else to a new one among the temporary files.
# stop [DIRECTORY]   stops it and removes its files. Without DIRECTORY: the one started last by this user.
#
# As root the server runs under the account postgres. VSOC_POSTGRES_BIN names the programs' directory if there are several.
set -euo pipefail

remembered="${TMPDIR:-/tmp}/virtual-soc-ci-postgres-$(id -u)"

fail() {
  echo "postgres.sh: $*" >&2
  exit 1
}

# Runs a command under the server's account, with nothing of our environment that PostgreSQL would listen to.
as_server() {
  if [[ $(id -u) == 0 ]]; then
    (cd / && env -i "PATH=$PATH" LC_ALL=C setpriv --reuid postgres --regid postgres --clear-groups -- "$@")
  else
    (cd / && env -i "PATH=$PATH" LC_ALL=C "$@")
  fi
}

find_programs() {
  if [[ -n ${VSOC_POSTGRES_BIN:-} ]]; then
    echo "$VSOC_POSTGRES_BIN"
    return
  fi
  local newest
  newest=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
  [[ -n $newest ]] || newest=$(dirname "$(command -v initdb || echo /nowhere/initdb)")
  [[ -x $newest/initdb ]] || fail 'no PostgreSQL programs found: apt-get install postgresql, or set VSOC_POSTGRES_BIN'
  echo "$newest"
}

# Asks the system for a free port; bash has no way to, Node has.
free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

start() {
  local programs directory port password
  programs=$(find_programs)
  umask 077
  directory=${1:-$(mktemp -d "${TMPDIR:-/tmp}/virtual-soc-ci-postgres.XXXXXX")}
  mkdir -p "$directory/data"
  # Root's own directory; the server's account passes through it to its data.
  if [[ $(id -u) == 0 ]]; then
    chmod 711 "$directory"
    chown postgres "$directory/data"
  fi

  as_server "$programs/initdb" --pgdata="$directory/data" --username=superuser --auth=reject --encoding=UTF8 --locale=C \
    --no-sync >"$directory/initdb.log" 2>&1 || fail "initdb failed: $(cat "$directory/initdb.log")"
  echo 'host all all 127.0.0.1/32 scram-sha-256' | as_server tee "$directory/data/pg_hba.conf" >/dev/null

  # The roles are made before the port opens. The owner has the rights that the owner has on Amazon RDS, and no others.
  password=$(head -c 24 /dev/urandom | base64 | tr -d '+/=')
  as_server "$programs/postgres" --single -D "$directory/data" -c fsync=off postgres >"$directory/initdb.log" 2>&1 <<SQL
CREATE ROLE owner LOGIN NOSUPERUSER CREATEROLE CREATEDB PASSWORD '$password'
CREATE DATABASE virtual_soc OWNER owner
SQL
  ! grep -E 'ERROR|FATAL' "$directory/initdb.log" >&2 || fail 'the roles could not be made'

  port=$(free_port)
  as_server "$programs/pg_ctl" start --wait --silent --pgdata="$directory/data" --log="$directory/data/server.log" \
    --options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c full_page_writes=off" \
    >&2 || fail "the server does not start: $(cat "$directory/data/server.log")"
  echo "$directory" >"$remembered"
  echo "postgresql://owner:$password@127.0.0.1:$port/virtual_soc"
}

stop() {
  local directory=${1:-}
  if [[ -z $directory ]]; then
    [[ -O $remembered ]] || fail 'nothing to stop: no server was started, or it has been stopped'
    directory=$(cat "$remembered")
  fi
  [[ -f $directory/data/PG_VERSION ]] || fail "$directory is no directory of this script"
  as_server "$(find_programs)/pg_ctl" stop --wait --silent --mode=fast --pgdata="$directory/data" >&2 || true
  rm -rf "$directory" "$remembered"
}

case ${1:-} in
  start) start "${2:-}" ;;
  stop) stop "${2:-}" ;;
  *) fail 'usage: postgres.sh start|stop [DIRECTORY]' ;;
esac
