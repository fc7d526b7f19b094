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
`charnn train --budget` prints), parameters, epochs, and the best validation loss in nats.
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
set dummy n, p, e
FIT_LIMIT = 1e-9
# each constant is positive, but base and the two of the text's size
ratio(n, p, e) = base + exp(read) * (n * e) ** -read_power + exp(width) * p ** -width_power \
    + memorized * log(1 + e * p / n / 10) + size * log(n) + size_2 * log(n) ** 2
base = -0.3; read = -0.01; read_power = 0.1; width = -1; width_power = 0.25; memorized = 0.1; size = 0.05; size_2 = -0.03
fit ratio(n, p, e) "$work/runs" using (\$2 < 5e6 ? \$2 / 1e6 : 5):(\$4 / 1e5):5:(\$6 / \$3):(1 / \$3) zerror \
    via base, read, read_power, width, width_power, memorized, size, size_2
print sprintf("base %.4g\nread %.4g\nread_power %.4g\nwidth %.4g\nwidth_power %.4g\nmemorized %.4g\nsize %.4g\nsize_2 %.4g", \
    base, exp(read), read_power, exp(width), width_power, memorized, size, size_2)
set print "-"
stats "$work/runs" using (\$6 - \$3 * ratio(\$2 < 5e6 ? \$2 / 1e6 : 5, \$4 / 1e5, \$5)) nooutput
print sprintf("standard deviation %.3f nats, from %.3f to %.3f", STATS_stddev, STATS_min, STATS_max)
END_OF_FIT
