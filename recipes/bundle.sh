#!/bin/sh
# bundle.sh -- a directory of programs with the libraries they need beside them, which runs where it
# is unpacked: bundle.sh BUILD OUT [gpu]
#
#     BUILD/portable/bin    the programs, linked to look for libraries in $ORIGIN/../lib
#                           and without MPI
#     BUILD/lib             what they load while they run: the CUDA backend, where there was an nvcc
#     OUT                   bin lib man recipes licenses README.md LICENSE; and OUT.tar.gz
#     gpu                   also check, tests, bench and data: what `make check-gpu` and
#                           `make bench-gpu`
#                           run on a machine that has a GPU and none of our packages
#
# Of the system only glibc is taken, as its parts belong to the running kernel and to each other:
# the least version is written into OUT/licenses/LIBRARIES, beside the package each library is of.
# The CUDA libraries and the driver are the machine's own.  MPI is too, and as its implementations
# do not speak with each other's launchers a bundle has none.  A tarball has the same bytes whenever
# it is made of the same files: SOURCE_DATE_EPOCH, or else the last commit, gives its dates.
set -eu
build=$1 out=$2 more=${3:-}
die() { echo "bundle: $*" >&2; exit 1; }

glibc='ld-linux.*|lib(c|m|dl|rt|pthread|resolv|util|mvec)\.so\.[0-9]*|linux-vdso.*'
new=$out.tmp
rm -rf "$new"
mkdir -p "$new/bin" "$new/lib" "$new/licenses"

# ---- programs, libraries ------------------------------------------------------------------------
for program in "$build"/portable/bin/*; do
    strip -o "$new/bin/${program##*/}" "$program"
done
if [ "$more" = gpu ]; then
    mkdir -p "$new/check" "$new/tests/helper" "$new/bench/peers"
    for program in "$build"/portable/check/*; do
        strip -o "$new/check/${program##*/}" "$program"
    done
    cp -R tests/run.sh tests/tap.sh tests/gpu "$new/tests"
    cp tests/helper/traindata.sh "$new/tests/helper"
    cp -R bench/gpu "$new/bench"
    cp bench/peers/gpu_*.py "$new/bench/peers"
    cp -R "$build/portable/data" "$new"
fi
ldd "$build"/portable/bin/* | awk '/=>/ { print $1, $3 }' | sort -u | grep -vE "^($glibc) " |
while read -r name path; do
    [ -f "$path" ] || die "$name: the library is not found"
    strip --strip-unneeded -o "$new/lib/$name" "$path"
    chmod 644 "$new/lib/$name"
    echo "$name $path" >>"$new/libraries"
done
for module in "$build"/lib/*.so; do
    [ ! -f "$module" ] || strip --strip-unneeded -o "$new/lib/${module##*/}" "$module"
done

# ---- whose they are -----------------------------------------------------------------------------
# licence PATH: prints "PACKAGE VERSION" and copies the package's licence
licence() {
    real=$(realpath "$1")
    if command -v dpkg-query >/dev/null; then
        package=$(dpkg-query -S "$real" "$1" "/usr$real" "${real#/usr}" 2>/dev/null |
            sed -n '1s/[:,].*//p')
        version=$(dpkg-query -W -f '${Version}\n' "${package:-none}" 2>/dev/null | head -1)
        text=/usr/share/doc/$package/copyright
    elif command -v rpm >/dev/null; then
        package=$(rpm -qf --qf '%{NAME}\n' "$real" 2>/dev/null | head -1)
        version=$(rpm -q --qf '%{VERSION}-%{RELEASE}\n' "$package" 2>/dev/null | head -1)
        text=$(rpm -qL "$package" 2>/dev/null | head -1)
    else
        die "neither dpkg-query nor rpm says whose $1 is"
    fi
    [ -n "$package" ] && [ -s "$text" ] || die "$1: its licence is not found"
    cp -L "$text" "$new/licenses/$package"
    echo "$package $version"
}
{
    printf %s "These libraries are not ours.  Each comes from the package beside it, "
    echo "whose licence is the file"
    echo "of that name.  From the system comes glibc, of this version or a newer one:"
    echo
    find "$new/bin" "$new/lib" -type f -exec readelf -W -V {} + | grep -oE 'GLIBC_[0-9.]+' |
        sort -uV |
        sed -n '$s/GLIBC_/glibc /p'
    echo
    while read -r name path; do
        owner=$(licence "$path")
        printf '%-22s %s\n' "$name" "$owner"
    done <"$new/libraries"
} >"$new/licenses/LIBRARIES"
rm "$new/libraries"
# what Debian's licences name instead of quoting it
{ grep -ohE '/usr/share/common-licenses/[A-Za-z0-9.-]*[A-Za-z0-9]' "$new"/licenses/* || true; } |
    sort -u |
while read -r text; do
    [ ! -f "$text" ] || cp -L "$text" "$new/licenses"
done

# ---- the rest -----------------------------------------------------------------------------------
for section in 1 5 7; do
    mkdir -p "$new/man/man$section"
    cp man/*.$section "$new/man/man$section"
done
cp -R recipes README.md LICENSE "$new"
rm "$new/recipes/bundle.sh" "$new/recipes/deps.sh"
find "$new" -type d -exec chmod 755 {} +

rm -rf "$out" "$out.tar.gz"
mv "$new" "$out"
date=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
tar -C "${out%/*}" --format=gnu --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$date" \
    -cf "$out.tar" "${out##*/}"
gzip -9nf "$out.tar"
bytes=$(wc -c <"$out.tar.gz") most=$([ "$more" = gpu ] && echo 60000000 || echo 40000000)
[ "$bytes" -lt "$most" ] || die "$out.tar.gz has $bytes bytes, and $most are the most"
echo "$out.tar.gz: $((bytes / 1000000)) MB"
