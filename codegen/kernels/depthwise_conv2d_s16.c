#include "depthwise_conv2d_s16.h"

/* What one output column sees of the input: from each input row `columns` elements of a channel, `step` elements apart.
 * Their weights begin `first` elements into those of the kernel row, `channels` elements apart. */
typedef struct {
  const int16_t *base;
  int32_t start;
  const int32_t *taps;
  int32_t k0;
  int32_t k1;
  int32_t columns;
  int32_t step;
  int32_t row_weights;
  int32_t first;
  int32_t channels;
} window;

/* Adds what a channel has in rows k0 to k1: few enough for an int32. */
static int32_t sum_1(const window *w, int32_t k0, int32_t k1, int32_t input, int32_t output, const int8_t *weights) {
  int32_t sum = 0;
  for (int32_t k = k0; k < k1; ++k) {
    const int16_t *in = arenite_s16_at(w->base, w->start + w->taps[k]) + input;
    const int8_t *filter = weights + (k * w->row_weights + w->first + output);
    for (int32_t i = w->columns; i > 0; --i) {
      sum += *in * *filter;
      in += w->step;
      filter += w->channels;
    }
  }
  return sum;
}

/* The same for four neighbouring channels with a filter each. */
static void sum_4(const window *w, int32_t k0, int32_t k1, int32_t channel, const int8_t *weights, int32_t *sums) {
  const int32_t step = w->step;
  const int32_t channels = w->channels;
  int32_t a0 = 0;
  int32_t a1 = 0;
  int32_t a2 = 0;
  int32_t a3 = 0;
  for (int32_t k = k0; k < k1; ++k) {
    const int16_t *in = arenite_s16_at(w->base, w->start + w->taps[k]) + channel;
    const int8_t *filter = weights + (k * w->row_weights + w->first + channel);
    for (int32_t i = w->columns; i > 0; --i) {
      a0 += in[0] * filter[0];
      a1 += in[1] * filter[1];
      a2 += in[2] * filter[2];
      a3 += in[3] * filter[3];
      in += step;
      filter += channels;
    }
  }
  sums[0] = a0;
  sums[1] = a1;
  sums[2] = a2;
  sums[3] = a3;
}

/* The sums of `count` channels, 1 or 4. */
static void sum(const window *w, int32_t count, int32_t input, int32_t channel, const int8_t *weights, int64_t *sums) {
  const int32_t rows = w->columns > 0 ? ARENITE_S16_PRODUCTS / w->columns : w->k1 - w->k0 + 1;
  for (int32_t k = w->k0; k < w->k1; k += rows) {
    const int32_t last = k + rows < w->k1 ? k + rows : w->k1;
    int32_t parts[4];
    if (count == 4) {
      sum_4(w, k, last, channel, weights, parts);
    } else {
      parts[0] = sum_1(w, k, last, input, channel, weights);
    }
    for (int32_t i = 0; i < count; ++i) {
      sums[i] += parts[i];
    }
  }
}

static int16_t output(const arenite_depthwise_conv2d_s16_layer *layer, int64_t sum,
                      const arenite_s16_channel *channel) {
  return arenite_s16_output(sum + arenite_s16_bias(channel), channel, 0, layer->activation_min,
                             layer->activation_max);
}

void arenite_depthwise_conv2d_row_s16(const arenite_depthwise_conv2d_s16_layer *layer, const int16_t *base,
                                      int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                      const int8_t *weights, const arenite_s16_channel *channels, int16_t *out) {
  const int32_t count = layer->input_channels * layer->depth_multiplier;
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int32_t origin = x * layer->stride_columns - layer->pad_left;
    const arenite_range j =
        arenite_taps_inside(origin, layer->dilation_columns, layer->kernel_columns, layer->input_columns);
    const int32_t column = origin + j.first * layer->dilation_columns;
    window w = {base, start, taps, k0, k1, j.last - j.first, 0, 0, 0, count};
    w.start += column * layer->input_channels * (int32_t)sizeof(int16_t);
    w.step = layer->dilation_columns * layer->input_channels;
    w.row_weights = layer->kernel_columns * count;
    w.first = j.first * count;
    int32_t c = 0;
    while (c < count) {
      int64_t sums[4] = {0, 0, 0, 0};
      const int32_t together = layer->depth_multiplier == 1 && c + 4 <= count ? 4 : 1;
      sum(&w, together, c / layer->depth_multiplier, c, weights, sums);
      for (int32_t i = 0; i < together; ++i) {
        out[c] = output(layer, sums[i], &channels[c]);
        ++c;
      }
    }
    out += layer->output_stride;
  }
}

void arenite_depthwise_conv2d_s16(const arenite_depthwise_conv2d_s16_layer *layer, const int16_t *in,
                                  const int32_t *taps, const int8_t *weights, const arenite_s16_channel *channels,
                                  int16_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_depthwise_conv2d_row_s16(layer, in, top * in_row * (int32_t)sizeof(int16_t), taps, k.first, k.last,
                                       weights, channels, out);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
