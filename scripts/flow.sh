#!/bin/sh
# Draws how far back gradients flow, one curve for each state of each model. See `scripts/flow.sh --help`.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=scripts/runs.sh
. "$here/runs.sh"

usage() {
    cat <<'END_OF_HELP'
usage: scripts/flow.sh FILE.json... >PICTURE.svg

Draws the norm of d loss / d state by the number of steps between the loss and the state, both
logarithmic. Each FILE is what `charnn eval MODEL TEXT --gradient-flow --json` prints; its name, without
the folder and .json, is that of its curves.
END_OF_HELP
}

case ${1-} in
-h | --help)
    usage
    exit 0
    ;;
'') misuse 'no file is given' ;;
esac
need jq gnuplot
make_work
for file; do
    name=$(basename "$file" .json)
    jq -er --arg name "$name" '.gradient_flow | .steps as $steps | .states[] |
        "\"\($name), \(.state), layer \(.layer)\"", ([$steps, .norms] | transpose[] | @tsv), "", ""' "$file" 2>/dev/null || {
        say "$file has no gradient_flow; it should be from charnn eval --gradient-flow --json"
        exit 1
    }
done >"$work/flow.dat"
gnuplot <<END_OF_PLOT
set terminal svg size 800,500 dynamic noenhanced background rgb "white"
set output "$work/flow.svg"
set logscale xy
set yrange [1e-10:]
set format y "%g"
set grid
set key outside right top
set xlabel "steps back"
set ylabel "mean norm of d loss / d state"
last = $(grep -c '^"' "$work/flow.dat") - 1
plot for [i=0:last] "$work/flow.dat" index i using 1:2 with linespoints pointtype 7 pointsize 0.4 \
    linecolor rgb hsv2rgb(i / (last + 1.0), 0.9, 0.65) title columnheader(1)
END_OF_PLOT
cat "$work/flow.svg"
