#!/bin/sh
# Shows the progress of the runs of scripts/sweep.sh. See `scripts/watch.sh --help`.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=scripts/runs.sh
. "$here/runs.sh"

usage() {
    cat <<'END_OF_HELP'
usage: scripts/watch.sh [OPTION]... OUT

Shows all runs in OUT/runs on one screen, running ones first: progress, training loss, validation loss,
best validation loss and time left. It only reads the logs, so it runs on any machine that sees OUT.
Ctrl-C ends it.

  --every SECONDS  refresh every SECONDS seconds (default: 2)
  --once           print one screen and exit (the default if the output is not a terminal)
  -h, --help       show this help
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
        case ${2-} in '' | *[!0-9]* | 0) misuse '--every needs a number of seconds' ;; esac
        every=$2
        shift
        ;;
    --once) once=yes ;;
    -*) misuse "unknown option '$1'" ;;
    *)
        [ -z "$out" ] || misuse 'too many arguments'
        out=$1
        ;;
    esac
    shift
done
[ -n "$out" ] || misuse 'OUT is missing'
need jq
[ -t 1 ] || once=yes
make_work

# Without a terminal, all rows are printed.
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
    sum_up "$out"
    jq -L "$here" -rs --argjson rows "$rows" --argjson columns "$columns" -f "$here/watch.jq" "$work/runs" >"$work/screen"
    [ -n "$once" ] || printf '\033[H\033[2J'
    cat "$work/screen"
    [ -z "$once" ] || exit 0
    sleep "$every"
done
