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

/* Sums of products of four channels, taken from the input. */
ARENITE_NOINLINE arenite_four sums_of(const arenite_conv2d_mve_layer *layer, const window *w, const int8_t *weights) {
  const int32_t depth = layer->input_channels;
  const int32_t width = layer->kernel_columns;
  const int inside = w->column >= 0 && w->column + width <= layer->input_columns;
  arenite_four sums = arenite_four_of(0);
  for (int32_t k = 0; k < layer->kernel_rows; ++k) {
    const int whole = inside && k >= w->k0 && k < w->k1;
    const int32_t run = whole ? width * depth : depth;
    for (int32_t j = 0; j < width; j += whole ? width : 1) {
      sums = arenite_four_sum(sums, arenite_four_dot(pixel_of(layer, w, k, j), &weights, run));
    }
  }
  return sums;
}

void arenite_conv2d_direct_mve_row_s8(const arenite_conv2d_mve_layer *layer, const int8_t *base, int32_t start,
                                      const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                                      const int32_t *channels, const int8_t *padding, int8_t *out) {
  const arenite_output_range range = {arenite_four_of(layer->output_zero_point),
                                      arenite_four_of(layer->activation_min), arenite_four_of(layer->activation_max)};
  const int32_t elements = layer->kernel_rows * layer->kernel_columns * layer->input_channels;
  const int32_t chunks = (elements + ARENITE_CHUNK - 1) / ARENITE_CHUNK;
  const int small = elements <= ARENITE_SMALL_WINDOW;
  int8_t copied[ARENITE_SMALL_WINDOW];
  window w = {base, taps, padding, start, k0, k1, -layer->pad_left};
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int8_t *filter = weights;
    const int32_t *constants = channels;
    if (small) {
      copy_window(layer, &w, copied);
    }
    for (int32_t c = 0; c < layer->output_channels; c += 4) {
      const int8_t *from = filter;
      const arenite_four sums = small ? arenite_four_dot(copied, &from, elements) : sums_of(layer, &w, filter);
      const arenite_four scaled = arenite_four_requantise_any(sums, constants);
      arenite_four_store(scaled, &range, layer->output_channels - c, out + c);
      filter += 4 * chunks * ARENITE_CHUNK;
      constants += ARENITE_FOUR_CONSTANTS;
    }
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
