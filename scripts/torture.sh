#!/bin/sh
# Kills training runs at random moments and checks that nothing is lost. See `scripts/torture.sh --help`.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=scripts/runs.sh
. "$here/runs.sh"

usage() {
    cat <<'END'
usage: scripts/torture.sh [OPTION]... [PROGRAM]

Trains a tiny model with a checkpoint after every third step and kills the run with SIGKILL at a random
moment; some runs get SIGTERM instead (charnn then saves), and some get a lower --max-steps. After each
end, `last` and `best` must open and the run must resume. When a run reaches its last step, checkpoints
and log must be the same, byte for byte, as those of an undisturbed run (except times in the log and
max_steps in `best`), and the folder must have no other files. Then a new run begins with other settings,
until N runs were killed and each of these settings had a run: plain, records, compressed, piped, gru,
peephole, accumulate, fine-tuned, patience.

  --kills N   number of SIGKILLs (default: 300)
  --only NAME one of the settings above (default: all)
  --mpi N     train on N ranks, of which a random one is killed; PROGRAM must be built with MPI=yes (default: without mpirun;
              not for the setting piped)
  --seed N    seed of the random moments (default: the process id)
  --steps N   length of a run in steps (default: 300)
  -h, --help  show this help
  PROGRAM     the charnn program (default: ./charnn)

Exit status: 0 if nothing was lost, 1 if something was, 2 for a bad command line.
END
}

all='plain records compressed piped gru peephole accumulate fine-tuned patience'
kills=300
seed=$$
steps=300
mpi=
program=./charnn
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help)
        usage
        exit 0
        ;;
    --kills | --seed | --steps | --mpi)
        case ${2-} in '' | *[!0-9]*) misuse "$1 needs a number" ;; esac
        eval "${1#--}=\$2"
        shift
        ;;
    --only)
        case " $all " in *" ${2:-?} "*) ;; *) misuse "--only needs one of: $all" ;; esac
        all=$2
        shift
        ;;
    -*) misuse "unknown option '$1'" ;;
    *) program=$1 ;;
    esac
    shift
done
case $program in */*) ;; *) program=./$program ;; esac
[ -x "$program" ] || misuse "cannot find the program $program"
if ! "$program" info --build | grep -q '^  zlib  *[0-9]'; then
    all=$(echo " $all " | sed 's/ compressed / /')
    say 'the program cannot read compressed texts; left out'
fi

[ -z "$mpi" ] || all=$(echo " $all " | sed 's/ piped / /')

make_work
pid=
trap '[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null; rm -rf "$work"' EXIT

fail() {
    say "FAILED: $1 ($settings, kill $killed, seed $seed)"
    tail -n 5 "$work/err" >&2
    ls -la "$work/run" >&2
    exit 1
}

# run ARGUMENT...: becomes charnn, or mpirun with ranks that write their process ids to $work/rank0, ...
run() {
    [ -n "$mpi" ] || exec "$program" "$@"
    # shellcheck disable=SC2016 # the rank's shell expands it
    exec mpirun --oversubscribe --bind-to none -n "$mpi" sh -c \
        'echo $$ >"$0.part$OMPI_COMM_WORLD_RANK" && mv "$0.part$OMPI_COMM_WORLD_RANK" "$0$OMPI_COMM_WORLD_RANK" && exec "$@"' \
        "$work/rank" "$program" "$@"
}

# find_victim: sets the process that is to be killed.
find_victim() {
    victim=$pid
    if [ -n "$mpi" ]; then
        file=$work/rank$(((killed + stopped + seed) % mpi))
        while [ ! -f "$file" ] && kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
        victim=$(cat "$file")
    fi
}

# train FOLDER LOG: a new run with the settings, with dropout and several threads.
train() {
    folder=$1
    log=$2
    set -- "$work/text"
    case $settings in
    records) set -- "$@" --records line ;;
    compressed) set -- "$work/text.gz" ;;
    piped) set -- - ;;
    gru) set -- "$@" --model gru ;;
    peephole) set -- "$@" --peephole ;;
    accumulate) set -- "$@" --accumulate 3 ;;
    fine-tuned) set -- "$@" --init-from "$work/origin/last.safetensors" ;;
    patience) set -- "$@" --learning-rate 1 --patience 6 ;; # ends at step 87
    esac
    run train --rnn-size 8 --num-layers 1 --batch-size 4 --seq-length 10 --dropout 0.1 \
        --optimizer rmsprop --schedule step --learning-rate 0.1 --eval-val-every 3 --checkpoint-every 9 --print-every 3 --max-steps "$steps" --seed 1 \
        --threads 2 --checkpoint-dir "$folder" --log "$log" "$@" 2>"$work/err" <"$work/text"
}

# resume FOLDER STEPS: resumes a run until STEPS. It continues its log.
resume() {
    run train --resume --checkpoint-dir "$1" --max-steps "$2" 2>"$work/err" <"$work/text"
}

# log_lines LOG: the lines without times, which must be the same in two logs.
log_lines() {
    sed -n -e 's/,"chars_per_second":.*,"seconds":[^,}]*//' -e 's/,"bytes_sent":.*,"waiting_seconds":[^,}]*//' -e '/^{"event":"\(start\|end\)"/!p' "$1"
}

# step_of CHECKPOINT: its step; fails if it does not open.
step_of() {
    "$program" info --json "$1" 2>"$work/err" >"$work/info" || fail "$1 does not open"
    sed -n 's/.*"training":{"step":\([0-9]*\),.*/\1/p' "$work/info"
}

