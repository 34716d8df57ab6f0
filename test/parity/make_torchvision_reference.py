"""Makes torchvision-reference.json and torchvision-state-dicts.json, which torchvision.int-spec.ts compares with.

    pip install torch torchvision && python3 test/parity/make_torchvision_reference.py

Weights and images are generated (generated.py), so the files hold settings, names, shapes and results only.
`rounding` is the largest difference of the same logits in float32 and float64, over the largest logit: what
PyTorch's own rounding comes to.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
import torchvision

from cifar_resnet import CifarResNet
from generated import images, network_input, state_dict_values

HERE = Path(__file__).parent
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
CLASSES, SEED = 10, 1
IMAGENET = {"images": 4, "imageSize": 96}
CIFAR = {"images": 8, "imageSize": 32}


def torchvision_net(depth):
    return getattr(torchvision.models, f"resnet{depth}")(num_classes=CLASSES)


def shapes_of(net):
    return {name: list(value.shape) for name, value in net.state_dict().items()}


def logits_of(net, x, training):
    net.load_state_dict(state_dict_values(shapes_of(net), SEED))
    net.train(training)
    with torch.no_grad():
        return net(x)


def compare(config, make, size):
    x = network_input(images("images", size["images"], size["imageSize"]), MEAN, STD)
    result = {"config": config, **size}
    for mode in ("evaluation", "training"):
        net = make()
        logits = logits_of(net, x, mode == "training")
        exact = logits_of(make().double(), x.double(), mode == "training")
        rounding = ((logits - exact).abs().max() / exact.abs().max()).item()
        result[mode] = {"rounding": rounding, "logits": [round7(row) for row in logits]}
        print(config, mode, f"largest logit {exact.abs().max():.3f}, rounding {rounding:.1e}")
    # The last norm of each stage shows what the batch did to the running statistics before it.
    state = net.state_dict()
    norms = [f"{name}.{list(stage)[-1]}" for name, stage in last_norms(net)]
    result["statistics"] = {
        f"{norm}.{part}": round7(state[f"{norm}.{part}"][:8])
        for norm in ["bn1", *norms]
        for part in ("running_mean", "running_var")
    }
    # Of one net of each kind of block: the gradients of the others cost time and show nothing new.
    result["gradients"] = gradients_of(make, x) if config["depth"] in (18, 20, 50) else {}
    print("gradients of", ", ".join(result["gradients"]) or "nothing")
    return result


def last_norms(net):
    for name, stage in net.named_children():
        if name.startswith("layer"):
            block = f"{name}.{len(stage) - 1}"
            yield block, [child for child, _ in stage[-1].named_children() if child.startswith("bn")]


def gradients_of(make, x):
    """Largest absolute value, and first 8, of the gradients of the mean cross entropy, label of image i being i.

    Rounding may put a number on the other side of a ReLU's corner, and change all gradients before it by percents.
    Only those are kept that PyTorch itself has alike in float32 and float64.
    """
    gradients, exact = backward(make(), x), backward(make().double(), x.double())
    wanted = ["conv1.weight", "bn1.weight", "bn1.bias", "layer2.0.conv2.weight", "layer3.0.conv1.weight"]
    wanted += ["layer4.0.conv1.weight"]
    wanted += ["layer4.0.downsample.0.weight", "layer4.1.conv2.weight", "fc.weight", "fc.bias"]
    return {
        name: {"largest": round7([value.abs().max()])[0], "first": round7(value.flatten()[:8])}
        for name, value in gradients.items()
        if name in wanted and (value - exact[name]).abs().max() < 1e-5 * value.abs().max()
    }


def backward(net, x):
    net.load_state_dict(state_dict_values(shapes_of(net), SEED))
    F.cross_entropy(net.train()(x), torch.arange(len(x))).backward()
    return {name: parameter.grad for name, parameter in net.named_parameters()}


def round7(values):
    return [float(f"{float(value):.7g}") for value in values]


def main():
    torch.manual_seed(0)
    depths = [18, 34, 50, 101, 152]
    cases = [
        compare({"family": "imagenet", "depth": depth}, lambda depth=depth: torchvision_net(depth), IMAGENET)
        for depth in depths
    ]
    for settings in ({"shortcut": "zero-pad"}, {"shortcut": "projection"}, {"variant": "plain"}):
        shortcut = settings.get("shortcut", "plain")
        config = {"family": "cifar", "depth": 20, **settings}
        cases.append(compare(config, lambda shortcut=shortcut: CifarResNet(20, shortcut, CLASSES), CIFAR))
    reference = {
        "madeWith": f"torch {torch.__version__}, torchvision {torchvision.__version__}",
        "seed": SEED,
        "classes": CLASSES,
        "mean": MEAN,
        "std": STD,
        "cases": cases,
    }
    (HERE / "torchvision-reference.json").write_text(json.dumps(reference, indent=1) + "\n")
    state_dicts = {
        depth: [" ".join(map(str, [name, *shape])) for name, shape in shapes_of(torchvision_net(depth)).items()]
        for depth in depths
    }
    (HERE / "torchvision-state-dicts.json").write_text(json.dumps(state_dicts, indent=1) + "\n")


if __name__ == "__main__":
    main()
