#!/bin/sh
# run.sh edge|balancer: fills in the templates beside this file, runs nginx, and follows the
# servers behind it: once a second it asks who they are, and only where that has changed does it
# write a new list and reload. Needs no root and writes to RUN_DIR alone.
#
#   INFERRER         host:port of the inferrers, several with commas; all addresses of a name are used
#   LISTEN           what nginx listens on: a port or address:port
#   MAX_BODY_BYTES, UPLOAD_MAX_BYTES, BASE_PATH    as the inferrer has them
#   ANSWER_TIMEOUT_SECONDS   edge: longest wait for an answer to an inference request
#   CLUSTER_SECRET   balancer: shown to the inferrer when it asks for the modelhosts
#   AWAY_POLLS       edge: how often an inferrer may be missing from its name before it is left out
#   RUN_DIR, WORKERS, POLL_SECONDS, NGINX
set -eu

ROLE=$1
: "${INFERRER:=inferrer:8000}" "${LISTEN:=8000}" "${RUN_DIR:=/tmp/shoal-$ROLE}"
: "${MAX_BODY_BYTES:=67108864}" "${UPLOAD_MAX_BYTES:=2147483648}" "${BASE_PATH:=}"
: "${CLUSTER_SECRET:=}" "${WORKERS:=auto}" "${POLL_SECONDS:=1}" "${NGINX:=nginx}"
: "${ANSWER_TIMEOUT_SECONDS:=75}" "${AWAY_POLLS:=5}"
BASE_PATH=${BASE_PATH%/}
here=$(cd "$(dirname "$0")" && pwd)

fill() {
  sed -e "s|\${ROLE}|$ROLE|g" -e "s|\${RUN_DIR}|$RUN_DIR|g" -e "s|\${LISTEN}|$LISTEN|g" \
    -e "s|\${WORKERS}|$WORKERS|g" -e "s|\${BASE_PATH}|$BASE_PATH|g" \
    -e "s|\${MAX_BODY_BYTES}|$MAX_BODY_BYTES|g" -e "s|\${UPLOAD_MAX_BYTES}|$UPLOAD_MAX_BYTES|g" \
    -e "s|\${LOAD_MAX_BYTES}|$((UPLOAD_MAX_BYTES / 3 * 4 + 1048580))|g" \
    -e "s|\${ANSWER_TIMEOUT_SECONDS}|$ANSWER_TIMEOUT_SECONDS|g" \
    -e "s|\${REPEAT_SECONDS}|$((ANSWER_TIMEOUT_SECONDS > 1 ? ANSWER_TIMEOUT_SECONDS - 1 : 1))|g" \
    "$here/$1.conf.template" >"$RUN_DIR/$1.conf"
}

say() { printf '{"level":"%s","service":"%s","msg":"%s"}\n' "$1" "$ROLE" "$2"; }

# The servers behind, one line each, in a fixed order. Fails where nobody can tell.
edge_servers() {
  servers=$(printf '%s\n' "$INFERRER" | tr ',' '\n' | while read -r one; do
    getent ahostsv4 "${one%:*}" | cut -d' ' -f1 | sort -u | sed "s|\$|:${one##*:}|"
  done)
  [ -n "$servers" ] && printf '%s\n' "$servers"
}
# What any inferrer knows: one that has just started knows nobody yet, and one may be gone.
balancer_servers() {
  told=$(for one in $(edge_servers); do
    printf 'header = "shoal-cluster-secret: %s"\n' "$CLUSTER_SECRET" |
      curl -fsS -m 2 -K - "http://$one$BASE_PATH/cluster/upstreams" 2>/dev/null && echo "told by $one"
  done)
  case $told in *'told by'*) printf '%s\n' "$told" | grep -v '^told by ' | sort -s -u -k1,1 ;; *) return 1 ;; esac
}

# From such lines to upstream blocks; a group without servers answers 502, which error_page turns
# into our own error.
edge_upstreams() {
  awk '
    BEGIN { print "upstream inferrers {\n  zone inferrers 64k;\n  least_conn;" }
    NF { print "  server " $1 " max_fails=1 fail_timeout=1s;"; n++ }
    END { if (!n) print "  server 127.0.0.1:1 down;"
          print "  keepalive 256;\n  keepalive_requests 1000000;\n  keepalive_timeout 30s;\n}" }'
}
# In: "<id> <host:port>", and behind that nothing, or a state. Only ready hosts get what names none.
balancer_upstreams() {
  awk '
    function tail(n) { print "  keepalive " n ";\n  keepalive_requests 1000000;\n  keepalive_timeout 30s;\n}" }
    $1 ~ /^[A-Za-z0-9._-]+$/ && $2 ~ /^[A-Za-z0-9.:\[\]-]+$/ { id[++n] = $1; at[n] = $2; state[n] = NF < 3 ? "ready" : $3 }
    END {
      print "upstream modelhosts {\n  zone modelhosts 256k;\n  least_conn;"
      for (i = 1; i <= n; i++) if (state[i] == "ready") { print "  server " at[i] " max_fails=1 fail_timeout=1s;"; ready++ }
      if (!ready) print "  server 127.0.0.1:1 down;"
      tail(256)
      for (i = 1; i <= n; i++) { print "upstream modelhost_" i " {\n  server " at[i] " max_fails=0;"; tail(64) }
      print "map $http_shoal_host $modelhost {\n  default unknown;\n  \"\" modelhosts;"
      for (i = 1; i <= n; i++) print "  \"" id[i] "\" modelhost_" i ";"
      print "}"
    }'
}

# Whether a list is worth a reload, at which nginx closes the connections that its clients keep. The
# edge waits for an inferrer that is only away: it restarts, and until then nginx passes it over.
away=0
worthwhile() {
  away=$((away + 1))
  [ "$ROLE" = balancer ] || [ "$away" -ge "$AWAY_POLLS" ] || printf '%s\n' "$1" | grep -qvxF "$known"
}

mkdir -p "$RUN_DIR"
for name in http errors "$ROLE"; do fill "$name"; done
known=$("${ROLE}_servers" || true)
printf '%s\n' "$known" | "${ROLE}_upstreams" >"$RUN_DIR/upstreams.conf"

"$NGINX" -e stderr -p "$RUN_DIR" -c "$RUN_DIR/http.conf" &
nginx_pid=$!
say info "listening on $LISTEN"
trap 'kill -QUIT "$nginx_pid" 2>/dev/null; wait "$nginx_pid"; exit 0' TERM INT QUIT

while kill -0 "$nginx_pid" 2>/dev/null; do
  sleep "$POLL_SECONDS" &
  wait $!
  servers=$("${ROLE}_servers") || continue
  [ "$servers" != "$known" ] || { away=0; continue; }
  worthwhile "$servers" || continue
  cp "$RUN_DIR/upstreams.conf" "$RUN_DIR/upstreams.before"
  printf '%s\n' "$servers" | "${ROLE}_upstreams" >"$RUN_DIR/upstreams.conf"
  if "$NGINX" -e stderr -t -q -p "$RUN_DIR" -c "$RUN_DIR/http.conf"; then
    kill -HUP "$nginx_pid"
    known=$servers
    away=0
    say info "now $(printf '%s\n' "$servers" | grep -c .) servers behind"
  else
    cp "$RUN_DIR/upstreams.before" "$RUN_DIR/upstreams.conf"
    say error "the new list of servers is not usable; the old one stays"
  fi
done
say error "nginx has ended"
exit 1
