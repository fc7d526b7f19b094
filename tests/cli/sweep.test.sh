# shellcheck shell=sh
# scripts/sweep.sh: grid, folders, skipping, resuming, reporting. Paths have spaces and Unicode. If SLOW is
# set, the case with kills has 100 experiments.

needs() {
    for program in "$@"; do
        command -v "$program" >/dev/null 2>&1 || skip "$program is not installed"
    done
}

# sweep ARGUMENT...: runs sweep.sh with the program under test.
sweep() {
    run "$ROOT/scripts/sweep.sh" --program "$CHARNN" "$@"
}

# make_grid CROSS [RUNS]: writes grid.json with tiny runs, and its text.
make_grid() {
    make_text 'the text é.txt'
    cat >grid.json <<END_OF_GRID
{"common": {"text": "the text é.txt", "rnn-size": 4, "num_layers": 1, "batch_size": 4, "seq_length": 10,
    "max_steps": 40, "eval_val_every": 10, "print_every": 7, "train_frac": 0.8, "val_frac": 0.1},
 "cross": $1, "runs": ${2:-[]}}
END_OF_GRID
}

# expect_runs OUT NAME...: OUT has exactly these runs, all finished.
expect_runs() {
    out=$1
    shift
    printf '%s\n' "$@" | sort >expected
    (cd "$out/runs" && printf '%s\n' *) | sort >found
    cmp -s expected found || fail "expected these runs: $* and not: $(cat found)"
    for name in "$@"; do
        for file in settings.json log.jsonl best.safetensors last.safetensors stderr.txt status test.json; do
            expect_file "$out/runs/$name/$file"
        done
        [ "$(cat "$out/runs/$name/status")" = 0 ] || fail "expected $name to be finished"
    done
}

