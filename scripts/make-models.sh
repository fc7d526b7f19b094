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
        set -- "$text" --seed 1 --batch-size 50 "$@"
    fi
    "$CHARNN" train "$@" --checkpoint-dir "$run" --log "$run/log.jsonl"
    rm -f "$run/bf16.safetensors" # `convert` replaces no file
    "$CHARNN" convert --weights bf16 "$run/best.safetensors" "$run/bf16.safetensors"
    mv "$run/bf16.safetensors" "$MODELS/$name.safetensors"
}

[ $# -gt 0 ] || set -- shakespeare bible
for model in "$@"; do
    case "$model" in
    shakespeare) make_model shakespeare tiny-shakespeare --rnn-size 256 --max-epochs 24 --learning-rate 0.0065 --dropout 0.15 --recurrent-dropout 0.25 ;;
    bible) make_model bible king-james-bible --rnn-size 160 --max-epochs 16 --learning-rate 0.004 --dropout 0 --recurrent-dropout 0.05 ;;
    *)
        echo "make-models.sh: no model is called '$model'; there are shakespeare and bible" >&2
        exit 2
        ;;
    esac
done
