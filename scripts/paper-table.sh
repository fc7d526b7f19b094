#!/bin/sh
# Redoes the comparison of Karpathy, Johnson and Li (2015, arXiv 1506.02078).
# `scripts/paper-table.sh --help` tells more.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=scripts/runs.sh
. "$here/runs.sh"

usage() {
    cat <<'END_OF_HELP'
usage: scripts/paper-table.sh [OPTION]... OUT

Trains the models that Karpathy, Johnson and Li compare (Visualizing and Understanding Recurrent
Networks, 2015, arXiv 1506.02078), by scripts/sweep.sh in OUT, and prints the test loss of each, in nats
per character: RNN, LSTM and GRU of 1, 2, 3 layers of 64, 128, 256, 512 units, on War and Peace split
80/10/10, windows of 100 characters, batch 100, 50 epochs, RMSProp at 2e-3, which falls by 0.95 per epoch
after the tenth; of the dropouts that are tried the best on validation. Started again it goes on where
it stopped; with other models it adds them. OUT/report has tables and plots.

  --corpus FILE     the text (data/war-and-peace/input.txt; data/get.sh war-and-peace fetches it)
  --models LIST     of lstm, gru and rnn ('rnn lstm gru')
  --layers LIST     ('1 2 3')
  --sizes LIST      units per layer ('64 128 256 512')
  --dropouts LIST   to choose from; one layer has its dropout before the output ('0 0.1 0.2')
  --epochs N        (50)
  --dry-run         print the commands of charnn, and run nothing
  --table           print the table of what is there, and run nothing
  --jobs N, --threads N, --sshlogin HOSTS, --program FILE
                    as scripts/sweep.sh has them
  --slurm           write OUT/sweep.sbatch in place of running; --table prints the table later

The exit status is that of scripts/sweep.sh.
END_OF_HELP
}

# The grid as JSON. Not in the paper: the seed of every run is the default.
grid() {
    jq -n --arg text "$corpus" --arg models "$models" --arg layers "$layers" --arg sizes "$sizes" \
        --arg dropouts "$dropouts" --argjson epochs "$epochs" '
        def words: [splits(" +") | select(. != "")];
        {common: {text: $text, train_frac: 0.8, val_frac: 0.1, seq_length: 100, batch_size: 100,
                  max_epochs: $epochs, optimizer: "rmsprop", decay_rate: 0.95, learning_rate: 0.002,
                  schedule: "step", learning_rate_decay: 0.95, learning_rate_decay_after: 10,
                  learning_rate_decay_every: 1, init_scale: 0.08, grad_clip: 5, average: 0},
         cross: {model: ($models | words), num_layers: ($layers | words | map(tonumber)),
                 rnn_size: ($sizes | words | map(tonumber)), dropout: ($dropouts | words | map(tonumber))}}'
}

# The table: for each number of layers and units the test of the best validation over all dropouts.
print_table() {
    sum_up "$out" >"$work/runs"
    jq -rs '
        def thousandths: . * 1000 | round | tostring | if length < 4 then "0000"[length:] + . else . end
            | .[:-3] + "." + .[-3:];
        def cell: map(select(.best != null)) | min_by(.best)
            | if .test == null then "-" else "\(.test | thousandths) (\(.settings.dropout))" end;
        . as $runs | (["rnn", "lstm", "gru"] | map(. as $m | select([$runs[].settings.model] | index([$m])))) as $models
        | "test loss in nats per character, and the dropout that validation chose", "",
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
# What goes to sweep.sh is put together as words that the shell quoted itself.
passed=
pass() {
    for word in "$@"; do
        passed="$passed '$(printf '%s' "$word" | sed "s/'/'\\\\''/g")'"
    done
}

while [ $# -gt 0 ]; do
    case $1 in
    -h | --help)
        usage
        exit 0
        ;;
    --corpus | --models | --layers | --sizes | --dropouts | --epochs)
        [ -n "${2-}" ] || misuse "$1 takes a value"
        eval "${1#--}=\$2"
        shift
        ;;
    --jobs | --threads | --sshlogin | --program)
        [ -n "${2-}" ] || misuse "$1 takes a value"
        pass "$1" "$2"
        shift
        ;;
    --dry-run | --slurm)
        how=${1#--}
        pass "$1"
        ;;
    --table) how=table ;;
    -*) misuse "$1 is not known" ;;
    *)
        [ -z "$out" ] || misuse 'name one folder'
        out=$1
        ;;
    esac
    shift
done
[ -n "$out" ] || misuse 'name a folder for the runs'
case "$layers$sizes$dropouts" in *[!0-9.\ ]*) misuse '--layers, --sizes and --dropouts take numbers, with spaces between them' ;; esac
case $epochs in *[!0-9]*) misuse '--epochs takes a number' ;; esac
need jq
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ "$how" = table ]; then
    [ -d "$out/runs" ] || misuse "$out has no runs"
    print_table
    exit 0
fi
corpus=${corpus:-$here/../data/war-and-peace/input.txt}
[ -r "$corpus" ] || {
    say "the text $corpus cannot be read; fetch it with data/get.sh war-and-peace, or name it with --corpus"
    exit 1
}
corpus=$(cd "$(dirname "$corpus")" && pwd -P)/$(basename "$corpus")
grid >"$work/grid.json"
eval "\"\$here/sweep.sh\" $passed \"\$work/grid.json\" \"\$out\" &"
sweep=$!
trap 'kill -s TERM $sweep 2>/dev/null || :' INT TERM HUP
while :; do
    status=0
    wait $sweep || status=$?
    kill -0 $sweep 2>/dev/null || break
done
if [ "$how" = run ] && [ "$status" -le 1 ]; then
    print_table
    "$here/report.sh" "$out"
fi
exit "$status"
