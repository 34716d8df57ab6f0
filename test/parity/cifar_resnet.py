"""The CIFAR family of He et al. 2015 (arXiv 1512.03385), section 4.2, in PyTorch, with torchvision's names."""

import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride, shortcut):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut, self.stride, self.new = shortcut, stride, outputs - inputs
        if shortcut == "projection" and self.new:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.shortcut == "plain":
            return F.relu(y)
        if not self.new:
            return F.relu(y + x)
        if self.shortcut == "projection":
            return F.relu(y + self.downsample(x))
        # Option A: every stride-th pixel, and zeros for the channels that are new.
        return F.relu(y + F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.new)))


class CifarResNet(nn.Module):
    def __init__(self, depth, shortcut, classes):
        """shortcut: plain, zero-pad (option A) or projection (option B)"""
        super().__init__()
        n = (depth - 2) // 6
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        channels = [16, 16, 32, 64]
        for stage in (1, 2, 3):
            blocks = [
                Block(
                    channels[stage - (i == 0)],
                    channels[stage],
                    2 if i == 0 and stage > 1 else 1,
                    shortcut,
                )
                for i in range(n)
            ]
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
        self.fc = nn.Linear(64, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(x.mean(dim=(2, 3)))
