# shellcheck shell=sh
# Sources of a text: several files, folders, standard input, compressed files.

# train ARGUMENT...: a run so small that only the text matters.
train() {
    charnn train "$@" --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 --max-steps 2 \
        --checkpoint-dir cv --seed 1 --threads 1
}

# expect_text FILE ARGUMENT...: training with these arguments equals training on that file.
expect_text() {
    file=$1
    shift
    rm -rf cv
    train "$file"
    expect_status 0
    tensors cv/last.safetensors >wanted
    rm -rf cv
    train "$@"
    expect_status 0
    tensors cv/last.safetensors | cmp - wanted || fail "expected the same model for $file and $*"
}

# needs_library NAME: skips if the program was built without that library.
needs_library() {
    "$CHARNN" info --build | grep -q "^  $1  *[0-9]" || skip "charnn was built without $1"
}

make_folder() {
    make_text page
    mkdir -p book/b book/.git
    head -n 20 page >book/a.txt
    sed -n 21,40p page >book/b/c.txt
    sed -n 41,60p page >book/b.txt
    echo 'no text of it' >book/notes.md
    echo hidden >book/.hidden.txt
    echo hidden >book/.git/config.txt
    mkfifo book/pipe.txt
    ln -s . book/loop
    ln -s ../page book/z.txt
}

test_pattern_is_recorded() {
    mkdir fold
    make_text fold/a.txt
    echo 'ÄÖÜ' >fold/b.md
    train fold --glob '*.txt'
    expect_status 0
    charnn eval --split val cv/last.safetensors fold
    expect_status 0
    expect_no_stderr
    train --resume fold
    expect_status 0
    train --resume fold --glob '*'
    expect_refusal 1
}

test_pattern_without_a_folder() {
    make_text page
    train page --glob '*.txt'
    expect_refusal 2 '--glob has no effect: it chooses files in folders, and none of the texts is a folder'
    train --glob '*.md' no-such-folder
    expect_refusal 1 'cannot open no-such-folder: No such file or directory'
    echo '{"glob": "*.txt"}' >settings.json
    train page --config settings.json
    expect_status 0
}

test_info_of_a_run_on_many_files() {
    mkdir fold
    for i in 01 02 03 04 05 06 07 08 09 10; do make_text fold/$i; done
    train fold
    charnn info cv/last.safetensors
    [ "$(grep -c ' fold/' "$REPORT/out")" -eq 10 ] || fail 'expected ten names'
    for i in 11 12; do make_text fold/$i; done
    train fold
    charnn info cv/last.safetensors
    expect_status 0
    [ "$(grep -c ' fold/' "$REPORT/out")" -eq 9 ] || fail 'expected nine names'
    expect_stdout_contains 'fold/01' 'fold/09' 'and 3 more files'
    charnn info --json cv/last.safetensors
    expect_stdout_contains '"fold/11","fold/12"]'
}

test_name_that_could_not_be_kept() {
    name=$(printf 'a\377.txt')
    make_text "$name"
    train "$name"
    expect_status 0
    train --resume
    expect_refusal 1 'the name of a training file is not UTF-8; name the files'
    train --resume "$name"
    expect_status 0
}

test_folder() {
    make_folder
    cat book/a.txt book/b.txt book/b/c.txt page >whole # as LC_ALL=C sort has the paths
    expect_text whole book --glob '*.txt'
    expect_text whole book/ --glob '*.txt'
    cat page book/a.txt book/b.txt book/b/c.txt book/notes.md >whole # without z.txt, which is page
    expect_text whole page book
    expect_stderr_contains 'note        left out 1 file in folders: links to files that are already in the text'
    # The files are recorded, so files that are added later change nothing.
    echo more >book/more.txt
    charnn eval --split train cv/last.safetensors
    expect_status 0
    expect_no_stderr
    charnn info --json cv/last.safetensors
    expect_stdout_contains book/b/c.txt
    train book --glob '*.tex'
    expect_refusal 1 'the folder book has no file in it whose name matches' '*.tex'
    mkdir empty
    train empty
    expect_refusal 1 'the folder empty has no file in it'
}

