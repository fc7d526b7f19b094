#!/bin/sh
# Prints records, "question, tab, answer", from the translations of the programs on this machine:
#
#   data/translations.sh languages       60 characters of a message, and the language that they are in
#   data/translations.sh names           a language, and the name of a country or territory in it
#   data/translations.sh transliterated  the English name of a language, and the Ukrainian one
#
# The last two need Debian's package iso-codes; all need msgunfmt, from the package gettext. A second argument
# is the folder of translations, if it is not /usr/share/locale.
set -eu

locales=${2-/usr/share/locale}

fail() {
    printf '%s\n' "translations.sh: $*" >&2
    exit "$status"
}

# translated LANGUAGE CATALOGUE: the texts that are another in this language: "original, tab, translation".
translated() {
    for file in "$locales/$1/LC_MESSAGES/"$2.mo; do
        [ ! -f "$file" ] || msgunfmt --no-wrap "$file" 2>/dev/null || :
    done | awk -F '"' '
        /^msgid "/ { original = $2 }
        /^msgstr "/ && original != "" && $2 != "" && $2 != original { print original "\t" $2 }'
}

languages() {
    for language in cs da de es 'fi' fr hu it nl pl pt_BR sv; do
        translated $language '*' | cut -f 2 | sed 's/\\[nt]/ /g; s/%[^ ]*//g; s/  */ /g; s/^ //' |
            LC_ALL=C.UTF-8 grep -o '^[^\\<]\{60\}' | LC_ALL=C sort -u | sed "s/\$/	$language/"
    done
}

names() {
    for language in cs de es 'fi' fr hu it nl pl pt sv tr; do
        translated $language iso_3166-1 | cut -f 2 | grep -v , | sed "s/^/$language	/"
    done
}

transliterated() {
    translated uk iso_639-3 | grep -v '[()]'
}

status=2
case "$#:${1-}" in
[12]:languages | [12]:names | [12]:transliterated) ;;
*) fail 'usage: data/translations.sh languages | names | transliterated [FOLDER]' ;;
esac
status=1
command -v msgunfmt >/dev/null || fail 'msgunfmt is not installed; install gettext'
records=$("$1")
[ -n "$records" ] || fail "no translations in $locales; install iso-codes, or name another folder"
printf '%s\n' "$records"
