#include "conv2d_general_mve.h"

/* The window of one output pixel: rows k0 to k1 of it lie in the input, the first of its columns is column `column`. */
typedef struct {
  const int8_t *base;
  const int32_t *taps;
  const int8_t *padding;
  int32_t start;
  int32_t k0;
  int32_t k1;
  int32_t column;
  int32_t depth;
} window;

/* The input channels from `channel` on of one pixel of a window, `column` being that of the input. */
static inline const int8_t *pixel_of(const arenite_conv2d_general_mve_layer *layer, const window *w, int32_t channel,
                                     int32_t k, int32_t column) {
  if (k < w->k0 || k >= w->k1 || column < 0 || column >= layer->input_columns) {
    return w->padding;
  }
  return w->base + (w->start + w->taps[k] + column * layer->input_channels + channel);
}

static void copy_window(const arenite_conv2d_general_mve_layer *layer, const window *w, int32_t channel, int8_t *to) {
  for (int32_t k = 0; k < layer->kernel_rows; ++k) {
    int32_t column = w->column;
    for (int32_t j = layer->kernel_columns; j > 0; --j) {
      arenite_copy(pixel_of(layer, w, channel, k, column), w->depth, to);
      to += w->depth;
      column += layer->dilation_columns;
    }
  }
}

/* Sums of products of four channels, pixel by pixel; the weights move on. */
ARENITE_NOINLINE arenite_four sums_of_pixels(const arenite_conv2d_general_mve_layer *layer, const window *w,
                                             int32_t channel, const int8_t **weights) {
  arenite_four sums = arenite_four_of(0);
  for (int32_t k = 0; k < layer->kernel_rows; ++k) {
    int32_t column = w->column;
    for (int32_t j = layer->kernel_columns; j > 0; --j) {
      sums = arenite_four_sum(sums, arenite_four_dot(pixel_of(layer, w, channel, k, column), weights, w->depth));
      column += layer->dilation_columns;
    }
  }
  return sums;
}

/* All channels of one output pixel, group by group. */
ARENITE_NOINLINE void pixel(const arenite_conv2d_general_mve_layer *layer, const window *w, const int8_t *weights,
                            const int32_t *channels, int8_t *out) {
  const arenite_output_range range = {arenite_four_of(layer->output_zero_point),
                                      arenite_four_of(layer->activation_min), arenite_four_of(layer->activation_max)};
  const int32_t elements = layer->kernel_rows * layer->kernel_columns * w->depth;
  const int32_t outputs = layer->output_channels / layer->groups;
  int8_t copied[ARENITE_GROUP_WINDOW];
  for (int32_t channel = 0; channel < layer->input_channels; channel += w->depth) {
    if (elements <= ARENITE_GROUP_WINDOW) {
      copy_window(layer, w, channel, copied);
    }
    for (int32_t left = outputs; left > 0; left -= 4) {
      const arenite_four sums = elements <= ARENITE_GROUP_WINDOW ? arenite_four_dot(copied, &weights, elements)
                                                                 : sums_of_pixels(layer, w, channel, &weights);
      const int32_t count = left < 4 ? left : 4;
      arenite_four_store(arenite_four_requantise_any(sums, channels), &range, count, out);
      channels += ARENITE_FOUR_CONSTANTS;
      out += count;
    }
  }
}

void arenite_conv2d_general_mve_row_s8(const arenite_conv2d_general_mve_layer *layer, const int8_t *base, int32_t start,
                                       const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                                       const int32_t *channels, const int8_t *padding, int8_t *out) {
  window w = {base, taps, padding, start, k0, k1, -layer->pad_left, layer->input_channels / layer->groups};
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    pixel(layer, &w, weights, channels, out);
    w.column += layer->stride_columns;
    out += layer->output_stride;
  }
}

void arenite_conv2d_general_mve_s8(const arenite_conv2d_general_mve_layer *layer, const int8_t *in, const int32_t *taps,
                                   const int8_t *weights, const int32_t *channels, const int8_t *padding, int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_conv2d_general_mve_row_s8(layer, in, top * in_row, taps, k.first, k.last, weights, channels, padding,
                                        out);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
