#include "conv2d.h"

/* Windows of up to this many elements are copied, padding included, before their dot products are taken. */
#define SMALL_WINDOW 64

/* What the channels of one output pixel have in common. `elements` counts within one row of the window; `in` and `taps`
 * are as for the row function. */
typedef struct {
  const int8_t *in;
  const int32_t *taps;
  arenite_range rows;
  arenite_range elements;
  int32_t row_elements;
  int32_t kernel_rows;
} window;

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

static inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }

/* Adds the sums to those of four channels. */
static inline void flush(arenite_lanes sums, int32_t *acc) {
  acc[0] = arenite_add(acc[0], arenite_lane_low(sums.outer));
  acc[1] = arenite_add(acc[1], arenite_lane_high(sums.outer));
  acc[2] = arenite_add(acc[2], arenite_lane_low(sums.inner));
  acc[3] = arenite_add(acc[3], arenite_lane_high(sums.inner));
}

/* sums + the products of `count` inputs and as many weights. */
static inline arenite_lanes dot(arenite_lanes sums, const int8_t *in, const arenite_quad *weights, int32_t count) {
  for (; count >= 8; count -= 8) {
    sums = arenite_lanes_mac(sums, in[0], weights[0]);
    arenite_barrier();
    sums = arenite_lanes_mac(sums, in[1], weights[1]);
    arenite_barrier();
    sums = arenite_lanes_mac(sums, in[2], weights[2]);
    arenite_barrier();
    sums = arenite_lanes_mac(sums, in[3], weights[3]);
    arenite_barrier();
    sums = arenite_lanes_mac(sums, in[4], weights[4]);
    arenite_barrier();
    sums = arenite_lanes_mac(sums, in[5], weights[5]);
    arenite_barrier();
    sums = arenite_lanes_mac(sums, in[6], weights[6]);
    arenite_barrier();
    sums = arenite_lanes_mac(sums, in[7], weights[7]);
    arenite_barrier();
    in += 8;
    weights += 8;
  }
  for (; count > 0; --count) {
    sums = arenite_lanes_mac(sums, *in++, *weights++);
  }
  return sums;
}

/* The sum of `count` inputs. */
static inline int32_t sum_of(const int8_t *in, int32_t count) {
  int32_t sum = 0;
  for (; count >= 4; count -= 4) {
    sum += in[0] + in[1] + in[2] + in[3];
    in += 4;
  }
  for (; count > 0; --count) {
    sum += *in++;
  }
  return sum;
}

/* The sum of all inputs of the window, padding included. */
static int32_t input_sum(const window *w, int32_t zero_point) {
  const int32_t count = w->elements.last - w->elements.first;
  const int32_t inside = (w->rows.last - w->rows.first) * count;
  int32_t sum = (w->kernel_rows * w->row_elements - inside) * zero_point;
  for (int32_t k = w->rows.first; k < w->rows.last; ++k) {
    sum += sum_of(w->in + (w->taps[k] + w->elements.first), count);
  }
  return sum;
}

static int8_t *fill(int8_t *out, int32_t value, int32_t count) {
  for (; count > 0; --count) {
    *out++ = (int8_t)value;
  }
  return out;
}

/* Copies the window to `out`, zero points where it lies in the padding. */
static void copy_window(const window *w, int32_t zero_point, int8_t *out) {
  for (int32_t k = 0; k < w->kernel_rows; ++k) {
    if (k < w->rows.first || k >= w->rows.last) {
      out = fill(out, zero_point, w->row_elements);
      continue;
    }
    const int8_t *in = w->in + w->taps[k];
    out = fill(out, zero_point, w->elements.first);
    for (int32_t i = w->elements.first; i < w->elements.last; ++i) {
      *out++ = in[i];
    }
    out = fill(out, zero_point, w->row_elements - w->elements.last);
  }
}

/* Adds the products of `count` weights and the zero point. */
static void add_zero_points(int32_t zero_point, const arenite_quad *weights, int32_t count, int32_t *acc) {
  while (count > 0) {
    const int32_t part = min(count, ARENITE_LANE_PRODUCTS);
    arenite_lanes sums = {0, 0};
    for (int32_t i = 0; i < part; ++i) {
      sums = arenite_lanes_mac(sums, zero_point, *weights++);
    }
    flush(sums, acc);
    count -= part;
  }
}

/* Adds what the part of the window that lies in the padding contributes. */
static void add_padding(const window *w, int32_t zero_point, const arenite_quad *weights, int32_t *acc) {
  for (int32_t k = 0; k < w->kernel_rows; ++k) {
    if (k >= w->rows.first && k < w->rows.last) {
      add_zero_points(zero_point, weights, w->elements.first, acc);
      add_zero_points(zero_point, weights + w->elements.last, w->row_elements - w->elements.last, acc);
    } else {
      add_zero_points(zero_point, weights, w->row_elements, acc);
    }
    weights += w->row_elements;
  }
}

