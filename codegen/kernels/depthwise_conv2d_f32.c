#include "depthwise_conv2d_f32.h"

/* What one output column sees of the input: from each input row `columns` elements of a channel, `step` elements apart.
 * Their weights begin `first` elements into those of the kernel row, `channels` elements apart. */
typedef struct {
  const float *base;
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

static float sum_1(const window *w, int32_t input, int32_t output, const float *weights, float sum) {
  for (int32_t k = w->k0; k < w->k1; ++k) {
    const float *in = arenite_floats_at(w->base, w->start + w->taps[k]) + input;
    const float *filter = weights + (k * w->row_weights + w->first + output);
    for (int32_t i = w->columns; i > 0; --i) {
      sum += *in * *filter;
      in += w->step;
      filter += w->channels;
    }
  }
  return sum;
}

/* Four neighbouring channels with a filter each. */
static void sum_4(const window *w, int32_t channel, const float *weights, const float *bias, float *out) {
  float a0 = bias[0];
  float a1 = bias[1];
  float a2 = bias[2];
  float a3 = bias[3];
  for (int32_t k = w->k0; k < w->k1; ++k) {
    const float *in = arenite_floats_at(w->base, w->start + w->taps[k]) + channel;
    const float *filter = weights + (k * w->row_weights + w->first + channel);
    for (int32_t i = w->columns; i > 0; --i) {
      a0 += in[0] * filter[0];
      a1 += in[1] * filter[1];
      a2 += in[2] * filter[2];
      a3 += in[3] * filter[3];
      in += w->step;
      filter += w->channels;
    }
  }
  out[0] = a0;
  out[1] = a1;
  out[2] = a2;
  out[3] = a3;
}

void arenite_depthwise_conv2d_row_f32(const arenite_depthwise_conv2d_f32_layer *layer, const float *base,
                                      int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                      const float *weights, const float *bias, float *out) {
  const int32_t channels = layer->input_channels * layer->depth_multiplier;
  out += layer->output_start;
  float *o = out;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int32_t origin = x * layer->stride_columns - layer->pad_left;
    const arenite_range j =
        arenite_taps_inside(origin, layer->dilation_columns, layer->kernel_columns, layer->input_columns);
    const int32_t column = origin + j.first * layer->dilation_columns;
    window w = {base, start, taps, k0, k1, j.last - j.first, 0, 0, 0, channels};
    w.start += column * layer->input_channels * (int32_t)sizeof(float);
    w.step = layer->dilation_columns * layer->input_channels;
    w.row_weights = layer->kernel_columns * channels;
    w.first = j.first * channels;
    int32_t c = 0;
    if (layer->depth_multiplier == 1) {
      for (; c + 4 <= channels; c += 4) {
        sum_4(&w, c, weights, bias + c, o + c);
      }
    }
    for (; c < channels; ++c) {
      o[c] = sum_1(&w, c / layer->depth_multiplier, c, weights, bias[c]);
    }
    o += layer->output_stride;
  }
  arenite_clamp_pixels(out, layer->output_columns, channels, layer->output_stride, layer->activation_low,
                       layer->activation_high);
}

void arenite_depthwise_conv2d_f32(const arenite_depthwise_conv2d_f32_layer *layer, const float *in,
                                  const int32_t *taps, const float *weights, const float *bias, float *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_depthwise_conv2d_row_f32(layer, in, top * in_row * (int32_t)sizeof(float), taps, k.first, k.last,
                                       weights, bias, out);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
