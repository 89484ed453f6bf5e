#include "conv2d_mve.h"

/* What the pixels of a row have in common. */
typedef struct {
  const int8_t *weights;
  const int32_t *channels;
  int32_t elements;
  int32_t chunks;
  int32_t outputs;
  int32_t left_shifts;
  arenite_output_range range;
} filters;

static inline filters filters_of(const arenite_conv2d_mve_layer *layer, const int8_t *weights,
                                 const int32_t *channels) {
  filters of;
  of.weights = weights;
  of.channels = channels;
  of.elements = layer->kernel_rows * layer->kernel_columns * layer->input_channels;
  of.chunks = (of.elements + ARENITE_CHUNK - 1) / ARENITE_CHUNK;
  of.outputs = layer->output_channels;
  of.left_shifts = layer->left_shifts;
  of.range.zero_point = arenite_four_of(layer->output_zero_point);
  of.range.low = arenite_four_of(layer->activation_min);
  of.range.high = arenite_four_of(layer->activation_max);
  return of;
}

/* Channels from `first` on, a multiple of four, of the output pixel whose window is at `in`. */
ARENITE_NOINLINE void one_pixel(const filters *of, int32_t first, const int8_t *in, int8_t *out) {
  const int32_t elements = of->elements;
  const int32_t left_shifts = of->left_shifts;
  const arenite_output_range range = of->range;
  const int8_t *weights = of->weights + first * of->chunks * ARENITE_CHUNK;
  const int32_t *channels = of->channels + first / 4 * ARENITE_FOUR_CONSTANTS;
  out += first;
  for (int32_t left = of->outputs - first; left > 0; left -= 4) {
    const arenite_four sums = arenite_four_dot(in, &weights, elements);
    const arenite_four scaled =
        left_shifts ? arenite_four_requantise_any(sums, channels) : arenite_four_requantise(sums, channels);
    arenite_four_store(scaled, &range, left, out);
    channels += ARENITE_FOUR_CONSTANTS;
    out += 4;
  }
}

/* So many pairs of output pixels; chunks of their windows are read whole. */
ARENITE_NOINLINE void pairs_of_pixels(const filters *of, const int8_t *in, int32_t step, int32_t pairs, int8_t *out,
                                      int32_t stride) {
  arenite_two_windows windows = {in, in + step, of->weights, of->chunks};
  const arenite_output_range range = of->range;
  const int32_t whole = of->outputs & ~3;
  for (; pairs > 0; --pairs) {
    const int32_t *channels = of->channels;
    int8_t *to = out;
    windows.weights = of->weights;
    for (int32_t left = whole; left > 0; left -= 4) {
      const arenite_two_fours sums = arenite_two_fours_dot(&windows);
      /* Before anything is stored, which might be the constants for all that a compiler knows. */
      const arenite_four scaled = arenite_four_requantise(sums.first, channels);
      const arenite_four other = arenite_four_requantise(sums.second, channels);
      arenite_four_store(scaled, &range, 4, to);
      arenite_four_store(other, &range, 4, to + stride);
      channels += ARENITE_FOUR_CONSTANTS;
      to += 4;
    }
    if (whole < of->outputs) {
      one_pixel(of, whole, windows.first, out);
      one_pixel(of, whole, windows.second, out + stride);
    }
    windows.first += 2 * step;
    windows.second += 2 * step;
    out += 2 * stride;
  }
}

/* `count` pixels whose windows begin `step` elements apart; `bytes` may be read from the first one on. */
ARENITE_NOINLINE void pixels(const filters *of, const int8_t *in, int32_t step, int32_t bytes, int32_t count,
                             int8_t *out, int32_t stride) {
  int32_t done = of->left_shifts ? 0 : count & ~1;
  while (done > 0 && (done - 1) * step + of->chunks * ARENITE_CHUNK > bytes) {
    done -= 2;
  }
  pairs_of_pixels(of, in, step, done / 2, out, stride);
  for (; done < count; ++done) {
    one_pixel(of, 0, in + done * step, out + done * stride);
  }
}

/* Gathers `count` columns of the rows of windows in `to`, zero points for those that lie in the padding; the first is
 * column `column` of the input. `start` is as for the row. */
