#include "conv2d_s16.h"

/* What one output column sees of the input: in each input row `runs` pieces of `run` contiguous elements, `run_step`
 * elements apart. Their weights begin `first` elements into those of the kernel row, `row_weights` elements. */
typedef struct {
  const int16_t *base;
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

/* Four output channels, of which `count` are stored. */
static void outputs(const arenite_conv2d_s16_layer *layer, const window *w, const int8_t *weights,
                    const arenite_s16_channel *channels, int32_t count, int16_t *out) {
  arenite_s16_sums s = arenite_s16_zero();
  for (int32_t k = w->k0; k < w->k1; ++k) {
    const int16_t *in = arenite_s16_at(w->base, w->start + w->taps[k]);
    const int8_t *filter = weights + 4 * (k * w->row_weights + w->first);
    for (int32_t run = w->runs; run > 0; --run) {
      arenite_s16_dot(&s, in, filter, w->run);
      in += w->run_step;
      filter += 4 * w->run;
    }
  }
  arenite_s16_flush(&s);
  for (int32_t c = 0; c < count; ++c) {
    out[c] = arenite_s16_output(s.sums[c] + arenite_s16_bias(&channels[c]), &channels[c], layer->rounds_twice,
                                 layer->activation_min, layer->activation_max);
  }
}

void arenite_conv2d_row_s16(const arenite_conv2d_s16_layer *layer, const int16_t *base, int32_t start,
                            const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                            const arenite_s16_channel *channels, int16_t *out) {
  const int32_t depth = layer->input_channels / layer->groups;
  const int32_t group_outputs = layer->output_channels / layer->groups;
  const int32_t filter = layer->kernel_rows * layer->kernel_columns * depth;
  /* A row of the window is contiguous unless there are gaps between its columns or other groups' channels. */
  const int32_t whole = layer->groups == 1 && layer->dilation_columns == 1;
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int32_t origin = x * layer->stride_columns - layer->pad_left;
    const arenite_range j =
        arenite_taps_inside(origin, layer->dilation_columns, layer->kernel_columns, layer->input_columns);
    const int32_t inside = j.last - j.first;
    const int32_t column = origin + j.first * layer->dilation_columns;
    window w = {base, start, taps, k0, k1, whole ? 1 : inside, whole ? inside * depth : depth, 0, 0, 0};
    w.start += column * layer->input_channels * (int32_t)sizeof(int16_t);
    w.run_step = layer->dilation_columns * layer->input_channels;
    w.row_weights = layer->kernel_columns * depth;
    w.first = j.first * depth;
    const int8_t *group_weights = weights;
    const arenite_s16_channel *channel = channels;
    int16_t *o = out;
    for (int32_t group = 0; group < layer->groups; ++group) {
      for (int32_t left = group_outputs; left > 0; left -= 4) {
        const int32_t count = left < 4 ? left : 4;
        outputs(layer, &w, group_weights, channel, count, o);
        group_weights += 4 * filter;
        channel += count;
        o += count;
      }
      w.start += depth * (int32_t)sizeof(int16_t);
    }
    out += layer->output_stride;
  }
}

void arenite_conv2d_s16(const arenite_conv2d_s16_layer *layer, const int16_t *in, const int32_t *taps,
                        const int8_t *weights, const arenite_s16_channel *channels, int16_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_conv2d_row_s16(layer, in, top * in_row * (int32_t)sizeof(int16_t), taps, k.first, k.last, weights,
                             channels, out);
      out += layer->output_columns * layer->output_stride;
    }
    in += layer->input_rows * in_row;
  }
}
