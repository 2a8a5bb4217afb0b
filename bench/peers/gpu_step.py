"""gpu_step.py -- what the peers of the GPU trainer share: options, a batch, and a timed training
step.

The step is the best that PyTorch offers without kernels of one's own: the compiled model in bf16
under autocast with fp32 master weights, the head on the masked positions only, a clipped norm,
fused AdamW.  The batch is made up and lies on the device beforehand, so no time goes into reading
it.  A peer prints one line of JSON.  Where the batch does not fit into the memory it is learned in
halves, then quarters.  --steps 0: the warm-up alone, which leaves what was compiled in PyTorch's
cache.
"""
import argparse
import json
import statistics
import time

import torch

SIZES = {"tiny": (2, 128, 2), "base": (12, 768, 12)}  # layers, width, heads
MASKED, CLIP, SEED = 0.15, 1.0, 1


def options(description, **more):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--size", choices=SIZES, default="base")
    parser.add_argument("--sequences", type=int, default=256)
    parser.add_argument("--length", type=int, default=512)
    parser.add_argument("--vocabulary", type=int, default=32768)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--warmup", type=int, default=8)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--mode", default="default", help="of torch.compile; none: not compiled")
    parser.add_argument("--device", default="cuda")
    for name, choices in more.items():
        parser.add_argument("--" + name, choices=choices, default=choices[0])
    return parser.parse_args()


def batch(o, pieces):
    """Token numbers, the places that are masked among the rows of the piece, and what stood
    there."""
    sequences = o.sequences // pieces
    rows = sequences * o.length
    generator = torch.Generator().manual_seed(SEED)
    ids = torch.randint(o.vocabulary, (sequences, o.length), generator=generator)
    places = torch.randperm(rows, generator=generator)[:int(rows * MASKED)].sort().values
    targets = torch.randint(o.vocabulary, places.shape, generator=generator)
    return [x.to(o.device) for x in (ids, places, targets)]


def clocked(work, o):
    """Milliseconds of work(), by the GPU's own events."""
    if o.device != "cuda":
        begun = time.perf_counter()
        work()
        return (time.perf_counter() - begun) * 1e3
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    work()
    end.record()
    torch.cuda.synchronize()
    return start.elapsed_time(end)


def timed(model, o, pieces):
    """Milliseconds of each step, and the last loss."""
    inputs = batch(o, pieces)
    learn = model if o.mode == "none" else torch.compile(model, mode=o.mode, dynamic=False)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01,
                                  fused=o.device == "cuda" or None)
    loss = None

    def step():
        nonlocal loss
        for _ in range(pieces):
            with torch.autocast(o.device, torch.bfloat16):
                loss = learn(*inputs) / pieces
            loss.backward()
        if first:
            lost = [name for name, p in model.named_parameters() if p.grad is None]
            assert not lost, f"no gradient reaches {lost}"
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP, foreach=True)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    spent = []
    for number in range(o.warmup + o.steps):
        first = number == 0
        spent.append(clocked(step, o))
    return spent[o.warmup:], loss.item() * pieces


def run(peer, make, o):
    torch.manual_seed(SEED)
    torch.set_float32_matmul_precision("high")
    for pieces in (1, 2, 4):
        model = make(o).to(o.device).train()
        try:
            spent, loss = timed(model, o, pieces)
            break
        except torch.OutOfMemoryError:
            if pieces == 4:
                raise
        del model  # here, as while an exception is handled it holds the step's tensors
        torch.compiler.reset()
        torch.cuda.empty_cache()
    if not spent:
        return
    step_ms = statistics.median(spent)
    memory = torch.cuda.max_memory_allocated() / 2**30 if o.device == "cuda" else 0
    print(json.dumps({
        "peer": peer, "torch": torch.__version__, "mode": o.mode, "sequences": o.sequences,
        "length": o.length, "pieces": pieces,
        "parameters": sum(p.numel() for p in model.parameters()), "loss": loss,
        "step_ms": step_ms, "least_ms": min(spent), "most_ms": max(spent),
        "tokens_per_s": o.sequences * o.length / step_ms * 1e3, "memory_gib": memory,
    }))
