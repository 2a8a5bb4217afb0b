"""gpu_attention.py -- PyTorch's attention alone at the shape of BERT-base, with neither bias nor
dropout, by cuDNN's kernel and by FlashAttention 2: beside what bench/ops.c calls (attention plain)
and (attention bias), and counted like it."""
import statistics

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention

import gpu_step

KERNELS = {"cuDNN": SDPBackend.CUDNN_ATTENTION, "flash": SDPBackend.FLASH_ATTENTION}


def told(what, work, flops, o):
    for _ in range(o.warmup):
        work()
    ms = statistics.median(gpu_step.clocked(work, o) for _ in range(o.steps))
    print(f"  {what:22} {ms:9.3f} ms  {flops / ms * 1e-9:7.1f} TFLOP/s", flush=True)


def main():
    o = gpu_step.options(__doc__)
    _, width, heads = gpu_step.SIZES[o.size]
    shape = (o.sequences, heads, o.length, width // heads)
    q, k, v = (torch.randn(shape, device=o.device, dtype=torch.bfloat16).requires_grad_()
               for _ in range(3))
    back = torch.randn_like(q)
    flops = 4 * o.sequences * o.length ** 2 * width
    for name, kernel in KERNELS.items():
        try:
            with sdpa_kernel(kernel):
                told(f"{name}, forward", lambda: scaled_dot_product_attention(q, k, v), flops, o)
                out = scaled_dot_product_attention(q, k, v)
                told(f"{name}, backward", lambda: torch.autograd.grad(
                    out, (q, k, v), back, retain_graph=True), 2.5 * flops, o)
        except RuntimeError as error:
            print(f"  {name}: {error}", flush=True)


main()