# Checks the folder of a run that has ended. Sets step and best.
check() {
    before=$step
    if [ -f "$work/run/last.safetensors" ]; then
        step=$(step_of "$work/run/last.safetensors")
    elif [ "$step" -ge 0 ]; then
        fail 'last.safetensors is missing'
    fi
    [ "$step" -ge "$before" ] || fail "last.safetensors went back from step $before to step $step"
    if [ -f "$work/run/best.safetensors" ]; then
        best=$(step_of "$work/run/best.safetensors")
    elif [ "$best" -gt 0 ]; then
        fail 'best.safetensors is missing'
    fi
    # The run may have died while it wrote one file.
    left=$(find "$work/run" -name '.*.tmp-*' 2>/dev/null | wc -l)
    [ "$left" -le 1 ] || fail "$left temporary files remain"
}

# Runs until a random moment. Sets `over` if the run has reached its last step.
end_one() {
    read -r tenths delay <&3 || fail "too few of the runs were killed: $killed"
    with=KILL
    [ "$tenths" -ge 1 ] || with=TERM
    until=$steps
    # A run that --patience has ended keeps the max_steps with which it was saved.
    [ "$tenths" -lt 7 ] || [ "$settings" = patience ] || [ $((step + 8)) -ge "$steps" ] || until=$((step + tenths))
    rm -f "$work"/rank*
    if [ "$step" -lt 0 ]; then
        train "$work/run" "$work/run.jsonl" &
    else
        resume "$work/run" "$until" &
    fi
    pid=$!
    find_victim
    sleep "$(awk "BEGIN { printf \"%.4f\", $delay * $longest }")"
    kill -s $with "$victim" 2>/dev/null || :
    status=0
    wait "$pid" 2>/dev/null || status=$?
    pid=
    case $status in
    0) [ "$until" -lt "$steps" ] || over=yes ;;
    137) killed=$((killed + 1)) ;;
    143) stopped=$((stopped + 1)) ;;
    *) fail "the run ended with status $status" ;;
    esac
    check
    # Only a killed run may leave one file with two names.
    [ "$status" -ne 0 ] || [ -z "$(find "$work/run" -name '*.safetensors' -links +1)" ] ||
        fail 'a checkpoint has two names'
    # Adapts the longest delay: a slow program must reach a checkpoint, and a fast one must still be running
    # at the random moment.
    if [ "$status" -eq 0 ]; then
        longest=$(awk "BEGIN { print $longest / 1.1 }")
    elif [ "$step" -le $((before + 1)) ]; then
        longest=$(awk "BEGIN { print $longest * 1.1 }")
    fi
}

# expect_same NAME: the checkpoint must equal that of the undisturbed run.
expect_same() {
    cmp "$work/$settings/$1" "$work/run/$1" >&2 || fail "$1 differs from the undisturbed run"
}

# split_best RUN: writes the tensors of the best checkpoint to $work/RUN.numbers and its header to
# $work/RUN.words. The header is without max_steps, which may be that of an earlier, shorter run.
split_best() {
    header=$(od -A n -t u8 -N 8 "$work/$1/best.safetensors")
    tail -c +$((9 + header)) "$work/$1/best.safetensors" >"$work/$1.numbers"
    head -c $((8 + header)) "$work/$1/best.safetensors" | tail -c +9 |
        sed -e 's/max_steps[^,]*//' -e 's/"charnn.xxh64":"[^"]*"//' -e 's/ *$//' >"$work/$1.words"
}

expect_same_best() {
    split_best "$settings"
    split_best run
    for part in numbers words; do
        cmp "$work/$settings.$part" "$work/run.$part" >&2 ||
            fail "best.safetensors differs from the undisturbed run"
    done
}

i=0
while [ $i -lt 30 ]; do
    echo "line $i: the quick brown fox jumps over the lazy dog, and so it goes on."
    i=$((i + 1))
done >"$work/text"
awk -v seed="$seed" -v n=$((20 * kills + 1000)) \
    'BEGIN { srand(seed); for (i = 0; i < n; i++) print int(10 * rand()), rand() }' >"$work/moments"
exec 3<"$work/moments"

killed=0
stopped=0
runs=0
longest=0.15 # seconds
gzip -c "$work/text" >"$work/text.gz"
settings=plain
(train "$work/origin" "$work/origin.jsonl") || fail 'the first run failed'
for settings in $all; do
    (train "$work/$settings" "$work/$settings.jsonl") || fail 'the undisturbed run failed'
    log_lines "$work/$settings.jsonl" >"$work/$settings.lines"
done
while [ $killed -lt "$kills" ]; do
    for settings in $all; do
        rm -rf "$work/run" "$work/run.jsonl"
        step=-1
        best=0
        over=
        while [ -z "$over" ]; do
            end_one
        done
        runs=$((runs + 1))
        expect_same last.safetensors
        expect_same_best
        log_lines "$work/run.jsonl" >"$work/run.lines"
        cmp "$work/$settings.lines" "$work/run.lines" >&2 || fail 'the log differs from the undisturbed run'
        [ "$(ls -A "$work/run")" = "$(ls -A "$work/$settings")" ] || fail 'the folder has other files'
    done
done
echo "torture: $killed SIGKILLs and $stopped SIGTERMs in $runs runs of $steps steps: nothing was lost"