# Each file of folders is read once, by the name that is no link.
test_links() {
    make_text page
    mkdir -p book/b other
    head -n 20 page >book/b/c.txt
    ln -s b/c.txt book/a.txt
    sed -n 21,40p page >book/d.txt
    ln book/d.txt book/b/e.txt
    ln -s ../book/d.txt other/f.txt
    cat book/b/c.txt book/b/e.txt >whole
    expect_text whole book other
    expect_stderr_contains 'note        left out 3 files in folders: '
    expect_text whole book --glob '*.txt'
    expect_stderr_contains 'note        left out 2 files in folders: '
    # Files that are named are read as often as they are named.
    cat book/b/c.txt book/b/e.txt book/b/e.txt >whole
    expect_text whole book book/d.txt book/d.txt
    charnn eval cv/last.safetensors book
    expect_status 0
    expect_stderr 'charnn eval: left out 2 files in folders: links to files that are already in the text'
    # The list of the run has each file once.
    charnn eval --split val cv/last.safetensors
    expect_status 0
    expect_no_stderr
}

# An empty file needs no temporary file.
test_empty_files_take_no_disk() {
    mkdir -p fold/b
    : >fold/a.txt
    make_text fold/b/c.txt
    run env TMPDIR="$PWD/nowhere" "$CHARNN" train fold --glob '*.txt' --rnn-size 4 --num-layers 1 \
        --batch-size 4 --seq-length 10 --max-steps 2 --checkpoint-dir cv --seed 1 --threads 1
    expect_status 0
    ! grep -q '^disk' "$REPORT/err" || fail 'expected no temporary file'
    needs_library zlib
    gzip -c fold/a.txt >fold/d.gz
    expect_text fold/b/c.txt fold
    ! grep -q '^disk' "$REPORT/err" || fail 'expected no temporary file'
}

