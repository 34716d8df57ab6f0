"""Makes recipe-reference.json, which recipe.int-spec.ts and schedules.spec.ts compare with: what PyTorch's optimisers,
losses and schedules do.

    pip install torch && python3 test/parity/make_recipe_reference.py && npx prettier --write test/parity
"""

import json
import warnings
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel

from generated import uniform

HERE = Path(__file__).parent
STEPS = 6
# The first filter has more outputs than inputs, the second more inputs.
SHAPES = {
    "conv1.weight": [1, 1, 3, 4],
    "layer1.0.conv1.weight": [2, 2, 2, 4],
    "bn1.bias": [4],
    "fc.weight": [4, 2],
}
NOT_DECAYED = {"bn1.bias"}
RATES = [0.1, 0.2, 0.15, 0.1, 0.05, 0.02]

# By our names for the settings.
RECIPES = [
    {"momentum": 0.9},
    {"momentum": 0.9, "weightDecay": 0.1},
    {"momentum": 0.8, "weightDecay": 0.1, "nesterov": True},
    {"momentum": 0.9, "weightDecay": 0.01, "gradientClip": 1},
    {"momentum": 0.9, "weightDecay": 0.01, "gradientClip": 1000},
    {"momentum": 0.9, "bodyLearningRate": 0.1, "weightDecay": 0.1},
    {"momentum": 0.9, "emaDecay": 0.3},
    {"optimizer": "adamw", "weightDecay": 0},
    {"optimizer": "adamw", "weightDecay": 0.1, "adamBeta1": 0.8, "adamBeta2": 0.95, "adamEpsilon": 0.01},
    {"optimizer": "adamw", "weightDecay": 0.05, "gradientClip": 0.5, "bodyLearningRate": 0.3, "emaDecay": 0.9},
    {"optimizer": "muon", "momentum": 0.95, "nesterov": True, "weightDecay": 0.1},
    {"optimizer": "muon", "momentum": 0.8, "weightDecay": 0, "bodyLearningRate": 0.3, "emaDecay": 0.9},
    {"optimizer": "muon", "momentum": 0.9, "nesterov": True, "weightDecay": 0.01, "gradientClip": 1},
]


def plain(tensor):
    return [float(f"{value:.8g}") for value in tensor.detach().flatten().tolist()]


