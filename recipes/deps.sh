#!/bin/sh
# deps.sh -- find out what of the dependencies is missing, and install it with the system's package
# manager: deps.sh [--dry-run]
#
# Each is looked for by what the build needs of it: a header and a library by compiling and linking
# a probe, a program by finding it.  As root, or where sudo asks for no password, the packages are
# installed; else the command is printed and the exit status is 1.  What the project can do without
# is left out, with a note, where the package manager does not have it.  CUDA is never installed.
CC=${CC:-cc}
dry_run=
[ "$1" = --dry-run ] && dry_run=1

# kind: must or may | what is looked for: a program, or header + library | apt dnf zypper pacman apk
# "-": comes with the compiler, or has no package there
table='
must gcc            gcc            gcc            gcc              gcc     gcc        program C compiler
must stdio.h        libc6-dev      glibc-devel    glibc-devel      glibc   musl-dev   -       C library
must expat.h        libexpat1-dev  expat-devel    libexpat-devel   expat   expat-dev  expat   reading dumps
must bzlib.h        libbz2-dev     bzip2-devel    libbz2-devel     bzip2   bzip2-dev  bz2     what the tests compare with
must zlib.h         zlib1g-dev     zlib-devel     zlib-devel       zlib    zlib-dev   z       reading dumps
must lzma.h         liblzma-dev    xz-devel       xz-devel         xz      xz-dev     lzma    reading dumps
must unicode/utf8.h libicu-dev     libicu-devel   libicu-devel     icu     icu-dev    icuuc   sentences
must zstd.h         libzstd-dev    libzstd-devel  libzstd-devel    zstd    zstd-dev   zstd    shards
must jansson.h      libjansson-dev jansson-devel  libjansson-devel jansson jansson-dev jansson JSON
must xxhash.h       libxxhash-dev  xxhash-devel   xxhash-devel     xxhash  xxhash-dev xxhash  checksums
may  dnnl.h         libdnnl-dev    onednn-devel   onednn-devel     onednn  onednn-dev dnnl    fast matrix products
may  omp.h          -              libgomp        libgomp1         openmp  libgomp    gomp    threads in training
may  mpicc          libopenmpi-dev openmpi-devel openmpi-devel  openmpi  openmpi-dev program several processes in training
may  mpirun         openmpi-bin    openmpi       openmpi        openmpi  openmpi program several processes in training
may  g++            g++            gcc-c++        gcc-c++          gcc     g++        program tests of the CUDA kernels
must zstd           zstd           zstd           zstd             zstd    zstd       program tests and recipes
must bzip2          bzip2          bzip2          bzip2            bzip2   bzip2      program tests and recipes
may  xz             xz-utils       xz             xz               xz      xz         program tests
may  gzip           gzip           gzip           gzip             gzip    gzip       program tests
may  gnuplot        gnuplot-nox    gnuplot        gnuplot          gnuplot gnuplot    program the picture of make demo
may  mandoc         mandoc         mandoc         mandoc           mandoc  mandoc     program the test of the manual pages
'

# ---- is it there? -------------------------------------------------------------
have() { # have WHAT LIBRARY|program|-
    case $2 in
    program) [ "$1" = gcc ] && set -- "${CC%% *}"; command -v "$1" >/dev/null 2>&1 ;;
    *) printf '#include <%s>\nint main(void) { return 0; }\n' "$1" |
        $CC -x c -o /dev/null - $([ "$2" = - ] || printf %s "-l$2") 2>/dev/null ;;
    esac
}

# ---- the package managers -------------------------------------------------------
manager=
for m in apt-get dnf zypper pacman apk; do
    command -v $m >/dev/null 2>&1 && { manager=$m; break; }
done
case $manager in
apt-get) column=3 install="env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends" ;;
dnf)     column=4 install="dnf install -y" ;;
zypper)  column=5 install="zypper --non-interactive install" ;;
pacman)  column=6 install="pacman -S --needed --noconfirm" ;;
apk)     column=7 install="apk add" ;;
*)       column=3 install= ;;
esac
if [ "$(id -u)" = 0 ]; then as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root=sudo
else as_root=none
fi

refresh() { # lists of packages, where the manager keeps them and has none
    case $manager in
    apt-get) ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 || update="apt-get update" ;;
    apk)     ls /var/cache/apk/APKINDEX.* >/dev/null 2>&1 || update="apk update" ;;
    pacman)  ls /var/lib/pacman/sync/*.db >/dev/null 2>&1 || update="pacman -Sy" ;;
    esac
}
available() { # does the manager know this package?
    case $manager in
    apt-get) apt-cache show "$1" >/dev/null 2>&1 ;;
    dnf)     dnf -q info "$1" >/dev/null 2>&1 ;;
    zypper)  zypper -n --quiet search -x "$1" >/dev/null 2>&1 ;;
    pacman)  pacman -Si "$1" >/dev/null 2>&1 ;;
    apk)     [ -n "$(apk search -e "$1" 2>/dev/null)" ] ;;
    esac
}
run() { # run COMMAND: show it, and do it as root
    echo "$as_root${as_root:+ }$1"
    # shellcheck disable=SC2086
    [ -n "$dry_run" ] || $as_root $1
}

# ---- what is missing -----------------------------------------------------------
missing=$(echo "$table" | while read -r kind what apt dnf zypper pacman apk library why; do
    [ -n "$kind" ] || continue
    have "$what" "$library" && continue
    set -- "$kind" "$what" "$apt" "$dnf" "$zypper" "$pacman" "$apk"
    eval "package=\$$column"
    echo "$kind $what $package $why"
done)
if [ -z "$missing" ]; then
    echo "deps: nothing is missing"
    exit 0
fi
echo "$missing" | while read -r kind what package why; do
    echo "deps: $what is missing: package $package, for $why$([ "$kind" = may ] && echo ' (can be done without)')"
done
if [ -z "$manager" ]; then
    echo "deps: no package manager that this script knows (apt-get, dnf, zypper, pacman, apk): install these yourself; the names are Debian's" >&2
    exit 1
fi

update=
refresh
if [ -n "$update" ] && [ "$as_root" != none ]; then
    run "$update" || { echo "deps: $update failed" >&2; exit 1; }
fi
packages=$(echo "$missing" | while read -r kind what package why; do
    if [ "$package" = - ] || { [ "$kind" = may ] && [ -z "$dry_run" ] && [ "$as_root" != none ] && ! available "$package"; }; then
        echo "deps: $manager has no package for $what: going on without ($why)" >&2
    else
        echo "$package"
    fi
done | sort -u | tr '\n' ' ')
packages=${packages% }
if [ -z "$packages" ]; then
    exit 0
fi
if [ "$as_root" = none ]; then
    echo "deps: run this as root:"
    echo "    ${update:+$update && }$install $packages"
    exit 1
fi
run "$install $packages" || { echo "deps: the packages could not be installed" >&2; exit 1; }
[ -n "$dry_run" ] && exit 0

still=$(echo "$table" | while read -r kind what apt dnf zypper pacman apk library why; do
    [ "$kind" = must ] && ! have "$what" "$library" && echo "$what"
done)
[ -z "$still" ] || { echo "deps: still missing: $still" >&2; exit 1; }
echo "deps: done"
