# shellcheck shell=sh
# Helpers of the shell tests. run.sh sources this file and a *.test.sh file, then calls a function test_*
# in an empty folder. A case ends at its first failed expectation.
#
# Variables for cases: $CHARNN, the program; $ROOT, the project; $SHARED, a folder that all cases share;
# and after run: $status, and the output in $REPORT/out and $REPORT/err.

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

# skip REASON: ends a case that this machine cannot run.
skip() {
    printf '%s\n' "$*"
    exit 77
}

# not_with_sanitizers REASON: ends a case if the program is built with one.
not_with_sanitizers() {
    ! grep -q -e __asan_init -e __tsan_init -e __msan_init -e __ubsan_handle "$CHARNN" || skip "sanitizers: $*"
}

# run COMMAND...: runs a program (not a function). A limit of 15 minutes ends one that hangs. Sets $status, $REPORT/out and
# $REPORT/err.
run() {
    status=0
    # $TIMEOUT is empty or a list of words.
    # shellcheck disable=SC2086
    ${TIMEOUT:+$TIMEOUT -k 10 900} "$@" >"$REPORT/out" 2>"$REPORT/err" || status=$?
}

charnn() {
    run "$CHARNN" "$@"
}

# faulty FAULTS ARGUMENT...: runs charnn with failing calls of the C library, such as "write:3:ENOSPC". Writes
# the number of calls of each kind to $REPORT/calls (tests/faulty/environment.c).
faulty() {
    [ -n "${FAULTY-}" ] || skip 'this build has no fault injection'
    faults=$1
    shift
    run env CHARNN_FAULTS="$faults" CHARNN_FAULTS_COUNT="$REPORT/calls" "$FAULTY" "$@"
}

# calls_of KIND: the number of calls in the last faulty run.
calls_of() {
    sed -n "s/^$1 //p" "$REPORT/calls"
}

expect_status() {
    [ "$status" -eq "$1" ] || fail "expected exit status $1"
}

# expect_stdout TEXT, expect_stderr TEXT: exactly these lines.
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

# expect_stdout_contains TEXT..., expect_stderr_contains TEXT...: each TEXT is part of a line.
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

# expect_stderr_lines N: N lines on stderr.
expect_stderr_lines() {
    lines=$(wc -l <"$REPORT/err")
    [ "$lines" -eq "$1" ] || fail "expected $1 line(s) on stderr"
}

# expect_refusal STATUS TEXT...: nothing on stdout, one line on stderr that contains each TEXT.
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

# expect_line LINE...: each is a line of stderr.
expect_line() {
    for line in "$@"; do
        grep -qxF -e "$line" "$REPORT/err" || fail "expected the line: $line"
    done
}

