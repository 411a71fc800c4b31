#!/usr/bin/env bash
# add-modelhost.sh [N]      adds N modelhosts, 1 by default, to the cluster that runs
# add-modelhost.sh --to N   makes it N modelhosts; those that leave finish what they have first
#
# Looks for, in this order: the embedded cluster of this folder (npm start), its compose project, a
# Swarm service. Returns when the new hosts serve and the old ones are gone.
#   CONTROL_SOCKET         of the embedded cluster, default .shoal/control.sock
#   COMPOSE_PROJECT_NAME   if several compose projects were started from this folder
#   SHOAL_SERVICE          name of the Swarm service, default the one that ends with _modelhost
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  printf 'add-modelhost: %s\n' "$1" >&2
  exit "${2:-1}"
}
usage() { fail 'wanted: add-modelhost.sh [N] or add-modelhost.sh --to N, with N from 1 to 64' 2; }
say() { printf '%s\n' "$*"; }

how=add
if [[ ${1-} == --to ]]; then
  how=to
  shift
  (($# == 1)) || usage
fi
number=${1-1}
if (($# > 1)) || [[ ! $number =~ ^[1-9][0-9]?$ ]] || ((number > 64)); then usage; fi
socket=${CONTROL_SOCKET:-.shoal/control.sock}

# How many there shall be, given how many there are.
wanted() {
  local to=$number
  [[ $how == to ]] || to=$(($1 + number))
  ((to <= 64)) || fail "at most 64 modelhosts, this would make $to"
  echo "$to"
}

embedded() {
  [[ -S $socket ]] && node scripts/ask-control.mjs "$socket" "$how" "$number"
}

# --- compose ---

containers() {
  docker ps -q --filter label=com.docker.compose.service=modelhost \
    --filter "label=com.docker.compose.project$1" "${@:2}"
}

label() { docker inspect -f "{{index .Config.Labels \"com.docker.compose.$2\"}}" "$1"; }

# New modelhosts get the settings of those that run, wherever those were given.
take_over_settings() {
  local image line
  image=$(docker inspect -f '{{.Config.Image}}' "$1")
  export IMAGE_PREFIX=${image%-modelhost*}
  while IFS= read -r line; do
    case ${line%%=*} in
      TOKENS | CLUSTER_SECRET | LOG_LEVEL | ACCESS_LOG | TRUSTED_PROXIES) export "${line?}" ;;
      MAX_BODY_BYTES | UPLOAD_MAX_BYTES | CORES) export "${line?}" ;;
      INFERRER_URL) export BASE_PATH=${line#*:8000} ;;
    esac
  done < <(docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' "$1")
}

compose() {
  local any project version tool there to
  if [[ -n ${COMPOSE_PROJECT_NAME-} ]]; then
    any=$(containers "=$COMPOSE_PROJECT_NAME" | head -1)
  else
    any=$(containers '' --filter "label=com.docker.compose.project.working_dir=$PWD" | head -1)
  fi
  [[ -n $any ]] || return 1
  project=$(label "$any" project)
  version=$(label "$any" version)
  tool=(docker compose)
  [[ $version != 1.* ]] || tool=(docker-compose)
  tool+=(-p "$project")

  take_over_settings "$any"
  there=$(containers "=$project" | wc -l)
  to=$(wanted "$there") || exit 1
  "${tool[@]}" up -d --no-deps --no-recreate --scale "modelhost=$to" modelhost >&2 ||
    fail "$(printf '%s ' "${tool[@]}")could not scale; its message is above"
  "${tool[@]}" exec -T inferrer node await-modelhosts.mjs "$to" ||
    fail "the containers run, but the inferrer does not report $to ready modelhosts"
  say "compose project $project: $there modelhosts before, $to now"
}

# --- Swarm ---

swarm() {
  local service=${SHOAL_SERVICE-} there to
  [[ $(docker info -f '{{.Swarm.ControlAvailable}}' 2>/dev/null) == true ]] || return 1
  [[ -n $service ]] || service=$(docker service ls --format '{{.Name}}' | grep -m 1 '_modelhost$') || return 1
  there=$(docker service inspect -f '{{.Spec.Mode.Replicated.Replicas}}' "$service")
  to=$(wanted "$there") || exit 1
  # Returns when all tasks are healthy, and a modelhost is healthy when it serves.
  docker service scale --detach=false "$service=$to" >&2 || fail "docker could not scale $service"
  say "service $service: $there modelhosts before, $to now"
}

if embedded; then
  exit 0
else
  status=$?
  # 3: the socket is there but nobody listens any more.
  ((status == 1 || status == 3)) || exit "$status"
fi
if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
  compose && exit 0
  swarm && exit 0
fi
fail 'no cluster runs: start one with npm start or docker-compose up -d'
