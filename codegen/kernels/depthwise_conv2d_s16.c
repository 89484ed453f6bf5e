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

static int64_t sum_1(const window *w, int32_t input, int32_t output, const int8_t *weights) {
  int64_t sum = 0;
  for (int32_t k = w->k0; k < w->k1; ++k) {
    const int16_t *in = arenite_s16_at(w->base, w->start + w->taps[k]) + input;
    const int8_t *filter = weights + (k * w->row_weights + w->first + output);
    int32_t part = 0;
    for (int32_t i = w->columns; i > 0; --i) {
      part += *in * *filter;
      in += w->step;
      filter += w->channels;
    }
    sum += part;
  }
  return sum;
}

/* Four neighbouring channels with a filter each. */
static void sum_4(const window *w, int32_t channel, const int8_t *weights, arenite_s16_sums *s) {
  for (int32_t k = w->k0; k < w->k1; ++k) {
    const int16_t *in = arenite_s16_at(w->base, w->start + w->taps[k]) + channel;
    const int8_t *filter = weights + (k * w->row_weights + w->first + channel);
    if (s->room < w->columns) {
      arenite_s16_flush(s);
    }
    s->room -= w->columns;
    int32_t a0 = s->parts[0];
    int32_t a1 = s->parts[1];
    int32_t a2 = s->parts[2];
    int32_t a3 = s->parts[3];
    for (int32_t i = w->columns; i > 0; --i) {
      a0 += in[0] * filter[0];
      a1 += in[1] * filter[1];
      a2 += in[2] * filter[2];
      a3 += in[3] * filter[3];
      in += w->step;
      filter += w->channels;
    }
    s->parts[0] = a0;
    s->parts[1] = a1;
    s->parts[2] = a2;
    s->parts[3] = a3;
  }
  arenite_s16_flush(s);
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
    if (layer->depth_multiplier == 1) {
      for (; c + 4 <= count; c += 4) {
        arenite_s16_sums s = arenite_s16_zero();
        sum_4(&w, c, weights, &s);
        for (int32_t i = 0; i < 4; ++i) {
          out[c + i] = output(layer, s.sums[i], &channels[c + i]);
        }
      }
    }
    for (; c < count; ++c) {
      out[c] = output(layer, sum_1(&w, c / layer->depth_multiplier, c, weights), &channels[c]);
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
