#include "conv2d_direct_mve.h"

/* The window of one output pixel: rows k0 to k1 of it lie in the input, the first of its columns is column `column`. */
typedef struct {
  const int8_t *base;
  const int32_t *taps;
  const int8_t *padding;
  int32_t start;
  int32_t k0;
  int32_t k1;
  int32_t column;
} window;

static inline int32_t chunks_of(int32_t elements) { return (elements + ARENITE_CHUNK - 1) / ARENITE_CHUNK; }

/* The input channels of one pixel of a window. */
static inline const int8_t *pixel_of(const arenite_conv2d_mve_layer *layer, const window *w, int32_t k, int32_t j) {
  const int32_t column = w->column + j;
  if (k < w->k0 || k >= w->k1 || column < 0 || column >= layer->input_columns) {
    return w->padding;
  }
  return w->base + (w->start + w->taps[k] + column * layer->input_channels);
}

static void copy_window(const arenite_conv2d_mve_layer *layer, const window *w, int8_t *to) {
  for (int32_t k = 0; k < layer->kernel_rows; ++k) {
    for (int32_t j = 0; j < layer->kernel_columns; ++j) {
      arenite_copy(pixel_of(layer, w, k, j), layer->input_channels, to);
      to += layer->input_channels;
    }
  }
}

/* Sums of products of four channels where rows of the window are runs of whole chunks in the input. */
ARENITE_INLINE arenite_four sums_of_runs(const window *w, int32_t rows, int32_t run, int32_t distance,
                                         const int8_t *weights) {
  const int8_t *const base = w->base;
  const int32_t *const taps = w->taps;
  arenite_four sums = arenite_four_of(0);
  distance += w->start;
  for (int32_t k = 0; k < rows; ++k) {
    sums = arenite_four_sum(sums, arenite_four_dot(base + (distance + taps[k]), &weights, run));
  }
  return sums;
}

/* The same for any window, pixel by pixel. */
ARENITE_NOINLINE arenite_four sums_of_pixels(const arenite_conv2d_mve_layer *layer, const window *w,
                                             const int8_t *weights) {
  arenite_four sums = arenite_four_of(0);
  for (int32_t k = 0; k < layer->kernel_rows; ++k) {
    for (int32_t j = 0; j < layer->kernel_columns; ++j) {
      const int8_t *in = pixel_of(layer, w, k, j);
      sums = arenite_four_sum(sums, arenite_four_dot(in, &weights, layer->input_channels));
    }
  }
  return sums;
}

/* All channels of one output pixel. */
ARENITE_NOINLINE void pixel(const arenite_conv2d_mve_layer *layer, const window *w, const int8_t *weights,
                            const int32_t *channels, int8_t *out) {
  const arenite_output_range range = {arenite_four_of(layer->output_zero_point),
                                      arenite_four_of(layer->activation_min), arenite_four_of(layer->activation_max)};
  const int32_t depth = layer->input_channels;
  const int32_t width = layer->kernel_columns;
  const int32_t rows = layer->kernel_rows;
  const int32_t elements = rows * width * depth;
  const int small = elements <= ARENITE_SMALL_WINDOW;
  const int32_t chunks = small ? chunks_of(elements) : rows * width * chunks_of(depth);
  const int inside = w->column >= 0 && w->column + width <= layer->input_columns && w->k0 == 0 && w->k1 == rows;
  const int runs = inside && depth % ARENITE_CHUNK == 0;
  int8_t copied[ARENITE_SMALL_WINDOW];
  if (small) {
    copy_window(layer, w, copied);
  }
  for (int32_t left = layer->output_channels; left > 0; left -= 4) {
    arenite_four sums;
    if (small) {
      const int8_t *from = weights;
      sums = arenite_four_dot(copied, &from, elements);
    } else if (runs) {
      sums = sums_of_runs(w, rows, width * depth, w->column * depth, weights);
    } else {
      sums = sums_of_pixels(layer, w, weights);
    }
    arenite_four_store(arenite_four_requantise_any(sums, channels), &range, left, out);
    weights += 4 * chunks * ARENITE_CHUNK;
    channels += ARENITE_FOUR_CONSTANTS;
    out += 4;
  }
}

void arenite_conv2d_direct_mve_row_s8(const arenite_conv2d_mve_layer *layer, const int8_t *base, int32_t start,
                                      const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                                      const int32_t *channels, const int8_t *padding, int8_t *out) {
  window w = {base, taps, padding, start, k0, k1, -layer->pad_left};
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    pixel(layer, &w, weights, channels, out);
    w.column += layer->stride_columns;
    out += layer->output_stride;
  }
}

void arenite_conv2d_direct_mve_s8(const arenite_conv2d_mve_layer *layer, const int8_t *in, const int32_t *taps,
                                  const int8_t *weights, const int32_t *channels, const int8_t *padding, int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_conv2d_direct_mve_row_s8(layer, in, top * in_row, taps, k.first, k.last, weights, channels, padding, out);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
