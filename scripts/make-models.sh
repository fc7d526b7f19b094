#!/bin/sh
# Trains the models in models/ again, from the texts of data/get.sh: the same bits on any x86-64 processor
# with FMA.
#
#   scripts/make-models.sh [NAME]...
#
# Environment: CHARNN, the program (./charnn); MODELS, the folder to write to (models). Runs that were
# interrupted continue.
set -eu

cd "$(dirname "$0")/.."
CHARNN=${CHARNN:-./charnn}
MODELS=${MODELS:-models}

# make_model NAME CORPUS OPTION...
make_model() {
    name=$1
    text=data/$2/input.txt
    run=build/models/$1
    shift 2
    [ -e "$text" ] || data/get.sh "$(basename "$(dirname "$text")")"
    if [ -e "$run/last.safetensors" ]; then
        set -- --resume
    else
        set -- "$text" --seed 1 --optimizer rmsprop --average 0.999 --no-skip --recurrent-dropout 0 "$@"
    fi
    "$CHARNN" train "$@" --checkpoint-dir "$run" --log "$run/log.jsonl"
    cp "$run/best.safetensors" "$MODELS/$name.safetensors"
}

[ $# -gt 0 ] || set -- shakespeare bible
for model in "$@"; do
    case "$model" in
    shakespeare) make_model shakespeare tiny-shakespeare --rnn-size 192 --dropout 0.2 --learning-rate 0.004 --max-steps 8000 ;;
    bible) make_model bible king-james-bible --rnn-size 160 --dropout 0.05 --learning-rate 0.004 --max-steps 8000 ;;
    *)
        echo "make-models.sh: no model is called '$model'; there are shakespeare and bible" >&2
        exit 2
        ;;
    esac
done
