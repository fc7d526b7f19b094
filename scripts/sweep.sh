#!/bin/sh
# Trains many models, as one file says, by GNU parallel or as a job array of Slurm.
# `scripts/sweep.sh --help` tells more, scripts/README.md all.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=scripts/runs.sh
. "$here/runs.sh"

usage() {
    cat <<'END_OF_HELP'
usage: scripts/sweep.sh [OPTION]... GRID.json OUT

Trains every run of a grid, each in its folder OUT/runs/NAME, which then has settings.json, log.jsonl,
best.safetensors, last.safetensors, stderr.txt, status (the exit status) and test.json (what
`charnn eval --split test --json` says of the best). Started again, it skips what is finished and goes
on exactly with what is not.

The grid is an object of "common", the settings of all runs; "cross", lists of values of which each is
combined with each; and "runs", a list of further runs, each the settings that it has for itself.
Settings are called as in `charnn train --config`, and "text" is the file to learn from, or a list of
files, relative to the folder of the grid:

    {"common": {"text": "book.txt", "max_epochs": 10},
     "cross": {"model": ["lstm", "gru"], "rnn_size": [64, 128]},
     "runs": [{"model": "rnn", "rnn_size": 256}]}

  --jobs N          runs side by side (as many as there are processors, or runs if they are fewer)
  --threads N       threads of each run (the processors divided by the jobs)
  --repeat N        each run N times, with its seed (or 1) and those that follow it
  --sshlogin HOSTS  also on other machines, as GNU parallel has it; ':' is this one. All must see OUT,
                    the texts and the programs under the same paths; --jobs is for each of them
  --slurm           write OUT/sweep.sbatch, for sbatch, in place of running; --threads are its cpus (1)
  --dry-run         print the commands, and write nothing
  --program FILE    charnn (./charnn of this project, else that of PATH)

The exit status is 0 where all runs are finished, 1 where some are not, 2 for misuse and for a bad
grid, 128+n after signal n, when what was running has saved its state.
END_OF_HELP
}

processors() {
    nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1
}

# is_trained FOLDER: its run came to its end.
is_trained() {
    [ -f "$1/log.jsonl" ] && tail -n 1 "$1/log.jsonl" | jq -e '.event == "end" and
        (.reason == "stopped by a signal" or (.reason | startswith("failed")) | not)' >/dev/null 2>&1
}

# has_test FOLDER: some of the text was left for a test.
has_test() {
    head -n 1 "$1/log.jsonl" | jq -e '.settings | .train_frac + .val_frac < 1 - 1e-9' >/dev/null 2>&1
}

# is_finished FOLDER: it is trained and tested. A status other than 0 is of a later try.
is_finished() {
    [ -f "$1/status" ] && [ "$(cat "$1/status")" = 0 ] && is_trained "$1" &&
        { [ -s "$1/test.json" ] || ! has_test "$1"; }
}

# ---- one run -------------------------------------------------------------------------------------

train_one() {
    if [ -f last.safetensors ]; then
        set -- --resume
        say "$name: goes on"
    else
        set -- --config settings.json
        eval "set -- \"\$@\" $(jq -r '.files | @sh' settings.json)"
        say "$name: begins"
    fi
    "$program" train --checkpoint-dir . --log log.jsonl --threads "$threads" "$@" \
        >>stdout.txt 2>>stderr.txt || status=$?
}

# Scores the best on the text that was kept for it, in the way that validation does.
test_one() {
    "$program" eval best.safetensors --split test --json --threads "$threads" >test.part 2>>stderr.txt ||
        status=$?
    if [ "$status" -eq 0 ]; then
        mv -f test.part test.json
    fi
    rm -f test.part
}

