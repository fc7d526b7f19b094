# shellcheck shell=sh
# What the shell tests use. run.sh reads this file, then a *.test.sh file, then calls one of its
# functions test_* in an empty folder. A case ends at its first failed expectation.
#
# Known to a case: $CHARNN, the program; $ROOT, the project; $SHARED, a folder that all cases of a
# run share; and after run: $status, and the files out and err in $REPORT.

set -eu

REPORT=$PWD/.report
mkdir "$REPORT"
status=

fail() {
    printf '%s\n' "$*"
    if [ -n "$status" ]; then
        printf 'exit status: %s\n' "$status"
        head -c 2000 "$REPORT/out" | sed 's/^/out: /'
        head -c 2000 "$REPORT/err" | sed 's/^/err: /'
    fi
    exit 1
}

# skip REASON: this machine cannot run the case.
skip() {
    printf '%s\n' "$*"
    exit 77
}

# run COMMAND...: runs it (a program, not a function) and keeps what it says and how it ends. None
# may take longer than two minutes.
run() {
    status=0
    # $TIMEOUT is a command of words, or nothing.
    # shellcheck disable=SC2086
    ${TIMEOUT:+$TIMEOUT -k 10 120} "$@" >"$REPORT/out" 2>"$REPORT/err" || status=$?
}

charnn() {
    run "$CHARNN" "$@"
}

# faulty FAULTS ARGUMENT...: charnn, but with calls of the C library that fail: "write:3:ENOSPC". The
# file $REPORT/calls then has how many calls of each kind there were (tests/faulty/environment.c).
faulty() {
    [ -n "${FAULTY-}" ] || skip 'calls cannot be made to fail in this build'
    faults=$1
    shift
    run env CHARNN_FAULTS="$faults" CHARNN_FAULTS_COUNT="$REPORT/calls" "$FAULTY" "$@"
}

# calls_of KIND: how many of them there were in the last faulty.
calls_of() {
    sed -n "s/^$1 //p" "$REPORT/calls"
}

expect_status() {
    [ "$status" -eq "$1" ] || fail "expected exit status $1"
}

# expect_stdout TEXT, expect_stderr TEXT: exactly this line, or these lines.
expect_stdout() {
    printf '%s\n' "$1" | cmp -s - "$REPORT/out" || fail "expected on stdout: $1"
}

expect_stderr() {
    printf '%s\n' "$1" | cmp -s - "$REPORT/err" || fail "expected on stderr: $1"
}

expect_no_stdout() {
    [ ! -s "$REPORT/out" ] || fail 'expected nothing on stdout'
}

expect_no_stderr() {
    [ ! -s "$REPORT/err" ] || fail 'expected nothing on stderr'
}

# expect_stdout_contains TEXT..., expect_stderr_contains TEXT...: each somewhere on one line.
expect_stdout_contains() {
    for text in "$@"; do
        grep -qF -e "$text" "$REPORT/out" || fail "expected in stdout: $text"
    done
}

expect_stderr_contains() {
    for text in "$@"; do
        grep -qF -e "$text" "$REPORT/err" || fail "expected in stderr: $text"
    done
}

# expect_stderr_lines N: so many lines, for errors that are to be one sentence.
expect_stderr_lines() {
    lines=$(wc -l <"$REPORT/err")
    [ "$lines" -eq "$1" ] || fail "expected $1 line(s) on stderr"
}

# expect_refusal STATUS TEXT...: nothing on stdout, one line on stderr that has all of TEXT.
expect_refusal() {
    expect_status "$1"
    shift
    expect_no_stdout
    expect_stderr_contains "$@"
    expect_stderr_lines 1
}

expect_file() {
    [ -f "$1" ] || fail "expected the file $1"
}

expect_no_file() {
    [ ! -e "$1" ] || fail "expected no file $1"
}

expect_same_files() {
    cmp "$1" "$2" || fail "expected the files $1 and $2 to be the same"
}

# expect_line LINE...: each is a whole line of stderr.
expect_line() {
    for line in "$@"; do
        grep -qxF -e "$line" "$REPORT/err" || fail "expected the line: $line"
    done
}

# header_size CHECKPOINT
header_size() {
    od -An -tu8 -N8 "$1" | tr -d ' '
}

# header CHECKPOINT: its JSON header alone. Not every grep and sed reads a file with NUL bytes.
header() {
    tail -c +9 "$1" | head -c "$(header_size "$1")"
}

# tensors CHECKPOINT: the bytes of its tensors, without the header.
tensors() {
    tail -c +$(($(header_size "$1") + 9)) "$1"
}

# edit_header SCRIPT CHECKPOINT: the checkpoint with its header edited by sed, to the same length.
edit_header() {
    head -c 8 "$2"
    header "$2" | sed "$1"
    tensors "$2"
}

# needs_awk_mathematics: BusyBox can be built without.
needs_awk_mathematics() {
    awk 'BEGIN { exit !(log(exp(1)) == 1) }' 2>/dev/null || skip 'awk has no exp() and log() here'
}

expect_same_tensors() {
    tensors "$1" >"$REPORT/one"
    tensors "$2" >"$REPORT/other"
    [ -s "$REPORT/one" ] || fail "expected tensors in $1"
    cmp "$REPORT/one" "$REPORT/other" || fail "expected the same tensors in $1 and $2"
}

# fake NAME SCRIPT: an executable shell script NAME in the folder bin of the case.
fake() {
    mkdir -p bin
    printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
    chmod +x "bin/$1"
}

# real NAME...: links to these programs of the machine in the folder bin of the case, so that a PATH
# of that folder alone has them and nothing else.
real() {
    mkdir -p bin
    for program in "$@"; do
        ln -s "$(command -v "$program")" "bin/$program"
    done
}

# needs_terminal: skips where script cannot run a command on a terminal; that of BSD has other options,
# and not every machine has a pseudo-terminal.
needs_terminal() {
    [ "$(SHELL=/bin/sh script -qec 'echo works' /dev/null 2>/dev/null </dev/null | tr -d '\r')" = works ] ||
        skip 'script cannot run a command on a terminal here'
}

# in_memory: goes on in an empty folder in memory, where there is one: for cases that save very often,
# as each checkpoint is flushed to the disk.
in_memory() {
    [ -w /dev/shm ] || return 0
    in_memory=$(mktemp -d /dev/shm/charnn-test-XXXXXX)
    trap 'rm -rf "$in_memory"' EXIT
    cd "$in_memory"
}

# wait_for PATTERN FILE: until a line of the file, which another process writes, matches.
wait_for() {
    tries=0
    until grep -q -e "$1" "$2" 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 1200 ] || fail "expected in $2 within a minute: $1"
        sleep 0.05
    done
}

# A text file to learn from: short, and more than a batch of short windows.
make_text() {
    i=0
    while [ $i -lt 60 ]; do
        echo "the quick brown fox number $i jumps over the lazy dog; so it goes."
        i=$((i + 1))
    done >"$1"
}

# A small checkpoint, made once for all cases: $CHECKPOINT, trained on $SHARED/text.txt.
CHECKPOINT=$SHARED/cv/last.safetensors
make_checkpoint() {
    [ ! -f "$CHECKPOINT" ] || return 0
    make_text "$SHARED/text.txt"
    charnn train "$SHARED/text.txt" --rnn-size 8 --num-layers 1 --batch-size 4 --seq-length 10 \
        --max-steps 5 --checkpoint-dir "$SHARED/cv" --seed 1 --threads 1
    if [ "$status" -ne 0 ] || [ ! -f "$CHECKPOINT" ]; then
        fail 'a small checkpoint could not be trained'
    fi
}
