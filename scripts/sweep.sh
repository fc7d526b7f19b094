#!/bin/sh
# Trains many models from one grid file, with GNU parallel or as a Slurm job array.
# See `scripts/sweep.sh --help` and scripts/README.md.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=scripts/runs.sh
. "$here/runs.sh"

usage() {
    cat <<'END_OF_HELP'
usage: scripts/sweep.sh [OPTION]... GRID.json OUT

Trains the runs of a grid with GNU parallel, or writes a job array for Slurm. Each run has a folder
OUT/runs/NAME with settings.json, log.jsonl, best.safetensors, last.safetensors, stderr.txt, status
(the exit status of charnn) and test.json (`charnn eval --split test --json` of best.safetensors).
If you run the sweep again, it skips finished runs and resumes the others exactly.

The grid is an object with up to three members: "common", settings of all runs; "cross", lists of
values, all combined with each other; "runs", a list of further runs, each an object of settings.
Settings have the names of `charnn train --config`. "text" is the training text, or a list of files,
relative to the folder of the grid:

    {"common": {"text": "book.txt", "max_epochs": 10},
     "cross": {"model": ["lstm", "gru"], "rnn_size": [64, 128]},
     "runs": [{"model": "rnn", "rnn_size": 256}]}

  --jobs N          train N runs at a time (default: one per processor, at most one per run)
  --threads N       use N threads for each run (default: processors / jobs)
  --ranks N         train each run on N ranks of MPI, each with --threads threads (scripts/README.md);
                    PROGRAM must be built with MPI=yes
  --repeat N        train each run N times, with N consecutive seeds from its own seed, or from 1
  --sshlogin HOSTS  also run jobs on these hosts (syntax of GNU parallel; ':' is this machine); all
                    hosts need the same paths for OUT, the texts and the programs; --jobs is per host
  --slurm           write OUT/sweep.sbatch for sbatch and train nothing; --threads sets the
                    processors of a task (default: 1), --ranks the tasks of a run
  --dry-run         print the commands and write nothing
  --program FILE    the charnn program (default: ./charnn of this project, then charnn in PATH)
  -h, --help        show this help

Exit status: 0 if all runs are finished, 1 if not, 2 for a bad command line or grid, 128+n after
signal n (running jobs save their state first).
END_OF_HELP
}

processors() {
    nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1
}

# is_trained FOLDER: whether training reached its end.
is_trained() {
    [ -f "$1/log.jsonl" ] && tail -n 1 "$1/log.jsonl" | jq -e '.event == "end" and
        (.reason == "stopped by a signal" or (.reason | startswith("failed")) | not)' >/dev/null 2>&1
}

# has_test FOLDER: whether the test part of the text has a character to score: a fraction of a short text
# may have none. Logs of earlier versions only tell the fractions.
has_test() {
    head -n 1 "$1/log.jsonl" | jq -e 'if .characters then .characters.test >= 2
        else .settings | .train_frac + .val_frac < 1 - 1e-9 end' >/dev/null 2>&1
}

# is_finished FOLDER: whether the run is trained and tested. A later attempt may have failed: see status.
is_finished() {
    [ -f "$1/status" ] && [ "$(cat "$1/status")" = 0 ] && is_trained "$1" &&
        { [ -s "$1/test.json" ] || ! has_test "$1"; }
}

# ---- one run -------------------------------------------------------------------------------------

# launch COMMAND...: on $ranks ranks. In a Slurm job srun places them and passes on its signals. mpirun waits before it passes
# a signal on, and again before it kills, for so many seconds.
launch() {
    if [ "$ranks" -eq 1 ]; then
        "$@"
    elif [ -n "${SLURM_JOB_ID-}" ]; then
        srun --ntasks="$ranks" --cpus-per-task="$threads" --mpi=pmix "$@"
    else
        OMPI_MCA_odls_base_sigkill_timeout=10 OMPI_MCA_hwloc_base_binding_policy=none mpirun -n "$ranks" "$@"
    fi
}