# run_one PROGRAM THREADS FOLDER: what a job does. THREADS "/N" are the processors of the machine that
# it runs on, divided by N. The lock keeps two jobs apart; it is inherited by charnn, so that it holds
# as long as that lives. Who ends a job signals charnn as well, for which the script waits.
run_one() {
    program=$1
    threads=$2
    cd "$3"
    name=${3##*/}
    case $threads in
    /*) threads=$(($(processors) / ${threads#/})) ;;
    esac
    [ "$threads" -ge 1 ] || threads=1
    exec 9<>settings.json
    if command -v flock >/dev/null 2>&1 && ! flock -n 9; then
        say "$name: another process is at it"
        exit 75
    fi
    trap : TERM INT HUP
    ! is_finished . || exit 0
    status=0
    if ! is_trained .; then
        rm -f status
        train_one
    fi
    if [ "$status" -eq 0 ] && has_test .; then
        test_one
    fi
    [ -s stdout.txt ] || rm -f stdout.txt
    echo "$status" >status
    if [ "$status" -eq 0 ]; then
        say "$name: finished, validation $(tail -n 1 log.jsonl | jq -r '.best_val_loss | if . then . * 10000 | round / 10000 else "none" end')"
    else
        say "$name: ended with status $status: $(tail -n 1 stderr.txt)"
    fi
    exit "$status"
}

# ---- the grid ------------------------------------------------------------------------------------

# bad_grid SENTENCE
bad_grid() {
    say "$grid: $1"
    exit 2
}

# Writes the runs to $work/runs, a line each: name, tab, settings.
expand() {
    [ -r "$grid" ] || bad_grid 'the grid cannot be read'
    folder=$(cd "$(dirname "$grid")" && pwd -P)
    jq -e . "$grid" >/dev/null 2>"$work/err" || bad_grid "it is no JSON: $(sed '1s/^jq: //; 1q' "$work/err")"
    jq -r --arg folder "$folder" --argjson repeat "$repeat" -f "$here/sweep.jq" "$grid" >"$work/runs"
    if grep -q "^!$tab" "$work/runs"; then
        bad_grid "$(sed -n "s/^!$tab//p" "$work/runs")"
    fi
}

# refuse_output FILE: a sweep must not read what it writes, under whatever name.
refuse_output() {
    for output in "$out"/sweep.* "$out"/runs/*/*; do
        # shellcheck disable=SC3013 # dash, bash and BusyBox have it
        if [ "$1" -ef "$output" ]; then
            bad_grid "$1 is $output, which the sweep writes; read another file, or take another folder"
        fi
    done
}

# Has the program itself look at the settings: it refuses what is wrong before it looks for a text.
check_settings() {
    refuse_output "$grid"
    while IFS=$tab read -r name settings; do
        printf '%s\n' "$settings" >"$work/settings"
        status=0
        "$program" train --config "$work/settings" --checkpoint-dir "$work/none" "$work/none" \
            >/dev/null 2>"$work/err" || status=$?
        [ "$status" -ne 2 ] || bad_grid "$name: $(sed -n "1s|^charnn train: ||; 1s|$work/settings: ||p; q" "$work/err")"
        file=$out/runs/$name/settings.json
        if [ -f "$file" ] && [ "$(cat "$file")" != "$settings" ]; then
            bad_grid "$name: $out/runs has a run of this name with other settings; take another folder, or remove that one"
        fi
    done <"$work/runs"
    cut -f 2- "$work/runs" | jq -r '.files[]' | sort -u | while IFS= read -r file; do
        [ -r "$file" ] || bad_grid "the text $file cannot be read"
        refuse_output "$file"
    done
}

make_folders() {
    mkdir -p "$out/runs"
    while IFS=$tab read -r name settings; do
        mkdir -p "$out/runs/$name"
        file=$out/runs/$name/settings.json
        [ -f "$file" ] || { printf '%s\n' "$settings" >"$file.part" && mv -f "$file.part" "$file"; }
    done <"$work/runs"
}

# ---- all runs ------------------------------------------------------------------------------------

# How many jobs there are, and how many threads each has.
share_out() {
    count=$(wc -l <"$work/todo")
    cores=$(processors)
    if [ -z "$jobs" ]; then
        jobs=$((cores / ${threads:-1}))
        [ "$jobs" -le "$count" ] || jobs=$count
        [ "$jobs" -ge 1 ] || jobs=1
        # On other machines: a run for each of their processors.
        [ -z "$sshlogin" ] || jobs=100%
    fi
    case $jobs in
    100%) threads=${threads:-1} ;;
    *) threads=${threads:-/$jobs} ;;
    esac
}

quoted() {
    printf '%s' "$1" | jq -Rsr @sh
}

print_commands() {
    while IFS=$tab read -r name settings; do
        folder=$out/runs/$name
        if is_finished "$folder"; then
            state=finished
        elif [ -f "$folder/last.safetensors" ]; then
            state=begun
        else
            state=new
        fi
        printf '%s\t%s\t%s\n' "$state" "$name" "$settings"
    done <"$work/runs" | jq -Rr --arg out "$out" --arg program "$program" '
        split("\t") as [$state, $name, $settings]
        | if $state == "finished" then "# \($name) is finished"
          else "cd \("\($out)/runs/\($name)" | @sh) && \($program | @sh) train " +
              if $state == "begun" then "--resume --checkpoint-dir . --log log.jsonl"
              else "--config settings.json --checkpoint-dir . --log log.jsonl \($settings | fromjson.files | @sh)" end
          end'
}

