#include "depthwise_conv2d_dsp.h"

/* The windows of some pixels of a row: `width` columns, of which those from `first` to `last` lie in the input; column j
 * of row k, k0 <= k < k1, is at base + (taps[k] + j * step). */
typedef struct {
  const int8_t *base;
  const int32_t *taps;
  int32_t k0;
  int32_t k1;
  int32_t rows;
  int32_t width;
  int32_t first;
  int32_t last;
  int32_t step;
} band;

/* What every pixel reads in the same way. */
typedef struct {
  const uint32_t *weights;
  int32_t rows;
  int32_t columns;
  int32_t width;
  int32_t dilation;
} window;

typedef struct {
  int32_t first;
  int32_t second;
  int32_t third;
  int32_t fourth;
} sums;

/* Copies the inputs of four output channels, a byte each; `lanes` are these channels' inputs. */
static void copy_band(const band *b, const int32_t *lanes, uint32_t zero_points, uint32_t *to) {
  const int32_t step = b->step;
  const int neighbours = lanes[3] == lanes[0] + 3;
  for (int32_t k = 0; k < b->rows; ++k) {
    const int inside = k >= b->k0 && k < b->k1;
    const uint32_t *from = to + (inside ? b->first : b->width);
    const uint32_t *until = to + (inside ? b->last : b->width);
    const uint32_t *end = to + b->width;
    while (to != from) {
      *to++ = zero_points;
    }
    if (inside) {
      const int8_t *in = b->base + (b->taps[k] + b->first * step + lanes[0]);
      if (neighbours) {
        for (; to != until; in += step) {
          *to++ = arenite_load_four(in);
        }
      } else {
        for (; to != until; in += step) {
          const uint32_t low = (uint8_t)in[0] | (uint32_t)(uint8_t)in[lanes[1] - lanes[0]] << 8;
          const uint32_t third = (uint8_t)in[lanes[2] - lanes[0]];
          *to++ = low | third << 16 | (uint32_t)(uint8_t)in[lanes[3] - lanes[0]] << 24;
        }
      }
      while (to != end) {
        *to++ = zero_points;
      }
    }
  }
}

/* acc + the products of a window, whose first input is at `in`. */
ARENITE_NOINLINE void window_sums(const window *w, const uint32_t *in, sums *acc) {
  const uint32_t *weights = w->weights;
  const int32_t dilation = w->dilation;
  sums s = *acc;
  for (int32_t k = w->rows; k > 0; --k) {
    const uint32_t *column = in;
    int32_t j = w->columns;
    for (; j > 1; j -= 2) {
      const uint32_t first = column[0];
      const uint32_t second = column[dilation];
      const uint32_t low = arenite_lower_halves(first, second);
      const uint32_t high = arenite_upper_halves(first, second);
      s.first = arenite_mac_halves(s.first, arenite_even_bytes(low), arenite_even_bytes(weights[0]));
      s.second = arenite_mac_halves(s.second, arenite_odd_bytes(low), arenite_odd_bytes(weights[0]));
      s.third = arenite_mac_halves(s.third, arenite_even_bytes(high), arenite_even_bytes(weights[1]));
      s.fourth = arenite_mac_halves(s.fourth, arenite_odd_bytes(high), arenite_odd_bytes(weights[1]));
      column += 2 * dilation;
      weights += 2;
    }
    if (j > 0) {
      const arenite_halves even = arenite_even_bytes(*column);
      const arenite_halves odd = arenite_odd_bytes(*column);
      const arenite_halves even_weights = arenite_even_bytes(*weights);
      const arenite_halves odd_weights = arenite_odd_bytes(*weights);
      s.first = arenite_mac_low(s.first, even, even_weights);
      s.second = arenite_mac_low(s.second, odd, odd_weights);
      s.third = arenite_mac_high(s.third, even, even_weights);
      s.fourth = arenite_mac_high(s.fourth, odd, odd_weights);
      ++weights;
    }
    in += w->width;
  }
  *acc = s;
}

/* Up to four channels of a pixel. */
static void outputs_of(const sums *acc, const arenite_channel *channels, int32_t count, int32_t zero_point,
                       int8_t *out) {
  const int32_t each[4] = {acc->first, acc->second, acc->third, acc->fourth};
  for (int32_t i = 0; i < count; ++i) {
    out[i] = arenite_saturate(arenite_requantise(each[i], &channels[i]), zero_point);
  }
}

void arenite_depthwise_conv2d_dsp_row_s8(const arenite_depthwise_conv2d_dsp_layer *layer, const int8_t *base,
                                         int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                         const uint32_t *weights, const arenite_channel *channels, int8_t *out,
                                         int32_t *scratch) {
  const int32_t inputs = layer->input_channels;
  const int32_t outputs = inputs * layer->depth_multiplier;
  const int32_t reach = (layer->kernel_columns - 1) * layer->dilation_columns + 1;
  const int32_t block_words = (layer->kernel_rows * layer->kernel_columns * 4) >> 2;
  const uint32_t zero_points = (uint8_t)layer->input_zero_point * UINT32_C(0x01010101);
  uint32_t *columns = (uint32_t *)scratch;
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; x += layer->pixels) {
    const int32_t left = layer->output_columns - x;
    const int32_t pixels = left < layer->pixels ? left : layer->pixels;
    const int32_t width = (pixels - 1) * layer->stride_columns + reach;
    const int32_t column = x * layer->stride_columns - layer->pad_left;
    const arenite_range inside = arenite_taps_inside(column, 1, width, layer->input_columns);
    const band b = {base, taps, k0, k1, layer->kernel_rows, width, inside.first, inside.last, inputs};
    window w = {weights, layer->kernel_rows, layer->kernel_columns, width, layer->dilation_columns};
    for (int32_t c = 0; c < outputs; c += 4) {
      const int32_t count = outputs - c < 4 ? outputs - c : 4;
      int32_t lanes[4];
      for (int32_t i = 0; i < 4; ++i) {
        const int32_t channel = i < count ? c + i : outputs - 1;
        lanes[i] = start + column * inputs + channel / layer->depth_multiplier;
      }
      copy_band(&b, lanes, zero_points, columns);
      const arenite_channel *four = channels + c;
      const uint32_t *in = columns;
      int8_t *to = out + c;
      for (int32_t i = 0; i < pixels; ++i) {
        sums acc = {four[0].bias, four[count > 1].bias, four[count > 2 ? 2 : 0].bias, four[count - 1].bias};
        window_sums(&w, in, &acc);
        outputs_of(&acc, four, count, layer->output_zero_point, to);
        in += layer->stride_columns;
        to += layer->output_stride;
      }
      w.weights += block_words;
    }
    out += pixels * layer->output_stride;
  }
  arenite_clamp_all(out - layer->output_columns * layer->output_stride, layer->output_columns, outputs,
                    layer->output_stride, layer->activation_min, layer->activation_max);
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
