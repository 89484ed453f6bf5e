#include "conv2d_direct_v6m.h"

ARENITE_NOINLINE void gather(const arenite_run_window *w) {
  int8_t *to = (int8_t *)w->found_end;
  for (const arenite_run *run = w->found; run != w->found_end; ++run) {
    const int8_t *in = run->in;
    to += run->skip;
    for (int32_t i = w->found_bytes; i > 0; --i) {
      *to++ = *in++;
    }
  }
}

/* The sum of the window's inputs plus `less`. */
ARENITE_NOINLINE int32_t input_sum(const arenite_run_window *w, int32_t less) {
  int32_t sum = 0;
  for (const arenite_run *run = w->runs; run != w->runs_end; ++run) {
    sum += less * w->run_bytes + arenite_sum(run->in, w->run_bytes);
  }
  return sum;
}

/* Channels of one pixel and group, of windows of `size` weights; returns what follows on these. */
ARENITE_NOINLINE const arenite_channel *outputs_of(const arenite_direct_layer *layer, const arenite_run_window *w,
                                                   const uint32_t *weights, int32_t size,
                                                   const arenite_channel *channel, int32_t count, int8_t *out) {
  const int32_t less = -layer->input_zero_point;
  const int32_t offset = -128 * input_sum(w, less);
  for (; count > 0; count -= 4) {
    int32_t sums[4] = {offset, offset, offset, offset};
    arenite_dot_runs(w, weights, less, sums);
    for (int32_t i = 0; i < 4; ++i) {
      if (i < count) {
        const int32_t scaled = arenite_requantise_v6m(arenite_add(sums[i], channel->bias), channel);
        *out++ = arenite_saturate(scaled, layer->output_zero_point);
      }
      ++channel;
    }
    weights += size;
  }
  return channel;
}

ARENITE_NOINLINE void pixels(const arenite_run_row *r, const uint32_t *weights, const arenite_channel *channels,
                             int8_t *out) {
  const arenite_direct_layer *layer = r->layer;
  const int32_t size = (layer->kernel_rows * layer->kernel_columns * r->depth + 3) & ~3;
  const int32_t step = layer->stride_columns * layer->input_channels - (layer->groups - 1) * r->depth;
  const int32_t count = layer->output_channels / layer->groups;
  const int32_t group_weights = ((count + 3) >> 2) * size;
  arenite_run_window w;
  int32_t column = -layer->pad_left;
  out += layer->output_start;
  int8_t *pixel_out = out;
  w.same = 0;
  for (int32_t x = 0; x < r->outputs; ++x) {
    const uint32_t *of_group = weights;
    const arenite_channel *channel = channels;
    int8_t *to = pixel_out;
    arenite_move_window(r, column, size, &w);
    for (int32_t group = layer->groups; group > 0; --group) {
      if (layer->gathered) {
        gather(&w);
      }
      channel = outputs_of(layer, &w, of_group, size, channel, count, to);
      of_group += group_weights;
      to += count;
      arenite_advance_window(&w, group > 1 ? r->depth : step);
    }
    column += layer->stride_columns;
    pixel_out += layer->output_stride;
  }
  arenite_clamp_all(out, r->outputs, layer->output_channels, layer->output_stride, layer->activation_min,
                    layer->activation_max);
}

void arenite_conv2d_direct_v6m_row_s8(const arenite_direct_layer *layer, const int8_t *base, int32_t start,
                                      const int32_t *taps, int32_t k0, int32_t k1, const uint32_t *weights,
                                      const arenite_channel *channels, int8_t *out) {
  arenite_run_row r = arenite_run_row_of(layer, base, taps);
  r.start = start;
  r.rows.first = k0;
  r.rows.last = k1;
  pixels(&r, weights, channels, out);
}

void arenite_conv2d_direct_v6m_s8(const arenite_direct_layer *layer, const int8_t *in, const int32_t *taps,
                                  const uint32_t *weights, const arenite_channel *channels, int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  arenite_run_row r = arenite_run_row_of(layer, in, taps);
  if (arenite_is_one_run_row(layer)) {
    r.inputs = r.outputs = layer->batches * layer->output_rows * layer->output_columns;
    pixels(&r, weights, channels, out);
    return;
  }
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    int32_t top = -layer->pad_top;
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      r.start = top * in_row;
      r.rows = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      pixels(&r, weights, channels, out);
      out += layer->output_columns * layer->output_stride;
      top += layer->stride_rows;
    }
    r.base += layer->input_rows * in_row;
  }
}
