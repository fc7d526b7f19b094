# shellcheck shell=sh
# The memory of training: the estimate matches the peak, and the size of the text does not matter. The cases
# sample the anonymous memory of the process ("Anonymous" in smaps_rollup of Linux) while it runs; mapped
# files do not count, because the system can drop them.

needs_measuring() {
    not_with_sanitizers 'they need memory of their own'
    [ -r /proc/self/smaps_rollup ] || skip 'this system has no /proc/self/smaps_rollup'
}

# Whether the process runs; a zombie does not.
is_running() {
    grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$pid/status" 2>/dev/null
}

# in_process FILE FIELD: a number of kB from /proc/PID/FILE, or 0.
in_process() {
    number=$(sed -n "s/^$2:[^0-9]*\([0-9]*\) kB$/\1/p" "/proc/$pid/$1" 2>/dev/null) || :
    echo "${number:-0}"
}

# measure ARGUMENT...: trains with two threads, and with a limit of $data_limit kB of data if it is set. Sets
# $peak and $data, the peaks of anonymous memory and of VmData in kB.
measure() {
    rm -rf cv
    (
        # shellcheck disable=SC3045 # the shells of Linux know -d
        [ -z "${data_limit-}" ] || ulimit -d "$data_limit"
        exec "$CHARNN" train --threads 2 --checkpoint-dir cv "$@"
    ) >"$REPORT/out" 2>"$REPORT/err" &
    pid=$!
    peak=0
    data=0
    while is_running; do
        now=$(in_process smaps_rollup Anonymous)
        [ "$now" -le "$peak" ] || peak=$now
        now=$(in_process status VmData)
        [ "$now" -le "$data" ] || data=$now
        sleep 0.005
    done
    status=0
    # shellcheck disable=SC2034 # lib.sh looks at it
    wait "$pid" || status=$?
    expect_status 0
}

# Sets $estimate to the estimate of the last run, in bytes.
read_estimate() {
    said=$(sed -n 's/^memory  *about \([0-9.]* [kMG]B\), .*/\1/p' "$REPORT/err")
    estimate=$(echo "$said" | awk '
        $2 == "kB" { print $1 * 1e3 } $2 == "MB" { print $1 * 1e6 } $2 == "GB" { print $1 * 1e9 }')
    [ -n "$estimate" ] || fail 'expected a memory estimate'
}

# The estimate is within a tenth of the peak.
expect_estimate_near_peak() {
    read_estimate
    awk -v e="$estimate" -v p=$((peak * 1024)) \
        'BEGIN { exit !(p > 0 && e >= p * 0.9 && e <= p * 1.1) }' ||
        fail "expected about $((peak * 1024)) bytes, not $said"
}

# expect_estimate ARGUMENT...: the estimate matches the peak of a run. It validates and saves after every step,
# so that the samples catch these.
expect_estimate() {
    measure --batch-size 50 --eval-val-every 1 --val-frac 0.002 "$@"
    expect_estimate_near_peak
}

# make_wide_text FILE: 5,000 different characters of three bytes each, from U+4E00 on.
make_wide_text() {
    LC_ALL=C awk 'BEGIN {
        for (i = 0; i < 100000; i++) {
            c = 19968 + i * 7919 % 5000
            printf "%c%c%c", 224 + int(c / 4096), 128 + int(c / 64) % 64, 128 + c % 64
        }
    }' >"$1"
}

make_long_text() {
    make_text page
    cat page page page page page page page page page page >"$1"
}

# ---- the estimate --------------------------------------------------------------------------------

test_estimate_of_small_models() {
    needs_measuring
    make_long_text text
    expect_estimate text --rnn-size 64 --num-layers 1 --max-steps 20
    expect_estimate text --rnn-size 64 --num-layers 1 --model rnn --max-steps 30
    expect_estimate text --rnn-size 64 --num-layers 1 --model gru --batch-size 20 --max-steps 30
}

# The number of checkpoints does not matter.
test_estimate_of_many_checkpoints() {
    needs_measuring
    in_memory
    make_long_text text
    expect_estimate text --rnn-size 64 --num-layers 1 --model gru --batch-size 20 --max-steps 300
}

