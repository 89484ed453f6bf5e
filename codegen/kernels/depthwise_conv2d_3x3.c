#include "depthwise_conv2d_3x3.h"

/* One output row: the input rows that its windows reach, k0 <= k < k1, and what is the same for all pixels. */
typedef struct {
  const int8_t *in[3];
  int32_t k0;
  int32_t step;
  int32_t input_zero_point;
  int32_t output_zero_point;
  const int8_t *weights;
  const arenite_channel *channels;
} row;

/* acc + the products of two or three weights of a row and the inputs in as many columns. Without the barriers the
 * compiler adds products to each other first, which takes more instructions than adding each to acc. */
ARENITE_INLINE int32_t row_dot(int32_t acc, const int8_t *in, int32_t step, const int8_t *weights, int32_t columns) {
  acc = arenite_mac(acc, in[0], weights[0]);
  arenite_barrier(acc, acc);
  acc = arenite_mac(acc, in[step], weights[1]);
  arenite_barrier(acc, acc);
  if (columns == 3) {
    acc = arenite_mac(acc, in[2 * step], weights[2]);
  }
  arenite_barrier(acc, acc);
  return acc;
}

/* All channels of one output pixel, of whose window `rows` rows and `columns` columns from j0 on lie in the input; `at`
 * is where these columns begin, relative to the rows. */
ARENITE_INLINE void pixel(const row *r, int32_t at, int32_t rows, int32_t j0, int32_t columns, int8_t *out) {
  const int32_t step = r->step;
  const int32_t input_zero_point = r->input_zero_point;
  const int32_t output_zero_point = r->output_zero_point;
  const int32_t k0 = rows == 3 ? 0 : r->k0;
  const int8_t *in0 = r->in[0] + at;
  const int8_t *in1 = r->in[1] + at;
  const int8_t *in2 = r->in[2] + at;
  const int8_t *w = r->weights + (3 * k0 + j0);
  const int8_t *missing_row = r->weights + (k0 == 0 ? 6 : 0);
  const int8_t *missing_column = r->weights + (3 * k0 + (j0 == 0 ? 2 : 0));
  const arenite_channel *channel = r->channels;
  for (const int8_t *const end = out + step; out != end; ++out) {
    int32_t acc = channel->bias;
    if (rows == 2) {
      acc = arenite_mac(acc, input_zero_point, missing_row[0] + missing_row[1] + missing_row[2]);
      missing_row += 9;
    }
    if (columns == 2) {
      const int32_t last = rows == 3 ? missing_column[6] : 0;
      acc = arenite_mac(acc, input_zero_point, missing_column[0] + missing_column[3] + last);
      missing_column += 9;
    }
    acc = row_dot(acc, in0++, step, w, columns);
    acc = row_dot(acc, in1++, step, w + 3, columns);
    if (rows == 3) {
      acc = row_dot(acc, in2++, step, w + 6, columns);
    }
    *out = arenite_saturate(arenite_requantise(acc, channel), output_zero_point);
    w += 9;
    ++channel;
  }
}

ARENITE_NOINLINE void whole_window(const row *r, int32_t at, int8_t *out) { pixel(r, at, 3, 0, 3, out); }

ARENITE_NOINLINE void two_rows(const row *r, int32_t at, int8_t *out) { pixel(r, at, 2, 0, 3, out); }

ARENITE_NOINLINE void two_columns(const row *r, int32_t at, int32_t j0, int8_t *out) { pixel(r, at, 3, j0, 2, out); }

ARENITE_NOINLINE void two_of_both(const row *r, int32_t at, int32_t j0, int8_t *out) { pixel(r, at, 2, j0, 2, out); }

void arenite_depthwise_conv2d_3x3_row_s8(const arenite_depthwise_conv2d_3x3_layer *layer, const int8_t *base,
                                         int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                         const int8_t *weights, const arenite_channel *channels, int8_t *out) {
  const int32_t step = layer->input_channels;
  const row r = {{base + (start + taps[k0]), base + (start + taps[k0 + 1]), base + (start + taps[k1 - 1])},
                 k0,
                 step,
                 layer->input_zero_point,
                 layer->output_zero_point,
                 weights,
                 channels};
  out += layer->output_start;
  int8_t *to = out;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int32_t column = x * layer->stride_columns - layer->pad_left;
    const int32_t j0 = column < 0;
    const int32_t at = (column + j0) * step;
    const int inside = column >= 0 && column + 3 <= layer->input_columns;
    if (k1 - k0 == 3 && inside) {
      whole_window(&r, at, to);
    } else if (k1 - k0 == 3) {
      two_columns(&r, at, j0, to);
    } else if (inside) {
      two_rows(&r, at, to);
    } else {
      two_of_both(&r, at, j0, to);
    }
    to += layer->output_stride;
  }
  arenite_clamp_all(out, layer->output_columns, step, layer->output_stride, layer->activation_min,
                    layer->activation_max);
}

void arenite_depthwise_conv2d_3x3_s8(const arenite_depthwise_conv2d_3x3_layer *layer, const int8_t *in,
                                     const int32_t *taps, const int8_t *weights, const arenite_channel *channels,
                                     int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, 3, layer->input_rows);
      arenite_depthwise_conv2d_3x3_row_s8(layer, in, top * in_row, taps, k.first, k.last, weights, channels, out);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
