#!/bin/sh
# Fits the formula of src/train/forecast.c to measured runs. See `scripts/fit-forecast.sh --help`.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=scripts/runs.sh
. "$here/runs.sh"

usage() {
    cat <<'END_OF_HELP'
usage: scripts/fit-forecast.sh [FILE.tsv]

Prints the constants of src/train/forecast.c that fit the runs in FILE best, in the sense of least squares of nats,
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
tail -n +2 "${1:-$here/../models/quality/budget.tsv}" >"$work/runs"
gnuplot 2>&1 <<END_OF_FIT
set fit quiet logfile "$work/log"
set dummy n, p, e, s
FIT_LIMIT = 1e-9
# step and width are positive
ratio(n, p, e, s) = base + exp(step) * s ** -step_power + exp(width) * p ** -width_power \
    + memorized * log(1 + e * p / n / 30) + size * log(n) + size_2 * log(n) ** 2
millions(x) = x < 5e6 ? x / 1e6 : 5
base = 0.3; step = -1; step_power = 0.25; width = -1; width_power = 0.2; memorized = 0.06; size = -0.03; size_2 = -0.02
fit ratio(n, p, e, s) "$work/runs" using (millions(\$2)):(\$4 / 1e5):5:(\$6 / 1000):(\$7 / \$3):(1 / \$3) zerror \
    via base, step, step_power, width, width_power, memorized, size, size_2
set print "-"
print sprintf("base %.4g\nstep %.4g\nstep_power %.4g\nwidth %.4g\nwidth_power %.4g\nmemorized %.4g\nsize %.4g\nsize_2 %.4g", \
    base, exp(step), step_power, exp(width), width_power, memorized, size, size_2)
stats "$work/runs" using (\$7 - \$3 * ratio(millions(\$2), \$4 / 1e5, \$5, \$6 / 1000)) nooutput
print sprintf("standard deviation %.3f nats, from %.3f to %.3f", STATS_stddev, STATS_min, STATS_max)
END_OF_FIT
