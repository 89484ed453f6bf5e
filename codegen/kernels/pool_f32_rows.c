#include "pool_f32_rows.h"

static inline float larger(float a, float b) { return a > b ? a : b; }

/* The taps of the window at an output column that lie in the input. */
static inline arenite_range taps_at(const arenite_pool_f32_layer *layer, int32_t column, int32_t input_columns) {
  return arenite_taps_inside(column * layer->stride_columns - layer->pad_left, layer->dilation_columns,
                             layer->kernel_columns, input_columns);
}

/* Element 0 of the first tap. */
static inline const float *first_input(const arenite_pool_f32_layer *layer, const float *in, int32_t column,
                                       arenite_range taps) {
  const int32_t origin = column * layer->stride_columns - layer->pad_left;
  return in + (origin + taps.first * layer->dilation_columns) * layer->channels;
}

static void set_all(float *sums, int32_t count, float value) {
  for (int32_t i = 0; i < count; ++i) {
    sums[i] = value;
  }
}

void arenite_average_pool_add_row_f32(const arenite_pool_f32_layer *layer, const float *in, int32_t columns,
                                      int32_t first, float *sums) {
  const int32_t channels = layer->channels;
  const int32_t step = layer->dilation_columns * channels;
  if (first) {
    set_all(sums, layer->output_columns * channels, 0.0f);
  }
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const arenite_range taps = taps_at(layer, column, columns);
    const float *from = first_input(layer, in, column, taps);
    int32_t c = 0;
    /* Four channels at a time: the loop over the window is paid once for them. */
    for (; c + 4 <= channels; c += 4) {
      const float *p = from + c;
      float row0 = 0.0f;
      float row1 = 0.0f;
      float row2 = 0.0f;
      float row3 = 0.0f;
      for (int32_t i = taps.last - taps.first; i > 0; --i) {
        row0 += p[0];
        row1 += p[1];
        row2 += p[2];
        row3 += p[3];
        p += step;
      }
      sums[0] += row0;
      sums[1] += row1;
      sums[2] += row2;
      sums[3] += row3;
      sums += 4;
    }
    for (; c < channels; ++c) {
      const float *p = from + c;
      float row = 0.0f;
      for (int32_t i = taps.last - taps.first; i > 0; --i) {
        row += *p;
        p += step;
      }
      *sums++ += row;
    }
  }
}

void arenite_average_pool_finish_row_f32(const arenite_pool_f32_layer *layer, int32_t rows, const float *sums,
                                         float *out) {
  out += layer->output_start;
  float *o = out;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const arenite_range taps = taps_at(layer, column, layer->input_columns);
    const int32_t window = layer->kernel_rows * layer->kernel_columns;
    const float divisor = (float)(layer->count_padding ? window : rows * (taps.last - taps.first));
    for (int32_t c = layer->channels; c > 0; --c) {
      *o++ = *sums++ / divisor;
    }
    o += layer->output_stride - layer->channels;
  }
  arenite_clamp_pixels(out, layer->output_columns, layer->channels, layer->output_stride,
                       layer->activation_low, layer->activation_high);
}

void arenite_max_pool_add_row_f32(const arenite_pool_f32_layer *layer, const float *in, int32_t columns, int32_t first,
                                  float *sums) {
  const int32_t channels = layer->channels;
  const int32_t step = layer->dilation_columns * channels;
  if (first) {
    set_all(sums, layer->output_columns * channels, -INFINITY);
  }
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const arenite_range taps = taps_at(layer, column, columns);
    const float *from = first_input(layer, in, column, taps);
    for (int32_t c = 0; c < channels; ++c) {
      const float *p = from + c;
      float largest = *sums;
      for (int32_t i = taps.last - taps.first; i > 0; --i) {
        largest = larger(*p, largest);
        p += step;
      }
      *sums++ = largest;
    }
  }
}

void arenite_max_pool_finish_row_f32(const arenite_pool_f32_layer *layer, int32_t rows, const float *sums, float *out) {
  (void)rows;
  out += layer->output_start;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    memcpy(out + column * layer->output_stride, sums, (size_t)layer->channels * sizeof *out);
    sums += layer->channels;
  }
  arenite_clamp_pixels(out, layer->output_columns, layer->channels, layer->output_stride,
                       layer->activation_low, layer->activation_high);
}
