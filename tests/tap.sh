# tap.sh -- sourced by the shell tests: ok, skip, done_testing, and a scratch folder in $T.
#
#     . "$(dirname "$0")/../tap.sh"
#     ok "what is promised" test "$a" = "$b"        runs the command; its status decides
#     is "what" "$got" "$want"                      shows both when they differ
#     exits 1 "message" command ...                 exit status, and a substring of standard error
#
# BIN is where the programs are; T is removed at the end.  Variables here begin with tap_.
tap_count=0 tap_failed=0
T=$(mktemp -d "${TMPDIR:-/tmp}/cloze-test.XXXXXX") || exit 2
trap 'rm -rf "$T"' EXIT
PATH=${BIN:?}:$PATH
export PATH LC_ALL=C

result() { # result STATUS NAME
    tap_count=$((tap_count + 1))
    if [ "$1" = 0 ]; then echo "ok $tap_count - $2"
    else echo "not ok $tap_count - $2"; tap_failed=$((tap_failed + 1)); fi
}
ok() { tap_name=$1; shift; "$@"; result $? "$tap_name"; }
is() {
    [ "$2" = "$3" ]; tap_status=$?
    result $tap_status "$1"
    [ $tap_status = 0 ] || { printf '%s\n' "$2" | sed 's/^/# got  /' | head -20
                             printf '%s\n' "$3" | sed 's/^/# want /' | head -20; }
}
exits() {
    tap_want=$1 tap_text=$2; shift 2
    "$@" >"$T/.out" 2>"$T/.err"; tap_got=$?
    tap_name="$(basename "$1") exits with $tap_want: $tap_text"
    if [ $tap_got = "$tap_want" ] && grep -qF -- "$tap_text" "$T/.err"; then
        result 0 "$tap_name"
    else
        result 1 "$tap_name"
        echo "# exit status $tap_got"; head -5 "$T/.err" | sed 's/^/# /'
    fi
}
skip() { tap_count=$((tap_count + 1)); echo "ok $tap_count # SKIP $1"; }
done_testing() { echo "1..$tap_count"; [ $tap_failed = 0 ]; exit; }
