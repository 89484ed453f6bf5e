"""Rows of transposed convolutions, and the order in which the taps of their kernels are kept (arenite_transposed.h)."""

from __future__ import annotations


def tap_order(kernel: int, step: int) -> tuple[int, ...]:
    """The taps of an axis: those that reach the same output elements next to each other, as the inputs behind them."""
    return tuple(tap for phase in range(step) for tap in reversed(range(phase, kernel, step)))


def transposed_ranges(
    height: int, count: int, kernel: int, step: int, pad: int
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Rows of one image that its output rows need, and which of the kernel's rows, in ``tap_order``, these are for
    (half-open).

    Args:
        height: of the image; ``count`` is the height of the output.
        kernel: rows of a window in the output, of which that of the first input row begins ``pad`` rows before it, and
            the following ones ``step`` rows further each.
    """
    order = tap_order(kernel, step)
    ranges: list[tuple[int, int]] = []
    taps: list[tuple[int, int]] = []
    for row in range(count):
        place = row + pad
        # Tap -> the input row behind it.
        reaching = {
            place_in_order: (place - tap) // step
            for place_in_order, tap in enumerate(order)
            if (place - tap) % step == 0 and 0 <= (place - tap) // step < height
        }
        if reaching:
            ranges.append((min(reaching.values()), max(reaching.values()) + 1))
            taps.append((min(reaching), max(reaching) + 1))
        else:
            # The row beside which the window lies.
            ranges.append((min(place // step + 1, height),) * 2)
            taps.append((0, 0))
    return ranges, taps
