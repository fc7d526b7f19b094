# shellcheck shell=sh
# data/get.sh, with a small table and a curl that only reads local files; data/translations.sh.

# A corpus of 16 bytes and the programs that get.sh needs, without curl and wget.
prepare() {
    mkdir data
    cp "$ROOT/data/get.sh" data/
    printf 'sixteen letters\n' >source.txt
    sum=$(sha256sum source.txt | cut -d' ' -f1)
    real sh dirname awk sha256sum cut tr mkdir mktemp rm rmdir mv cat wc sed id
    table "small 16 $sum url file:missing.txt file:source.txt"
}

table() {
    printf '# name bytes sum how where\n%s\n' "$1" >data/corpora.txt
}

# A curl or wget that copies the file NAME for the address file:NAME.
fake_fetcher() {
    # shellcheck disable=SC2016 # a script in the script
    fake "$1" 'while [ $# -gt 1 ]; do
    case "$1" in -o | -O) out=$2; shift ;; esac
    shift
done
cat "${1#file:}" >"$out"'
}

get() {
    run env PATH="$PWD/bin" sh data/get.sh "$@"
}

expect_nothing_left() {
    [ "$(find data | LC_ALL=C sort | tr '\n' ' ')" = 'data data/corpora.txt data/get.sh ' ] ||
        fail "left behind: $(find data)"
}

test_fetches_from_the_first_address_that_works() {
    for fetcher in curl wget; do
        rm -rf data bin
        prepare
        fake_fetcher $fetcher
        get small
        expect_status 0
        expect_no_stdout
        expect_same_files source.txt data/small/input.txt
        expect_stderr_contains missing.txt source.txt '16 bytes' "$sum"
        [ "$(ls -A data/small)" = input.txt ] || fail "left behind: $(ls -A data/small)"
    done
}

test_another_folder() {
    prepare
    fake_fetcher curl
    get small 'another place'
    expect_status 0
    expect_same_files source.txt 'another place/small/input.txt'
    expect_nothing_left
}

test_a_complete_file_is_not_fetched_again() {
    prepare
    mkdir data/small
    cp source.txt data/small/input.txt
    get small
    expect_status 0
    expect_stderr_contains 'already exists and is complete'
}

test_neither_curl_nor_wget() {
    prepare
    get small
    expect_status 1
    expect_stderr_contains 'neither curl nor wget is installed'
    expect_nothing_left
}

test_no_network() {
    prepare
    fake curl 'echo "curl: (6) Could not resolve host" >&2; exit 6'
    get small
    expect_status 1
    expect_stderr_contains 'cannot download small' 'check the network connection' "$sum"
    expect_nothing_left
}

test_wrong_checksum_keeps_the_old_file() {
    prepare
    fake_fetcher curl
    mkdir data/small
    echo old >data/small/input.txt
    echo 'sixteen LETTERS' >source.txt
    get small
    expect_status 1
    expect_stderr_contains "the file from file:source.txt has SHA-256" "expected $sum"
    [ "$(cat data/small/input.txt)" = old ] || fail 'the old file changed'
    [ "$(ls -A data/small)" = input.txt ] || fail "left behind: $(ls -A data/small)"
}

test_transfer_that_breaks_off() {
    prepare
    # shellcheck disable=SC2016 # a script in the script
    fake curl 'while [ $# -gt 1 ]; do case "$1" in -o) out=$2 ;; esac; shift; done
printf part >"$out"; exit 18'
    get small
    expect_status 1
    expect_nothing_left
}

test_no_checksum_program() {
    prepare
    fake_fetcher curl
    rm bin/sha256sum
    get small
    expect_status 1
    expect_stderr_contains 'neither sha256sum nor shasum is installed'
    expect_nothing_left
}

test_folder_that_cannot_be_written() {
    prepare
    fake_fetcher curl
    : >file
    get small file
    expect_status 1
    expect_stderr_contains 'cannot create the folder file/small'
}

