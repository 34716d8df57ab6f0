"""PyTorch's training step: the same networks in channels_last, reduced precision by autocast, the fused SGD."""

import json
import sys

import torch
from torch import nn
from torch.nn import functional as F

from protocol import serve

job = json.loads(sys.argv[1])
torch.set_num_threads(job["threads"])


class Convolution(nn.Sequential):
    def __init__(self, inputs, outputs, kernel, stride=1, act=True):
        layers = [
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        super().__init__(*layers, *([nn.ReLU(inplace=True)] if act else []))


class Block(nn.Module):
    def __init__(self, inputs, channels, stride, bottleneck):
        super().__init__()
        outputs = channels * 4 if bottleneck else channels
        self.branch = (
            nn.Sequential(
                Convolution(inputs, channels, 1),
                Convolution(channels, channels, 3, stride),
                Convolution(channels, outputs, 1, act=False),
            )
            if bottleneck
            else nn.Sequential(
                Convolution(inputs, channels, 3, stride), Convolution(channels, outputs, 3, act=False)
            )
        )
        changes = stride != 1 or inputs != outputs
        self.shortcut = Convolution(inputs, outputs, 1, stride, act=False) if changes else nn.Identity()

    def forward(self, x):
        return F.relu_(self.branch(x).add_(self.shortcut(x)))


def network():
    depth, classes = job["depth"], job["classes"]
    cifar = job["imageSize"] < 64
    bottleneck = not cifar and depth >= 50
    counts = {
        18: [2, 2, 2, 2],
        34: [3, 4, 6, 3],
        50: [3, 4, 6, 3],
        101: [3, 4, 23, 3],
        152: [3, 8, 36, 3],
    }
    channels = 16 if cifar else 64
    layers = [Convolution(3, channels, 3 if cifar else 7, 1 if cifar else 2)]
    if not cifar:
        layers.append(nn.MaxPool2d(3, 2, 1))
    inputs = channels
    for stage, count in enumerate([(depth - 2) // 6] * 3 if cifar else counts[depth]):
        for i in range(count):
            layers.append(Block(inputs, channels << stage, 2 if stage > 0 and i == 0 else 1, bottleneck))
            inputs = (channels << stage) * (4 if bottleneck else 1)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, classes))


device = "cuda" if job.get("gpu") else "cpu"
if device == "cuda":
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
model = network().to(device, memory_format=torch.channels_last).train()
optimizer = torch.optim.SGD(model.parameters(), 0.01, 0.9, weight_decay=1e-4, fused=True)
size, batch = job["imageSize"], job["batchSize"]
images = torch.randn(batch, 3, size, size, device=device).to(memory_format=torch.channels_last)
labels = torch.randint(0, job["classes"], (batch,), device=device)
reduced = {"bfloat16": torch.bfloat16, "float16": torch.float16}.get(job["precision"])
scaler = torch.amp.GradScaler(device, enabled=reduced is torch.float16)


def train(count):
    loss = None
    for _ in range(count):
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, reduced or torch.bfloat16, enabled=reduced is not None):
            loss = F.cross_entropy(model(images), labels)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
    return loss.item()


serve(
    {
        "parameters": sum(p.numel() for p in model.parameters()),
        "versions": {"PyTorch": torch.__version__},
    },
    train,
    job["warmup"],
)