test_estimate_of_medium_models() {
    needs_measuring
    make_long_text text
    expect_estimate text --max-steps 8
    expect_estimate text --model gru --optimizer adam --average 0 --max-steps 8
    expect_estimate text --model rnn --optimizer sgd --dropout 0 --max-steps 8
    expect_estimate text --model rnn --optimizer muon --rnn-size 256 --max-steps 4
    expect_estimate text --peephole --optimizer adam --batch-size 100 --seq-length 30 --max-steps 4
}

test_estimate_of_a_large_model() {
    needs_measuring
    make_long_text text
    expect_estimate text --rnn-size 512 --num-layers 3 --seq-length 20 --max-steps 2
}

test_estimate_with_a_large_vocabulary() {
    needs_measuring
    make_wide_text text
    expect_estimate text --batch-size 20 --max-steps 4
    expect_estimate text --batch-size 20 --max-steps 4 --optimizer sgd --average 0 --model rnn
    expect_estimate text --batch-size 20 --max-steps 2 --rnn-size 256 --num-layers 1 --seq-length 20
}

test_estimate_of_a_ridge_regression() {
    needs_measuring
    has_lapack || skip 'built without LAPACK'
    make_long_text text
    expect_estimate text --reservoir --ridge 1e-3 --model rnn --rnn-size 600 --num-layers 1 --max-steps 2
    make_wide_text text
    expect_estimate text --reservoir --ridge 1e-3 --rnn-size 128 --num-layers 1 --batch-size 20 --max-steps 2
}

test_estimate_with_samples() {
    needs_measuring
    make_wide_text text
    expect_estimate text --batch-size 8 --seq-length 20 --max-steps 4 --rnn-size 128 \
        --num-layers 1 --sample-every 1 --sample-length 20
}

test_estimate_of_a_resumed_run() {
    needs_measuring
    make_wide_text text
    charnn train text --batch-size 8 --seq-length 20 --rnn-size 128 --num-layers 1 \
        --eval-val-every 1 --val-frac 0.002 --max-steps 1 --threads 2 --checkpoint-dir first
    expect_status 0
    measure --resume --max-steps 3 --checkpoint-dir first
    expect_estimate_near_peak
}

test_a_text_from_a_pipe_takes_disk_space() {
    make_long_text text
    set -- --rnn-size 8 --num-layers 1 --batch-size 4 --seq-length 10 --max-steps 1 --val-frac 0 \
        --threads 1
    "$CHARNN" train - "$@" <text 2>"$REPORT/err" || fail 'expected exit status 0'
    grep '^memory      about [0-9.]* MB, not counting the text$' "$REPORT/err" >said ||
        fail 'expected a memory estimate'
    ! grep '^disk ' "$REPORT/err" || fail 'expected that a file on standard input is mapped'
    # shellcheck disable=SC2002 # it must be a pipe
    cat text | TMPDIR=$PWD "$CHARNN" train - "$@" 2>"$REPORT/err" || fail 'expected exit status 0'
    grep -qxF -f said "$REPORT/err" || fail "expected $(cat said)"
    expect_line "disk        40 kB of piped or decompressed text, in temporary files in $PWD"
    ! ls -d charnn-* 2>/dev/null || fail 'expected no temporary files'
}

# expect_formula CELL L H ROWS ARRAYS ARGUMENT...: the estimate is within a tenth of this formula,
# for 50 streams of 50 characters, 40 different characters and 2 threads. ROWS is the number of further rows
# for each position and layer: 2 with --dropout, 1 with --recurrent-dropout, 1 in layers above the first
# with --skip. ARRAYS is the number of arrays with an element per weight.
expect_formula() {
    formula=$(awk -v cell="$1" -v L="$2" -v H="$3" -v rows="$4" -v arrays="$5" 'BEGIN {
        V = 48; B = 50; T = 50; P = 2
        G = cell == "lstm" ? 4 : cell == "gru" ? 3 : 1
        A = cell == "rnn" ? 1 : 4
        S = cell == "lstm" ? 2 : 1
        H = 16 * int((H + 15) / 16)
        R = H % 128 == 0 ? H + 16 : H
        N = G * H * (V + H + 2) + (L - 1) * G * H * (2 * H + 2) + V * (H + 1)
        W = (2 * L - 1) * G * H * H + H * V
        M = V > H ? G * H * V : G * H * H
        n = arrays * N + 3 * W + B * T * (L * (A * H + (S + rows) * R) + V)
        D = 65536 / (A * H) > H ? 65536 / (A * H) : H
        D = 64 * int((D < 128 ? 128 : D > 512 ? 512 : D) / 64)
        n += 2112 * L * S * R + D * (L * A * H + V) + 32768 * P + M
        printf "%d", 0.75e6 + 4 * n
    }')
    cell=$1 layers=$2 units=$3
    shift 5
    charnn train text --model "$cell" --num-layers "$layers" --rnn-size "$units" --threads 2 \
        --batch-size 50 --val-frac 0.09 --max-steps 1 --eval-val-every 0 --optimizer rmsprop --no-skip --checkpoint-dir cv "$@"
    expect_status 0
    read_estimate
    awk -v e="$estimate" -v f="$formula" 'BEGIN { exit !(e >= f * 0.9 && e <= f * 1.1) }' ||
        fail "$cell of $layers layers of $units units: expected about $formula bytes, not $said"
}

