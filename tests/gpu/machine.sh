# machine.sh -- sourced by what runs on a GPU: is there one, and where are CUDA's libraries and
# programs? Ends the shell with one line and 1 where there is no GPU.
PATH=$PATH:/usr/local/nvidia/bin:/usr/local/cuda/bin:/usr/local/cuda/compute-sanitizer
if ! nvidia-smi -L >/dev/null 2>&1 && ! ls /dev/nvidia[0-9]* >/dev/null 2>&1; then
    echo "no GPU here: nvidia-smi lists none and there is no /dev/nvidia0" >&2
    exit 1
fi
# the programs find libcublasLt and libnccl as any library: by the system's list, or else by this
libraries_before=${LD_LIBRARY_PATH:-} # what others than ours are run with
for folder in /usr/local/cuda/lib64 /usr/local/nvidia/lib64 \
    $(python3 -c 'import site; print(*site.getsitepackages(), sep="\n")' 2>/dev/null |
        while read -r packages; do ls -d "$packages"/nvidia/*/lib 2>/dev/null; done); do
    [ ! -d "$folder" ] || LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folder
done
export PATH LD_LIBRARY_PATH
# a test that wants the program to stop means no core, and with a GPU's memory mapped one is large
ulimit -c 0
