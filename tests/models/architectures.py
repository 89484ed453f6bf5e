"""Random architectures of the families that networks for microcontrollers come from, int8, with random weights: the
same seed gives the same bytes.

    cd tests; python -m models.architectures 30 directory
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Mapping
from pathlib import Path

from models.network import Activation, Network


def ds_cnn(net: Network, choose: random.Random) -> bytes:
    """Keyword spotting with depthwise-separable convolutions (Zhang et al. 2017, "Hello Edge")."""
    image = net.input("spectrogram", (1, choose.choice((25, 49)), 10, 1))
    width = 8 * choose.randint(2, 16)
    x = net.convolution(image, width, (10, 4), stride=(2, choose.choice((1, 2))), activation="RELU")
    for _ in range(choose.randint(2, 5)):
        width = 8 * choose.randint(2, 16)
        x = net.convolution(net.depthwise(x, activation="RELU"), width, activation="RELU")
    return classified(net, image, x, choose.randint(2, 35))


def mobilenet(net: Network, choose: random.Random) -> bytes:
    """Depthwise-separable convolutions that halve the image (Howard et al. 2017)."""
    image = net.input("image", (1, size := 16 * choose.randint(2, 6), size, 3))
    width = 8 * choose.randint(1, 2)
    x = net.convolution(image, width, (3, 3), stride=(2, 2), activation="RELU6")
    for _ in range(choose.randint(4, 9)):
        halve = x.shape[1] > 3 and choose.random() < 0.4
        width = min(width * 2, 8 * choose.randint(8, 16)) if halve else width
        x = net.depthwise(x, stride=(2, 2) if halve else (1, 1), activation="RELU6")
        x = net.convolution(x, width, activation="RELU6")
    return classified(net, image, x, choose.choice((2, 10)))


def inverted_residuals(net: Network, choose: random.Random) -> bytes:
    """Blocks that widen, filter and narrow (Sandler et al. 2018), with filters of several sizes as in MCUNet."""
    image = net.input("image", (1, size := 16 * choose.randint(2, 5), size, 3))
    x = net.convolution(image, 8 * choose.randint(1, 2), (3, 3), stride=(2, 2), activation="RELU6")
    for _ in range(choose.randint(3, 7)):
        kernel = choose.choice((3, 3, 5, 7))
        halve = x.shape[1] > 4 and choose.random() < 0.4
        width = 8 * choose.randint(1, 6) if halve or choose.random() < 0.3 else x.shape[3]
        wide = net.convolution(x, x.shape[3] * choose.choice((3, 4, 6)), activation="RELU6")
        wide = net.depthwise(wide, (kernel, kernel), stride=(2, 2) if halve else (1, 1), activation="RELU6")
        narrow = net.convolution(wide, width)
        x = net.add(x, narrow) if narrow.shape == x.shape else narrow
    return classified(net, image, x, choose.choice((2, 10)))


def resnet(net: Network, choose: random.Random) -> bytes:
    """Residuals of two convolutions (He et al. 2016)."""
    image = net.input("image", (1, size := 8 * choose.randint(2, 5), size, 3))
    x = net.convolution(image, 8 * choose.randint(1, 2), (3, 3), activation="RELU")
    for _ in range(choose.randint(2, 4)):
        halve = x.shape[1] > 4 and choose.random() < 0.5
        stride, width = ((2, 2), x.shape[3] * 2) if halve else ((1, 1), x.shape[3])
        inner = net.convolution(x, width, (3, 3), stride=stride, activation="RELU")
        inner = net.convolution(inner, width, (3, 3))
        x = net.add(net.convolution(x, width, stride=stride) if halve else x, inner, "RELU")
    return classified(net, image, x, 10)


def fire(net: Network, choose: random.Random) -> bytes:
    """Few channels that expand into two branches (Iandola et al. 2016, SqueezeNet)."""
    image = net.input("image", (1, size := 8 * choose.randint(3, 7), size, 3))
    x = net.convolution(image, 16, (3, 3), stride=(2, 2), activation="RELU")
    x = net.pool("MAX_POOL_2D", x, (3, 3), stride=(2, 2), padding="SAME")
    for _ in range(choose.randint(2, 4)):
        squeezed = net.convolution(x, 8 * choose.randint(1, 3), activation="RELU")
        width = 8 * choose.randint(2, 6)
        left = net.convolution(squeezed, width, activation="RELU")
        x = net.concatenation([left, net.convolution(squeezed, width, (3, 3), activation="RELU", like=left)])
    return classified(net, image, x, choose.choice((5, 10)))


def temporal(net: Network, choose: random.Random) -> bytes:
    """Depthwise-separable convolutions along time alone, as wake words are spotted with."""
    image = net.input("features", (1, choose.randint(20, 50), 1, 40))
    x = net.depthwise(image, (3, 1), padding="VALID")
    for _ in range(choose.randint(2, 4)):
        x = net.convolution(x, 8 * choose.randint(4, 16), activation="RELU")
        taps = min(choose.choice((3, 5, 9)), x.shape[1])
        x = net.depthwise(x, (taps, 1), padding="VALID")
    return classified(net, image, x, 3)


FAMILIES: Mapping[str, Callable[[Network, random.Random], bytes]] = {
    "ds_cnn": ds_cnn,
    "mobilenet": mobilenet,
    "inverted_residuals": inverted_residuals,
    "resnet": resnet,
    "fire": fire,
    "temporal": temporal,
}


def classified(net: Network, image: Activation, x: Activation, classes: int) -> bytes:
    if net.random.randint(2):
        x = net.mean(x)
    else:
        x = net.pool("AVERAGE_POOL_2D", x, x.shape[1:3], stride=x.shape[1:3], padding="VALID")
        x = net.reshape(x, (1, x.shape[3]))
    return net.finish([image], [net.softmax(net.fully_connected(x, classes))])


def architecture(seed: int) -> tuple[str, bytes]:
    """Name and .tflite file of the architecture with this number; families take turns."""
    family = list(FAMILIES)[seed % len(FAMILIES)]
    name = f"{family}_{seed:03d}"
    return name, FAMILIES[family](Network(name, seed), random.Random(seed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--first", type=int, default=0, help="number of the first one (default: 0)")
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    for seed in range(arguments.first, arguments.first + arguments.count):
        name, data = architecture(seed)
        (arguments.directory / f"{name}.tflite").write_bytes(data)


if __name__ == "__main__":
    main()
