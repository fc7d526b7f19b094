#!/bin/sh
# Tests training on several ranks, with 2 and 3 of them on this machine (Open MPI).
#
#   tests/ranks.sh PROGRAM FAULTY ALONE
#
# PROGRAM is built with MPI=yes, ALONE without; FAULTY is PROGRAM whose system calls fail on request. Prints what fails; the last line is "N passed, N failed".
set -eu
# shellcheck source=tests/environment.sh
. "$(dirname "$0")/environment.sh"
PROGRAM=$(realpath "$1")
FAULTY=$(realpath "$2")
ALONE=$(realpath "$3")
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
    [ -z "${TIMES-}" ] || echo "$(date +%s) $name"
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $name"
        tail -n 20 err | sed 's/^/    /'
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

# learn RANKS FOLDER ARGUMENT...: trains on $text, with a batch size that no number of ranks or threads divides.
learn() {
    ranks=$1
    folder=$2
    shift 2
    on "$ranks" "$PROGRAM" train "$text" --rnn-size 16 --batch-size 7 --seq-length 20 \
        --optimizer rmsprop --learning-rate 0.002 --schedule step --dropout 0 --recurrent-dropout 0 \
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

# same_validation ONE OTHER: of runs whose weights differ in the last digits.
same_validation() {
    jq -s 'map(select(.event == "end").val_loss) | (.[0] - .[1] | fabs) < 1e-6' "$1.log" "$2.log" >same
    grep -qx true same
}

says_once() {
    [ "$status" -ne 0 ] && [ "$(grep -c '^charnn' err)" -eq 1 ] && grep -qF -e "$1" err
}

i=0
while [ $i -lt 200 ]; do
    echo "the quick brown fox number $i jumps over the lazy dog; so it goes $((i * i))."
    i=$((i + 1))
done >text.txt
text=text.txt

# --- the same results as one process ---
learn 1 one --num-layers 2 --dropout 0.2 --max-steps 200
for ranks in 2 3; do
    learn $ranks "all$ranks" --num-layers 2 --dropout 0.2 --max-steps 200
    check "losses on $ranks ranks" losses_agree one "all$ranks"
done
# Two ranks send as many floats as there are parameters, with those that pad a row of the decoder to 16.
jq -s -e '.[0] as $start | [.[] | select(.event == "step")] | length == 200 and all(.ranks == 2 and .waiting_seconds >= 0 and
    .bytes_sent == 4 * ($start.parameters + (-$start.symbols % 16 + 16) % 16 * 17))' all2.log >bytes || :
check 'the log tells the bytes that were sent' grep -qx true bytes
learn 2 threads --num-layers 2 --dropout 0.2 --max-steps 200 --threads 3
check 'the same bits for any threads' cmp all2/last.safetensors threads/last.safetensors
on 1 "$ALONE" train text.txt --rnn-size 16 --batch-size 7 --seq-length 20 \
    --optimizer rmsprop --learning-rate 0.002 --schedule step --recurrent-dropout 0 \
    --seed 3 --threads 1 --print-every 1 --checkpoint-dir alone --num-layers 2 --dropout 0.2 --max-steps 200
check 'a process without mpirun has the bits of a build without MPI' cmp one/best.safetensors alone/best.safetensors
for cell in 'gru --recurrent-dropout 0.2' 'gru --attention 15' rnn 'lstm --peephole' 'lstm --records line --accumulate 3' 'lstm --average 0.9 --optimizer sgd --grad-norm 0.1'; do
    # shellcheck disable=SC2086 # a cell and options
    learn 1 "cell 1 $cell" --model $cell --max-steps 30
    # shellcheck disable=SC2086
    learn 2 "cell 2 $cell" --model $cell --max-steps 30
    check "losses of $cell" losses_agree "cell 1 $cell" "cell 2 $cell"
done
learn 1 tuned --init-from one/best.safetensors --max-steps 20
learn 3 tuned3 --init-from one/best.safetensors --max-steps 20
check 'losses of fine-tuning' losses_agree tuned tuned3

# More than 20 streams of a validation, which 3 ranks share unevenly, and answers
cat text.txt text.txt text.txt >long.txt
awk '{ printf "%d+%d\t%d\n", NR % 50, NR % 7, NR % 50 + NR % 7 }' text.txt >sums.tsv
for ranks in 1 3; do
    text=long.txt
    learn $ranks "long$ranks" --val-frac 0.2 --max-steps 1
    text=sums.tsv
    learn "$ranks" "answers$ranks" --records line --learn-after '\t' --max-steps 30
done
text=text.txt
check 'a shared validation' same_validation long1 long3
check 'losses of answers' losses_agree answers1 answers3

# --- resumed runs ---
learn 2 half --num-layers 2 --dropout 0.2 --max-steps 90
learn 4 all4 --num-layers 2 --batch-size 9 --dropout 0.2 --attention 10 --max-steps 50
learn 4 half4 --num-layers 2 --batch-size 9 --dropout 0.2 --attention 10 --max-steps 20
for ranks in 1 2 4 8; do
    cp -R half4 "fourth$ranks"
    on $ranks "$PROGRAM" train --resume --checkpoint-dir "fourth$ranks" --max-steps 50 --threads 1 --log "fourth$ranks.log"
    check "a run of 4 ranks resumes on $ranks" losses_agree all4 "fourth$ranks" 21
