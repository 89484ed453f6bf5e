#include "conv2d_wide.h"

/* What the windows of an output channel have in common. Each of their rows is `lines` runs of `count` neighbouring
 * elements, `step` elements apart; row k is taps[k] elements behind the first one. Pixels are `input_step` and
 * `output_step` elements apart. */
typedef struct {
  const int32_t *taps;
  const int32_t *taps_end;
  const int16_t *weights;
  const arenite_channel *channel;
  int32_t count;
  int32_t lines;
  int32_t step;
  int32_t input_step;
  int32_t output_step;
  int32_t zero_point;
  int32_t low;
  int32_t high;
} windows;

/* acc + the products of `count` neighbouring inputs and as many weights. */
ARENITE_INLINE int32_t dot(int32_t acc, const int8_t *in, const int16_t *weights, int32_t count) {
  for (; count >= 4; count -= 4) {
    acc = arenite_mac(acc, in[0], weights[0]);
    acc = arenite_mac(acc, in[1], weights[1]);
    acc = arenite_mac(acc, in[2], weights[2]);
    acc = arenite_mac(acc, in[3], weights[3]);
    in += 4;
    weights += 4;
  }
  for (; count > 0; --count) {
    acc = arenite_mac(acc, *in++, *weights++);
  }
  return acc;
}

ARENITE_INLINE int8_t output_of(const windows *w, int32_t acc) {
  return arenite_store(arenite_requantise(acc, w->channel), w->zero_point, w->low, w->high);
}

/* Windows that lie in the input, of rows that are one run each, the first one at base + (at + taps[k]). */
ARENITE_NOINLINE void windows_of_runs(const windows *w, int32_t pixels, const int8_t *base, int32_t at, int8_t *out) {
  const int32_t count = w->count;
  for (; pixels > 0; --pixels) {
    const int16_t *weights = w->weights;
    int32_t acc = w->channel->bias;
    for (const int32_t *tap = w->taps; tap != w->taps_end; ++tap) {
      acc = dot(acc, base + (at + *tap), weights, count);
      weights += count;
    }
    *out = output_of(w, acc);
    at += w->input_step;
    out += w->output_step;
  }
}

/* The same of rows whose elements lie apart. */
ARENITE_NOINLINE void windows_of_elements(const windows *w, int32_t pixels, const int8_t *base, int32_t at, int8_t *out) {
  const int32_t step = w->step;
  for (; pixels > 0; --pixels) {
    const int16_t *weights = w->weights;
    int32_t acc = w->channel->bias;
    for (const int32_t *tap = w->taps; tap != w->taps_end; ++tap) {
      const int8_t *from = base + (at + *tap);
      for (int32_t i = w->lines; i > 0; --i) {
        acc = arenite_mac(acc, *from, *weights++);
        from += step;
      }
    }
    *out = output_of(w, acc);
    at += w->input_step;
    out += w->output_step;
  }
}

/* The same of any rows. */
ARENITE_NOINLINE void windows_of_lines(const windows *w, int32_t pixels, const int8_t *base, int32_t at, int8_t *out) {
  for (; pixels > 0; --pixels) {
    const int16_t *weights = w->weights;
    int32_t acc = w->channel->bias;
    for (const int32_t *tap = w->taps; tap != w->taps_end; ++tap) {
      const int8_t *from = base + (at + *tap);
      for (int32_t i = w->lines; i > 0; --i) {
        acc = dot(acc, from, weights, w->count);
        from += w->step;
        weights += w->count;
      }
    }
    *out = output_of(w, acc);
    at += w->input_step;
    out += w->output_step;
  }
}

/* Windows of which rows k0 to k1 lie in the input, the first one beginning at `column`; outside of the input are zero
 * points. Column 0 of row k is at base + (at + taps[k]). */