class Weights(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.values = torch.nn.ParameterList(
            [torch.from_numpy(uniform(f"initial/{name}", shape, -1, 1)) for name, shape in SHAPES.items()]
        )


def gradient(name, step):
    # Far from each other in size, so that clipping takes hold in some steps only and moments differ.
    scale = [1, 0.1, 3, 0.01, 1, 0.3][step]
    return torch.from_numpy(uniform(f"gradient/{step}/{name}", SHAPES[name], -scale, scale))


class MuonOfFilters(torch.optim.Muon):
    """Takes matrices only: filters [height, width, in, out] become [out, in * height * width] for a step, and what it
    computes in bfloat16 is computed in float64, which does not change what is computed."""

    def __init__(self, groups, **settings):
        self.filters = [value for group in groups for value in group["params"]]
        self.matrices = [torch.nn.Parameter(self.matrix(value)) for value in self.filters]
        groups = [{**group, "params": [matrix]} for group, matrix in zip(groups, self.matrices)]
        super().__init__(groups, **settings)

    @staticmethod
    def matrix(value):
        return value.detach().reshape(-1, value.shape[-1]).T.double()

    @torch.no_grad()
    def step(self):
        for value, matrix in zip(self.filters, self.matrices):
            matrix.copy_(self.matrix(value))
            matrix.grad = self.matrix(value.grad)
        bfloat16, torch.bfloat16 = torch.bfloat16, torch.float64
        try:
            super().step()
        finally:
            torch.bfloat16 = bfloat16
        for value, matrix in zip(self.filters, self.matrices):
            value.copy_(matrix.T.reshape(value.shape))


class DecoupledSgd(torch.optim.SGD):
    """With the decay of AdamW in place of L2."""

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for value in group["params"]:
                value.mul_(1 - group["lr"] * group["decoupled"])
        super().step()


class Both:
    """Two optimisers as one."""

    def __init__(self, *parts):
        self.parts = parts
        self.param_groups = [group for part in parts for group in part.param_groups]

    def step(self):
        for part in self.parts:
            part.step()


def optimiser(recipe, named):
    groups = [
        {
            "params": [value],
            "weight_decay": 0 if name in NOT_DECAYED else recipe.get("weightDecay", 0),
            "factor": 1 if name.startswith("fc.") else recipe.get("bodyLearningRate", 1),
        }
        for name, value in named.items()
    ]
    if recipe.get("optimizer") == "muon":
        settings = {"momentum": recipe["momentum"], "nesterov": recipe.get("nesterov", False)}
        filters = [group for group in groups if group["params"][0].ndim == 4]
        rest = [group for group in groups if group["params"][0].ndim != 4]
        rest = [{**group, "decoupled": group["weight_decay"], "weight_decay": 0} for group in rest]
        return Both(MuonOfFilters(filters, **settings), DecoupledSgd(rest, lr=1, **settings))
    if recipe.get("optimizer") == "adamw":
        return torch.optim.AdamW(
            groups,
            betas=(recipe.get("adamBeta1", 0.9), recipe.get("adamBeta2", 0.999)),
            eps=recipe.get("adamEpsilon", 1e-8),
        )
    return torch.optim.SGD(groups, lr=1, momentum=recipe["momentum"], nesterov=recipe.get("nesterov", False))


def warmed_up(decay):
    """As AveragedModel counts, the first update would copy: num_averaged is the number of updates before it."""

    def average(averaged, current, before):
        step = int(before)
        d = min(decay, (1 + step) / (10 + step))
        return d * averaged + (1 - d) * current

    return average


def run(recipe):
    weights = Weights()
    named = dict(zip(SHAPES, weights.values))
    optimizer = optimiser(recipe, named)
    averaged = AveragedModel(weights, avg_fn=warmed_up(recipe["emaDecay"])) if "emaDecay" in recipe else None
    if averaged:
        # The average starts as the initial weights, not as those of the first step.
        averaged.update_parameters(weights)
    after = []
    for step in range(STEPS):
        for name, value in named.items():
            value.grad = gradient(name, step)
        if "gradientClip" in recipe:
            torch.nn.utils.clip_grad_norm_(weights.parameters(), recipe["gradientClip"])
        for group in optimizer.param_groups:
            group["lr"] = RATES[step] * group["factor"]
        optimizer.step()
        state = {name: plain(value) for name, value in named.items()}
        if averaged:
            averaged.update_parameters(weights)
            for name, value in zip(SHAPES, averaged.module.values):
                state[f"{name}.ema"] = plain(value)
        after.append(state)
    return {"recipe": recipe, "after": after}


def losses():
    student = torch.from_numpy(uniform("student", [4, 5], -4, 4)).requires_grad_()
    teacher = torch.from_numpy(uniform("teacher", [4, 5], -6, 6))
    labels = torch.tensor([0, 4, 2, 2])
    cases = []
    for temperature, weight, smoothing in [(4, 0.9, 0), (1, 0.5, 0.1), (20, 1, 0)]:
        student.grad = None
        of_labels = F.cross_entropy(student, labels, reduction="none", label_smoothing=smoothing)
        divergence = F.kl_div(
            F.log_softmax(student / temperature, 1), F.softmax(teacher / temperature, 1), reduction="none"
        ).sum(1)
        loss = (1 - weight) * of_labels + weight * temperature**2 * divergence
        loss.sum().backward()
        cases.append(
            {
                "config": {"distillTemperature": temperature, "distillWeight": weight, "labelSmoothing": smoothing},
                "loss": plain(loss),
                "gradient": plain(student.grad),
            }
        )
    return {"student": plain(student), "teacher": plain(teacher), "labels": labels.tolist(), "cases": cases}


def mixed_losses():
    """Mixup as its authors' code has it: the images' own labels and those of the partners, weighed by lambda."""
    logits = torch.from_numpy(uniform("student", [4, 5], -4, 4))
    labels = torch.tensor([0, 4, 2, 2])
    share = 0.7
    return [
        {
            "share": share,
            "labelSmoothing": smoothing,
            "loss": plain(
                share * F.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
                + (1 - share)
                * F.cross_entropy(logits, labels.roll(-1), reduction="none", label_smoothing=smoothing)
            ),
        }
        for smoothing in (0, 0.1)
    ]


def schedules():
    total, peak = 40, 0.5

    def rates(make):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=peak)
        scheduler = make(optimizer)
        seen = []
        for _ in range(total):
            seen.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        return [float(f"{rate:.10g}") for rate in seen]

    from torch.optim import lr_scheduler as s

    warmup = 8
    return {
        "steps": total,
        "learningRate": peak,
        "warmupSteps": warmup,
        "step": rates(lambda o: s.MultiStepLR(o, [total // 2, total * 3 // 4])),
        "cosine": rates(lambda o: s.CosineAnnealingLR(o, total)),
        "warmedCosine": rates(
            lambda o: s.SequentialLR(
                o,
                [
                    s.LinearLR(o, start_factor=1 / warmup, total_iters=warmup - 1),
                    s.CosineAnnealingLR(o, total - warmup),
                ],
                [warmup],
            )
        ),
        "oneCycle": rates(lambda o: s.OneCycleLR(o, peak, total_steps=total)),
    }


def main():
    warnings.filterwarnings("ignore", category=UserWarning)
    reference = {
        "torch": torch.__version__,
        "shapes": SHAPES,
        "initial": {name: plain(value) for name, value in zip(SHAPES, Weights().values)},
        "rates": RATES,
        "gradients": [{name: plain(gradient(name, step)) for name in SHAPES} for step in range(STEPS)],
        "runs": [run(recipe) for recipe in RECIPES],
        "distillation": losses(),
        "mixup": mixed_losses(),
        "schedules": schedules(),
    }
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in reference.items())
    (HERE / "recipe-reference.json").write_text(f"{{\n{lines}\n}}\n")


if __name__ == "__main__":
    main()
