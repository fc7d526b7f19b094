#!/bin/sh
# Repeats the comparison of Greff, Srivastava, Koutnik, Steunebrink and Schmidhuber (2015, arXiv
# 1503.04069). See `scripts/odyssey.sh --help`.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=scripts/runs.sh
. "$here/runs.sh"

usage() {
    cat <<'END_OF_HELP'
usage: scripts/odyssey.sh [OPTION]... OUT TEXT...

Trains the LSTMs that Greff, Srivastava, Koutnik, Steunebrink and Schmidhuber compare (LSTM: A Search
Space Odyssey, 2015, arXiv 1503.04069) on texts, with scripts/sweep.sh in OUT, and prints their losses
in nats per character, best first. Several texts are joined to one. For each variant, the learning
rate with the best validation loss counts; the mean over seeds, if there are several. A second call
resumes unfinished runs and adds new models. OUT/report gets tables and plots.

  --variants LIST   LSTMs to train, as for charnn train --lstm-variant
                    (default: 'vanilla nig nfg nog niaf noaf cifg np fgr')
  --layers N        number of layers (default: 1)
  --units N         units per layer (default: 96)
  --rates LIST      learning rates to try (default: '0.002 0.004')
  --epochs N        epochs to train (default: 20)
  --dry-run         print the charnn commands and train nothing
  --table           print the table of existing runs and train nothing
  --slurm           write OUT/sweep.sbatch and train nothing; --table prints the table later
  --repeat N, --jobs N, --threads N, --sshlogin HOSTS, --program FILE
                    passed to scripts/sweep.sh
  -h, --help        show this help

Exit status: that of scripts/sweep.sh.
END_OF_HELP
}

# The grid as JSON.
grid() {
    printf '%s' "$texts" | jq -Rn --arg variants "$variants" --arg rates "$rates" --argjson layers "$layers" \
        --argjson units "$units" --argjson epochs "$epochs" '
        def words: [splits(" +") | select(. != "")];
        {common: {text: [inputs], train_frac: 0.9, val_frac: 0.05, model: "lstm", num_layers: $layers, rnn_size: $units,
                  dropout: 0, recurrent_dropout: 0, skip: false, average: 0.999, batch_size: 50, seq_length: 50, max_epochs: $epochs, optimizer: "rmsprop",
                  schedule: "cosine"},
         cross: {lstm_variant: ($variants | words), learning_rate: ($rates | words | map(tonumber))}}'
}

# The table: for each variant the losses with the learning rate that has the best validation loss.
print_table() {
    sum_up "$out"
    jq -rs '
        def mean: add / length;
        def thousandths: . * 1000 | round | fabs as $n | (if . < 0 then "-" else "" end)
            + ($n | tostring | if length < 4 then "0000"[length:] + . else . end | .[:-3] + "." + .[-3:]);
        def losses: map(select(.best != null and .test != null)) | group_by(.settings.learning_rate)
            | map({variant: .[0].settings.lstm_variant, rate: .[0].settings.learning_rate, parameters: .[0].parameters,
                   seeds: length, val: (map(.best) | mean), test: (map(.test) | mean)}) | min_by(.val) // empty;
        [group_by(.settings.lstm_variant)[] | losses] | sort_by(.val)
        | (map(select(.variant == "vanilla"))[0].test) as $vanilla
        | "losses in nats per character (learning rate chosen by validation loss)", "",
          "| variant | parameters | learning rate | seeds | validation | test | test - vanilla |",
          "|---|---:|---:|---:|---:|---:|---:|",
          (.[] | "| \(.variant) | \(.parameters) | \(.rate) | \(.seeds) | \(.val | thousandths) | \(.test | thousandths) "
                 + "| \(if $vanilla then .test - $vanilla | thousandths else "-" end) |")' "$work/runs"
}

variants='vanilla nig nfg nog niaf noaf cifg np fgr'
layers=1
units=96
rates='0.002 0.004'
epochs=20
out=
texts=
how=run
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help)
        usage
        exit 0
        ;;
    --variants | --layers | --units | --rates | --epochs)
        [ -n "${2-}" ] || misuse "$1 needs a value"
        eval "${1#--}=\$2"
        shift
        ;;
    --repeat | --jobs | --threads | --sshlogin | --program)
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
        if [ -z "$out" ]; then
            out=$1
        else
            texts="$texts$(absolute_text "$1")
"
        fi
        ;;
    esac
    shift
done
[ -n "$out" ] || misuse 'OUT is missing'
case "$layers$units$epochs" in *[!0-9]*) misuse '--layers, --units and --epochs need numbers' ;; esac
case $rates in *[!0-9.\ ]*) misuse '--rates needs numbers, separated by spaces' ;; esac
case $how in run) need jq parallel gnuplot ;; *) need jq ;; esac
make_work
if [ "$how" = table ]; then
    print_table
    exit 0
fi
[ -n "$texts" ] || misuse 'TEXT is missing'
run_grid
