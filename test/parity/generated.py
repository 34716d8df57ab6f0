"""Numbers that Python and TypeScript (generated.ts) make alike to the last bit, in place of stored weights and images.

Element i of a stream is the finalizer of MurmurHash3 (Appleby, public domain) over the FNV-1a hash of the stream's
name plus i times the golden ratio, all modulo 2^32. Numbers are built from its upper 24 bits in double precision and
rounded to float32 once.
"""

import re

import numpy as np
import torch


def bits(stream, count):
    """uint32 [count]"""
    seed = 0x811C9DC5
    for byte in stream.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return x


def uniform(stream, shape, low, high):
    """float32, evenly spread over [low, high)"""
    fraction = (bits(stream, int(np.prod(shape))) >> np.uint32(8)).astype(np.float64) / 2**24
    return (low + (high - low) * fraction).astype(np.float32).reshape(shape)


def state_dict_values(shapes, seed):
    """Values of a state_dict, by name -> shape: variance-scaled weights and statistics that are far from 0 and 1."""
    return {
        name: torch.from_numpy(values(name, shape, seed, ends_block(name, shapes))) for name, shape in shapes.items()
    }


def ends_block(name, shapes):
    """Whether this is the scale of the last normalisation of a block: layer2.0.bn2.weight where there is no bn3."""
    match = re.fullmatch(r"(layer\d+\.\d+\.bn)(\d)\.weight", name)
    return match is not None and f"{match[1]}{int(match[2]) + 1}.weight" not in shapes


def values(name, shape, seed, last):
    stream = f"{seed}/{name}"
    if name.endswith("num_batches_tracked"):
        return np.zeros(shape, np.int64)
    if name.endswith("running_mean"):
        return uniform(stream, shape, -0.2, 0.2)
    if name.endswith("running_var"):
        return uniform(stream, shape, 0.5, 1.5)
    if len(shape) == 4:  # He et al. 2015 (arXiv 1502.01852): variance 2 / fan-out
        bound = np.sqrt(6 / (shape[0] * shape[2] * shape[3]))
        return uniform(stream, shape, -bound, bound)
    if name.startswith("fc."):
        return uniform(stream, shape, -0.1, 0.1)
    if name.endswith("bias"):
        return uniform(stream, shape, -0.2, 0.2)
    # Blocks that add little to their input, as in trained nets: with scales of about 1, rounding alone grows to 1e-3
    # of the logits over 50 blocks that normalise with the statistics of a batch.
    return uniform(stream, shape, 0.05, 0.2) if last else uniform(stream, shape, 0.4, 0.8)


def images(stream, count, size, channels=3):
    """uint8 [count, size, size, channels]: patches of 8 x 8 pixels under noise of single ones"""
    fine = bits(f"{stream}/fine", count * size * size * channels) >> np.uint32(24)
    patches = -(-size // 8)
    coarse = bits(f"{stream}/coarse", count * patches * patches * channels) >> np.uint32(24)
    coarse = coarse.reshape(count, patches, patches, channels)
    coarse = coarse.repeat(8, axis=1).repeat(8, axis=2)[:, :size, :size]
    return ((fine.reshape(coarse.shape) + coarse) >> np.uint32(1)).astype(np.uint8)


def network_input(pixels, mean, std):
    """float32 [count, channels, size, size], normalised as torchvision's transforms do"""
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
    return (x - torch.tensor(mean).view(1, -1, 1, 1)) / torch.tensor(std).view(1, -1, 1, 1)


def labelled_images(count, size, classes):
    """uint8 [count, size, size, 3] and int64 [count]: 7/8 of an image is what its class looks like"""
    labels = ((bits("labels", count) >> np.uint32(8)) % np.uint32(classes)).astype(np.int64)
    looks = images("classes", classes, size).astype(np.uint16)
    return ((images("training", count, size) + 7 * looks[labels]) >> 3).astype(np.uint8), labels
