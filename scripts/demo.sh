#!/bin/sh
# The demonstration behind `make demo`: learns for a minute from the system's C headers, then writes
# text like them.
#
#   scripts/demo.sh PROGRAM FOLDER
#
# DEMO_SECONDS, where set, is how long to train. Otherwise training takes what is left of the 90
# seconds after DEMO_STARTED (seconds since 1970, when the build began), and at most 55.
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
# Shows a command as one would type it, and runs it.
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

title "1. A text to learn from: C headers of this system"
"$(dirname "$0")/demo-corpus.sh" "$corpus"

now=$(date +%s)
seconds=${DEMO_SECONDS:-$((80 - (now - ${DEMO_STARTED:-$now})))}
if [ -z "${DEMO_SECONDS-}" ]; then
    [ "$seconds" -le 55 ] || seconds=55
    [ "$seconds" -ge 20 ] || seconds=20
fi

# Small batches and a high rate learn most in so short a time.
title "2. Training for $seconds seconds"
rm -rf "$checkpoints"
show_and_run "$program" train "$corpus" --checkpoint-dir "$checkpoints" --max-seconds "$seconds" \
    --rnn-size 128 --num-layers 2 --batch-size 16 --learning-rate 0.005 --print-every 200 \
    --sample-every 1000 --sample-length 200

title "3. What it has learnt: new text, one character at a time"
show_and_run "$program" sample "$checkpoints/best.safetensors" --length 700 --temperature 0.6 \
    --primetext '#include <'

title "Go on with"
cat <<END
  more text            $program sample $checkpoints/best.safetensors --length 2000
  how good it is       $program eval $checkpoints/best.safetensors --split test
  what is in the file  $program info $checkpoints/best.safetensors
  your own text        $program train FILE.txt
  a public corpus      data/get.sh tiny-shakespeare
                       $program train --data-dir data/tiny-shakespeare
END