# expect_well_formed FILE: the tags of a page or a picture are closed in order, attributes are quoted, and each &
# begins an entity.
expect_well_formed() {
    awk '
        function refuse(why) { print why; exit }
        BEGIN { quoted = "[a-z:A-Z-]+=(\"[^\"<]*\"|\047[^\047<]*\047)" }
        { text = text $0 "\n" }
        END {
            count = split(text, part, "<")
            for (i = 2; i <= count; i++) {
                end = index(part[i], ">")
                tag = substr(part[i], 1, end - 1)
                if (end == 0) refuse("unclosed tag: " part[i])
                while (match(tag, " " quoted)) tag = substr(tag, 1, RSTART - 1) substr(tag, RSTART + RLENGTH)
                if (tag ~ /^!DOCTYPE html$/ || tag ~ /^(meta|img)$/ || tag ~ /^[a-z]+\/$/) continue
                if (tag ~ /^[a-z][a-z0-9]*$/) open[++depth] = tag
                else if (tag != "/" open[depth--]) refuse("unexpected <" tag ">, not </" open[depth + 1] ">")
            }
            if (depth != 0) refuse("not closed: " open[depth])
            gsub(/&(#[0-9]+|[a-z]+);/, "", text)
            if (text ~ /&/) refuse("a bare &")
        }' "$1" >"$REPORT/refused"
    [ ! -s "$REPORT/refused" ] || fail "$1: $(cat "$REPORT/refused")"
}

# header_size CHECKPOINT
header_size() {
    od -An -tu8 -N8 "$1" | tr -d ' '
}

# header CHECKPOINT: the JSON header. Not every grep and sed can read the whole file, with its NUL bytes.
header() {
    tail -c +9 "$1" | head -c "$(header_size "$1")"
}

# tensors CHECKPOINT: the bytes of the tensors.
tensors() {
    tail -c +$(($(header_size "$1") + 9)) "$1"
}

# edit_header SCRIPT CHECKPOINT: the checkpoint after a sed script has edited its header. The length must stay
# the same.
edit_header() {
    head -c 8 "$2"
    header "$2" | sed "$1"
    tensors "$2"
}

# has_lapack: whether the program is built with LAPACK.
has_lapack() {
    charnn info --build --json
    ! grep -q '"lapack":null' "$REPORT/out"
}

# needs_awk_mathematics: skips if awk has no exp(), log(), sqrt() and ^, as some BusyBox builds.
needs_awk_mathematics() {
    awk 'BEGIN { exit !(log(exp(1)) == 1) }' 2>/dev/null || skip 'awk has no exp() and log() here'
}

expect_same_tensors() {
    tensors "$1" >"$REPORT/one"
    tensors "$2" >"$REPORT/other"
    [ -s "$REPORT/one" ] || fail "expected tensors in $1"
    cmp "$REPORT/one" "$REPORT/other" || fail "expected the same tensors in $1 and $2"
}

# fake NAME SCRIPT: creates the executable shell script bin/NAME.
fake() {
    mkdir -p bin
    printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
    chmod +x "bin/$1"
}

# real NAME...: links to programs of the machine in the folder bin, for a PATH with that folder only.
real() {
    mkdir -p bin
    for program in "$@"; do
        ln -s "$(command -v "$program")" "bin/$program"
    done
}

# needs_terminal: skips if script(1) cannot run a command on a terminal: BSD's has other options, and some
# machines have no pseudo-terminals.
needs_terminal() {
    [ "$(SHELL=/bin/sh script -qec 'echo works' /dev/null 2>/dev/null </dev/null | tr -d '\r')" = works ] ||
        skip 'script cannot run a command on a terminal here'
}

# in_memory: changes to an empty folder in memory, if there is one. For cases with many checkpoints, because
# each is flushed to the disk.
in_memory() {
    [ -w /dev/shm ] || return 0
    in_memory=$(mktemp -d /dev/shm/charnn-test-XXXXXX)
    trap 'rm -rf "$in_memory"' EXIT
    cd "$in_memory"
}

# wait_for PATTERN FILE: waits until a line of a file of another process matches.
wait_for() {
    tries=0
    until grep -q -e "$1" "$2" 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 8000 ] || fail "expected in $2 within several minutes: $1"
        sleep 0.05
    done
}

# make_text FILE: a short training text, longer than a batch of short windows.
make_text() {
    i=0
    while [ $i -lt 60 ]; do
        echo "the quick brown fox number $i jumps over the lazy dog; so it goes."
        i=$((i + 1))
    done >"$1"
}

# make_checkpoint: trains a small model on $SHARED/text.txt, once for all cases. The file is $CHECKPOINT.
CHECKPOINT=$SHARED/cv/last.safetensors
make_checkpoint() {
    [ ! -f "$CHECKPOINT" ] || return 0
    make_text "$SHARED/text.txt"
    charnn train "$SHARED/text.txt" --rnn-size 8 --num-layers 1 --batch-size 4 --seq-length 10 \
        --optimizer rmsprop --learning-rate 0.004 --schedule step --dropout 0.1 --recurrent-dropout 0 --average 0.999 \
        --max-steps 5 --checkpoint-dir "$SHARED/cv" --seed 1 --threads 1
    if [ "$status" -ne 0 ] || [ ! -f "$CHECKPOINT" ]; then
        fail 'cannot train the small checkpoint'
    fi
}
