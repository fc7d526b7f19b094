#!/bin/sh
# Tests training on several ranks, with 2 and 3 of them on this machine (Open MPI).
#
#   tests/ranks.sh PROGRAM ALONE
#
# PROGRAM is built with MPI=yes, ALONE without. Prints what fails; the last line is "N passed, N failed".
set -eu
# shellcheck source=tests/environment.sh
. "$(dirname "$0")/environment.sh"
PROGRAM=$(realpath "$1")
ALONE=$(realpath "$2")
OMPI_ALLOW_RUN_AS_ROOT=1
OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

passed=0
failed=0
# check NAME COMMAND...: counts whether the command succeeds.
check() {
    name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $name"
        sed 's/^/    /' err
    fi
}

# on RANKS COMMAND...: 1 is a process without mpirun. Sets $status, and writes out and err.
on() {
    ranks=$1
    shift
    [ "$ranks" -eq 1 ] || set -- mpirun --oversubscribe --bind-to none -n "$ranks" "$@"
    status=0
    ${TIMEOUT:+$TIMEOUT -k 10 600} "$@" >out 2>err </dev/null || status=$?
}

# learn RANKS FOLDER ARGUMENT...: with a batch size that no number of ranks or threads divides.
learn() {
    ranks=$1
    folder=$2
    shift 2
    on "$ranks" "$PROGRAM" train text.txt --rnn-size 16 --batch-size 7 --learning-rate 0.002 --seq-length 20 \
        --seed 3 --threads 1 --print-every 1 --checkpoint-dir "$folder" --log "$folder.log" "$@"
    [ "$status" -eq 0 ] || check "train on $ranks ranks $*" false
}

# losses_agree ONE OTHER [FIRST]: each step's loss from step FIRST on to 1e-5, the last validation to 0.005.
losses_agree() {
    for log in "$1" "$2"; do
        jq -r "select(.event == \"step\" and .step >= ${3-1}) | [.step, .train_loss] | @tsv" "$log.log" >"$log.losses"
        jq -r 'select(.event == "end").val_loss' "$log.log" >"$log.val"
    done
    [ -s "$1.losses" ] && paste "$1.losses" "$2.losses" | awk '
        NF != 4 || $1 != $3 || ($2 - $4)^2 > 1e-10 { print; bad = 1 } END { exit bad }' >&2 &&
        paste "$1.val" "$2.val" | awk '{ exit NF != 2 || ($1 - $2)^2 > 0.005^2 }'
}

says_once() {
    [ "$status" -ne 0 ] && [ "$(grep -c '^charnn' err)" -eq 1 ] && grep -qF -e "$1" err
}

i=0
while [ $i -lt 200 ]; do
    echo "the quick brown fox number $i jumps over the lazy dog; so it goes $((i * i))."
    i=$((i + 1))
done >text.txt

# --- the same results as one process ---
learn 1 one --num-layers 2 --dropout 0.2 --max-steps 200
for ranks in 2 3; do
    learn $ranks "all$ranks" --num-layers 2 --dropout 0.2 --max-steps 200
    check "losses on $ranks ranks" losses_agree one "all$ranks"
done
learn 2 threads --num-layers 2 --dropout 0.2 --max-steps 200 --threads 3
check 'the same bits for any threads' cmp all2/last.safetensors threads/last.safetensors
on 1 "$ALONE" train text.txt --rnn-size 16 --batch-size 7 --learning-rate 0.002 --seq-length 20 \
    --seed 3 --threads 1 --print-every 1 --checkpoint-dir alone --num-layers 2 --dropout 0.2 --max-steps 200