ARENITE_NOINLINE void windows_beside(const arenite_conv2d_wide_layer *layer, const windows *w, int32_t k0, int32_t k1,
                                     int32_t column, int32_t pixels, const int8_t *base, int32_t at, int8_t *out) {
  const int32_t depth = layer->input_channels / layer->groups;
  for (; pixels > 0; --pixels) {
    const int16_t *weights = w->weights;
    int32_t acc = w->channel->bias;
    for (int32_t k = 0; k < layer->kernel_rows; ++k) {
      int32_t x = column;
      for (int32_t j = layer->kernel_columns; j > 0; --j) {
        const int inside = k >= k0 && k < k1 && x >= 0 && x < layer->input_columns;
        const int8_t *from = inside ? base + (at + w->taps[k] + x * layer->input_channels) : 0;
        for (int32_t i = 0; i < depth; ++i) {
          acc = arenite_mac(acc, from ? from[i] : layer->input_zero_point, *weights++);
        }
        x += layer->dilation_columns;
      }
    }
    *out = output_of(w, acc);
    column += layer->stride_columns;
    out += w->output_step;
  }
}

/* The output columns whose windows lie between the first and the last column of the input. */
static arenite_range columns_inside(const arenite_conv2d_wide_layer *layer) {
  const int32_t reach = (layer->kernel_columns - 1) * layer->dilation_columns;
  arenite_range x = {0, layer->output_columns};
  while (x.first < x.last && x.first * layer->stride_columns < layer->pad_left) {
    ++x.first;
  }
  while (x.last > x.first && (x.last - 1) * layer->stride_columns - layer->pad_left + reach >= layer->input_columns) {
    --x.last;
  }
  return x;
}

static windows windows_of(const arenite_conv2d_wide_layer *layer, const int32_t *taps) {
  const int32_t depth = layer->input_channels / layer->groups;
  windows w = {taps,
               taps + layer->kernel_rows,
               0,
               0,
               depth,
               layer->kernel_columns,
               layer->dilation_columns * layer->input_channels,
               layer->stride_columns * layer->input_channels,
               layer->output_stride,
               layer->output_zero_point,
               layer->activation_min,
               layer->activation_max};
  if (w.step == depth || w.lines == 1) {
    w.count *= w.lines;
    w.lines = 1;
  }
  return w;
}

void arenite_conv2d_wide_row_s8(const arenite_conv2d_wide_layer *layer, const int8_t *base, int32_t start,
                                const int32_t *taps, int32_t k0, int32_t k1, const int16_t *weights,
                                const int32_t *places, const arenite_channel *channels, int8_t *out) {
  windows w = windows_of(layer, taps);
  const int whole = k1 - k0 == layer->kernel_rows;
  arenite_range inside = columns_inside(layer);
  if (!whole) {
    inside.first = inside.last = layer->output_columns;
  }
  w.weights = weights;
  out += layer->output_start;
  for (int32_t c = 0; c < layer->output_channels; ++c) {
    const int32_t count = inside.last - inside.first;
    const int32_t first = inside.first * layer->stride_columns - layer->pad_left;
    const int32_t at = start + places[2 * c];
    const int32_t at_first = at + first * layer->input_channels;
    int8_t *to = out + places[2 * c + 1];
    w.channel = channels + c;
    windows_beside(layer, &w, k0, k1, -layer->pad_left, inside.first, base, at, to);
    if (count > 0) {
      int8_t *pixel = to + inside.first * w.output_step;
      if (w.lines == 1) {
        windows_of_runs(&w, count, base, at_first, pixel);
      } else if (w.count == 1) {
        windows_of_elements(&w, count, base, at_first, pixel);
      } else {
        windows_of_lines(&w, count, base, at_first, pixel);
      }
    }
    windows_beside(layer, &w, k0, k1, first + count * layer->stride_columns, layer->output_columns - inside.last,
                   base, at, to + inside.last * w.output_step);
    w.weights += layer->kernel_rows * w.lines * w.count;
  }
}

void arenite_conv2d_wide_s8(const arenite_conv2d_wide_layer *layer, const int8_t *in, const int32_t *taps,
                            const int16_t *weights, const int32_t *places, const arenite_channel *channels,
                            int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_conv2d_wide_row_s8(layer, in, top * in_row, taps, k.first, k.last, weights, places, channels, out);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