/* Adds the products of the part of the window that lies in the input. */
static inline void add_inputs(const window *w, const arenite_quad *weights, int32_t *acc) {
  arenite_lanes sums = {0, 0};
  int32_t room = ARENITE_LANE_PRODUCTS;
  const int32_t skipped = w->row_elements - (w->elements.last - w->elements.first);
  weights += w->rows.first * w->row_elements + w->elements.first;
  for (int32_t k = w->rows.first; k < w->rows.last; ++k) {
    const int8_t *in = w->in + (w->taps[k] + w->elements.first);
    int32_t count = w->elements.last - w->elements.first;
    while (count > 0) {
      const int32_t part = min(count, room);
      sums = dot(sums, in, weights, part);
      in += part;
      weights += part;
      count -= part;
      room -= part;
      if (room == 0) {
        flush(sums, acc);
        sums.outer = 0;
        sums.inner = 0;
        room = ARENITE_LANE_PRODUCTS;
      }
    }
    weights += skipped;
  }
  flush(sums, acc);
}

static inline int8_t requantise(int32_t acc, const arenite_channel *channel, int32_t zero_point) {
  int32_t scaled = 0;
  if (channel->shift < 0) {
    scaled = arenite_requantise_down(acc, channel->multiplier, channel->shift);
  } else {
    scaled = arenite_requantise_twice(acc, channel->multiplier, channel->shift);
  }
  return arenite_store(scaled, zero_point, INT8_MIN, INT8_MAX);
}

/* All channels of one output pixel. */
static void pixel(const arenite_conv2d_layer *layer, const window *w, const arenite_quad *weights,
                  const arenite_channel *channels, int8_t *out) {
  const int32_t offset = 128 * input_sum(w, layer->input_zero_point);
  const int32_t filter = w->kernel_rows * w->row_elements;
  const int32_t inside = (w->rows.last - w->rows.first) * (w->elements.last - w->elements.first);
  for (int32_t left = layer->output_channels; left > 0; left -= 4) {
    int32_t acc[4] = {-offset, 0, -offset, 0};
    if (inside < filter) {
      add_padding(w, layer->input_zero_point, weights, acc);
    }
    add_inputs(w, weights, acc);
    weights += filter;
    const int32_t count = min(left, 4);
    for (int32_t i = 0; i < count; ++i) {
      *out++ = requantise(arenite_add(acc[i], channels->bias), channels, layer->output_zero_point);
      ++channels;
    }
  }
}

static void clamp_row(int8_t *out, int32_t count, int32_t low, int32_t high) {
  for (int32_t i = 0; i < count; ++i) {
    out[i] = (int8_t)arenite_clamp(out[i], low, high);
  }
}

void arenite_conv2d_row_s8(const arenite_conv2d_layer *layer, const int8_t *base, int32_t start, const int32_t *taps,
                           int32_t k0, int32_t k1, const arenite_quad *weights, const arenite_channel *channels,
                           int8_t *out) {
  static const int32_t no_distance = 0;
  const int32_t depth = layer->input_channels;
  int8_t copy[SMALL_WINDOW];
  window w = {0, taps, {k0, k1}, {0, 0}, layer->kernel_columns * depth, layer->kernel_rows};
  const int32_t filter = w.kernel_rows * w.row_elements;
  const window copied = {copy, &no_distance, {0, 1}, {0, filter}, filter, 1};
  const int small = w.kernel_rows > 1 && filter <= SMALL_WINDOW;
  int8_t *pixel_out = out;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int32_t column = x * layer->stride_columns - layer->pad_left;
    w.in = base + (start + column * depth);
    w.elements.first = max(-column, 0) * depth;
    w.elements.last = min(layer->kernel_columns, layer->input_columns - column) * depth;
    if (small) {
      copy_window(&w, layer->input_zero_point, copy);
    }
    pixel(layer, small ? &copied : &w, weights, channels, pixel_out);
    pixel_out += layer->output_channels;
  }
  if (layer->activation_min > INT8_MIN || layer->activation_max < INT8_MAX) {
    clamp_row(out, layer->output_columns * layer->output_channels, layer->activation_min, layer->activation_max);
  }
}

void arenite_conv2d_s8(const arenite_conv2d_layer *layer, const int8_t *in, const int32_t *taps,
                       const arenite_quad *weights, const arenite_channel *channels, int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_conv2d_row_s8(layer, in, top * in_row, taps, k.first, k.last, weights, channels, out);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