# The array takes all runs, for which ones are finished may have changed when it starts.
write_slurm() {
    cut -f 1 "$work/runs" >"$out/sweep.names"
    cat >"$out/sweep.part" <<END_OF_SCRIPT
#!/bin/sh
#SBATCH --job-name=charnn-sweep
#SBATCH --array=1-$(wc -l <"$work/runs" | tr -d ' ')${jobs:+%$jobs}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=${threads:-1}
#SBATCH --requeue
#SBATCH --signal=TERM@60
#SBATCH --output=/dev/null
# Made by scripts/sweep.sh --slurm. Submitted again, it skips what is finished and goes on with the rest.
out=$(quoted "$out")
name=\$(sed -n "\${SLURM_ARRAY_TASK_ID}p" "\$out/sweep.names")
exec srun $(quoted "$here/sweep.sh") --one $(quoted "$program") "\${SLURM_CPUS_PER_TASK:-1}" "\$out/runs/\$name"
END_OF_SCRIPT
    mv -f "$out/sweep.part" "$out/sweep.sbatch"
    say "$(wc -l <"$work/runs" | tr -d ' ') runs; start them with: sbatch $(quoted "$out/sweep.sbatch")"
}

list_unfinished() {
    cut -f 1 "$work/runs" | while IFS= read -r name; do
        is_finished "$out/runs/$name" || printf '%s\n' "$out/runs/$name"
    done
}

# A run is given a minute to save when all is to stop. GNU parallel, a program in Perl, has a process
# group of its own, so that a key of the terminal reaches it once, through this script.
run_all() {
    share_out
    say "$(wc -l <"$work/runs" | tr -d ' ') runs, $count not finished; $jobs at a time$(
        case $threads in
        /*) ;;
        *) echo ", threads of each: $threads" ;;
        esac
    )"
    set -- --plain --will-cite --jobs "$jobs" --line-buffer --halt never --termseq TERM,60000,KILL,25 -q
    if [ -n "$sshlogin" ]; then
        set -- "$@" --sshlogin "$sshlogin"
    fi
    PARALLEL_SHELL=/bin/sh perl -e 'setpgrp; exec @ARGV' parallel "$@" "$here/sweep.sh" --one "$program" "$threads" '{}' \
        <"$work/todo" &
    parallel=$!
    signal=
    trap 'signal=2; kill -s TERM $parallel 2>/dev/null || :' INT
    trap 'signal=15; kill -s TERM $parallel 2>/dev/null || :' TERM
    trap 'signal=1; kill -s TERM $parallel 2>/dev/null || :' HUP
    while :; do
        wait $parallel || :
        kill -0 $parallel 2>/dev/null || break
    done
}

# Says what is not finished; its status is that of the sweep.
count_finished() {
    list_unfinished >"$work/left"
    total=$(wc -l <"$work/runs" | tr -d ' ')
    left=$(wc -l <"$work/left" | tr -d ' ')
    say "$((total - left)) of $total runs are finished, in $out"
    while IFS= read -r folder; do
        if [ -f "$folder/status" ]; then
            say "not finished: ${folder##*/} (status $(cat "$folder/status"); see $folder/stderr.txt)"
        else
            say "not finished: ${folder##*/}"
        fi
    done <"$work/left"
    [ -z "$signal" ] || exit $((128 + signal))
    [ "$left" -eq 0 ]
}

# ---- the command line ----------------------------------------------------------------------------

tab=$(printf '\t')
if [ "${1-}" = --one ]; then
    shift
    run_one "$@"
fi

program=
jobs=
threads=
repeat=0
sshlogin=
how=run
grid=
out=
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help)
        usage
        exit 0
        ;;
    --jobs | --threads | --repeat)
        case ${2-} in '' | *[!0-9]* | 0* | ??????*) misuse "$1 takes a number from 1 to 99999" ;; esac
        eval "${1#--}=\$2"
        shift
        ;;
    --sshlogin | --program)
        [ -n "${2-}" ] || misuse "$1 takes a value"
        eval "${1#--}=\$2"
        shift
        ;;
    --slurm | --dry-run) how=${1#--} ;;
    -*) misuse "$1 is not known" ;;
    *)
        [ -z "$out" ] || misuse 'there is one grid and one folder'
        if [ -z "$grid" ]; then grid=$1; else out=$1; fi
        ;;
    esac
    shift
done
[ -n "$out" ] || misuse 'a grid and a folder are needed'
[ -z "$sshlogin" ] || [ "$how" != slurm ] || misuse '--sshlogin and --slurm are two ways; take one'
need jq
if [ -z "$program" ]; then
    program=$here/../charnn
    [ -x "$program" ] || program=$(command -v charnn) || program=
fi
[ -x "$program" ] || misuse "the program ${program:-charnn} is not there; build it with make, or name it with --program"
program=$(cd "$(dirname "$program")" && pwd -P)/$(basename "$program")
case $out in /*) ;; *) out=$PWD/$out ;; esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

expand
check_settings
if [ "$how" = dry-run ]; then
    print_commands
    exit 0
fi
if [ "$how" = run ]; then
    need parallel
    parallel --version 2>/dev/null </dev/null | grep -q 'GNU parallel' ||
        misuse 'the program parallel of this machine is not GNU parallel, which is needed'
fi
make_folders
if [ "$how" = slurm ]; then
    write_slurm
    exit 0
fi
list_unfinished >"$work/todo"
signal=
if [ -s "$work/todo" ]; then
    run_all
fi
count_finished
