#!/bin/sh
# Repeats the comparison of Karpathy, Johnson and Li (2015, arXiv 1506.02078).
# See `scripts/paper-table.sh --help`.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=scripts/runs.sh
. "$here/runs.sh"

usage() {
    cat <<'END_OF_HELP'
usage: scripts/paper-table.sh [OPTION]... OUT

Trains the models that Karpathy, Johnson and Li compare (Visualizing and Understanding Recurrent
Networks, 2015, arXiv 1506.02078) with scripts/sweep.sh in OUT, and prints their test losses in nats
per character. The models are RNN, LSTM and GRU with 1, 2 or 3 layers of 64, 128, 256 or 512 units. The
recipe: War and Peace, split 80/10/10; windows of 100 characters, batch size 100, 50 epochs; RMSProp
with learning rate 2e-3, multiplied by 0.95 after each epoch from the tenth on. For each model, the
dropout with the best validation loss counts. A second call resumes unfinished runs and adds new
models. OUT/report gets tables and plots.

  --corpus FILE     the text (default: data/war-and-peace/input.txt, see data/get.sh)
  --models LIST     cells to train (default: 'rnn lstm gru')
  --layers LIST     numbers of layers (default: '1 2 3')
  --sizes LIST      units per layer (default: '64 128 256 512')
  --dropouts LIST   dropouts to try; a single layer has dropout before the output
                    (default: '0 0.1 0.2')
  --epochs N        epochs to train (default: 50)
  --dry-run         print the charnn commands and train nothing
  --table           print the table of existing runs and train nothing
  --slurm           write OUT/sweep.sbatch and train nothing; --table prints the table later
  --jobs N, --threads N, --sshlogin HOSTS, --program FILE
                    passed to scripts/sweep.sh
  -h, --help        show this help

Exit status: that of scripts/sweep.sh.
END_OF_HELP
}

# The grid as JSON. All runs have the default seed; the paper does not state one.
grid() {
    jq -n --arg text "$corpus" --arg models "$models" --arg layers "$layers" --arg sizes "$sizes" \
        --arg dropouts "$dropouts" --argjson epochs "$epochs" '
        def words: [splits(" +") | select(. != "")];
        {common: {text: $text, train_frac: 0.8, val_frac: 0.1, seq_length: 100, batch_size: 100,
                  max_epochs: $epochs, optimizer: "rmsprop", decay_rate: 0.95, learning_rate: 0.002,
                  schedule: "step", learning_rate_decay: 0.95, learning_rate_decay_after: 10,
                  learning_rate_decay_every: 1, init_scale: 0.08, grad_clip: 5, average: 0,
                  skip: false, recurrent_dropout: 0},
         cross: {model: ($models | words), num_layers: ($layers | words | map(tonumber)),
                 rnn_size: ($sizes | words | map(tonumber)), dropout: ($dropouts | words | map(tonumber))}}'
}

# The table: for each model the test loss of the dropout with the best validation loss.
print_table() {
    sum_up "$out"
    jq -rs '
        def thousandths: . * 1000 | round | tostring | if length < 4 then "0000"[length:] + . else . end
            | .[:-3] + "." + .[-3:];
        def cell: map(select(.best != null)) | min_by(.best)
            | if .test == null then "-" else "\(.test | thousandths) (\(.settings.dropout))" end;
        . as $runs | (["rnn", "lstm", "gru"] | map(. as $m | select([$runs[].settings.model] | index([$m])))) as $models
        | "test loss in nats per character (dropout chosen by validation loss)", "",
          "| layers | units |\([$models[] | " \(.) |"] | join(""))",
          "|---|---|\([$models[] | "---|"] | join(""))",
          (group_by([.settings.num_layers, .settings.rnn_size])[] | . as $row
           | "| \(.[0].settings.num_layers) | \(.[0].settings.rnn_size) |\([$models[] | . as $m | $row | map(select(.settings.model == $m)) | " \(cell) |"] | join(""))")' "$work/runs"
}

corpus=
models='rnn lstm gru'
layers='1 2 3'
sizes='64 128 256 512'
dropouts='0 0.1 0.2'
epochs=50
out=
how=run

while [ $# -gt 0 ]; do
    case $1 in
    -h | --help)
        usage
        exit 0
        ;;
    --corpus | --models | --layers | --sizes | --dropouts | --epochs)
        [ -n "${2-}" ] || misuse "$1 needs a value"
        eval "${1#--}=\$2"
        shift
        ;;
    --jobs | --threads | --sshlogin | --program)
        [ -n "${2-}" ] || misuse "$1 needs a value"
        pass "$1" "$2"
        shift
        ;;
    --dry-run | --slurm)
        how=${1#--}
        pass "$1"
        ;;
    --table) how=table ;;
    -*) misuse "unknown option '$1'" ;;
    *)
        [ -z "$out" ] || misuse 'too many arguments'
        out=$1
        ;;
    esac
    shift
done
[ -n "$out" ] || misuse 'OUT is missing'
case "$layers$sizes$dropouts" in *[!0-9.\ ]*) misuse '--layers, --sizes and --dropouts need numbers, separated by spaces' ;; esac
case $epochs in *[!0-9]*) misuse '--epochs needs a number' ;; esac
case $how in run) need jq parallel gnuplot ;; *) need jq ;; esac
make_work
if [ "$how" = table ]; then
    print_table
    exit 0
fi
corpus=${corpus:-$here/../data/war-and-peace/input.txt}
corpus=$(absolute_text "$corpus" '; fetch it with data/get.sh war-and-peace, or set --corpus')
run_grid
