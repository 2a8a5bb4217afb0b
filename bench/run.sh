#!/bin/sh
# run.sh DIR [PROGRAM ...] -- measure the programs beside their peers, and print the table of all
# rows measured so far (DIR/table.md).
#
# BIN, HELPER and BENCH are where the programs, the tests' helpers and bench/'s own program are.  A
# row is a file in DIR/rows: an interrupted run has lost nothing, and with CONTINUE=1 goes on behind
# the last row.  RUNS=5, and CLOCK=cpu on a machine that others use (see beside.py).  A peer or an
# input that is not there is named, and its rows are left out.
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/rows" || exit 1
dir=$(cd "$1" && pwd); shift
programs=${*:-wikiextract tokenize freqstat mkvocab shard}
PATH=$BIN:$BENCH:$HELPER:$PATH LC_ALL=C PYTHONDONTWRITEBYTECODE=1 PYTHONUTF8=1
export PATH LC_ALL PYTHONDONTWRITEBYTECODE PYTHONUTF8
in=$dir/in python=$dir/venv/bin/python

"$here/peers.sh" "$dir/venv"
"$here/inputs.sh" "$in" || exit 1
failed=

bytes() { wc -c <"$1"; }
peer() { echo "$python $here/peers/$1"; } # peer SCRIPT: the command that runs it
has() { # has COMMAND|MODULE: whether it is there; says so if not
    command -v "$1" >/dev/null || $python -c "import importlib.util, sys
sys.exit(not importlib.util.find_spec('$1'))" 2>/dev/null ||
        { echo "bench: no $1: its rows are left out"; false; }
}
input() { [ -e "$in/$1" ] || { echo "bench: no input $1: its rows are left out"; false; }; }
row() { # row PROGRAM INPUT BYTES UNIT SAME OURS_LABEL OURS PEER_LABEL PEER
    number=$((number + 1))
    file=$dir/rows/$1-$(printf %02d $number)
    [ -n "$CONTINUE" ] && [ -e "$file" ] && return
    rm -f "$file"
    python3 "$here/beside.py" "$file" "$@" || failed=1
}

for program in $programs; do
    [ -e "$here/rows/$program.sh" ] ||
        { echo "bench: nothing is measured of \"$program\"" >&2; exit 2; }
    number=0
    . "$here/rows/$program.sh"
done
python3 "$here/table.py" "$dir" >"$dir/table.md" && cat "$dir/table.md"
[ -z "$failed" ]
