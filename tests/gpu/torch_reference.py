"""The same checkpoint in PyTorch (transformers' Dinov2Model, SDPA): images per second by batch size, from crops in host memory to features in host memory.

    torch_reference.py CHECKPOINT [--device cuda] [--dtype float16] [--batches 1,8,32] [--seconds 1] [--compile]

Prints a line of JSON for each batch size. Needs torch, transformers and numpy.
"""

import argparse
import json
import os
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("checkpoint")
parser.add_argument("--device", default="cuda")
parser.add_argument("--dtype", default="float16")
parser.add_argument("--batches", default="1,8,32")
parser.add_argument("--seconds", type=float, default=1.0)
parser.add_argument("--compile", action="store_true")
arguments = parser.parse_args()

try:
    import torch
    from transformers import Dinov2Model
except ImportError as error:
    sys.exit(f"PyTorch is not here: {error}")

dtype = getattr(torch, arguments.dtype)
torch.backends.cuda.matmul.allow_tf32 = False
model = Dinov2Model.from_pretrained(arguments.checkpoint, torch_dtype=dtype, attn_implementation="sdpa").eval().to(arguments.device)
if arguments.compile:
    model = torch.compile(model)

# ImageNet's mean and deviation, as in the checkpoint's preprocessor_config.json.
mean = torch.tensor([0.485, 0.456, 0.406], device=arguments.device).view(1, 3, 1, 1)
deviation = torch.tensor([0.229, 0.224, 0.225], device=arguments.device).view(1, 3, 1, 1)


def embed(crops):
    pixels = crops.to(arguments.device, non_blocking=True).permute(0, 3, 1, 2).float() / 255
    return model(((pixels - mean) / deviation).to(dtype)).last_hidden_state[:, 0].float().cpu()


with torch.inference_mode():
    for batch in map(int, arguments.batches.split(",")):
        generator = torch.Generator().manual_seed(batch)
        crops = torch.randint(0, 256, (batch, 224, 224, 3), dtype=torch.uint8, generator=generator)
        crops = crops.pin_memory() if arguments.device == "cuda" else crops
        for _ in range(3):
            embed(crops)
        times = []
        begin = time.perf_counter()
        while time.perf_counter() - begin < arguments.seconds:
            start = time.perf_counter()
            embed(crops)
            times.append(time.perf_counter() - start)
        median = sorted(times)[len(times) // 2]
        print(json.dumps({
            "benchmark": "torch", "model": os.path.basename(arguments.checkpoint.rstrip("/")), "torch": torch.__version__, "dtype": arguments.dtype,
            "compiled": arguments.compile, "batch": batch, "medianMs": round(median * 1e3, 2), "imagesPerSecond": round(batch / median, 1),
        }), flush=True)
    if arguments.device == "cuda":
        print(json.dumps({"benchmark": "torch", "peakMiB": torch.cuda.max_memory_allocated() >> 20}), flush=True)
