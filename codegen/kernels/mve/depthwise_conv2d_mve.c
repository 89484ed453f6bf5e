#include "depthwise_conv2d_mve.h"

#define EIGHT 8

/* What the pixels of a row have in common, and where the window of one lies in the input: of each of the rows `k` the
 * columns `j`, the first of which is at base + (start + taps[k]). */
typedef struct {
  arenite_eight_range range;
  const int8_t *base;
  const int32_t *taps;
  arenite_range k;
  arenite_range j;
  int32_t start;
  int32_t column_step;
  int32_t kernel_columns;
  int32_t input_zero_point;
  int32_t left_shifts;
} window;

static inline arenite_eight_sums requantised(const window *w, arenite_eight_sums sums, const int32_t *constants) {
  const int32_t *odd = constants + ARENITE_FOUR_CONSTANTS;
  if (w->left_shifts) {
    const int32_t zero_point = w->range.zero_point;
    sums.even = arenite_four_requantise_any(sums.even, constants);
    sums.odd = arenite_four_requantise_any(sums.odd, odd);
    sums.even = arenite_four_wrapped(sums.even, zero_point, INT8_MIN, INT8_MAX);
    sums.odd = arenite_four_wrapped(sums.odd, zero_point, INT8_MIN, INT8_MAX);
  } else {
    sums.even = arenite_four_requantise_right(sums.even, constants);
    sums.odd = arenite_four_requantise_right(sums.odd, odd);
  }
  return sums;
}

/* Up to eight channels of a pixel, the input of the first being `input` elements on. All eight of them have inputs that
 * are neighbours, if `whole`. */
ARENITE_INLINE void block(const window *w, int32_t input, const int8_t *weights, const int32_t *constants,
                          int32_t channels, int whole, int8_t *out) {
  const arenite_eight offsets = arenite_eight_load(weights);
  const int32_t row_step = EIGHT * w->kernel_columns;
  const int32_t column_step = w->column_step;
  const int32_t zero_point = w->input_zero_point;
  const int32_t columns = w->j.last - w->j.first;
  const int8_t *row = weights + EIGHT * (1 + w->j.first) + w->k.first * row_step;
  arenite_eight_sums sums = {arenite_four_of(0), arenite_four_of(0)};
  for (int32_t k = w->k.first; k < w->k.last; ++k) {
    const int8_t *in = w->base + (w->start + w->taps[k] + input);
    const int8_t *from = row;
    for (int32_t j = columns; j > 0; --j) {
      const arenite_eight values = whole ? arenite_eight_load(in) : arenite_eight_load_at(in, offsets, channels);
      sums = arenite_eight_mac(sums, arenite_eight_subtract(values, zero_point), arenite_eight_load(from));
      in += column_step;
      from += EIGHT;
    }
    row += row_step;
  }
  arenite_eight_store(requantised(w, sums, constants), &w->range, channels, out);
}

/* So many blocks, the inputs of which are neighbours; `step` are the weights of one. */
ARENITE_NOINLINE void whole_blocks(const window *shared, const int8_t *weights, const int32_t *constants, int32_t count,
                                   int32_t step, int8_t *out) {
  const window w = *shared;
  for (int32_t c = 0; c < EIGHT * count; c += EIGHT) {
    block(&w, c, weights, constants, EIGHT, 1, out + c);
    weights += step;
    constants += 2 * ARENITE_FOUR_CONSTANTS;
  }
}

ARENITE_NOINLINE void any_block(const window *w, int32_t input, const int8_t *weights, const int32_t *constants,
                                int32_t channels, int8_t *out) {
  block(w, input, weights, constants, channels, 0, out);
}

void arenite_depthwise_conv2d_mve_row_s8(const arenite_depthwise_conv2d_mve_layer *layer, const int8_t *base,
                                         int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                         const int8_t *weights, const int32_t *constants, int8_t *out) {
  const int32_t multiplier = layer->depth_multiplier;
  const int32_t inputs = layer->input_channels;
  const int32_t outputs = inputs * multiplier;
  const int32_t columns = layer->kernel_columns;
  const int32_t step = EIGHT * (layer->kernel_rows * columns + 1);
  window w = {{arenite_eight_of(layer->activation_min), arenite_eight_of(layer->activation_max),
               layer->output_zero_point},
              base, taps, {k0, k1}, {0, 0}, 0, layer->dilation_columns * inputs, columns, layer->input_zero_point,
              layer->left_shifts};
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int32_t column = x * layer->stride_columns - layer->pad_left;
    w.j = arenite_taps_inside(column, layer->dilation_columns, columns, layer->input_columns);
    w.start = start + (column + w.j.first * layer->dilation_columns) * inputs;
    int32_t c = 0;
    if (multiplier == 1) {
      whole_blocks(&w, weights, constants, outputs / EIGHT, step, out);
      c = outputs / EIGHT * EIGHT;
    }
    for (; c < outputs; c += EIGHT) {
      const int32_t left = outputs - c;
      any_block(&w, c / multiplier, weights + c / EIGHT * step, constants + c / EIGHT * 2 * ARENITE_FOUR_CONSTANTS,
                left < EIGHT ? left : EIGHT, out + c);
    }
    out += layer->output_stride;
  }
}

void arenite_depthwise_conv2d_mve_s8(const arenite_depthwise_conv2d_mve_layer *layer, const int8_t *in,
                                     const int32_t *taps, const int8_t *weights, const int32_t *constants,
                                     int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_depthwise_conv2d_mve_row_s8(layer, in, top * in_row, taps, k.first, k.last, weights, constants, out);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