done
check 'the same bits after a resume on 4 ranks' cmp all4/last.safetensors fourth4/last.safetensors
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

# Another version: the same program with another number in it.
LC_ALL=C sed "s/$("$PROGRAM" --version | sed -n '1s/.* //p' | sed 's/[.]/[.]/g')/9.9.9/g" "$PROGRAM" >other-version
chmod +x other-version
# shellcheck disable=SC2016
on 2 sh -c 'program=$0; [ "$OMPI_COMM_WORLD_RANK" -eq 0 ] || program=./other-version
    exec "$program" train text.txt --checkpoint-dir refused' "$PROGRAM"
check 'another version on a host' says_once 'the ranks run different versions of charnn; install the same one'
if "$PROGRAM" info --build | grep -q '^  v3  *supported'; then
    # shellcheck disable=SC2016
    on 2 sh -c '[ "$OMPI_COMM_WORLD_RANK" -eq 0 ] || export CHARNN_KERNELS=v2
        exec "$0" train text.txt --checkpoint-dir refused' "$PROGRAM"
    check 'kernels without FMA on a host' says_once 'set CHARNN_KERNELS=v2 on all hosts'
fi

# resumes_from FOLDER: `last` is whole.
resumes_from() {
    on 1 "$PROGRAM" train --resume --checkpoint-dir "$1" --max-steps 1 --threads 1
    [ "$status" -eq 0 ]
}

# full RANKS FOLDER FAULTS: a short run whose writes fail.
full() {
    CHARNN_FAULTS_COUNT=calls CHARNN_FAULTS=$3 on "$1" "$FAULTY" train text.txt --rnn-size 16 --max-steps 9 --threads 1 \
        --eval-val-every 3 --checkpoint-dir "$2"
}
full 2 full write:1-:ENOSPC
check 'a disk that is full at the start' says_once 'No space left on device'
check 'a disk that is full at the start: nothing is left' [ ! -e full ]
full 1 whole write:9999:ENOSPC
middle=$(($(sed -n 's/^write //p' calls) / 2))
full 2 later write:$middle-:ENOSPC
check 'a disk that is full later' grep -q '^charnn train: .*No space left on device' err
check 'a disk that is full later: the status' [ "$status" -ne 0 ]
check 'a disk that is full later: a whole checkpoint' resumes_from later

# disturb FOLDER SIGNAL WHOM: a run of 2 ranks that would take days. WHOM, a rank or mpirun, gets the signal after step 5.
disturb() {
    # shellcheck disable=SC2016
    ${TIMEOUT:+$TIMEOUT -k 10 600} mpirun --oversubscribe --bind-to none -n 2 sh -c '
        echo $$ >"$1.pid$OMPI_COMM_WORLD_RANK"
        exec "$0" train text.txt --rnn-size 16 --max-epochs 1000000 --threads 1 --print-every 1 --checkpoint-dir "$1" \
            --log "$1.log"' "$PROGRAM" "$1" >out 2>err </dev/null &
    run=$!
    until grep -q '"step":5,' "$1.log" 2>/dev/null || ! kill -0 $run 2>/dev/null; do sleep 0.05; done
    case $3 in
    mpirun) kill -s "$2" $run ;;
    *) kill -s "$2" "$(cat "$1.pid$3")" ;;
    esac
    status=0
    wait $run || status=$?
}

# all_ended FOLDER: no rank runs, or will soon. One that mpirun has left behind may be a zombie.
all_ended() {
    for rank in 0 1; do
        pid=$(cat "$1.pid$rank")
        while kill -0 "$pid" 2>/dev/null && ! grep -q '^State:.*Z' "/proc/$pid/status" 2>/dev/null; do sleep 0.05; done
    done
    [ "$status" -ne 0 ]
}

for victim in 0 1; do
    disturb killed$victim KILL $victim
    check "killing rank $victim ends all" all_ended killed$victim
    check "killing rank $victim is told once" [ "$(grep -c "process rank $victim .* signal 9 (Killed)" err)" -eq 1 ]
    check "killing rank $victim leaves a whole checkpoint" resumes_from killed$victim
done
disturb stopped TERM 1
check 'a signal to one rank stops all at a step' grep -q '"reason":"stopped by a signal"' stopped.log
check 'a signal to one rank ends all' all_ended stopped
check 'a signal to one rank leaves a whole checkpoint' resumes_from stopped
# The time that mpirun leaves for saving is another on each machine, so whether the ranks use it is not tested.
for signal in TERM INT; do
    disturb mpirun$signal $signal mpirun
    check "SIG$signal to mpirun ends all" all_ended mpirun$signal
    check "SIG$signal to mpirun leaves a whole checkpoint" resumes_from mpirun$signal
done

on 1 "$PROGRAM" info --build
check 'info names the library' grep -q '^  mpi *[A-Z]' out
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
