#include "depthwise_conv2d_3x3_dsp.h"

/* Writes what lies in the padding altogether, and is the same for all channels, of `pairs` pairs of columns. */
static void put_padding(const arenite_3x3_band *band, int32_t pairs) {
  const arenite_halves both = arenite_even_bytes(band->zero_points);
  const int32_t whole = (int32_t)(band->whole - band->columns);
  arenite_halves *columns = band->columns;
  for (int32_t channel = 0; channel < 4; ++channel) {
    if (band->begins_outside) {
      columns[0] = both;
    }
    if (whole < 3 * pairs) {
      columns[whole + 1] = both;
      if (!band->ends_outside) {
        columns[whole] = both;
        columns[whole + 2] = both;
      }
    }
    columns += 3 * pairs;
  }
}

/* All channels of some pixels, the first of which begins at `out`. */
static void pixels_of(arenite_3x3_band *band, const arenite_3x3_channel *channels, int32_t count, int8_t *out) {
  const int32_t fours = count & ~3;
  band->channel = channels;
  band->end = channels + fours;
  band->out = out;
  arenite_3x3_outputs(band);
  if (fours < count) {
    /* The last four, some of which have been computed. */
    for (int32_t k = 0; k < 3; ++k) {
      band->in[k] -= band->channel_step[k] == 0 ? 0 : fours + 4 - count;
    }
    band->channel = channels + (count - 4);
    band->end = channels + count;
    band->out = out + (count - 4);
    arenite_3x3_outputs(band);
  }
}

void arenite_depthwise_conv2d_3x3_dsp_row_s8(const arenite_depthwise_conv2d_3x3_dsp_layer *layer, const int8_t *base,
                                             int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                             const arenite_3x3_channel *channels, int8_t *out, int32_t *scratch) {
  const int32_t count = layer->input_channels;
  const int32_t apart = layer->stride_columns == 1 ? 0 : ARENITE_3X3_TWO_APART;
  arenite_3x3_band band;
  band.columns = (arenite_halves *)scratch;
  band.zero_points = (uint8_t)layer->input_zero_point * UINT32_C(0x01010101);
  band.kind = apart + (layer->ties_away ? ARENITE_3X3_TIES_AWAY : 0);
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; x += layer->pixels) {
    const int32_t left = layer->output_columns - x;
    const int32_t pixels = left < layer->pixels ? left : layer->pixels;
    const int32_t first = x * layer->stride_columns - layer->pad_left;
    const int32_t inside = layer->input_columns - first;
    const int32_t pairs = (((pixels - 1) << apart) + 4) >> 1;
    const int32_t whole = inside >> 1 < pairs ? inside >> 1 : pairs;
    band.begins_outside = first < 0;
    band.ends_outside = whole < pairs && (inside & 1);
    band.channel_bytes = 12 * pairs;
    band.fourth = band.columns + 9 * pairs;
    band.whole = band.columns + 3 * whole;
    band.steps = (uint32_t)(pixels - 1) << 24 | (uint32_t)layer->output_stride << 8;
    for (int32_t k = 0; k < 3; ++k) {
      const int in_padding = k < k0 || k >= k1;
      band.step[k] = in_padding ? 0 : count;
      band.channel_step[k] = in_padding ? 0 : 4;
      band.in[k] = in_padding ? (const int8_t *)&band.zero_points
                              : base + (start + taps[k] + (first + band.begins_outside) * count);
    }
    put_padding(&band, pairs);
    pixels_of(&band, channels, count, out + x * layer->output_stride);
  }
  arenite_clamp_all(out, layer->output_columns, count, layer->output_stride, layer->activation_min,
                    layer->activation_max);
}

void arenite_depthwise_conv2d_3x3_dsp_s8(const arenite_depthwise_conv2d_3x3_dsp_layer *layer, const int8_t *in,
                                         const int32_t *taps, const arenite_3x3_channel *channels, int8_t *out,
                                         int32_t *scratch) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, 3, layer->input_rows);
      arenite_depthwise_conv2d_3x3_dsp_row_s8(layer, in, top * in_row, taps, k.first, k.last, channels, out, scratch);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
