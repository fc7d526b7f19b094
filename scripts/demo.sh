#!/bin/sh
# The demonstration of `make demo`: trains on the system's C headers for at most a minute, then writes a sample.
#
#   scripts/demo.sh PROGRAM FOLDER
#
# DEMO_SECONDS sets the training time. By default, training takes the time that is left of 80 seconds since
# DEMO_STARTED (start of the build, in seconds since 1970), between 5 and 55 seconds. The last validation and
# the sample take the rest of the 90 seconds of the whole.
set -eu

if [ $# -ne 2 ]; then
    echo 'usage: scripts/demo.sh PROGRAM FOLDER' >&2
    exit 2
fi
program=$1
folder=$2
case "$program" in */*) ;; *) program=./$program ;; esac
corpus=$folder/corpus.txt
checkpoints=$folder/cv

bold=
plain=
if [ -t 1 ] && [ -n "${TERM-}" ] && [ "$TERM" != dumb ] && [ -z "${NO_COLOR-}" ]; then
    bold=$(printf '\033[1m')
    plain=$(printf '\033[0m')
fi
title() {
    printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}
# Prints a command as a user would type it, then runs it.
show_and_run() {
    line='$'
    for word in "$@"; do
        case "$word" in
        *[!A-Za-z0-9_./:=-]*) line="$line '$word'" ;;
        *) line="$line $word" ;;
        esac
    done
    printf '%s\n' "$line"
    "$@"
}

title "1. The training text: C headers of this system"
"$(dirname "$0")/demo-corpus.sh" "$corpus"

now=$(date +%s)
seconds=${DEMO_SECONDS:-$((80 - (now - ${DEMO_STARTED:-$now})))}
if [ -z "${DEMO_SECONDS-}" ]; then
    [ "$seconds" -le 55 ] || seconds=55
    [ "$seconds" -ge 5 ] || seconds=5
fi

# In so short a time, small batches and a high learning rate learn most.
title "2. Training for $seconds seconds"
rm -rf "$checkpoints"
show_and_run "$program" train "$corpus" --checkpoint-dir "$checkpoints" --max-seconds "$seconds" \
    --rnn-size 128 --num-layers 2 --batch-size 16 --learning-rate 0.005 --print-every 200 \
    --sample-every 1000 --sample-length 200

title "3. New text from the model, one character at a time"
show_and_run "$program" sample "$checkpoints/best.safetensors" --length 700 --temperature 0.6 \
    --primetext '#include <'

title "Next steps"
cat <<END
  more text            $program sample $checkpoints/best.safetensors --length 2000
  score the model      $program eval $checkpoints/best.safetensors --split test
  inspect the model    $program info $checkpoints/best.safetensors
  train on your text   $program train FILE.txt
  get a public corpus  data/get.sh tiny-shakespeare
                       $program train --data-dir data/tiny-shakespeare
END
