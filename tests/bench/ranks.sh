#!/bin/sh
# Compares 2 ranks of 1 thread with 1 process of 2 threads, on this machine.
#
#   tests/bench/ranks.sh PROGRAM [MODEL...]
#
# PROGRAM is built with MPI=yes. A MODEL is LAYERSxUNITS (default: 2x128 2x512 3x512). Both take turns, ROUNDS times (default: 5)
# with STEPS steps (default: 12). Prints for each model the speed of the ranks divided by that of the process: the median over
# the rounds, the lowest and the highest; and the milliseconds of a step of both. Needs two processors that do nothing else.
set -eu
program=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- 2x128 2x512 3x512
OMPI_ALLOW_RUN_AS_ROOT=1
OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
awk 'BEGIN {
    letters = "etaoinshrdlucmfwypvbgkjqxz ,.;ETAOINSHRDLU0123456789"
    srand(1)
    for (lines = 0; lines < 40000; lines++) {
        line = ""
        while (length(line) < 40) line = line substr(letters, 1 + int(52 * rand() * rand()), 1)
        print line
    }
}' >text

# step_of COMMAND...: the median milliseconds of a step, without the first two.
step_of() {
    rm -rf cv log
    "$@" "$program" train text --rnn-size "${model#*x}" --num-layers "${model%x*}" --batch-size 64 --no-skip \
        --optimizer rmsprop --learning-rate 0.002 --dropout 0.1 --recurrent-dropout 0 \
        --seq-length 50 --max-steps "${STEPS:-12}" --eval-val-every 1000000 --print-every 1 --val-frac 0.001 \
        --checkpoint-dir cv --log log --threads "$threads" >out 2>err </dev/null || { cat err >&2 && exit 1; }
    jq -r 'select(.event == "step").seconds' log | awk 'NR > 2 { print 1000 * ($1 - before) } { before = $1 }' |
        sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

for model; do
    round=0
    : >"$model"
    while [ $round -lt "${ROUNDS:-5}" ]; do
        threads=2
        process=$(step_of env)
        threads=1
        ranks=$(step_of mpirun --oversubscribe --bind-to none -n 2)
        echo "$process $ranks" >>"$model"
        round=$((round + 1))
    done
    awk '{ print $1 / $2, $1, $2 }' "$model" | sort -g | awk -v model="$model" '
        { ratio[NR] = $1; line[NR] = $0 }
        END { middle = int((NR + 1) / 2); split(line[middle], m, " ")
            printf "%s: %.3f (%.3f to %.3f); a step of the process %.1f ms, of the ranks %.1f ms\n",
                model, ratio[middle], ratio[1], ratio[NR], m[2], m[3] }'
done
