#!/bin/sh
# Kills training runs with SIGKILL at random moments, over and over, and sees to it that nothing is
# lost. `scripts/torture.sh --help` tells more.
set -eu

usage() {
    cat <<'END'
usage: scripts/torture.sh [--kills N] [--seed N] [--steps N] [PROGRAM]

Trains a tiny model with a checkpoint after every third step, and ends the run with SIGKILL at a random
moment, N times in all (300); now and then with SIGTERM instead, which saves, and now and then it is
to come to an earlier end, at a step without a checkpoint. After each end `last`
and `best` must open, and the run must go on with --resume. When it is through, checkpoints and log
must be those of a run that nobody disturbed, byte for byte (times in the log aside, and the setting
of the end in a best that is from before an earlier one), and nothing else may be in the folder. Then another run begins, until there were enough kills.

  --kills N   ends by SIGKILL (300)
  --seed N    of the random moments (the process id)
  --steps N   length of a run (300)
  PROGRAM     ./charnn

The exit status is 0 where all was well, 1 where something was lost, 2 for misuse.
END
}

misuse() {
    echo "torture: $1; see scripts/torture.sh --help" >&2
    exit 2
}

kills=300
seed=$$
steps=300
program=./charnn
while [ $# -gt 0 ]; do
    case $1 in
    --help)
        usage
        exit 0
        ;;
    --kills | --seed | --steps)
        case ${2-} in '' | *[!0-9]*) misuse "$1 takes a number" ;; esac
        eval "${1#--}=\$2"
        shift
        ;;
    -*) misuse "$1 is not known" ;;
    *) program=$1 ;;
    esac
    shift
done
case $program in */*) ;; *) program=./$program ;; esac
[ -x "$program" ] || misuse "$program is not there"

work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

fail() {
    echo "torture: FAILED: $1 (kill $killed, seed $seed)" >&2
    tail -n 5 "$work/err" >&2
    ls -la "$work/run" >&2
    exit 1
}

# train FOLDER LOG: a new run. With dropout and several threads, and now and then no best.
train() {
    exec "$program" train "$work/text" --rnn-size 8 --num-layers 1 --batch-size 4 --seq-length 10 \
        --dropout 0.1 --learning-rate 0.1 --eval-val-every 3 --checkpoint-every 9 --print-every 3 --max-steps "$steps" \
        --seed 1 --threads 2 --checkpoint-dir "$1" --log "$2" 2>"$work/err"
}

# resume FOLDER LOG STEPS
resume() {
    exec "$program" train --resume --checkpoint-dir "$1" --log "$2" --max-steps "$3" 2>"$work/err"
}

# What is to be the same in two logs.
log_lines() {
    sed -n -e 's/,"chars_per_second":.*,"seconds":[^,}]*//' -e '/^{"event":"\(start\|end\)"/!p' "$1"
}

# The step of a checkpoint that must open.
step_of() {
    "$program" info --json "$1" 2>"$work/err" >"$work/info" || fail "$1 does not open"
    sed -n 's/.*"training":{"step":\([0-9]*\),.*/\1/p' "$work/info"
}

# check: what is in the folder of a run that was ended.
check() {
    before=$step
    if [ -f "$work/run/last.safetensors" ]; then
        step=$(step_of "$work/run/last.safetensors")
    elif [ "$step" -ge 0 ]; then
        fail 'last is gone'
    fi
    [ "$step" -ge "$before" ] || fail "last went back from step $before to $step"
    if [ -f "$work/run/best.safetensors" ]; then
        best=$(step_of "$work/run/best.safetensors")
    elif [ "$best" -gt 0 ]; then
        fail 'best is gone'
    fi
    # One file may have been in the making.
    left=$(find "$work/run" -name '.*.tmp-*' 2>/dev/null | wc -l)
    [ "$left" -le 1 ] || fail "$left temporary files are left"
}

# end_one: runs until a random moment; sets `over` where the run came to its end before it.
end_one() {
    read -r tenths delay <&3 || fail "only $killed of so many ends were by SIGKILL"
    with=KILL
    [ "$tenths" -ge 1 ] || with=TERM
    until=$steps
    [ "$tenths" -lt 7 ] || [ $((step + 8)) -ge "$steps" ] || until=$((step + tenths))
    if [ "$step" -lt 0 ]; then
        train "$work/run" "$work/run.jsonl" &
    else
        resume "$work/run" "$work/run.jsonl" "$until" &
    fi
    pid=$!
    sleep "$(awk "BEGIN { printf \"%.4f\", $delay * $longest }")"
    kill -s $with "$pid" 2>/dev/null || :
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
    # Only a run that died may leave one file under two names.
    [ "$status" -ne 0 ] || [ -z "$(find "$work/run" -name '*.safetensors' -links +1)" ] ||
        fail 'one checkpoint has two names'
    # A slow program must come to its first checkpoint and be through some day, and a quick one must
    # still be running when its moment comes.
    if [ "$status" -eq 0 ]; then
        longest=$(awk "BEGIN { print $longest / 1.1 }")
    elif [ "$step" -le $((before + 1)) ]; then
        longest=$(awk "BEGIN { print $longest * 1.1 }")
    fi
}

# expect_same NAME: a checkpoint is that of the run that nobody disturbed.
expect_same() {
    cmp "$work/whole/$1" "$work/run/$1" >&2 || fail "$1 is another than without kills"
}

# split_best RUN: the best checkpoint of a run as $work/RUN.numbers and $work/RUN.words. It may be of
# before an earlier end, and then has that in its settings.
split_best() {
    header=$(od -A n -t u8 -N 8 "$work/$1/best.safetensors")
    tail -c +$((9 + header)) "$work/$1/best.safetensors" >"$work/$1.numbers"
    head -c $((8 + header)) "$work/$1/best.safetensors" | tail -c +9 |
        sed -e 's/max_steps[^,]*//' -e 's/"charnn.xxh64":"[^"]*"//' -e 's/ *$//' >"$work/$1.words"
}

expect_same_best() {
    split_best whole
    split_best run
    for part in numbers words; do
        cmp "$work/whole.$part" "$work/run.$part" >&2 ||
            fail "best.safetensors is another than without kills"
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
(train "$work/whole" "$work/whole.jsonl") || {
    cat "$work/err" >&2
    exit 1
}
log_lines "$work/whole.jsonl" >"$work/whole.lines"
while [ $killed -lt "$kills" ]; do
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
    cmp "$work/whole.lines" "$work/run.lines" >&2 || fail 'the log is another than without kills'
    [ "$(ls -A "$work/run")" = "$(ls -A "$work/whole")" ] || fail 'something is left in the folder'
done
echo "torture: $killed times SIGKILL and $stopped times SIGTERM in $runs runs of $steps steps: nothing was lost"
