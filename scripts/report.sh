#!/bin/sh
# Makes tables, plots and a page of what scripts/sweep.sh ran. `scripts/report.sh --help` tells more.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=scripts/runs.sh
. "$here/runs.sh"

usage() {
    cat <<'END_OF_HELP'
usage: scripts/report.sh OUT [FOLDER]

Reads the logs of the runs in OUT/runs, whether finished or still going, and writes to FOLDER
(OUT/report):

  table.tsv, table.md     a line for each run, the best validation first: the settings that differ,
                          best validation and its test, epochs, time, characters/s, parameters
  groups.tsv              mean and standard deviation of runs that differ in their seed alone, where
                          there are any; table.md has it too
  curves.svg, curves.png  validation over epochs
  size.svg, size.png      number of parameters against the best validation
  index.html              all of it in one file

All is from OUT/runs/*/log.jsonl, but for the test: that is test.json beside it, which scripts/sweep.sh
writes when a run is done. Losses are in nats per character.
END_OF_HELP
}

# table WHAT: that from report.jq.
table() {
    jq -rs --arg what "$1" --arg curves '' --arg size '' -f "$here/report.jq" "$work/runs"
}

# plot NAME LABELS STYLE: NAME.svg and NAME.png from NAME.dat; nothing where that has no data. More series
# than fit a legend have none.
plot() {
    : >"$1.svg"
    series=$(grep -c '^"' "$1.dat") || return 0
    legend='set key outside right top noenhanced'
    [ "$series" -le 24 ] || legend='unset key'
    for terminal in 'svg size 1000,600 dynamic' 'pngcairo size 1000,600'; do
        case $terminal in svg*) file=$1.svg ;; *) file=$1.png ;; esac
        cat <<END_OF_PLOT
set terminal $terminal noenhanced background rgb "white"
set output "$file"
set datafile missing "null"
set grid
set ylabel "validation loss, nats per character"
$legend
$2
plot for [i=0:$((series - 1))] "$1.dat" index i using 1:2 with $3 \
    linecolor rgb hsv2rgb(i / $series.0, 0.9, 0.8) title columnheader(1)
set output
END_OF_PLOT
    done >"$1.plot"
    gnuplot "$1.plot" >/dev/null 2>"$1.err" || {
        say "gnuplot failed: $(grep -v '^ *^*$' "$1.err" | tail -n 1)"
        exit 1
    }
}

case $#:${1-} in
1:-h | 1:--help)
    usage
    exit 0
    ;;
*:-*) misuse "$1 is not known" ;;
1:* | 2:*) ;;
*) misuse 'name the folder of a sweep' ;;
esac
need jq
need gnuplot
[ -d "$1/runs" ] || misuse "$1 has no runs"
report=${2:-$1/report}
mkdir -p "$report"
report=$(cd "$report" && pwd -P)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

sum_up "$1" >"$work/runs"
[ -s "$work/runs" ] || misuse "$1 has no runs"
table tsv >"$work/table.tsv"
table markdown >"$work/table.md"
table groups >"$work/groups.tsv"
table curves >"$work/curves.dat"
table sizes >"$work/size.dat"
cd "$work"
plot curves 'set xlabel "epoch"' 'linespoints pointsize 0.4'
plot size 'set logscale x; set xlabel "parameters"' 'linespoints pointtype 7 pointsize 0.8'
jq -rs --arg what page --rawfile curves curves.svg --rawfile size size.svg -f "$here/report.jq" runs >index.html
for file in table.tsv table.md groups.tsv curves.svg curves.png size.svg size.png index.html; do
    if [ -s "$file" ]; then
        mv -f "$file" "$report/"
    else
        rm -f "${report:?}/$file"
    fi
done
say "$(wc -l <runs | tr -d ' ') runs, in $report/index.html"