check 'a process without mpirun has the bits of a build without MPI' cmp one/best.safetensors alone/best.safetensors
for cell in 'gru --recurrent-dropout 0.2' rnn 'lstm --peephole' 'lstm --records line --accumulate 3' 'lstm --average 0.9 --optimizer sgd --grad-norm 0.1'; do
    # shellcheck disable=SC2086 # a cell and options
    learn 1 "cell 1 $cell" --model $cell --max-steps 30
    # shellcheck disable=SC2086
    learn 2 "cell 2 $cell" --model $cell --max-steps 30
    check "losses of $cell" losses_agree "cell 1 $cell" "cell 2 $cell"
done
learn 1 tuned --init-from one/best.safetensors --max-steps 20
learn 3 tuned3 --init-from one/best.safetensors --max-steps 20
check 'losses of fine-tuning' losses_agree tuned tuned3

# --- resumed runs ---
learn 2 half --num-layers 2 --dropout 0.2 --max-steps 90
for ranks in 1 2 3; do
    cp -R half "again$ranks"
    on $ranks "$PROGRAM" train --resume --checkpoint-dir "again$ranks" --max-steps 200 --threads 1 --log "again$ranks.log"
    check "resumes on $ranks ranks" losses_agree one "again$ranks" 91
done
check 'the same bits after a resume on as many ranks' cmp all2/last.safetensors again2/last.safetensors

# --- refusals and faults ---
on 2 "$ALONE" train text.txt --checkpoint-dir refused
check 'a build without MPI refuses mpirun' says_once "is built without MPI; build it with 'make MPI=yes'"
check 'a refused run leaves nothing' [ ! -e refused ]
on 3 "$PROGRAM" train text.txt --batch-size 2 --checkpoint-dir refused
check 'fewer streams than ranks' says_once 'a batch of 2 streams cannot be shared out to 3 ranks'
sed 's/fox/cat/' text.txt >other.txt
# shellcheck disable=SC2016 # the rank's shell expands it
on 2 sh -c 'text=text.txt; [ "$OMPI_COMM_WORLD_RANK" -eq 0 ] || text=$1; exec "$0" train "$text" --checkpoint-dir refused' \
    "$PROGRAM" other.txt
check 'another text on a host' says_once 'the text is not that of rank 0'
# shellcheck disable=SC2016
on 2 sh -c 'text=text.txt; [ "$OMPI_COMM_WORLD_RANK" -eq 0 ] || text=$1; exec "$0" train "$text" --checkpoint-dir refused' \
    "$PROGRAM" missing.txt
check 'no text on a host' says_once 'rank 1 on '
check 'a refused run removes its folder' [ ! -e refused ]

# A rank kills itself when the run has saved once: all end, and the checkpoint is whole.
# shellcheck disable=SC2016
on 2 sh -c 'if [ "$OMPI_COMM_WORLD_RANK" -eq 1 ]; then
        (until [ -s killed/last.safetensors ]; do sleep 0.1; done; kill -s KILL $$) &
    fi
    exec "$0" train text.txt --rnn-size 16 --max-epochs 100000 --threads 1 --checkpoint-dir killed' "$PROGRAM"
check 'a killed rank ends all' [ "$status" -ne 0 ]
on 1 "$PROGRAM" train --resume --checkpoint-dir killed --max-steps 1 --threads 1
check 'the checkpoint of a killed run is whole' [ "$status" -eq 0 ]

# A signal to one rank ends the run at a step, and saves.
# shellcheck disable=SC2016
on 2 sh -c 'if [ "$OMPI_COMM_WORLD_RANK" -eq 1 ]; then
        (until grep -q "\"step\":5," stopped.log; do sleep 0.1; done; kill -s TERM $$) 2>/dev/null &
    fi
    exec "$0" train text.txt --rnn-size 16 --max-epochs 100000 --threads 1 --print-every 1 --checkpoint-dir stopped \
        --log stopped.log' "$PROGRAM"
check 'a signal to one rank stops all' grep -q '"reason":"stopped by a signal"' stopped.log

on 1 "$PROGRAM" info --build
check 'info names the library' grep -q '^  mpi *[A-Z]' out
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