test_folder_of_many_files() {
    mkdir many
    i=1000
    while [ $i -lt 1400 ]; do
        echo "file $i" >many/$i
        i=$((i + 1))
    done
    cat many/* >whole
    expect_text whole many
}

test_eval_takes_folders() {
    make_checkpoint
    make_folder
    cat book/a.txt book/b.txt book/b/c.txt book/notes.md page >whole
    charnn eval "$CHECKPOINT" whole
    cp "$REPORT/out" wanted
    charnn eval "$CHECKPOINT" book --join
    expect_same_files wanted "$REPORT/out"
}

test_gzip() {
    needs_library zlib
    make_text page
    gzip -c page >page.gz
    expect_text page page.gz
    expect_stderr_contains 'of piped or decompressed text, in temporary files in'
    gzip -c page >>page.gz # two members are one text
    cat page page page >whole
    expect_text whole page.gz page
    charnn eval --split train cv/last.safetensors
    expect_status 0
    expect_no_stderr
    head -c 200 page.gz >cut.gz
    train cut.gz
    expect_refusal 1 'cut.gz is truncated'
    : >empty.gz
    train empty.gz
    expect_refusal 1 'empty.gz is truncated'
    { head -c 100 page.gz && printf xxxx && tail -c +105 page.gz; } >damaged.gz
    train damaged.gz
    expect_refusal 1 'damaged.gz is damaged'
    cp page plain.gz
    train plain.gz
    expect_refusal 1 'plain.gz is not gzip data, although its name ends in .gz; rename it if it is a text'
    printf '\037\213xxxxxxxx' >foreign.gz
    train foreign.gz
    expect_refusal 1 'foreign.gz is damaged'
    train missing.gz
    expect_refusal 1 'missing.gz' 'No such file or directory'
}

# What is no text is named by its first bytes, with the command that makes text of it.
test_other_formats() {
    make_checkpoint
    gzip -c "$SHARED/text.txt" >packed.txt
    train packed.txt
    expect_refusal 1 "packed.txt is compressed by gzip" "gzip -dc < packed.txt >text.txt"
    charnn eval "$CHECKPOINT" "$SHARED/text.txt" packed.txt
    expect_refusal 1 'packed.txt is compressed by gzip'
    run sh -c '"$1" eval "$2" - <packed.txt' sh "$CHARNN" "$CHECKPOINT"
    expect_refusal 1 'standard input is compressed by gzip' "gzip -dc < FILE >text.txt"
    { printf '\377\376' && tr '\n' '\000' <"$SHARED/text.txt"; } >'wide text.txt'
    train 'wide text.txt' --encoding utf8
    expect_refusal 1 'wide text.txt is UTF-16 text' "iconv -f UTF-16 -t UTF-8 'wide text.txt' >text.txt"
    printf '%%PDF-1.4\nbinary' >page.txt
    train page.txt
    expect_refusal 1 'page.txt is a PDF document' "pdftotext page.txt text.txt"
    for file in packed.txt 'wide text.txt' page.txt; do
        charnn train "$file" --encoding bytes --batch-size 1 --seq-length 2 --train-frac 1 --val-frac 0 \
            --rnn-size 8 --num-layers 1 --max-steps 1
        expect_status 0
    done
}

# As with gzip(1), only zeros, which pad blocks, may follow.
test_gzip_followed_by_more() {
    needs_library zlib
    make_text page
    { gzip -c page && head -c 700 /dev/zero; } >padded.gz
    expect_text page padded.gz
    for more in x garbage '\037x' '\037\213' '\0\0x'; do
        # shellcheck disable=SC2059 # it is a format
        { gzip -c page && printf "$more"; } >more.gz
        train more.gz
        expect_refusal 1 'more.gz is ' gzip
    done
    expect_stderr_contains 'damaged at its end: other bytes follow the compressed ones'
    { gzip -c page && printf '\0' && gzip -c page; } >between.gz
    train between.gz
    expect_refusal 1 'between.gz is damaged at its end'
}

test_zstd() {
    needs_library zstd
    command -v zstd >/dev/null 2>&1 || skip 'there is no zstd here to compress with'
    make_text page
    zstd -q page
    expect_text page page.zst
    zstd -q -c page >>page.zst
    cat page page page >whole
    expect_text whole page page.zst
    head -c 131072 /dev/zero | tr '\0' a >even # just fills a buffer
    zstd -q even
    expect_text even even.zst
    head -c 200 page.zst >cut.zst
    train cut.zst
    expect_refusal 1 'cut.zst is truncated'
    : >empty.zst
    train empty.zst
    expect_refusal 1 'empty.zst is truncated'
    { printf '\120\052\115\030\003\0\0\0abc' && zstd -q -c page; } >skip.zst # skippable frames
    printf '\120\052\115\030\003\0\0\0abc' >>skip.zst
    expect_text page skip.zst
    for more in x garbage '\0\0\0\0\0\0\0\0'; do
        # shellcheck disable=SC2059 # it is a format
        { zstd -q -c page && printf "$more"; } >more.zst
        train more.zst
        expect_refusal 1 'more.zst is ' zstd
    done
    expect_stderr_contains 'damaged at its end: other bytes follow the compressed ones'
    cp page plain.zst
    train plain.zst
    expect_refusal 1 'plain.zst is not zstd data, although its name ends in .zst; rename it if it is a text'
}

test_pipe() {
    make_text page
    rm -rf cv
    # shellcheck disable=SC2002 # it must be a pipe
    cat page | "$CHARNN" train - page --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 \
        --max-steps 2 --checkpoint-dir piped --seed 1 --threads 1 2>"$REPORT/err" ||
        fail 'expected exit status 0'
    cat page page >whole
    train whole
    expect_same_tensors piped/last.safetensors cv/last.safetensors
}

test_no_room_for_a_temporary_file() {
    make_text page
    # shellcheck disable=SC2002 # it must be a pipe
    cat page | TMPDIR=$PWD/nowhere "$CHARNN" train - --checkpoint-dir cv >"$REPORT/out" \
        2>"$REPORT/err" && fail 'expected a failure'
    # shellcheck disable=SC2034 # lib.sh looks at it
    status=1
    expect_refusal 1 "$PWD/nowhere" TMPDIR 'No such file or directory'
    needs_library zlib
    gzip -c page >page.gz
    (
        ulimit -f 1
        trap '' XFSZ
        "$CHARNN" train page.gz --checkpoint-dir cv
    ) >"$REPORT/out" 2>"$REPORT/err" && fail 'expected a failure'
    expect_stderr_contains 'TMPDIR' 'File too large'
}