test_estimate_is_what_the_formula_gives() {
    not_with_sanitizers 'they need memory of their own'
    make_long_text part
    cat part part part part part part part part >text
    expect_formula lstm 2 128 2 4 --dropout 0.1 --recurrent-dropout 0
    expect_formula lstm 2 128 3 4 --dropout 0.1 --recurrent-dropout 0.2
    expect_formula lstm 3 250 0 5 --dropout 0 --recurrent-dropout 0 --optimizer adam
    expect_formula gru 2 100 0 3 --dropout 0 --recurrent-dropout 0 --average 0 --optimizer sgd
    expect_formula lstm 2 128 0.5 3 --dropout 0 --recurrent-dropout 0 --skip --average 0
    expect_formula gru 1 256 2 5 --dropout 0.1 --recurrent-dropout 0 --optimizer adam
    expect_formula gru 2 256 1 4 --dropout 0 --recurrent-dropout 0.2
    expect_formula rnn 2 128 0 4 --dropout 0
    expect_formula rnn 1 64 2 3 --dropout 0.1 --average 0
}

# ---- a large text --------------------------------------------------------------------------------

# The run on 1 GB also has a limit on its data.
test_memory_does_not_grow_with_the_text() {
    needs_measuring
    free=$(df -Pk . | awk 'NR == 2 { print $4 }')
    [ "${free:-0}" -ge 3000000 ] || skip 'less than 3 GB are free on the disk'
    line='Größer als der Speicher dürfen die Texte sein, auch wenn nicht alle Zeichen ein Byte haben.'
    yes "$line" | head -n 11000 >1M
    set -- --rnn-size 32 --val-frac 0.00001 --max-steps 10 --eval-val-every 2
    measure 1M "$@"
    small=$peak
    cat 1M 1M 1M 1M 1M 1M 1M 1M 1M 1M >10M
    cat 10M 10M 10M 10M 10M 10M 10M 10M 10M 10M >100M
    cat 100M 100M 100M 100M 100M 100M 100M 100M 100M 100M >1G
    [ "$(wc -c <1G)" -ge 1000000000 ] || fail 'expected a file of 1 GB'
    data_limit=$((data + 64000))
    measure 1G "$@"
    [ "$small" -gt 0 ] || fail 'expected a peak'
    [ $((peak - small)) -lt 62500 ] ||
        fail "expected less than 64 MB more than $small kB, not $peak kB"
    rm 1G
    mkfifo pipe
    cat 100M >pipe &
    TMPDIR=$PWD
    export TMPDIR
    measure pipe "$@"
    [ $((peak - small)) -lt 6250 ] ||
        fail "expected less than 6.4 MB more than $small kB for 100 MB from a pipe, not $peak kB"
}

# The positions of records are in a temporary file.
test_memory_does_not_grow_with_records() {
    needs_measuring
    awk 'BEGIN { while (n < 100000) print "Größe " n++ }' >records # and, ten times, copies of each
    cat records records records records records records records records records records >tenfold
    set -- --records line --rnn-size 32 --val-frac 0.0001 --max-steps 10 --eval-val-every 2
    measure records "$@"
    expect_stderr_contains 'in 100,000 records'
    small=$peak
    measure tenfold "$@"
    expect_stderr_contains 'in 1,000,000 records'
    [ "$small" -gt 0 ] || fail 'expected a peak'
    [ $((peak - small)) -lt 2000 ] ||
        fail "expected less than 2 MB more than $small kB for ten times the records, not $peak kB"
}
