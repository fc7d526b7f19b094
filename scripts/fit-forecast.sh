#!/bin/sh
# Fits the formula of src/train/start/forecast.c to measured runs. See `scripts/fit-forecast.sh --help`.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=scripts/runs.sh
. "$here/runs.sh"

usage() {
    cat <<'END_OF_HELP'
usage: scripts/fit-forecast.sh [FILE.tsv]

Prints the constants of src/train/start/forecast.c that fit the runs in FILE best, in the sense of least squares of
logarithms, and how far the formula then is from each run. FILE is models/quality/budget.tsv unless another is given. Its
first line names the columns: the text, its characters to train, the nats of a 2-gram and a 4-gram model on its
validation part (which `charnn train --budget` prints), parameters, epochs, steps, and the best validation loss in nats.
END_OF_HELP
}

case ${1-} in
-h | --help)
    usage
    exit 0
    ;;
esac
file=${1:-$here/../models/quality/budget.tsv}
need gnuplot
make_work
# Columns: the text's number, million characters (more than 5 count as 5), 100,000 parameters, epochs, 1,000 steps, nats, those
# of 2-grams and of 4-grams, and the runs with that text.
awk -F '\t' 'NR == FNR { runs[$1]++; next } FNR > 1 {
    if (!($1 in number)) { number[$1] = ++texts }
    print number[$1], $2 < 5e6 ? $2 / 1e6 : 5, $5 / 1e5, $6, $7 / 1000, $8, $3, $4, runs[$1]
}' "$file" "$file" >"$work/runs"

# First each text has a level of its own, so that the other terms follow from runs on the same text; then the level is a product
# of powers, for which each text counts as much as another. Step and width are positive.
texts=$(awk '$1 > n { n = $1 } END { print n }' "$work/runs")
gnuplot 2>&1 <<END_OF_FIT
set fit quiet logfile "$work/log"
set print "-"
set dummy t, n, p, e, s
FIT_LIMIT = 1e-9
text(t) = $(awk -v n="$texts" 'BEGIN { for (i = 1; i < n; i++) printf "t == %d ? text%d : ", i, i; print "text" n }')
terms(n, p, e, s) = log(1 + exp(step) * s ** -step_power + exp(width) * p ** -width_power + memorized * log(1 + e * p / n / 30))
easy(n, two, four) = level + bigrams * log(two) + ngrams * log(four) + size * log(n)
$(awk -v n="$texts" 'BEGIN { for (i = 1; i <= n; i++) printf "text%d = -0.5; ", i }')
step = -1.8; step_power = 0.7; width = -0.9; width_power = 0.2; memorized = 0.07
fit text(t) + terms(n, p, e, s) "$work/runs" using 1:2:3:4:5:(log(\$6)):(1) zerror \
    via $(awk -v n="$texts" 'BEGIN { for (i = 1; i <= n; i++) printf "text%d, ", i }') step, step_power, width, width_power, memorized
level = -0.6; bigrams = 0.4; ngrams = 0.8; size = 0.05
set dummy n, two, four
fit easy(n, two, four) "$work/runs" using 2:7:8:(log(\$6) - terms(\$2, \$3, \$4, \$5)):(sqrt(\$9)) zerror via level, bigrams, ngrams, size
print sprintf("level %.4g\nbigrams %.4g\nngrams %.4g\nsize %.4g", exp(level), bigrams, ngrams, size)
print sprintf("step %.4g\nstep_power %.4g\nwidth %.4g\nwidth_power %.4g\nmemorized %.4g", \
    exp(step), step_power, exp(width), width_power, memorized)
stats "$work/runs" using (\$6 - exp(easy(\$2, \$7, \$8) + terms(\$2, \$3, \$4, \$5))) nooutput
print sprintf("standard deviation %.3f nats, from %.3f to %.3f", STATS_stddev, STATS_min, STATS_max)
END_OF_FIT