# expect_same_runs ONE OTHER: the checkpoints are the same, and the logs of OTHER have each step once.
expect_same_runs() {
    for folder in "$1"/runs/*/; do
        name=$(basename "$folder")
        for file in best.safetensors last.safetensors; do
            expect_same_files "$1/runs/$name/$file" "$2/runs/$name/$file"
        done
        jq -s -e '[.[] | select(.event == "step").step] | . == [7, 14, 21, 28, 35]' "$2/runs/$name/log.jsonl" \
            >/dev/null || fail "expected each step once: $(cat "$2/runs/$name/log.jsonl")"
    done
}

test_help() {
    for script in sweep report watch paper-table; do
        run "$ROOT/scripts/$script.sh" --help
        expect_status 0
        expect_no_stderr
        expect_stdout_contains "usage: scripts/$script.sh "
        run "$ROOT/scripts/$script.sh" --other x
        expect_refusal 2 "unknown option '--other'" "see scripts/$script.sh --help"
        run "$ROOT/scripts/$script.sh"
        expect_refusal 2 "see scripts/$script.sh --help"
    done
}

test_runs_and_their_folders() {
    needs jq parallel
    make_grid '{"model": ["lstm", "gru"], "learning-rate": [0.01, 0.1]}' '[{"name": "wide é", "rnn_size": 6}]'
    mkdir 'an é folder'
    mv grid.json the* 'an é folder'
    sweep 'an é folder/grid.json' 'out é'
    expect_status 0
    expect_no_stdout
    expect_line "sweep: 5 of 5 runs are finished, in $PWD/out é"
    ! grep -qi 'cit' "$REPORT/err" || fail 'expected no citation notice'
    expect_runs 'out é' 'model=lstm,learning_rate=0.01' 'model=lstm,learning_rate=0.1' \
        'model=gru,learning_rate=0.01' 'model=gru,learning_rate=0.1' 'wide é'
    jq -e '.rnn_size == 6 and .max_steps == 40' 'out é/runs/wide é/settings.json' >/dev/null ||
        fail 'expected the settings'
    jq -e '.settings.model == "gru" and .settings.learning_rate == 0.1 and .settings.rnn_size == 4' \
        'out é/runs/model=gru,learning_rate=0.1/log.jsonl' >/dev/null 2>&1 | head -n 1 || fail 'expected its settings'
    # charnn alone gives the same checkpoint and test.
    charnn train 'an é folder/the text é.txt' --config 'out é/runs/wide é/settings.json' --checkpoint-dir cv
    expect_same_tensors cv/last.safetensors 'out é/runs/wide é/last.safetensors'
    charnn eval --split test --json 'out é/runs/wide é/best.safetensors'
    expect_same_files "$REPORT/out" 'out é/runs/wide é/test.json'
    # A second sweep does nothing.
    sweep 'an é folder/grid.json' 'out é'
    expect_status 0
    expect_stderr "sweep: 5 of 5 runs are finished, in $PWD/out é"
}

test_the_same_bits_for_any_jobs_and_threads() {
    needs jq parallel
    make_grid '{"model": ["lstm", "gru"], "dropout": [0, 0.2]}'
    sweep --jobs 1 --threads 3 grid.json one
    expect_status 0
    sweep --jobs 4 --threads 1 grid.json other
    expect_status 0
    expect_same_runs one other
}

# The fractions leave a test part, but there is none of such a short text, or of such few records.
test_runs_without_a_test_part() {
    needs jq parallel
    make_grid '{"train_frac": [0.9998, 0.8], "val_frac": [0.0001]}' \
        '[{"name": "records", "records": "blank", "train_frac": 0.9, "val_frac": 0}]'
    sweep grid.json out
    expect_status 0
    expect_line "sweep: 3 of 3 runs are finished, in $PWD/out"
    for name in train_frac=0.9998,val_frac=0.0001 records; do
        [ "$(cat "out/runs/$name/status")" = 0 ] || fail "expected $name to be finished"
        expect_no_file "out/runs/$name/test.json"
        [ "$(head -n 1 "out/runs/$name/log.jsonl" | jq .characters.test)" -lt 2 ] || fail 'expected no test part'
    done
    expect_file out/runs/train_frac=0.8,val_frac=0.0001/test.json
    sweep grid.json out
    expect_stderr "sweep: 3 of 3 runs are finished, in $PWD/out"
    run "$ROOT/scripts/report.sh" out
    expect_status 0
    # A log of an earlier version has no parts.
    sed 's/"characters":{[^}]*},//' out/runs/records/log.jsonl >earlier
    mv earlier out/runs/records/log.jsonl
    sweep --dry-run grid.json out
    [ "$(grep -c 'is finished$' "$REPORT/out")" -eq 2 ] || fail 'expected the fractions to count'
}

test_repetitions() {
    needs jq parallel
    make_grid '{"model": ["lstm", "rnn"]}' '[{"name": "seven", "seed": 7, "rnn_size": 3}]'
    sweep --repeat 2 grid.json out
    expect_status 0
    expect_runs out 'model=lstm,seed=1' 'model=lstm,seed=2' 'model=rnn,seed=1' 'model=rnn,seed=2' \
        'seven,seed=7' 'seven,seed=8'
    [ "$(jq .settings.seed 'out/runs/seven,seed=8/log.jsonl' | head -n 1)" = 8 ] || fail 'expected the seed'
    # A larger --repeat only adds runs.
    sweep --repeat 3 --dry-run grid.json out
    [ "$(grep -c 'is finished$' "$REPORT/out")" -eq 6 ] || fail 'expected 6 to be finished'
    [ "$(grep -c ' train ' "$REPORT/out")" -eq 3 ] || fail 'expected 3 to be begun'
}

test_dry_run_writes_nothing() {
    needs jq
    make_grid '{"model": ["lstm", "rnn"]}'
    sweep --dry-run grid.json out
    expect_status 0
    expect_no_stderr
    expect_no_file out
    expect_stdout_contains "cd '$PWD/out/runs/model=rnn' && '" \
        "' train --config settings.json --checkpoint-dir . --log log.jsonl '$PWD/the text é.txt'"
    [ "$(wc -l <"$REPORT/out")" -eq 2 ] || fail 'expected two commands'
}

test_a_failing_run_does_not_stop_the_others() {
    needs jq parallel
    make_grid '{"text": ["the text é.txt", "short.txt"]}' '[{"name": "none", "rnn_size": 3, "text": "short.txt"}]'
    printf a >short.txt
    sweep --jobs 1 grid.json out
    expect_status 1
    expect_stderr_contains 'sweep: 1 of 3 runs are finished' 'sweep: text=short: ended with status 1: charnn train: ' \
        "not finished: none (status 1; see $PWD/out/runs/none/stderr.txt)"
    [ "$(cat out/runs/text=short/status)" = 1 ] || fail 'expected its status'
    [ "$(cat 'out/runs/text=the-text-é/status')" = 0 ] || fail 'expected the other to be finished'
    # A second sweep tries it again.
    make_text short.txt
    sweep grid.json out
    expect_status 0
}

# Without a test split there is no test.json.
test_no_text_for_tests() {
    needs jq parallel
    make_grid '{"val_frac": [0.2]}'
    sweep grid.json out
    expect_status 0
    expect_no_file out/runs/val_frac=0.2/test.json
    sweep grid.json out
    expect_stderr_lines 1
}

# expect_bad GRID MESSAGE: the grid is refused, and OUT is not created.
expect_bad() {
    printf '%s\n' "$1" >bad.json
    sweep bad.json out
    expect_refusal 2 "sweep: bad.json: $2"
    expect_no_file out
}

test_bad_grids() {
    needs jq parallel
    make_text text.txt
    expect_bad '{"common": ' 'not valid JSON: parse error'
    expect_bad '[]' 'the grid must be an object with "common", "cross" and "runs"'
    expect_bad '{"comon": {}}' 'the grid has the unknown member "comon"; the members are'
    expect_bad '{}' 'a run has no text; set "text" in "common" to the path of the training text'
    expect_bad '{"common": {"text": 5}}' 'text must be the path of a file or a list of paths, not 5'
    expect_bad '{"common": {"text": "none.txt"}}' "cannot read the text $PWD/none.txt"
    expect_bad '{"common": {"text": "text.txt", "log": "x"}}' '"common" has log, which the sweep sets for each run'
    expect_bad '{"common": {"data_dir": "x"}}' '"common" has data_dir; set "text" to the path of the file instead'
    expect_bad '{"common": {"text": "text.txt"}, "cross": {"rnn_size": 5}}' 'rnn_size in "cross" must be a list'
    expect_bad '{"common": {"text": "text.txt"}, "cross": {"rnn_size": []}}' 'rnn_size in "cross" must be a list'
    expect_bad '{"common": {"text": "text.txt"}, "runs": [{"name": "../x"}]}' 'run 1 of "runs" has the name "../x"'
    expect_bad '{"common": {"text": "text.txt"}, "runs": [{"seed": 1}, {"seed": 1}]}' 'two runs have the name seed=1'
    expect_bad '{"common": {"text": "text.txt"}, "runs": [{"seed": 1}, {"seed": 1, "name": "x"}]}' \
        'the runs seed=1 and x have the same settings'
    expect_bad '{"common": {"text": "text.txt"}, "cross": {"rnn_sice": [5]}}' "rnn_sice=5: 'rnn_sice' is not a known setting"
    expect_bad '{"common": {"text": "text.txt"}, "cross": {"rnn_size": [5, 0]}}' 'rnn_size=0: rnn_size: '
    sweep none.json out
    expect_refusal 2 'none.json: cannot read the grid'
}

test_other_settings_under_the_same_name() {
    needs jq parallel
    make_grid '{"seed": [1]}'
    sweep grid.json out
    expect_status 0
    sed 's/"max_steps": 40/"max_steps": 41/' grid.json >other.json
    sweep other.json out
    expect_refusal 2 "other.json: seed=1: $PWD/out/runs has a run with this name and other settings"
}

# run_without SCRIPT ARGUMENT...: with the programs of the folder bin only.
run_without() {
    script=$1
    shift
    run env PATH="$PWD/bin" "$ROOT/scripts/$script" "$@"
}

test_missing_programs() {
    needs jq parallel
    make_grid '{"seed": [1]}'
    mkdir -p out/runs/x
    real sh dirname basename mktemp rm cat sed
    hint='to install them, run scripts/install-deps.sh'
    run_without sweep.sh --program "$CHARNN" grid.json out
    expect_stderr "sweep: missing programs: jq parallel; $hint"
    expect_status 1
    run_without sweep.sh --program "$CHARNN" --dry-run grid.json out
    expect_stderr "sweep: missing programs: jq; $hint"
    run_without report.sh out
    expect_stderr "report: missing programs: jq gnuplot; $hint"
    run_without watch.sh out
    expect_stderr "watch: missing programs: jq; $hint"
    run_without paper-table.sh --corpus 'the text é.txt' out
    expect_stderr "paper-table: missing programs: jq parallel gnuplot; $hint"
    real jq grep sort cut
    run_without sweep.sh --program "$CHARNN" grid.json out
    expect_stderr "sweep: missing programs: parallel; $hint"
    fake parallel 'echo parallel from moreutils'
    run_without sweep.sh --program "$CHARNN" grid.json out
    expect_refusal 2 'is not GNU parallel'
}

# A fake cluster runs the tasks of the array in any order.
test_slurm() {
    needs jq parallel
    make_grid '{"model": ["lstm", "gru", "rnn"]}'
    sweep --slurm --threads 2 --jobs 8 grid.json "it's out"
    expect_status 0
    expect_stderr_contains 'sweep: 3 runs; start them with: sbatch '
    script="it's out/sweep.sbatch"
    for line in '#SBATCH --array=1-3%8' '#SBATCH --cpus-per-task=2' '#SBATCH --requeue'; do
        grep -qxF -e "$line" "$script" || fail "expected the line: $line"
    done
    # shellcheck disable=SC2016 # for the inner shell
    fake srun 'exec "$@"'
    for task in 3 1 2; do
        run env PATH="$PWD/bin:$PATH" SLURM_ARRAY_TASK_ID=$task SLURM_CPUS_PER_TASK=2 sh "$script"
        expect_status 0
    done
    expect_runs "it's out" model=lstm model=gru model=rnn
    sweep grid.json "it's out"
    expect_stderr_lines 1
}

# A fake mpirun and a fake srun run one process in place of two ranks.
test_ranks() {
    needs jq parallel
    make_grid '{"model": ["lstm", "gru"]}'
    # shellcheck disable=SC2016
    fake mpirun 'echo "$OMPI_MCA_odls_base_sigkill_timeout $*" >>"'"$PWD"'/mpirun"; shift 2; exec "$@"'
    fake srun 'echo "$*" >>"'"$PWD"'/srun"; shift 3; exec "$@"'
    run env PATH="$PWD/bin:$PATH" "$ROOT/scripts/sweep.sh" --program "$CHARNN" --ranks 2 --threads 1 --dry-run grid.json out
    expect_stdout_contains " && mpirun -n 2 '$CHARNN' train --config "
    run env PATH="$PWD/bin:$PATH" "$ROOT/scripts/sweep.sh" --program "$CHARNN" --ranks 2 --threads 1 grid.json out
    expect_status 0
    expect_runs out model=lstm model=gru
    [ "$(grep -c "^10 -n 2 $CHARNN train .*--threads 1 " mpirun)" -eq 2 ] || fail 'expected two runs of mpirun'
    run env PATH="$PWD/bin:$PATH" "$ROOT/scripts/sweep.sh" --program "$CHARNN" --ranks 2 --threads 3 --slurm grid.json slurm
    expect_status 0
    for line in '#SBATCH --ntasks=2' '#SBATCH --cpus-per-task=3'; do
        grep -qxF -e "$line" slurm/sweep.sbatch || fail "expected the line: $line"
    done
    for task in 1 2; do
        run env PATH="$PWD/bin:$PATH" SLURM_JOB_ID=7 SLURM_ARRAY_TASK_ID=$task SLURM_CPUS_PER_TASK=3 sh slurm/sweep.sbatch
        expect_status 0
    done
    expect_runs slurm model=lstm model=gru
    [ "$(grep -c "^--ntasks=2 --cpus-per-task=3 --mpi=pmix $CHARNN train " srun)" -eq 2 ] || fail 'expected two runs of srun'
}

# A fake ssh runs the jobs on this machine.
test_other_machines() {
    needs jq parallel
    make_grid '{"model": ["lstm", "gru", "rnn"]}'
    # shellcheck disable=SC2016 # for the inner shell
    fake far 'echo "$1" >>"'"$PWD"'/hosts"; shift; [ "$1" != -- ] || shift; exec sh -c "$*"'
    run env PATH="$PWD/bin:$PATH" "$ROOT/scripts/sweep.sh" --program "$CHARNN" --jobs 2 \
        --sshlogin "far one" grid.json 'out é'
    expect_status 0
    expect_runs 'out é' model=lstm model=gru model=rnn
    grep -qx one hosts || fail 'expected jobs on the other machine'
}

# tree PID: the process and its descendants.
tree() {
    ps -A -o pid= -o ppid= | awk -v root="$1" '
        { parent[$1] = $2 }
        END { for (p in parent) { q = p; while (q in parent && q != root) q = parent[q]; if (q == root) print p } }'
}

finished() {
    cat "$1"/runs/*/status 2>/dev/null | grep -cx 0 || :
}

