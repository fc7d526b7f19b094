#!/bin/sh
# Fits the formula of src/train/start/forecast.c to measured runs. See `scripts/fit-forecast.sh --help`.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=scripts/runs.sh
. "$here/runs.sh"

usage() {
    cat <<'END_OF_HELP'
usage: scripts/fit-forecast.sh [FILE.tsv]

Prints the constants of src/train/start/forecast.c that fit the runs in FILE best, in the sense of least squares of nats,
and how far the formula then is from each run. FILE is models/quality/budget.tsv unless another is given. Its first
line names the columns: the text, its characters to train, the nats of a 4-gram model on its validation part (which
`charnn train --budget` prints), parameters, epochs, steps, and the best validation loss in nats.
END_OF_HELP
}

case ${1-} in
-h | --help)
    usage
    exit 0
    ;;
esac
need gnuplot
make_work
# Columns: the text's number, million characters (more than 5 count as 5), 100,000 parameters, epochs, 1,000 steps, nats, and
# nats of n-grams.
awk -F '\t' 'NR > 1 {
    if (!($1 in number)) { number[$1] = ++texts }
    print number[$1], $2 < 5e6 ? $2 / 1e6 : 5, $4 / 1e5, $5, $6 / 1000, $7, $3
}' "${1:-$here/../models/quality/budget.tsv}" >"$work/runs"

# First each text has a level of its own, so that the other terms follow from runs on the same text; then the levels are a
# parabola over the logarithm of the text's size. Step and width are positive.
texts=$(awk '$1 > n { n = $1 } END { print n }' "$work/runs")
gnuplot 2>&1 <<END_OF_FIT
set fit quiet logfile "$work/log"
set print "-"
set dummy t, n, p, e, s
FIT_LIMIT = 1e-9
level(t) = $(awk -v n="$texts" 'BEGIN { for (i = 1; i < n; i++) printf "t == %d ? text%d : ", i, i; print "text" n }')
terms(n, p, e, s) = exp(step) * s ** -step_power + exp(width) * p ** -width_power + memorized * log(1 + e * p / n / 30)
parabola(n) = base + size * log(n) + size_2 * log(n) ** 2
$(awk -v n="$texts" 'BEGIN { for (i = 1; i <= n; i++) printf "text%d = 0.6; ", i }')
step = -2; step_power = 0.7; width = -1.4; width_power = 0.2; memorized = 0.04; base = 0.6; size = -0.03; size_2 = -0.02
fit level(t) + terms(n, p, e, s) "$work/runs" using 1:2:3:4:5:(\$6 / \$7):(1 / \$7) zerror \
    via $(awk -v n="$texts" 'BEGIN { for (i = 1; i <= n; i++) printf "text%d, ", i }') step, step_power, width, width_power, memorized
fit parabola(n) + terms(n, p, e, s) "$work/runs" using 1:2:3:4:5:(\$6 / \$7):(1 / \$7) zerror via base, size, size_2
print sprintf("base %.4g\nstep %.4g\nstep_power %.4g\nwidth %.4g\nwidth_power %.4g\nmemorized %.4g\nsize %.4g\nsize_2 %.4g", \
    base, exp(step), step_power, exp(width), width_power, memorized, size, size_2)
stats "$work/runs" using (\$6 - \$7 * (parabola(\$2) + terms(\$2, \$3, \$4, \$5))) nooutput
print sprintf("standard deviation %.3f nats, from %.3f to %.3f", STATS_stddev, STATS_min, STATS_max)
END_OF_FIT
