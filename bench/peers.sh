#!/bin/sh
# peers.sh VENV -- what the programs are measured beside, as far as it can be installed: libraries
# from PyPI into the Python environment VENV, programs with apt-get where this is root.  Says what
# could not be had, and why.
venv=$1
mkdir -p "$venv.log"
for program in lbzip2 pbzip2 mawk zstd time; do
    command -v $program >/dev/null && continue
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $program \
            >"$venv.log/$program" 2>&1 </dev/null && continue
    fi
    echo "peers: $program is not installed, and could not be"
done
[ -x "$venv/bin/python" ] || python3 -m venv "$venv" >"$venv.log/venv" 2>&1 ||
    { echo "peers: no Python environment: $(tail -1 "$venv.log/venv")"; exit 0; }

# package, and what of it is imported; wheel and cython are what old ones are built with
while read -r package module; do
    "$venv/bin/python" -c "import importlib.util, sys
sys.exit(not importlib.util.find_spec('$module'))" && continue
    timeout 600 "$venv/bin/python" -m pip install -q --disable-pip-version-check "$package" \
        >"$venv.log/$package" 2>&1 </dev/null ||
        echo "peers: $package could not be installed:" \
            "$(grep -v '^ *$' "$venv.log/$package" | tail -1)"
done <<END
wheel wheel
cython Cython
tokenizers tokenizers
flash-tokenizer flash_tokenizer
tiktoken tiktoken
quicktok-v1 quicktok
sentencepiece sentencepiece
youtokentome youtokentome
wikiextractor wikiextractor
mosaicml-streaming streaming
END
echo "peers: fastBPE and countwords are sources without a package that trains or counts:" \
    "not measured"
