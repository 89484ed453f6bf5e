"""Trains the digits network in PyTorch and exports it: python tutorials/models/train_digits.py.

Writes digits_float.onnx and digits_int8.onnx beside itself, in a minute on a CPU. Needs torch, scikit-learn, onnx and
onnxruntime (written with torch 2.13 and onnxruntime 1.31). PyTorch is no dependency of arenite: the files are
committed, and seeds make them repeatable on one machine with one version of PyTorch.
"""

from __future__ import annotations

import argparse
import pathlib
import tempfile

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from sklearn.datasets import load_digits
from torch import nn

FOLDER = pathlib.Path(__file__).parent
SEED = 2024
HELD_OUT = 360
EPOCHS = 40
BATCH = 32
CALIBRATION_IMAGES = 256
Images = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


def digits() -> tuple[Images, Labels, Images, Labels]:
    """Images float32 [N, 1, 8, 8] from 0 (paper) to 1 (ink), labels 0 to 9: for training, then 360 held out."""
    data = load_digits()
    images = (data.images / 16).astype(np.float32)[:, np.newaxis]
    labels = data.target.astype(np.int64)
    order = np.random.RandomState(SEED).permutation(len(labels))
    held, training = order[:HELD_OUT], order[HELD_OUT:]
    return images[training], labels[training], images[held], labels[held]


def convolution(inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    padding = (size - 1) // 2
    layer = nn.Conv2d(inputs, outputs, size, stride=stride, padding=padding, groups=groups, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs))


class DigitsNet(nn.Module):
    """A convolution, a depthwise-separable residual, one more at half the resolution, a mean, ten scores."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(convolution(1, 16, 3), nn.ReLU())
        self.residual = nn.Sequential(convolution(16, 16, 3, groups=16), nn.ReLU(), convolution(16, 16, 1))
        self.wide = nn.Sequential(convolution(16, 32, 1), nn.ReLU())
        self.narrow = nn.Sequential(convolution(32, 32, 3, stride=2, groups=32), nn.ReLU())
        self.mixed = nn.Sequential(convolution(32, 48, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.scores = nn.Linear(48, 10)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        x = self.stem(image)
        x = torch.relu(x + self.residual(x))
        scores: torch.Tensor = self.scores(self.mixed(self.narrow(self.wide(x))))
        return scores


def shifted(images: torch.Tensor) -> torch.Tensor:
    """Each image moved by up to one pixel: 1437 digits are few."""
    padded = nn.functional.pad(images, (1, 1, 1, 1))
    corners = torch.randint(0, 3, (len(images), 2)).tolist()
    return torch.stack([image[:, y : y + 8, x : x + 8] for image, (y, x) in zip(padded, corners, strict=True)])


def train(images: Images, labels: Labels, epochs: int = EPOCHS) -> DigitsNet:
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    network = DigitsNet()
    steps = epochs * -(-len(images) // BATCH)
    optimiser = torch.optim.Adam(network.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    x, y = torch.from_numpy(images), torch.from_numpy(labels)
    network.train()
    for _ in range(epochs):
        for chosen in torch.randperm(len(x)).split(BATCH):
            optimiser.zero_grad()
            nn.functional.cross_entropy(network(shifted(x[chosen])), y[chosen]).backward()
            optimiser.step()
            schedule.step()
    return network.eval()


def export(network: DigitsNet, file: pathlib.Path) -> None:
    """Float ONNX; the exporter folds the batch normalisation into the convolutions."""
    torch.onnx.export(
        network,
        (torch.zeros(1, 1, 8, 8),),
        file,
        input_names=["image"],
        output_names=["scores"],
        opset_version=17,
        dynamo=False,
    )


class Calibration(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, images: Images) -> None:
        self.samples = iter([{"image": image[np.newaxis]} for image in images])

    def get_next(self) -> dict[str, Images] | None:
        return next(self.samples, None)


def quantise(float_file: pathlib.Path, int8_file: pathlib.Path, images: Images) -> None:
    """int8 weights per channel, int8 activations; QuantizeLinear and DequantizeLinear stand around each node."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = pathlib.Path(folder) / "prepared.onnx"
        quant_pre_process(float_file, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            int8_file,
            Calibration(images[:CALIBRATION_IMAGES]),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
        )


def correct(file: pathlib.Path, images: Images, labels: Labels) -> int:
    """How many images ONNX Runtime classifies as labelled."""
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    answers = [session.run(None, {"image": image[np.newaxis]})[0].argmax() for image in images]
    return int(np.sum(np.array(answers) == labels))


def main() -> None:
    parser = argparse.ArgumentParser(description="Train on scikit-learn's digits, export ONNX, quantise it.")
    parser.add_argument("--output", type=pathlib.Path, default=FOLDER, help="folder for the two ONNX files")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    arguments = parser.parse_args()
    images, labels, held_images, held_labels = digits()
    float_file, int8_file = arguments.output / "digits_float.onnx", arguments.output / "digits_int8.onnx"
    export(train(images, labels, arguments.epochs), float_file)
    quantise(float_file, int8_file, images)
    for file in (float_file, int8_file):
        onnx.checker.check_model(file, full_check=True)
        hits = correct(file, held_images, held_labels)
        print(f"{file.name}: {file.stat().st_size} bytes, {hits} of {len(held_labels)} held-out digits")


if __name__ == "__main__":
    main()