# start_sweep OUT: starts a sweep in the background; sets pid.
start_sweep() {
    "$ROOT/scripts/sweep.sh" --program "$CHARNN" --jobs 3 --threads 1 grid.json "$1" >"$REPORT/out" 2>"$REPORT/err" &
    pid=$!
}

# wait_finished OUT N: waits until N runs of the started sweep are finished.
wait_finished() {
    tries=0
    while [ "$(finished "$1")" -lt "$2" ]; do
        kill -0 "$pid" || fail 'the sweep ended early'
        tries=$((tries + 1))
        [ $tries -lt 6000 ] || fail "expected $2 runs to be finished within two minutes"
        sleep 0.02
    done
}

test_stopped_by_a_signal() {
    needs jq parallel
    in_memory
    make_grid '{"seed": [1, 2, 3, 4]}'
    sweep grid.json whole
    start_sweep out
    wait_finished out 1
    kill -TERM $pid
    status=0
    wait $pid || status=$?
    expect_status 143
    expect_stderr_contains ' of 4 runs are finished'
    sweep grid.json out
    expect_status 0
    expect_same_runs whole out
}

# The sweep and its descendants are killed several times.
test_killed() {
    needs jq parallel ps
    in_memory
    experiments=8
    kills=2
    if [ -n "${SLOW-}" ]; then
        experiments=100
        kills=5
    fi
    make_grid "{\"seed\": [$(seq -s , $experiments)]}"
    start_sweep whole
    wait $pid
    k=0
    while [ $k -lt $kills ]; do
        start_sweep out
        wait_finished out $((experiments * (k + 1) / (kills + 1)))
        # Processes that started after the list was made are in the next list.
        for again in 1 2 3; do
            : "$again"
            # shellcheck disable=SC2046 # a list
            kill -KILL $(tree $pid) 2>/dev/null || :
        done
        wait $pid 2>/dev/null || :
        k=$((k + 1))
    done
    # A job may outlive its parents for a moment and hold the lock of its run.
    status=1
    tries=0
    while [ $status -ne 0 ] && [ $tries -lt 50 ]; do
        sleep 0.1
        start_sweep out
        status=0
        wait $pid || status=$?
        tries=$((tries + 1))
    done
    expect_status 0
    expect_stderr_contains "sweep: $experiments of $experiments runs are finished"
    [ "$(find out/runs -name settings.json | wc -l)" -eq "$experiments" ] || fail 'expected as many runs as before'
    expect_same_runs whole out
}

test_a_grid_that_the_sweep_would_write() {
    needs jq
    make_grid '{}'
    mkdir -p out/runs/run
    for name in sweep.names sweep.sbatch runs/run/test.json; do
        cp grid.json "out/$name"
        cp grid.json before
        ln -s "out/$name" link.json
        for grid in "out/$name" link.json; do
            sweep --slurm "$grid" out
            expect_status 2
            expect_stderr_contains "$grid is $PWD/out/$name, which the sweep writes"
            expect_same_files before "out/$name"
        done
        rm "out/$name" link.json
    done
    cp 'the text é.txt' out/runs/run/test.json
    sed 's|the text é.txt|out/runs/run/test.json|' grid.json >other.json
    sweep --slurm other.json out
    expect_status 2
    expect_stderr_contains "/out/runs/run/test.json, which the sweep writes"
}
