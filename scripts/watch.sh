#!/bin/sh
# Shows how the runs of scripts/sweep.sh are getting on. `scripts/watch.sh --help` tells more.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=scripts/runs.sh
. "$here/runs.sh"

usage() {
    cat <<'END_OF_HELP'
usage: scripts/watch.sh [--every SECONDS] [--once] OUT

Shows all runs in OUT/runs on one screen, those that are running first: how much is done, the loss of
training and of validation, the best validation, and the time that is left. It reads the logs and
nothing else, so it can run anywhere that sees them. Ctrl-C ends it.

  --every SECONDS  between two looks (2)
  --once           print it once; so too where the output is no terminal
END_OF_HELP
}

every=2
once=
out=
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help)
        usage
        exit 0
        ;;
    --every)
        case ${2-} in '' | *[!0-9]* | 0) misuse '--every takes a number of seconds' ;; esac
        every=$2
        shift
        ;;
    --once) once=yes ;;
    -*) misuse "$1 is not known" ;;
    *)
        [ -z "$out" ] || misuse 'name one folder'
        out=$1
        ;;
    esac
    shift
done
[ -n "$out" ] || misuse 'name the folder of a sweep'
need jq
[ -d "$out/runs" ] || misuse "$out has no runs"
[ -t 1 ] || once=yes

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Rows and columns of the terminal; all rows, where there is none.
rows=100000
columns=140
while :; do
    if [ -z "$once" ]; then
        size=$(stty size </dev/tty 2>/dev/null) || size=
        rows=${size% *}
        columns=${size#* }
        [ "${rows:-0}" -ge 5 ] || rows=24
        [ "${columns:-0}" -ge 1 ] || columns=80
    fi
    sum_up "$out" >"$work/runs"
    [ -s "$work/runs" ] || misuse "$out has no runs"
    jq -rs --argjson rows "$rows" --argjson columns "$columns" -f "$here/watch.jq" "$work/runs" >"$work/screen"
    [ -n "$once" ] || printf '\033[H\033[2J'
    cat "$work/screen"
    [ -z "$once" ] || exit 0
    sleep "$every"
done