ARENITE_NOINLINE void gather(const arenite_conv2d_mve_layer *layer, const int8_t *base, int32_t start,
                             const int32_t *taps, arenite_range rows, int32_t column, int32_t count, int8_t *to) {
  const int32_t depth = layer->input_channels;
  const int32_t pitch = layer->kernel_rows * depth;
  const int32_t rest = layer->input_columns - column;
  const int32_t before = column < 0 ? -column : 0;
  const int32_t first = before < count ? before : count;
  const int32_t inside = (rest < count ? rest : count) - first;
  if (inside < count || rows.last - rows.first < layer->kernel_rows) {
    arenite_fill(layer->input_zero_point, count * pitch, to);
  }
  if (inside <= 0) {
    return;
  }
  start += (column + first) * depth;
  to += first * pitch + rows.first * depth;
  for (int32_t k = rows.first; k < rows.last; ++k) {
    const int8_t *in = base + (start + taps[k]);
    if (depth < ARENITE_CHUNK && layer->kernel_rows < ARENITE_CHUNK) {
      arenite_spread(in, inside, depth, to, pitch);
    } else {
      int8_t *out = to;
      for (int32_t i = 0; i < inside; ++i) {
        arenite_copy(in, depth, out);
        in += depth;
        out += pitch;
      }
    }
    to += depth;
  }
}

void arenite_conv2d_mve_row_s8(const arenite_conv2d_mve_layer *layer, const int8_t *base, int32_t start,
                               const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                               const int32_t *channels, int8_t *out, int32_t *scratch) {
  const filters of = filters_of(layer, weights, channels);
  const arenite_range rows = {k0, k1};
  const int32_t stride = layer->stride_columns;
  const int32_t step = stride * layer->kernel_rows * layer->input_channels;
  const int32_t most = layer->strip_pixels;
  int8_t *const strip = (int8_t *)scratch;
  int32_t column = -layer->pad_left;
  out += layer->output_start;
  for (int32_t left = layer->output_columns; left > 0; left -= most) {
    const int32_t count = left < most ? left : most;
    gather(layer, base, start, taps, rows, column, (count - 1) * stride + layer->kernel_columns, strip);
    pixels(&of, strip, step, (most - 1) * step + of.chunks * ARENITE_CHUNK, count, out, layer->output_stride);
    column += most * stride;
    out += most * layer->output_stride;
  }
}

void arenite_conv2d_mve_s8(const arenite_conv2d_mve_layer *layer, const int8_t *in, const int32_t *taps,
                           const int8_t *weights, const int32_t *channels, int8_t *out, int32_t *scratch) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_conv2d_mve_row_s8(layer, in, top * in_row, taps, k.first, k.last, weights, channels, out, scratch);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}

void arenite_conv2d_point_mve_row_s8(const arenite_conv2d_mve_layer *layer, const int8_t *base, int32_t start,
                                     const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                                     const int32_t *channels, int8_t *out) {
  const filters of = filters_of(layer, weights, channels);
  const int32_t depth = layer->input_channels;
  (void)k0;
  (void)k1;
  pixels(&of, base + (start + taps[0]), layer->stride_columns * depth, layer->input_columns * depth,
         layer->output_columns, out + layer->output_start, layer->output_stride);
}

void arenite_conv2d_point_mve_s8(const arenite_conv2d_mve_layer *layer, const int8_t *in, const int32_t *taps,
                                 const int8_t *weights, const int32_t *channels, int8_t *out) {
  const filters of = filters_of(layer, weights, channels);
  const int32_t depth = layer->input_channels;
  const int32_t in_row = layer->input_columns * depth;
  int32_t count = layer->output_columns;
  int32_t rows = layer->output_rows;
  int32_t batches = layer->batches;
  int32_t bytes = in_row;
  (void)taps;
  if (layer->stride_rows * layer->stride_columns == 1) {
    count *= rows * batches;
    bytes *= rows * batches;
    rows = batches = 1;
  }
  out += layer->output_start;
  for (; batches > 0; --batches) {
    for (int32_t y = 0; y < rows; ++y) {
      pixels(&of, in + y * layer->stride_rows * in_row, layer->stride_columns * depth, bytes, count, out,
             layer->output_stride);
      out += count * layer->output_stride;
    }
    in += layer->input_rows * in_row;
  }
}
