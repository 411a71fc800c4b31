#!/bin/sh
# run.sh edge|balancer: fills in the templates beside this file, runs nginx, and follows the
# servers behind it: once a second it asks who they are, and only where that has changed does it
# write a new list and reload. Needs no root and writes to RUN_DIR alone.
#
#   INFERRER         host:port of the inferrers, several with commas; all addresses of a name are used
#   LISTEN           what nginx listens on: a port or address:port
#   INFERRER_GRPC    edge: host:port of the inferrers for gRPC; nothing: the hosts of INFERRER, port 8001
#   LISTEN_GRPC      edge: what it listens on with HTTP/2, for gRPC, too; off: nothing
#   TLS_CERT, TLS_KEY, TLS_CLIENT_CA    edge: files in PEM; with them all it listens on speaks TLS and HTTP/2
#   MAX_BODY_BYTES, UPLOAD_MAX_BYTES, BASE_PATH    as the inferrer has them
#   ANSWER_TIMEOUT_SECONDS   edge: longest wait for an answer to an inference request
#   GRPC_REST_SECONDS        edge: longest rest of a call over gRPC, in which neither side sends
#   CLUSTER_SECRET   balancer: shown to the inferrer when it asks for the modelhosts
#   AWAY_POLLS       edge: how often an inferrer may be missing from its name before it is left out
#   RUN_DIR, WORKERS, POLL_SECONDS, NGINX
set -eu

ROLE=$1
: "${INFERRER:=inferrer:8000}" "${LISTEN:=8000}" "${RUN_DIR:=/tmp/shoal-$ROLE}"
: "${MAX_BODY_BYTES:=67108864}" "${UPLOAD_MAX_BYTES:=2147483648}" "${BASE_PATH:=}"
: "${CLUSTER_SECRET:=}" "${WORKERS:=auto}" "${POLL_SECONDS:=1}" "${NGINX:=nginx}"
: "${ANSWER_TIMEOUT_SECONDS:=75}" "${GRPC_REST_SECONDS:=3600}" "${AWAY_POLLS:=5}"
: "${INFERRER_GRPC:=}" "${LISTEN_GRPC:=8001}" "${TLS_CERT:=}" "${TLS_KEY:=}" "${TLS_CLIENT_CA:=}"
BASE_PATH=${BASE_PATH%/}
[ -n "$INFERRER_GRPC" ] || INFERRER_GRPC=$(printf '%s\n' "$INFERRER" | sed 's/:[0-9]*\(,\|$\)/:8001\1/g')
here=$(cd "$(dirname "$0")" && pwd)

fill() {
  sed -e "s|\${ROLE}|$ROLE|g" -e "s|\${RUN_DIR}|$RUN_DIR|g" -e "s|\${WORKERS}|$WORKERS|g" -e "s|\${BASE_PATH}|$BASE_PATH|g" \
    -e "s|\${MAX_BODY_BYTES}|$MAX_BODY_BYTES|g" -e "s|\${UPLOAD_MAX_BYTES}|$UPLOAD_MAX_BYTES|g" \
    -e "s|\${LOAD_MAX_BYTES}|$((UPLOAD_MAX_BYTES / 3 * 4 + 1048580))|g" \
    -e "s|\${ANSWER_TIMEOUT_SECONDS}|$ANSWER_TIMEOUT_SECONDS|g" -e "s|\${GRPC_REST_SECONDS}|$GRPC_REST_SECONDS|g" \
    -e "s|\${REPEAT_SECONDS}|$((ANSWER_TIMEOUT_SECONDS > 1 ? ANSWER_TIMEOUT_SECONDS - 1 : 1))|g" \
    "$here/$1.conf.template" >"$RUN_DIR/$1.conf"
}

say() { printf '{"level":"%s","service":"%s","msg":"%s"}\n' "$1" "$ROLE" "$2"; }

# What the edge listens on. HTTP/2 without TLS has a port of its own, as nginx before 1.25.1 speaks nothing
# else there; from then on it tells both by how a connection begins, and warns of the old way to ask for it.
edge_listens() {
  [ -n "$TLS_CERT$TLS_KEY$TLS_CLIENT_CA" ] && tls=' ssl' || tls=
  if "$NGINX" -v 2>&1 | awk -F'[/. ]' '{ exit !($4 * 1000000 + $5 * 1000 + $6 >= 1025001) }'; then
    echo "http2 on;" && http2=
  else
    http2=' http2'
  fi
  echo "listen $LISTEN$tls${tls:+$http2};"
  [ "$LISTEN_GRPC" = off ] || echo "listen $LISTEN_GRPC$tls$http2;"
  [ -z "$tls" ] || printf 'ssl_certificate "%s";\nssl_certificate_key "%s";\n' "$TLS_CERT" "$TLS_KEY"
  [ -z "$TLS_CLIENT_CA" ] || printf 'ssl_client_certificate "%s";\nssl_verify_client on;\n' "$TLS_CLIENT_CA"
}
balancer_listens() { echo "listen $LISTEN;"; }

