"""cpu_bert.py THREADS STEPS fp32|bf16 [LAYERS] -- a training step of BERT-base in PyTorch on the
CPU: the peer of `build/bench/train`, with the same shapes and the same line printed.

8 sequences of 128 made-up tokens, 19 of each masked, dropout 0.1, the head on the masked positions
only, a clipped norm, AdamW.  bf16 is autocast over fp32 weights.  Not compiled: PyTorch's compiler
wants a C++ compiler and minutes, and gains a few per cent of elementwise work.
"""
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional

WIDTH, HEADS, INNER, WORDS, LENGTH, SEQUENCES, MASKED, DROP = 768, 12, 3072, 30522, 128, 8, 19, 0.1


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.mix = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.inner, self.outer = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, 1e-12), nn.LayerNorm(WIDTH, 1e-12)
        self.drop = nn.Dropout(DROP)

    def forward(self, x):
        q, k, v = self.qkv(x).view(SEQUENCES, LENGTH, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v, dropout_p=DROP)
        x = self.norm1(x + self.drop(self.mix(mixed.transpose(1, 2).reshape(x.shape))))
        return self.norm2(x + self.drop(self.outer(functional.gelu(self.inner(x)))))


class Bert(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.word, self.place = nn.Embedding(WORDS, WIDTH), nn.Embedding(LENGTH, WIDTH)
        self.norm, self.drop = nn.LayerNorm(WIDTH, 1e-12), nn.Dropout(DROP)
        self.layers = nn.Sequential(*(Layer() for _ in range(layers)))
        self.dense, self.head_norm = nn.Linear(WIDTH, WIDTH), nn.LayerNorm(WIDTH, 1e-12)
        self.bias = nn.Parameter(torch.zeros(WORDS))
        for one in self.parameters():
            if one.dim() > 1:
                nn.init.normal_(one, std=0.02)

    def forward(self, ids, masked, targets):
        x = self.drop(self.norm(self.word(ids) + self.place.weight))
        x = self.layers(x).flatten(0, 1)[masked]
        x = self.head_norm(functional.gelu(self.dense(x)))
        return functional.cross_entropy(functional.linear(x, self.word.weight, self.bias), targets)


def main(threads, steps, precision, layers="12"):
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    model = Bert(int(layers)).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, eps=1e-6, weight_decay=0.01,
                                  fused=True)
    ids = torch.randint(WORDS, (SEQUENCES, LENGTH))
    masked = torch.cat([LENGTH * i + torch.randperm(LENGTH)[:MASKED] for i in range(SEQUENCES)])
    targets = torch.randint(WORDS, masked.shape)
    spent = []
    for _ in range(int(steps) + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            loss = model(ids, masked, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        spent.append((time.perf_counter() - wall, time.process_time() - cpu))
    wall, cpu = (statistics.median(one) for one in zip(*spent[1:]))
    print(f"{SEQUENCES * LENGTH / wall:.1f} tokens/s, "
          f"{SEQUENCES * LENGTH / cpu:.1f} tokens a CPU second, "
          f"loss {loss.item():.3f}, PyTorch {torch.__version__} {precision} {threads} threads")


if len(sys.argv) < 4:
    sys.exit(__doc__)
main(*sys.argv[1:])
