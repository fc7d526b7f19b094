#!/bin/sh
# Writes tables, plots and a page about the runs of scripts/sweep.sh. See `scripts/report.sh --help`.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=scripts/runs.sh
. "$here/runs.sh"

usage() {
    cat <<'END_OF_HELP'
usage: scripts/report.sh OUT [FOLDER]

Reads the logs of all runs in OUT/runs, finished or not, and writes to FOLDER (default: OUT/report):

  table.tsv, table.md     one line per run, best validation loss first: the settings that differ,
                          best validation loss, test loss, epochs, time, characters/s, parameters
  groups.tsv              mean and standard deviation over runs that differ only in their seed, if
                          there are any; also in table.md
  curves.svg, curves.png  validation loss by epoch
  size.svg, size.png      best validation loss by number of parameters
  index.html              all of this on one page

Losses are in nats per character. The test loss is from test.json, which scripts/sweep.sh writes when
a run is finished; everything else is from log.jsonl.
END_OF_HELP
}

# table WHAT: prints WHAT from report.jq.
table() {
    jq -L "$here" -rs --arg what "$1" --arg curves '' --arg size '' --arg style '' -f "$here/report.jq" "$work/runs"
}

# plot NAME LABELS STYLE: draws NAME.svg and NAME.png from NAME.dat; an empty NAME.svg if there is no data.
# There is no legend if its entries would not fit.
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
    linecolor rgb hsv2rgb(i / $series.0, 0.9, 0.65) title columnheader(1)
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
*:-*) misuse "unknown option '$1'" ;;
1:* | 2:*) ;;
0:) misuse 'OUT is missing' ;;
*) misuse 'too many arguments' ;;
esac
need jq gnuplot
make_work
sum_up "$1"
report=${2:-$1/report}
mkdir -p "$report"
report=$(cd "$report" && pwd -P)

table tsv >"$work/table.tsv"
table markdown >"$work/table.md"
table groups >"$work/groups.tsv"
table curves >"$work/curves.dat"
table sizes >"$work/size.dat"
cd "$work"
plot curves 'set xlabel "epoch"' 'linespoints pointtype 7 pointsize 0.4'
plot size 'set logscale x; set xlabel "parameters"' 'linespoints pointtype 7 pointsize 0.8'
# The look of the program's pages.
sed -n '/^static const char style/,/;$/s/^ *"\(.*\)\\n";*$/\1/p' "$here/../src/cli/page/page.c" >style
jq -L "$here" -rs --arg what page --rawfile style style --rawfile curves curves.svg --rawfile size size.svg -f "$here/report.jq" runs >index.html
for file in table.tsv table.md groups.tsv curves.svg curves.png size.svg size.png index.html; do
    if [ -s "$file" ]; then
        mv -f "$file" "$report/"
    else
        rm -f "${report:?}/$file"
    fi
done
say "$(wc -l <runs | tr -d ' ') runs, in $report/index.html"
