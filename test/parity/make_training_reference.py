"""Makes training-reference.json, which training.int-spec.ts compares with: the losses of 50 steps in PyTorch.

    pip install torch && python3 test/parity/make_training_reference.py

Weights and images are generated (generated.py). `rounding` is the largest difference of the same losses in float32 and
float64. After the steps the first batch is evaluated with the running statistics.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.optim.lr_scheduler import CosineAnnealingLR, MultiStepLR

from cifar_resnet import CifarResNet
from generated import labelled_images, network_input, state_dict_values

HERE = Path(__file__).parent
SEED, CLASSES, SIZE, BATCH, STEPS, DEPTH = 2, 10, 32, 64, 50, 20
MEAN, STD = [0.49, 0.48, 0.45], [0.25, 0.24, 0.26]

# Fields of a training configuration.
RECIPES = [
    {
        "shortcut": "projection",
        "optimizer": "sgd",
        "learningRate": 0.07,
        "momentum": 0.9,
        "nesterov": True,
        "weightDecay": 5e-3,
        "labelSmoothing": 0,
        "schedule": "cosine",
    },
    {
        "shortcut": "zero-pad",
        "optimizer": "sgd",
        "learningRate": 0.07,
        "momentum": 0.9,
        "nesterov": False,
        "weightDecay": 1e-3,
        "labelSmoothing": 0.1,
        "schedule": "step",
    },
    {
        "shortcut": "projection",
        "optimizer": "adamw",
        "learningRate": 2e-3,
        "adamBeta1": 0.9,
        "adamBeta2": 0.99,
        "adamEpsilon": 1e-6,
        "weightDecay": 0.1,
        "labelSmoothing": 0,
        "schedule": "cosine",
    },
]


def optimizer_of(net, recipe):
    decayed = [p for p in net.parameters() if p.dim() > 1]
    others = [p for p in net.parameters() if p.dim() == 1]
    groups = [{"params": decayed, "weight_decay": recipe["weightDecay"]}, {"params": others, "weight_decay": 0.0}]
    if recipe["optimizer"] == "adamw":
        betas = (recipe["adamBeta1"], recipe["adamBeta2"])
        return torch.optim.AdamW(groups, lr=recipe["learningRate"], betas=betas, eps=recipe["adamEpsilon"])
    return torch.optim.SGD(
        groups, lr=recipe["learningRate"], momentum=recipe["momentum"], nesterov=recipe["nesterov"]
    )


def run(recipe, dtype):
    net = CifarResNet(DEPTH, recipe["shortcut"], CLASSES)
    net.load_state_dict(state_dict_values({n: list(v.shape) for n, v in net.state_dict().items()}, SEED))
    net = net.to(dtype)
    pixels, labels = labelled_images(BATCH * STEPS, SIZE, CLASSES)
    x, y = network_input(pixels, MEAN, STD).to(dtype), torch.from_numpy(labels)
    optimizer = optimizer_of(net, recipe)
    schedule = (
        CosineAnnealingLR(optimizer, STEPS)
        if recipe["schedule"] == "cosine"
        else MultiStepLR(optimizer, [STEPS // 2, -(-STEPS * 3 // 4)], 0.1)
    )
    losses = []
    for step in range(STEPS):
        batch = slice(step * BATCH, (step + 1) * BATCH)
        loss = F.cross_entropy(net(x[batch]), y[batch], label_smoothing=recipe["labelSmoothing"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    with torch.no_grad():
        evaluated = F.cross_entropy(net.eval()(x[:BATCH]), y[:BATCH])
    return losses, evaluated.item()


def main():
    runs = []
    for recipe in RECIPES:
        losses, evaluated = run(recipe, torch.float32)
        exact, exactly_evaluated = run(recipe, torch.float64)
        rounding = max(abs(a - b) for a, b in zip([*losses, evaluated], [*exact, exactly_evaluated]))
        print(recipe, f"losses {losses[0]:.3f} {losses[-1]:.3f}, evaluated {evaluated:.3f}, rounding {rounding:.1e}")
        run_of = {"recipe": recipe, "rounding": rounding, "losses": round7(losses)}
        runs.append({**run_of, "evaluated": round7([evaluated])[0]})
    reference = {
        "madeWith": f"torch {torch.__version__}",
        "seed": SEED,
        "depth": DEPTH,
        "classes": CLASSES,
        "imageSize": SIZE,
        "batchSize": BATCH,
        "steps": STEPS,
        "mean": MEAN,
        "std": STD,
        "runs": runs,
    }
    (HERE / "training-reference.json").write_text(json.dumps(reference, indent=1) + "\n")


def round7(values):
    return [float(f"{value:.7g}") for value in values]


if __name__ == "__main__":
    main()
