#!/usr/bin/env python3
"""PyTorch's speed on a GPU, as one line of JSON, with the fields of `convoy bench --json`.

Synthetic pictures that lie on the GPU, channels last, automatic mixed precision, SGD with momentum;
eager or compiled. Needs torch and torchvision; nothing else of Convoy.

    python3 tests/peers/bench_torch.py --model resnet50 --mode train -b 256 --precision bf16 --compile
"""

import argparse
import contextlib
import json
import statistics
import sys

import torch
import torchvision

DTYPES = {"f32": None, "f16": torch.float16, "bf16": torch.bfloat16}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="resnet50")
    parser.add_argument("--mode", choices=["train", "infer"], required=True)
    parser.add_argument("-b", "--batch-size", type=int, default=256)
    parser.add_argument("--precision", choices=DTYPES, default="bf16")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--warmup", type=int, default=15)
    parser.add_argument(
        "--compile",
        nargs="?",
        const="reduce-overhead",
        choices=["default", "reduce-overhead", "max-autotune"],
        help="torch.compile; reduce-overhead takes about a minute, max-autotune several",
    )
    return parser.parse_args()


def autocast(precision):
    dtype = DTYPES[precision]
    return torch.autocast("cuda", dtype) if dtype else contextlib.nullcontext()


def training_step(model, options, pictures, labels):
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4, fused=True
    )
    scaler = torch.amp.GradScaler("cuda", enabled=options.precision == "f16")
    loss_function = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    model.train()

    def loss():
        with autocast(options.precision):
            return loss_function(model(pictures), labels)

    forward = torch.compile(loss, mode=options.compile) if options.compile else loss

    def step():
        optimizer.zero_grad(set_to_none=True)
        scaler.scale(forward()).backward()
        scaler.step(optimizer)
        scaler.update()

    return step


def inference_step(model, options, pictures):
    model.eval()
    if DTYPES[options.precision]:
        model = model.to(DTYPES[options.precision])
        pictures = pictures.to(DTYPES[options.precision])
    forward = torch.compile(model, mode=options.compile) if options.compile else model

    def step():
        with torch.inference_mode():
            forward(pictures)

    return step


def measure(step, options):
    for _ in range(options.warmup):
        step()
    torch.cuda.synchronize()
    events = [torch.cuda.Event(enable_timing=True) for _ in range(options.steps + 1)]
    events[0].record()
    for event in events[1:]:
        step()
        event.record()
    torch.cuda.synchronize()
    return [a.elapsed_time(b) for a, b in zip(events, events[1:])]


def main():
    options = arguments()
    if not torch.cuda.is_available():
        sys.exit("bench_torch: PyTorch sees no GPU")
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    shape = (options.batch_size, 3, options.size, options.size)
    pictures = torch.randn(shape, device="cuda").to(memory_format=torch.channels_last)
    labels = torch.randint(0, 1000, (options.batch_size,), device="cuda")
    model = torchvision.models.get_model(options.model, weights=None)
    model = model.cuda().to(memory_format=torch.channels_last)
    if options.mode == "train":
        step = training_step(model, options, pictures, labels)
    else:
        step = inference_step(model, options, pictures)
    times = measure(step, options)
    rates = [1000 * options.batch_size / t for t in times]
    print(
        json.dumps(
            {
                "peer": "torch " + torch.__version__ + f" {options.compile or 'eager'}",
                "model": options.model,
                "mode": options.mode,
                "batch": options.batch_size,
                "precision": options.precision,
                "device": torch.cuda.get_device_name(),
                "images_per_second": {
                    "median": statistics.median(rates),
                    "min": min(rates),
                    "max": max(rates),
                },
                "step_ms": {"median": statistics.median(times), "min": min(times), "max": max(times)},
                "peak_memory_bytes": torch.cuda.max_memory_allocated(),
            }
        )
    )


if __name__ == "__main__":
    main()
