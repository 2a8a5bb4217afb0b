"""gpu_tupe.py -- a training step of TUPE-R (Ke, He, Liu 2021) in PyTorch, the peer of
`train --position tupe-r`: the bias of the positions is learned, shared by all layers and added
within attention.

    --attention sdpa    the bias is the float mask of scaled_dot_product_attention, whose gradient
                        is one of each sequence, summed afterwards; only the memory-efficient kernel
                        has one
    --attention flex    FlexAttention with the bias in its score function, whose gradient is summed
                        in the kernel; it has no dropout of the weights
"""
import math

import torch
from torch import nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

import gpu_step

EPS = 1e-5


def buckets(length):
    """[length, length]: which of the 33 relative biases a query and a key have."""
    query, key = torch.arange(length)[:, None], torch.arange(length)[None, :]
    distance = (key - query).abs()
    far = 8 + (8 * (distance.clamp(min=8) / 8).log() / math.log(16)).long()
    bucket = torch.where(distance < 8, distance, far.clamp(max=15)) + 16 * (key > query)
    bucket[:, 0] = 32
    bucket[0, :] = 16
    return bucket


class Layer(nn.Module):
    def __init__(self, width, heads, o):
        super().__init__()
        self.heads, self.flex, self.dropout = heads, o.attention == "flex", o.dropout
        self.scale = 1 / math.sqrt(2 * width / heads)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.inner, self.outer = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=EPS), nn.LayerNorm(width, eps=EPS)

    def attend(self, q, k, v, bias):
        if self.flex:
            from torch.nn.attention.flex_attention import flex_attention
            return flex_attention(q, k, v, scale=self.scale,
                                  score_mod=lambda score, b, h, i, j: score + bias[h, i, j])
        mask = bias.to(q.dtype)[None].expand(len(q), -1, -1, -1)
        return functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=self.scale,
                                                       dropout_p=self.dropout * self.training)

    def drop(self, x):
        return functional.dropout(x, self.dropout, self.training)

    def forward(self, x, bias):
        sequences, length, width = x.shape
        q, k, v = self.qkv(x).view(sequences, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = self.attend(q, k, v, bias).transpose(1, 2).reshape(x.shape)
        x = self.norm1(x + self.drop(self.out(mixed)))
        return self.norm2(x + self.drop(self.outer(functional.gelu(self.inner(x)))))


class Tupe(nn.Module):
    def __init__(self, o):
        super().__init__()
        layers, width, heads = gpu_step.SIZES[o.size]
        self.heads, self.dropout, self.scale = heads, o.dropout, 1 / math.sqrt(2 * width / heads)
        self.word, self.word_norm = nn.Embedding(o.vocabulary, width), nn.LayerNorm(width, eps=EPS)
        self.table, self.table_norm = nn.Embedding(o.length + 1, width), nn.LayerNorm(width,
            eps=EPS)
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.relative = nn.Embedding(33, heads)
        self.register_buffer("bucket", buckets(o.length))
        self.layers = nn.ModuleList(Layer(width, heads, o) for _ in range(layers))
        self.dense, self.dense_norm = nn.Linear(width, width), nn.LayerNorm(width, eps=EPS)
        self.word_bias = nn.Parameter(torch.zeros(o.vocabulary))
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.02)

    def bias(self):
        """[heads, length, length]; row 0 of the table is [CLS] as a query, row 1 as a key."""
        x = self.table_norm(self.table.weight)
        q, k = (linear(x).view(len(x), self.heads, -1).transpose(0, 1)
                for linear in (self.query, self.key))
        whole = self.scale * (q @ k.transpose(1, 2)).float()
        value = whole[:, 1:, 1:]
        first = torch.zeros(value.shape[1:], dtype=torch.bool, device=value.device)
        first_row, first_col = first.clone(), first.clone()
        first_row[0, :], first_col[:, 0] = True, True
        value = torch.where(first_col, whole[:, 1:2, 1:2], value)
        value = torch.where(first_row, whole[:, 0:1, 0:1], value)
        return value + self.relative(self.bucket).permute(2, 0, 1)

    def encode(self, ids):
        bias = self.bias()
        x = functional.dropout(self.word_norm(self.word(ids)), self.dropout, self.training)
        for layer in self.layers:
            x = layer(x, bias)
        return x

    def forward(self, ids, places, targets):
        x = self.encode(ids).flatten(0, 1)[places]
        x = self.dense_norm(functional.gelu(self.dense(x)))
        return functional.cross_entropy(functional.linear(x, self.word.weight, self.word_bias),
                                        targets)


if __name__ == "__main__":
    options = gpu_step.options(__doc__, attention=["sdpa", "flex"])
    name = {"sdpa": "TUPE, SDPA, float bias", "flex": "TUPE, FlexAttention, learned bias"}
    with sdpa_kernel([SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH], set_priority=True):
        gpu_step.run(name[options.attention], Tupe, options)