# addresses LIST [PREFIX]: all addresses of all names, one line each behind the prefix, in a fixed order.
# Runs at every look: addresses that stand there already need no other process.
addresses() {
  IFS=,
  case $1 in
    *[!0-9.:,]*)
      for one in $1; do
        getent ahostsv4 "${one%:*}" | awk -v before="${2:-}" -v port="${one##*:}" '{ print before $1 ":" port }'
      done | sort -u
      ;;
    *) for one in $1; do printf '%s%s\n' "${2:-}" "$one"; done ;;
  esac
  unset IFS
}
# The servers behind, one line each, in a fixed order. Fails where nobody can tell.
edge_servers() {
  servers=$(addresses "$INFERRER")
  [ -n "$servers" ] || return 1
  printf '%s\n' "$servers"
  addresses "$INFERRER_GRPC" 'grpc '
}
# What any inferrer knows: one that has just started knows nobody yet, and one may be gone. A line of its
# own says that one has told.
balancer_servers() {
  told=$(for one in $(addresses "$INFERRER"); do
    curl -fsS -m 2 -K - "http://$one$BASE_PATH/cluster/upstreams" 2>/dev/null <<secret && echo '#told'
header = "shoal-cluster-secret: $CLUSTER_SECRET"
secret
  done | sort -s -u -k1,1)
  case $told in *'#told'*) printf '%s\n' "$told" ;; *) return 1 ;; esac
}

# From such lines to upstream blocks; a group without servers answers 502, which error_page turns
# into our own error.
edge_upstreams() {
  awk '
    function group(name, servers) {
      print "upstream " name " {\n  zone " name " 64k;\n  least_conn;"
      printf "%s", servers ? servers : "  server 127.0.0.1:1 down;\n"
      print "  keepalive 256;\n  keepalive_requests 1000000;\n  keepalive_timeout 30s;\n}"
    }
    function server(at) { return "  server " at " max_fails=1 fail_timeout=1s;\n" }
    $1 == "grpc" { grpc = grpc server($2); next }
    NF { http = http server($1) }
    END { group("inferrers", http); group("inferrers_grpc", grpc) }'
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

if [ -n "$TLS_CERT$TLS_KEY$TLS_CLIENT_CA" ] && { [ -z "$TLS_CERT" ] || [ -z "$TLS_KEY" ]; }; then
  say error "TLS_CERT, TLS_KEY: wanted both, as one of them or TLS_CLIENT_CA is set"
  exit 1
fi
mkdir -p "$RUN_DIR"
for name in http errors "$ROLE"; do fill "$name"; done
"${ROLE}_listens" >"$RUN_DIR/listens.conf"
known=$("${ROLE}_servers" || true)
printf '%s\n' "$known" | "${ROLE}_upstreams" >"$RUN_DIR/upstreams.conf"

"$NGINX" -e stderr -p "$RUN_DIR" -c "$RUN_DIR/http.conf" &
nginx_pid=$!
say info "listening on $LISTEN"
trap 'kill -HUP "$nginx_pid"' HUP
trap 'kill -QUIT "$nginx_pid" 2>/dev/null; wait "$nginx_pid"; exit 0' TERM INT QUIT

while kill -0 "$nginx_pid" 2>/dev/null; do
  sleep "$POLL_SECONDS" &
  wait $! || true
  servers=$("${ROLE}_servers") || continue
  [ "$servers" != "$known" ] || { away=0; continue; }
  worthwhile "$servers" || continue
  cp "$RUN_DIR/upstreams.conf" "$RUN_DIR/upstreams.before"
  printf '%s\n' "$servers" | "${ROLE}_upstreams" >"$RUN_DIR/upstreams.conf"
  if "$NGINX" -e stderr -t -q -p "$RUN_DIR" -c "$RUN_DIR/http.conf"; then
    kill -HUP "$nginx_pid"
    known=$servers
    away=0
    say info "now $(printf '%s\n' "$servers" | grep -vc '^grpc \|^#told') servers behind"
  else
    cp "$RUN_DIR/upstreams.before" "$RUN_DIR/upstreams.conf"
    say error "the new list of servers is not usable; the old one stays"
  fi
done
say error "nginx has ended"
exit 1
