#include "pool_f32.h"

/* The part of one window that lies inside the input, at one output column: from each input row `columns` elements of a
 * channel, `step` elements apart. */
typedef struct {
  int32_t start;
  int32_t columns;
  int32_t step;
} window;

typedef void float_pool_row(const arenite_pool_f32_layer *layer, const float *base, int32_t start, const int32_t *taps,
                          int32_t k0, int32_t k1, float *out);

static window window_at(const arenite_pool_f32_layer *layer, int32_t column, int32_t start) {
  const int32_t origin = column * layer->stride_columns - layer->pad_left;
  const arenite_range j =
      arenite_taps_inside(origin, layer->dilation_columns, layer->kernel_columns, layer->input_columns);
  const int32_t first = (origin + j.first * layer->dilation_columns) * layer->channels;
  const window result = {start + first * (int32_t)sizeof(float), j.last - j.first,
                         layer->dilation_columns * layer->channels};
  return result;
}

static inline float larger(float a, float b) { return a > b ? a : b; }

void arenite_average_pool_row_f32(const arenite_pool_f32_layer *layer, const float *base, int32_t start,
                                  const int32_t *taps, int32_t k0, int32_t k1, float *out) {
  const int32_t channels = layer->channels;
  const int32_t gap = layer->output_stride - channels;
  out += layer->output_start;
  float *o = out;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const window w = window_at(layer, column, start);
    const int32_t count = layer->count_padding ? layer->kernel_rows * layer->kernel_columns : (k1 - k0) * w.columns;
    const float divisor = (float)count;
    int32_t c = 0;
    /* Four channels at a time: the loop over the window is paid once for them. */
    for (; c + 4 <= channels; c += 4) {
      float sum0 = 0.0f;
      float sum1 = 0.0f;
      float sum2 = 0.0f;
      float sum3 = 0.0f;
      for (int32_t k = k0; k < k1; ++k) {
        const float *in = arenite_floats_at(base, w.start + taps[k]) + c;
        float row0 = 0.0f;
        float row1 = 0.0f;
        float row2 = 0.0f;
        float row3 = 0.0f;
        for (int32_t i = w.columns; i > 0; --i) {
          row0 += in[0];
          row1 += in[1];
          row2 += in[2];
          row3 += in[3];
          in += w.step;
        }
        sum0 += row0;
        sum1 += row1;
        sum2 += row2;
        sum3 += row3;
      }
      o[0] = sum0 / divisor;
      o[1] = sum1 / divisor;
      o[2] = sum2 / divisor;
      o[3] = sum3 / divisor;
      o += 4;
    }
    for (; c < channels; ++c) {
      float sum = 0.0f;
      for (int32_t k = k0; k < k1; ++k) {
        const float *in = arenite_floats_at(base, w.start + taps[k]) + c;
        float row = 0.0f;
        for (int32_t i = w.columns; i > 0; --i) {
          row += *in;
          in += w.step;
        }
        sum += row;
      }
      *o++ = sum / divisor;
    }
    o += gap;
  }
  arenite_clamp_pixels(out, layer->output_columns, channels, layer->output_stride, layer->activation_low,
                       layer->activation_high);
}

void arenite_max_pool_row_f32(const arenite_pool_f32_layer *layer, const float *base, int32_t start,
                              const int32_t *taps, int32_t k0, int32_t k1, float *out) {
  const int32_t channels = layer->channels;
  const int32_t gap = layer->output_stride - channels;
  out += layer->output_start;
  float *o = out;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const window w = window_at(layer, column, start);
    int32_t c = 0;
    for (; c + 4 <= channels; c += 4) {
      float max0 = -INFINITY;
      float max1 = -INFINITY;
      float max2 = -INFINITY;
      float max3 = -INFINITY;
      for (int32_t k = k0; k < k1; ++k) {
        const float *in = arenite_floats_at(base, w.start + taps[k]) + c;
        for (int32_t i = w.columns; i > 0; --i) {
          max0 = larger(in[0], max0);
          max1 = larger(in[1], max1);
          max2 = larger(in[2], max2);
          max3 = larger(in[3], max3);
          in += w.step;
        }
      }
      o[0] = max0;
      o[1] = max1;
      o[2] = max2;
      o[3] = max3;
      o += 4;
    }
    for (; c < channels; ++c) {
      float largest = -INFINITY;
      for (int32_t k = k0; k < k1; ++k) {
        const float *in = arenite_floats_at(base, w.start + taps[k]) + c;
        for (int32_t i = w.columns; i > 0; --i) {
          largest = larger(*in, largest);
          in += w.step;
        }
      }
      *o++ = largest;
    }
    o += gap;
  }
  arenite_clamp_pixels(out, layer->output_columns, channels, layer->output_stride, layer->activation_low,
                       layer->activation_high);
}

void arenite_l2_pool_row_f32(const arenite_pool_f32_layer *layer, const float *base, int32_t start, const int32_t *taps,
                             int32_t k0, int32_t k1, float *out) {
  float *o = out + layer->output_start;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const window w = window_at(layer, column, start);
    const int32_t count = layer->count_padding ? layer->kernel_rows * layer->kernel_columns : (k1 - k0) * w.columns;
    for (int32_t c = 0; c < layer->channels; ++c) {
      float sum = 0.0f;
      for (int32_t k = k0; k < k1; ++k) {
        const float *in = arenite_floats_at(base, w.start + taps[k]) + c;
        for (int32_t i = w.columns; i > 0; --i) {
          sum += *in * *in;
          in += w.step;
        }
      }
      o[c] = sqrtf(sum / (float)count);
    }
    o += layer->output_stride;
  }
  arenite_clamp_pixels(out + layer->output_start, layer->output_columns, layer->channels, layer->output_stride,
                       layer->activation_low, layer->activation_high);
}

static void for_each_row(float_pool_row *row, const arenite_pool_f32_layer *layer, const float *in, const int32_t *taps,
                         float *out) {
  const int32_t in_row = layer->input_columns * layer->channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      row(layer, in, top * in_row * (int32_t)sizeof(float), taps, k.first, k.last, out);
      out += layer->output_columns * layer->output_stride;
    }
    in += layer->input_rows * in_row;
  }
}

void arenite_average_pool_f32(const arenite_pool_f32_layer *layer, const float *in, const int32_t *taps, float *out) {
  for_each_row(arenite_average_pool_row_f32, layer, in, taps, out);
}

void arenite_max_pool_f32(const arenite_pool_f32_layer *layer, const float *in, const int32_t *taps, float *out) {
  for_each_row(arenite_max_pool_row_f32, layer, in, taps, out);
}

void arenite_l2_pool_f32(const arenite_pool_f32_layer *layer, const float *in, const int32_t *taps, float *out) {
  for_each_row(arenite_l2_pool_row_f32, layer, in, taps, out);
}
