#include "transpose_conv.h"

#include "arenite_transposed.h"

/* Of inputs less their zero point, which are nine bits wide. */
#define EXACT_PRODUCTS (ARENITE_LANE_PRODUCTS / 2)

/* What the channels of one output pixel have in common: a run of inputs in each of some input rows. Its first element
 * is at base + (start + taps[k]), its weights begin `k * row_weights` behind those of the channel. */
typedef struct {
  const int8_t *base;
  const int32_t *taps;
  int32_t start;
  arenite_range rows;
  int32_t run;
  int32_t row_weights;
} window;

static inline const int8_t *first_input(const window *w, int32_t k) { return w->base + (w->start + w->taps[k]); }

/* The sum of all inputs of the window less their zero point. */
static int32_t input_sum(const window *w, int32_t zero_point) {
  int32_t sum = 0;
  for (int32_t k = w->rows.first; k < w->rows.last; ++k) {
    sum += arenite_sum(first_input(w, k), w->run) - w->run * zero_point;
  }
  return sum;
}

/* Adds the products of a run and its weights to the sums of four channels. */
ARENITE_NOINLINE void add_run(const int8_t *in, int32_t zero_point, const arenite_quad *weights, int32_t count,
                              int32_t *acc) {
  while (count > 0) {
    const int32_t part = count < EXACT_PRODUCTS ? count : EXACT_PRODUCTS;
    arenite_lanes sums = arenite_lanes_zero();
    int32_t left = part;
    for (; left >= 4; left -= 4) {
      sums = arenite_lanes_mac(sums, in[0] - zero_point, weights[0]);
      sums = arenite_lanes_mac(sums, in[1] - zero_point, weights[1]);
      sums = arenite_lanes_mac(sums, in[2] - zero_point, weights[2]);
      sums = arenite_lanes_mac(sums, in[3] - zero_point, weights[3]);
      in += 4;
      weights += 4;
    }
    for (; left > 0; --left) {
      sums = arenite_lanes_mac(sums, *in++ - zero_point, *weights++);
    }
    arenite_lanes_flush(sums, acc);
    count -= part;
  }
}

/* All channels of one output pixel; `weights` are those of its first column in kernel row 0. */
ARENITE_NOINLINE void pixel(const arenite_transpose_conv_layer *layer, const window *w, const arenite_quad *weights,
                            const arenite_channel *channels, int8_t *out) {
  const int32_t zero_point = layer->input_zero_point;
  const uint32_t sum = (uint32_t)input_sum(w, zero_point);
  const int32_t odd = (int32_t)(sum * (uint32_t)layer->weight_offset);
  const int32_t even = (int32_t)((uint32_t)odd - 128u * sum);
  for (int32_t c = 0; c < layer->output_channels; c += 4) {
    int32_t acc[4] = {even, odd, even, odd};
    for (int32_t k = w->rows.first; k < w->rows.last; ++k) {
      add_run(first_input(w, k), zero_point, weights + k * w->row_weights, w->run, acc);
    }
    for (int32_t i = 0; i < 4 && c + i < layer->output_channels; ++i) {
      const arenite_channel *channel = &channels[c + i];
      const int32_t scaled = arenite_requantise(arenite_add(acc[i], channel->bias), channel);
      out[c + i] = arenite_store(scaled, layer->output_zero_point, layer->activation_min, layer->activation_max);
    }
    weights += layer->kernel_rows * w->row_weights;
  }
}

void arenite_transpose_conv_row_s8(const arenite_transpose_conv_layer *layer, const int8_t *base, int32_t start,
                                   const int32_t *taps, int32_t k0, int32_t k1, const arenite_quad *weights,
                                   const arenite_channel *channels, int8_t *out) {
  const int32_t depth = layer->input_channels;
  window w = {base, taps, 0, {k0, k1}, 0, layer->kernel_columns * depth};
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const arenite_reach reach =
        arenite_reaching(x + layer->pad_left, layer->kernel_columns, layer->step_columns, layer->input_columns);
    w.start = start + reach.input * depth;
    w.run = reach.count * depth;
    pixel(layer, &w, weights + reach.tap * depth, channels, out);
    out += layer->output_stride;
  }
}

void arenite_transpose_conv_s8(const arenite_transpose_conv_layer *layer, const int8_t *in, const int32_t *taps,
                               const arenite_quad *weights, const arenite_channel *channels, int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const arenite_reach reach =
          arenite_reaching(y + layer->pad_top, layer->kernel_rows, layer->step_rows, layer->input_rows);
      const int32_t start = reach.input * in_row - taps[reach.tap];
      arenite_transpose_conv_row_s8(layer, in, start, taps, reach.tap, reach.tap + reach.count, weights, channels, out);
      out += layer->output_columns * layer->output_stride;
    }
    in += layer->input_rows * in_row;
  }
}