test_zip_archive() {
    command -v unzip >/dev/null 2>&1 || skip 'unzip is not installed'
    command -v zip >/dev/null 2>&1 || skip 'zip is not installed'
    prepare
    fake_fetcher curl
    zip -q source.zip source.txt
    table "small 16 $(sha256sum source.zip | cut -d' ' -f1) zip source.txt file:source.zip"
    get small
    expect_status 1
    expect_stderr_contains 'install unzip'
    real unzip
    get small
    expect_status 0
    expect_same_files source.txt data/small/input.txt
    echo more >>source.zip
    get small
    expect_status 1
    expect_stderr_contains 'the file from file:source.zip has SHA-256'
}

test_debian_packages_without_apt() {
    prepare
    table "small 16 $sum debian small-text"
    get small
    expect_status 1
    expect_stderr_contains 'small-text' 'need apt-get' 'canterbury-bible'
    expect_nothing_left
}

test_debian_packages_that_cannot_be_downloaded() {
    prepare
    table "small 16 $sum debian small-text"
    fake apt-get 'echo "E: Unable to locate package small-text" >&2; exit 100'
    fake dpkg-deb ':'
    get small
    expect_status 1
    expect_stderr_contains 'apt-get cannot download small-text' 'apt-get update'
    expect_nothing_left
}

test_misuse() {
    prepare
    get
    expect_status 2
    expect_stderr_contains 'NAME is missing; the names are: small' usage:
    get large
    expect_status 2
    expect_stderr_contains "unknown corpus 'large'; the names are: small"
    get --all
    expect_status 2
    get small a b
    expect_status 2
    expect_nothing_left
}

test_list_and_help() {
    run "$ROOT/data/get.sh" --list
    expect_status 0
    expect_stdout_contains tiny-shakespeare king-james-bible
    run "$ROOT/data/get.sh" --help
    expect_status 0
    expect_stdout_contains 'data/get.sh NAME'
}

test_the_readme_names_every_corpus_with_its_checksum() {
    awk '!/^#/ && NF { print $1, $3 }' "$ROOT/data/corpora.txt" >rows
    while read -r name sum; do
        grep -q "\`$name\`.*\`$sum\`" "$ROOT/data/README.md" || fail "data/README.md: $name $sum"
    done <rows
}

# data/translations.sh, with catalogues that are texts already, and a msgunfmt that prints them.

# catalogue LANGUAGE NAME ORIGINAL TRANSLATION...
catalogue() {
    mkdir -p "locales/$1/LC_MESSAGES"
    file=locales/$1/LC_MESSAGES/$2.mo
    shift 2
    printf 'msgid "%s"\nmsgstr "%s"\n\n' '' 'header' "$@" >"$file"
}

translations() {
    # shellcheck disable=SC2016 # a script in the script
    fake msgunfmt 'cat "$2"'
    run env PATH="$PWD/bin:$PATH" sh "$ROOT/data/translations.sh" "$1" locales
}

test_translations() {
    long='Dieses Programm kennt die Option %s nicht, die Sie angegeben haben, oder'
    catalogue de program 'long' "$long" 'other' "$long" 'short' 'kurz' 'same %s, and as long as a message must be to be taken as a' \
        'same %s, and as long as a message must be to be taken as a'
    catalogue de iso_3166-1 'Germany' 'Deutschland' 'Korea, Republic of' 'Korea, Republik' 'Angola' 'Angola'
    catalogue uk iso_639-3 'Aari' 'арі' "A'ou" 'а-уо (червоний гелао)'
    translations languages
    expect_status 0
    expect_stdout "$(printf 'Dieses Programm kennt die Option nicht, die Sie angegeben ha\tde')"
    translations names
    expect_stdout "$(printf 'de\tDeutschland')"
    translations transliterated
    expect_stdout "$(printf 'Aari\tарі')"
}

test_no_translations() {
    mkdir locales
    translations names
    expect_status 1
    expect_no_stdout
    expect_stderr_contains 'no translations in locales' iso-codes
    translations countries
    expect_status 2
    expect_stderr_contains 'languages | names | transliterated'
}
