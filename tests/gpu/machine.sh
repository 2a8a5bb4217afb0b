# machine.sh -- sourced by what runs on a GPU: is there one, and where are CUDA's libraries and
# programs? Ends the shell with one line and 1 where there is no GPU.
if ! nvidia-smi -L >/dev/null 2>&1 && ! ls /dev/nvidia[0-9]* >/dev/null 2>&1; then
    echo "no GPU here: nvidia-smi lists none and there is no /dev/nvidia0" >&2
    exit 1
fi
PATH=$PATH:/usr/local/cuda/bin
# the programs find libcublasLt and libnccl as any library: by the system's list, or else by this
for folder in /usr/local/cuda/lib64 /usr/local/nvidia/lib64 \
    $(python3 -c 'import site; print(*site.getsitepackages(), sep="\n")' 2>/dev/null |
        while read -r packages; do ls -d "$packages"/nvidia/*/lib 2>/dev/null; done); do
    [ ! -d "$folder" ] || LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folder
done
export PATH LD_LIBRARY_PATH
