"""Models of one operator with states, int8 but where another type is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from models.writer import ModelWriter

GATES = ("input", "forget", "cell", "output")


def svdf(
    inputs: int = 10,
    units: int = 6,
    rank: int = 2,
    memory: int = 4,
    *,
    batches: int = 1,
    state_type: str = "int16",
    bias: int | None = 1000,
    zero_points: Sequence[int] = (-5, 0, -20),
    feature_multiplier: float = 0.05,
    multiplier: float = 0.002,
    activation: str = "RELU",
    seed: int = 0,
) -> bytes:
    """A model of one SVDF. ``zero_points`` are those of input, state and output; ``bias``: the greatest magnitude of
    one, None for no bias."""
    generator = np.random.default_rng(seed)
    filters = units * rank
    writer = ModelWriter()
    source = writer.tensor("input", (batches, inputs), scale=0.5, zero_point=zero_points[0])
    state_scale = 0.5 * 0.01 / feature_multiplier
    features = writer.tensor(
        "features", (filters, inputs), scale=0.01, data=generator.integers(-128, 128, (filters, inputs))
    )
    limits = np.iinfo(state_type)
    times = writer.tensor(
        "times",
        (filters, memory),
        state_type,
        scale=0.001,
        data=generator.integers(limits.min, limits.max, (filters, memory), endpoint=True),
    )
    biases = -1
    if bias is not None:
        biases = writer.tensor(
            "bias", (units,), "int32", scale=state_scale * 0.001, data=generator.integers(-bias, bias + 1, units)
        )
    state = writer.tensor(
        "state", (batches, filters * memory), state_type, scale=state_scale, zero_point=zero_points[1], variable=True
    )
    result = writer.tensor(
        "output", (batches, units), scale=state_scale * 0.001 / multiplier, zero_point=zero_points[2]
    )
    writer.operator(
        "SVDF",
        [source, features, times, biases, state],
        [result],
        rank=rank,
        fused_activation_function=activation,
    )
    return writer.finish([source], [result])


def lstm(
    inputs: int = 5,
    units: int = 6,
    steps: int = 3,
    batches: int = 1,
    *,
    time_major: bool = False,
    coupled: bool = False,
    cell_bits: int = 4,
    cell_clip: float = 10.0,
    gate: float = 3.0,
    bias: float = 1.0,
    shown: float = 1 / 128,
    zero_points: tuple[int, int] = (-3, 4),
    seed: int = 0,
    dtype: str = "int8",
    states_shown: bool = False,
) -> bytes:
    """A model of one layer.

    Args:
        states_shown: last output and cells are outputs, too.
        dtype: of activations; with int16 scales are 2^-8 of those for int8, and biases int64.
        gate: what the sums of gates are about; ``bias`` likewise.
        shown: the scale of the output.
        zero_points: of input and output.
    """
    generator = np.random.default_rng(seed)
    writer = ModelWriter()
    order = (steps, batches) if time_major else (batches, steps)
    wide = dtype == "int16"
    fraction = 2.0**-8 if wide else 1.0
    source = writer.tensor("input", (*order, inputs), dtype, scale=0.02 * fraction, zero_point=zero_points[0])
    present = [not coupled or name != "input" for name in GATES]

    def weights(kind: str, length: int, scale: float) -> list[int]:
        """Sums of products of random values, each about 75, with values of this scale come to about ``gate``."""
        step = gate / (75 * 75 * scale * length**0.5)
        return [
            writer.tensor(
                f"{kind} {name}",
                (units, length),
                scale=step * (1 + 0.1 * place),
                data=generator.integers(-127, 128, (units, length)),
            )
            if present[place]
            else -1
            for place, name in enumerate(GATES)
        ]

    own, recurrent = weights("own", inputs, 0.02), weights("recurrent", units, shown)
    step = fraction * gate / (75 * 75 * inputs**0.5)
    biases = [
        writer.tensor(
            f"bias {name}",
            (units,),
            "int64" if wide else "int32",
            scale=step,
            data=np.rint(generator.uniform(-bias, bias, units) / step),
        )
        if present[place]
        else -1
        for place, name in enumerate(GATES)
    ]
    quantised = {"scale": shown * fraction, "zero_point": zero_points[1]}
    hidden = writer.tensor("hidden", (batches, units), dtype, variable=True, **quantised)
    cells = writer.tensor("cells", (batches, units), "int16", scale=2.0 ** (cell_bits - 15), variable=True)
    between = [writer.tensor(f"sum {name}", (0,), "float32") for name in GATES]
    between.append(writer.tensor("before projection", (0,), dtype, **quantised))
    result = writer.tensor("output", (*order, units), dtype, **quantised)
    absent = [-1] * 4
    writer.operator(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        [source, *own, *recurrent, *absent[:3], *biases, *absent[:2], hidden, cells, *absent],
        [result],
        intermediates=between,
        fused_activation_function="TANH",
        cell_clip=cell_clip,
        time_major=time_major,
    )
    return writer.finish([source], [result, hidden, cells] if states_shown else [result])
