#include "conv2d_f32.h"

/* What one output column sees of the input, or two of them that see the same taps. In each input row these are `runs`
 * pieces of `run` contiguous elements; their weights begin `first` elements into those of the kernel row. */
typedef struct {
  const float *base;
  int32_t start;
  const int32_t *taps;
  int32_t k0;
  int32_t k1;
  int32_t runs;
  int32_t run;
  int32_t run_step;
  int32_t row_weights;
  int32_t first;
} window;

static float sum_1(const window *w, const float *weights, float bias) {
  for (int32_t k = w->k0; k < w->k1; ++k) {
    const float *in = arenite_floats_at(w->base, w->start + w->taps[k]);
    const float *filter = weights + (k * w->row_weights + w->first);
    for (int32_t run = w->runs; run > 0; --run) {
      bias += arenite_dot_f32(in, filter, w->run);
      in += w->run_step;
      filter += w->run;
    }
  }
  return bias;
}

static void sum_4(const window *w, const float *weights, const float *bias, float *out) {
  float sums[4] = {bias[0], bias[1], bias[2], bias[3]};
  for (int32_t k = w->k0; k < w->k1; ++k) {
    const float *in = arenite_floats_at(w->base, w->start + w->taps[k]);
    const float *filter = weights + 4 * (k * w->row_weights + w->first);
    for (int32_t run = w->runs; run > 0; --run) {
      arenite_dot_4_f32(sums, in, filter, w->run);
      in += w->run_step;
      filter += 4 * w->run;
    }
  }
  memcpy(out, sums, sizeof sums);
}

/* The next column's window begins `step` elements further, its output `pitch` elements. */
static void sum_4x2(const window *w, int32_t step, const float *weights, const float *bias, float *out, int32_t pitch) {
  float sums[8] = {bias[0], bias[1], bias[2], bias[3], bias[0], bias[1], bias[2], bias[3]};
  for (int32_t k = w->k0; k < w->k1; ++k) {
    const float *in = arenite_floats_at(w->base, w->start + w->taps[k]);
    const float *filter = weights + 4 * (k * w->row_weights + w->first);
    for (int32_t run = w->runs; run > 0; --run) {
      arenite_dot_4x2_f32(sums, in, in + step, filter, w->run);
      in += w->run_step;
      filter += 4 * w->run;
    }
  }
  memcpy(out, sums, 4 * sizeof *sums);
  memcpy(out + pitch, sums + 4, 4 * sizeof *sums);
}

static arenite_range taps_of(const arenite_conv2d_f32_layer *layer, int32_t column) {
  return arenite_taps_inside(column * layer->stride_columns - layer->pad_left, layer->dilation_columns,
                             layer->kernel_columns, layer->input_columns);
}

void arenite_conv2d_row_f32(const arenite_conv2d_f32_layer *layer, const float *base, int32_t start,
                            const int32_t *taps, int32_t k0, int32_t k1, const float *weights, const float *bias,
                            float *out) {
  const int32_t depth = layer->input_channels / layer->groups;
  const int32_t group_outputs = layer->output_channels / layer->groups;
  const int32_t filter = layer->kernel_rows * layer->kernel_columns * depth;
  const int32_t step = layer->stride_columns * layer->input_channels;
  /* A row of the window is contiguous unless there are gaps between its columns or other groups' channels. */
  const int32_t whole = layer->groups == 1 && layer->dilation_columns == 1;
  out += layer->output_start;
  float *o = out;
  int32_t x = 0;
  while (x < layer->output_columns) {
    const arenite_range j = taps_of(layer, x);
    int32_t pixels = 1;
    if (x + 1 < layer->output_columns) {
      const arenite_range next = taps_of(layer, x + 1);
      pixels = j.first == next.first && j.last == next.last ? 2 : 1;
    }
    const int32_t inside = j.last - j.first;
    const int32_t column = x * layer->stride_columns - layer->pad_left + j.first * layer->dilation_columns;
    window w = {base, start, taps, k0, k1, whole ? 1 : inside, whole ? inside * depth : depth, 0, 0, 0};
    w.start += column * layer->input_channels * (int32_t)sizeof(float);
    w.run_step = layer->dilation_columns * layer->input_channels;
    w.row_weights = layer->kernel_columns * depth;
    w.first = j.first * depth;
    const float *group_weights = weights;
    const float *b = bias;
    for (int32_t group = 0; group < layer->groups; ++group) {
      int32_t c = 0;
      for (; c + 4 <= group_outputs; c += 4) {
        if (pixels == 2) {
          sum_4x2(&w, step, group_weights, b + c, o + c, layer->output_stride);
        } else {
          sum_4(&w, group_weights, b + c, o + c);
        }
        group_weights += 4 * filter;
      }
      for (; c < group_outputs; ++c) {
        o[c] = sum_1(&w, group_weights, b[c]);
        if (pixels == 2) {
          window next = w;
          next.start += step * (int32_t)sizeof(float);
          o[c + layer->output_stride] = sum_1(&next, group_weights, b[c]);
        }
        group_weights += filter;
      }
      w.start += depth * (int32_t)sizeof(float);
      b += group_outputs;
      o += group_outputs;
    }
    o += pixels * layer->output_stride - layer->output_channels;
    x += pixels;
  }
  arenite_clamp_pixels(out, layer->output_columns, layer->output_channels, layer->output_stride,
                       layer->activation_low, layer->activation_high);
}

void arenite_conv2d_f32(const arenite_conv2d_f32_layer *layer, const float *in, const int32_t *taps,
                        const float *weights, const float *bias, float *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_conv2d_row_f32(layer, in, top * in_row * (int32_t)sizeof(float), taps, k.first, k.last, weights, bias,
                             out);
      out += layer->output_columns * layer->output_stride;
    }
    in += layer->input_rows * in_row;
  }
}
