#include "depthwise_conv2d_dsp.h"

/* The windows of some pixels of a row: `width` columns, of which those from `first` to `last` lie in the input; column
 * j of row k, k0 <= k < k1, is at base + (taps[k] + j * step). */
typedef struct {
  const int8_t *base;
  const int32_t *taps;
  int32_t k0;
  int32_t k1;
  int32_t width;
  int32_t first;
  int32_t last;
  int32_t step;
} band;

/* Four inputs, `lanes` elements behind the first one. */
ARENITE_INLINE uint32_t four_inputs(const int8_t *in, const int32_t *lanes, int neighbours) {
  if (neighbours) {
    return arenite_load_four(in);
  }
  const uint32_t low = (uint8_t)in[0] | (uint32_t)(uint8_t)in[lanes[1]] << 8;
  return low | (uint32_t)(uint8_t)in[lanes[2]] << 16 | (uint32_t)(uint8_t)in[lanes[3]] << 24;
}

/* Two rows of the windows, a word of halves for every channel and column. A row in the padding has a step of 0. */
ARENITE_INLINE void put_rows(const int8_t *upper, int32_t upper_step, const int8_t *lower, int32_t lower_step,
                             const int32_t *lanes, int neighbours, arenite_halves *to, const arenite_halves *end) {
  for (; to != end; to += 4) {
    const uint32_t above = four_inputs(upper, lanes, neighbours);
    const uint32_t below = four_inputs(lower, lanes, neighbours);
    const uint32_t channels01 = arenite_lower_halves(above, below);
    const uint32_t channels23 = arenite_upper_halves(above, below);
    to[0] = arenite_even_bytes(channels01);
    to[1] = arenite_odd_bytes(channels01);
    to[2] = arenite_even_bytes(channels23);
    to[3] = arenite_odd_bytes(channels23);
    upper += upper_step;
    lower += lower_step;
  }
}

static void put_padding(uint32_t zero_points, arenite_halves *to, const arenite_halves *end) {
  const arenite_halves both = arenite_even_bytes(zero_points);
  while (to != end) {
    *to++ = both;
  }
}

/* The inputs of four output channels: the first one's is `input` elements behind the pixels, the others are `lanes`
 * behind that. */
static void put_band(const band *b, int32_t rows, int32_t input, const int32_t *lanes, const uint32_t *zero_points,
                     arenite_halves *to) {
  const int neighbours = lanes[1] == 1 && lanes[3] == 3;
  for (int32_t k = 0; k < rows; k += 2) {
    const int8_t *in[2] = {(const int8_t *)zero_points, (const int8_t *)zero_points};
    int32_t step[2] = {0, 0};
    for (int32_t i = 0; i < 2; ++i) {
      if (k + i >= b->k0 && k + i < b->k1) {
        in[i] = b->base + (b->taps[k + i] + b->first * b->step + input);
        step[i] = b->step;
      }
    }
    put_padding(*zero_points, to, to + 4 * b->first);
    if (neighbours) {
      put_rows(in[0], step[0], in[1], step[1], lanes, 1, to + 4 * b->first, to + 4 * b->last);
    } else {
      put_rows(in[0], step[0], in[1], step[1], lanes, 0, to + 4 * b->first, to + 4 * b->last);
    }
    put_padding(*zero_points, to + 4 * b->last, to + 4 * b->width);
    to += 4 * b->width;
  }
}

/* Up to four channels of a pixel. */
static void outputs_of(const int32_t *sums, const arenite_channel *channels, int32_t count, int32_t zero_point,
                       int8_t *out) {
  for (int32_t i = 0; i < count; ++i) {
    out[i] = arenite_saturate(arenite_requantise(sums[i], &channels[i]), zero_point);
  }
}

void arenite_depthwise_conv2d_dsp_row_s8(const arenite_depthwise_conv2d_dsp_layer *layer, const int8_t *base,
                                         int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                         const uint32_t *weights, const arenite_channel *channels, int8_t *out,
                                         int32_t *scratch) {
  const int32_t inputs = layer->input_channels;
  const int32_t multiplier = layer->depth_multiplier;
  const int32_t outputs = inputs * multiplier;
  const int32_t row_pairs = (layer->kernel_rows + 1) >> 1;
  const uint32_t zero_points = (uint8_t)layer->input_zero_point * UINT32_C(0x01010101);
  arenite_halves *columns = (arenite_halves *)scratch;
  int8_t *to = out + layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; x += layer->pixels) {
    const int32_t left = layer->output_columns - x;
    const int32_t pixels = left < layer->pixels ? left : layer->pixels;
    const int32_t width = (pixels - 1) * layer->stride_columns + layer->kernel_columns;
    const int32_t column = x * layer->stride_columns - layer->pad_left;
    const arenite_range inside = arenite_taps_inside(column, 1, width, layer->input_columns);
    const band b = {base, taps, k0, k1, width, inside.first, inside.last, inputs};
    arenite_row_pairs w = {weights, row_pairs, layer->kernel_columns, 16 * (width - layer->kernel_columns)};
    for (int32_t c = 0; c < outputs; c += 4) {
      const arenite_channel *four = channels + c;
      const int32_t count = outputs - c < 4 ? outputs - c : 4;
      const int32_t input = multiplier == 1 ? c : c / multiplier;
      int32_t lanes[4] = {0, 1, 2, 3};
      if (multiplier > 1 || count < 4) {
        for (int32_t i = 0; i < 4; ++i) {
          lanes[i] = (i < count ? c + i : outputs - 1) / multiplier - input;
        }
      }
      put_band(&b, layer->kernel_rows, start + column * inputs + input, lanes, &zero_points, columns);
      int8_t *pixel = to + c;
      for (int32_t i = 0; i < pixels; ++i) {
        int32_t sums[4] = {four[0].bias, four[count > 1].bias, four[count > 2 ? 2 : 0].bias, four[count - 1].bias};
        arenite_window_sums(columns + 4 * i * layer->stride_columns, &w, sums);
        outputs_of(sums, four, count, layer->output_zero_point, pixel);
        pixel += layer->output_stride;
      }
      w.weights += 2 * row_pairs * layer->kernel_columns;
    }
    to += pixels * layer->output_stride;
  }
  arenite_clamp_all(out + layer->output_start, layer->output_columns, outputs, layer->output_stride,
                    layer->activation_min, layer->activation_max);
}

void arenite_depthwise_conv2d_dsp_s8(const arenite_depthwise_conv2d_dsp_layer *layer, const int8_t *in,
                                     const int32_t *taps, const uint32_t *weights, const arenite_channel *channels,
                                     int8_t *out, int32_t *scratch) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_depthwise_conv2d_dsp_row_s8(layer, in, top * in_row, taps, k.first, k.last, weights, channels, out,
                                          scratch);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