train_one() {
    if [ -f last.safetensors ]; then
        set -- --resume
        say "$name: resumed"
    else
        set -- --config settings.json
        eval "set -- \"\$@\" $(jq -r '.files | @sh' settings.json)"
        say "$name: started"
    fi
    launch "$program" train --checkpoint-dir . --log log.jsonl --threads "$threads" "$@" \
        >>stdout.txt 2>>stderr.txt || status=$?
}

# Scores best.safetensors on the test split.
test_one() {
    "$program" eval best.safetensors --split test --json --threads "$threads" >test.part 2>>stderr.txt ||
        status=$?
    if [ "$status" -eq 0 ]; then
        mv -f test.part test.json
    fi
    rm -f test.part
}

# run_one PROGRAM THREADS RANKS FOLDER: one job. If THREADS is "/N", the job uses 1/N of the processors of its
# machine. A lock prevents two jobs for one run. charnn inherits it, so the lock lives as long as charnn. A
# signal to the job also reaches charnn, and the script waits until charnn has saved.
run_one() {
    program=$1
    threads=$2
    ranks=$3
    cd "$4"
    name=${4##*/}
    case $threads in
    /*) threads=$(($(processors) / ${threads#/} / ranks)) ;;
    esac
    [ "$threads" -ge 1 ] || threads=1
    exec 9<>settings.json
    if command -v flock >/dev/null 2>&1 && ! flock -n 9; then
        say "$name: another process is working on this run"
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

# bad_grid MESSAGE
bad_grid() {
    say "$grid: $1"
    exit 2
}

# Writes a line NAME, tab, settings to $work/runs for each run.
expand() {
    [ -r "$grid" ] || bad_grid 'cannot read the grid'
    folder=$(cd "$(dirname "$grid")" && pwd -P)
    jq -e . "$grid" >/dev/null 2>"$work/err" || bad_grid "not valid JSON: $(sed '1s/^jq: //; 1q' "$work/err")"
    jq -r --arg folder "$folder" --argjson repeat "$repeat" -f "$here/sweep.jq" "$grid" >"$work/runs"
    if grep -q "^!$tab" "$work/runs"; then
        bad_grid "$(sed -n "s/^!$tab//p" "$work/runs")"
    fi
}

# refuse_output FILE: a sweep must not read a file that it writes, under any name.
refuse_output() {
    for output in "$out"/sweep.* "$out"/runs/*/*; do
        # shellcheck disable=SC3013 # dash, bash and BusyBox have it
        if [ "$1" -ef "$output" ]; then
            bad_grid "$1 is $output, which the sweep writes; read another file, or take another folder"
        fi
    done
}

# Lets charnn check the settings of each run: it checks them before it opens the text.
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
            bad_grid "$name: $out/runs has a run with this name and other settings; use another folder or remove that run"
        fi
    done <"$work/runs"
    cut -f 2- "$work/runs" | jq -r '.files[]' | sort -u | while IFS= read -r file; do
        [ -r "$file" ] || bad_grid "cannot read the text $file"
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

# Sets $jobs and $threads from the options, the processors and the number of unfinished runs.
choose_jobs() {
    count=$(wc -l <"$work/todo")
    cores=$(processors)
    if [ -z "$jobs" ]; then
        jobs=$((cores / (${threads:-1} * ranks)))
        [ "$jobs" -le "$count" ] || jobs=$count
        [ "$jobs" -ge 1 ] || jobs=1
        # GNU parallel counts the processors of each host.
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
    launcher=
    [ "$ranks" -eq 1 ] || launcher="mpirun -n $ranks "
    while IFS=$tab read -r name settings; do
        folder=$out/runs/$name
        if is_finished "$folder"; then
            state=finished
        elif [ -f "$folder/last.safetensors" ]; then
            state=started
        else
            state=new
        fi
        printf '%s\t%s\t%s\n' "$state" "$name" "$settings"
    done <"$work/runs" | jq -Rr --arg out "$out" --arg program "$program" --arg launcher "$launcher" '
        split("\t") as [$state, $name, $settings]
        | if $state == "finished" then "# \($name) is finished"
          else "cd \("\($out)/runs/\($name)" | @sh) && \($launcher)\($program | @sh) train " +
              if $state == "started" then "--resume --checkpoint-dir . --log log.jsonl"
              else "--config settings.json --checkpoint-dir . --log log.jsonl \($settings | fromjson.files | @sh)" end
          end'
}

# The array has all runs, because more may be finished by the time a task starts.
write_slurm() {
    cut -f 1 "$work/runs" >"$out/sweep.names"
    launcher= # of the job: the ranks of a run are started by it
    [ "$ranks" -gt 1 ] || launcher='srun '
    cat >"$out/sweep.part" <<END_OF_SCRIPT
#!/bin/sh
#SBATCH --job-name=charnn-sweep
#SBATCH --array=1-$(wc -l <"$work/runs" | tr -d ' ')${jobs:+%$jobs}
#SBATCH --ntasks=$ranks
#SBATCH --cpus-per-task=${threads:-1}
#SBATCH --requeue
#SBATCH --signal=TERM@60
#SBATCH --output=/dev/null
# Written by scripts/sweep.sh --slurm. Submit it again to resume unfinished runs; it skips finished ones.
out=$(quoted "$out")
name=\$(sed -n "\${SLURM_ARRAY_TASK_ID}p" "\$out/sweep.names")
exec $launcher$(quoted "$here/sweep.sh") --one $(quoted "$program") "\${SLURM_CPUS_PER_TASK:-1}" $ranks "\$out/runs/\$name"
END_OF_SCRIPT
    mv -f "$out/sweep.part" "$out/sweep.sbatch"
    say "$(wc -l <"$work/runs" | tr -d ' ') runs; start them with: sbatch $(quoted "$out/sweep.sbatch")"
}

list_unfinished() {
    cut -f 1 "$work/runs" | while IFS= read -r name; do
        is_finished "$out/runs/$name" || printf '%s\n' "$out/runs/$name"
    done
}

# After a signal, each run has a minute to save. GNU parallel gets a process group of its own, so that Ctrl-C
# reaches it only once, through the traps below. Perl is installed, because GNU parallel needs it.
run_all() {
    choose_jobs
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
    PARALLEL_SHELL=/bin/sh perl -e 'setpgrp; exec @ARGV' parallel "$@" "$here/sweep.sh" --one "$program" "$threads" "$ranks" '{}' \
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

# Reports the unfinished runs. Returns the exit status of the sweep.
report_unfinished() {
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
ranks=1
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
    --jobs | --threads | --ranks | --repeat)
        case ${2-} in '' | *[!0-9]* | 0* | ??????*) misuse "$1 needs a number from 1 to 99999" ;; esac
        eval "${1#--}=\$2"
        shift
        ;;
    --sshlogin | --program)
        [ -n "${2-}" ] || misuse "$1 needs a value"
        eval "${1#--}=\$2"
        shift
        ;;
    --slurm | --dry-run) how=${1#--} ;;
    -*) misuse "unknown option '$1'" ;;
    *)
        [ -z "$out" ] || misuse 'too many arguments'
        if [ -z "$grid" ]; then grid=$1; else out=$1; fi
        ;;
    esac
    shift
done
[ -n "$out" ] || misuse 'GRID.json and OUT are missing'
[ -z "$sshlogin" ] || [ "$how" != slurm ] || misuse '--sshlogin and --slurm cannot be combined'
case $how in run) need jq parallel ;; *) need jq ;; esac
if [ -z "$program" ]; then
    program=$here/../charnn
    [ -x "$program" ] || program=$(command -v charnn) || program=
fi
[ -x "$program" ] || misuse "cannot find the program ${program:-charnn}; run make, or set --program"
program=$(cd "$(dirname "$program")" && pwd -P)/$(basename "$program")
case $out in /*) ;; *) out=$PWD/$out ;; esac

make_work
expand
check_settings
if [ "$how" = dry-run ]; then
    print_commands
    exit 0
fi
if [ "$how" = run ]; then
    parallel --version 2>/dev/null </dev/null | grep -q 'GNU parallel' ||
        misuse 'the installed parallel is not GNU parallel; install GNU parallel'
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
report_unfinished
