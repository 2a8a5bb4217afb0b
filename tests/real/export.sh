# export.sh -- the files of shard --export, read by the readers of the trainers they are for: those
# of megatron-core and of mosaicml-streaming, where $PYTHON has them.  tests/cli/export.sh reads the
# same files by hand, and holds their bytes against those packages' writers.
. "$(dirname "$0")/../tap.sh"
PYTHON=${PYTHON:-python3}
export PYTHONDONTWRITEBYTECODE=1
has() {
    "$PYTHON" -c "import importlib.util, sys
sys.exit(importlib.util.find_spec('${1%%.*}') is None)" || { skip "$PYTHON has no $1: $2"; false; }
}
make_data() { # make_data NAME "arguments of mktokens" OPTION ...
    name=$1 tokens=$2; shift 2
    "$HELPER/mktokens" $tokens | shard -q -o "$T/$name" "$@"
    shard -q --export jsonl -o "$T/$name.jsonl" "$T/$name"
}
format_of() { # format_of FORMAT NAME OPTION ...: exports it, and adds its splits to what is read
    format=$1 name=$2; shift 2
    shard -q --export "$format" "$@" -o "$T/$name.$format" "$T/$name"
    for split in train valid; do
        [ ! -e "$T/$name.jsonl/$split.jsonl" ] ||
            splits="$splits $T/$name.$format $split $T/$name.jsonl/$split.jsonl"
    done
}
read_back() { # read_back: all that was added, by one Python, which takes long to load the packages
    "$PYTHON" -W ignore tests/golden/export.py "$format" $splits >"$T/said" 2>"$T/err"
    is "$format: every sample of every split is read" "$? $(wc -l <"$T/said")" \
        "0 $(echo $splits | wc -w | awk '{ print $1 / 3 }')"
    sed 's/^/# /' "$T/said"
    tail -n 5 "$T/err" | sed 's/^/# /'
}

make_data narrow "300 30000 50 1 700" --valid 0.2
make_data wide "100 70000 3 3" --seq-len 300 --valid 0
make_data long "400 70000 0 4 70000" --seq-len 65536 --valid 0.1
if has megatron.core "the Megatron files"; then
    splits=
    for data in narrow wide long; do format_of megatron $data; done
    read_back
fi
if has streaming "the MDS files"; then
    splits=
    format_of mds narrow --shard-size 64K
    format_of mds wide
    format_of mds long --shard-size 64K # samples larger than a file
    read_back
fi
done_testing
