"""gpu_bert.py -- a training step of Hugging Face's BertForMaskedLM with scaled-dot-product
attention, which takes cuDNN's kernel where there is one: the peer of `train --position
absolute`."""
import sys

import torch
import transformers
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

import gpu_step


class Bert(nn.Module):
    def __init__(self, o):
        super().__init__()
        layers, width, heads = gpu_step.SIZES[o.size]
        self.whole = transformers.BertForMaskedLM(transformers.BertConfig(
            vocab_size=o.vocabulary, hidden_size=width, num_hidden_layers=layers,
            num_attention_heads=heads, intermediate_size=4 * width,
            max_position_embeddings=o.length,
            hidden_dropout_prob=o.dropout, attention_probs_dropout_prob=o.dropout,
            attn_implementation="sdpa"))

    def forward(self, ids, places, targets):
        # not by bert itself, which, compiled, makes a mask of ones that keeps faster kernels away
        x = self.whole.bert.encoder(self.whole.bert.embeddings(ids)).last_hidden_state
        x = x.flatten(0, 1)[places]
        return nn.functional.cross_entropy(self.whole.cls(x), targets)


options = gpu_step.options(__doc__)
fastest = [SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION,
           SDPBackend.MATH]
try:
    with sdpa_kernel(fastest, set_priority=True):
        gpu_step.run("BertForMaskedLM, SDPA", Bert, options)
except RuntimeError as error:
    print(f"gpu_bert: again without cuDNN: {error}", file=sys.stderr)
    torch.compiler.reset()
    with sdpa_kernel(fastest[1:], set_priority=True):
        gpu_step.run("BertForMaskedLM, SDPA without cuDNN", Bert, options)
