#include "conv2d.h"

/* Windows of up to this many elements are copied, padding included, before their dot products are taken. */
#define SMALL_WINDOW 64

/* What the channels of one output pixel have in common: the rows of its window that lie in the input, and the elements
 * of these rows. Element 0 of row k is at base + (start + taps[k]). */
typedef struct {
  const int8_t *base;
  const int32_t *taps;
  int32_t start;
  arenite_range rows;
  arenite_range elements;
  int32_t row_elements;
  int32_t kernel_rows;
} window;

/* Extents along columns, and how many columns of padding the first window begins with. */
typedef struct {
  int32_t inputs;
  int32_t outputs;
  int32_t kernel;
  int32_t stride;
  int32_t pad;
} axis;

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

static inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }

/* The first element of row k that lies in the input. */
static inline const int8_t *first_input(const window *w, int32_t k) {
  return w->base + (w->start + w->taps[k] + w->elements.first);
}

/* The sum of all inputs of the window, padding included. */
static int32_t input_sum(const window *w, int32_t zero_point) {
  const int32_t count = w->elements.last - w->elements.first;
  const int32_t inside = (w->rows.last - w->rows.first) * count;
  int32_t sum = (w->kernel_rows * w->row_elements - inside) * zero_point;
  for (int32_t k = w->rows.first; k < w->rows.last; ++k) {
    sum += arenite_sum(first_input(w, k), count);
  }
  return sum;
}

static int8_t *fill(int8_t *out, int32_t value, int32_t count) {
  for (; count > 0; --count) {
    *out++ = (int8_t)value;
  }
  return out;
}

static int8_t *copy(const int8_t *in, int32_t count, int8_t *out) {
  for (; count > 0; --count) {
    *out++ = *in++;
  }
  return out;
}

/* Copies the window to `out`, zero points where it lies in the padding. */
ARENITE_NOINLINE void copy_window(const window *w, int32_t zero_point, int8_t *out) {
  for (int32_t k = 0; k < w->kernel_rows; ++k) {
    if (k < w->rows.first || k >= w->rows.last) {
      out = fill(out, zero_point, w->row_elements);
      continue;
    }
    out = fill(out, zero_point, w->elements.first);
    out = copy(first_input(w, k), w->elements.last - w->elements.first, out);
    out = fill(out, zero_point, w->row_elements - w->elements.last);
  }
}

/* Adds the products of `count` weights and the zero point. */
static void add_zero_points(int32_t zero_point, const arenite_quad *weights, int32_t count, int32_t *acc) {
  while (count > 0) {
    const int32_t part = min(count, ARENITE_LANE_PRODUCTS);
    arenite_lanes sums = arenite_lanes_zero();
    for (int32_t i = 0; i < part; ++i) {
      sums = arenite_lanes_mac(sums, zero_point, *weights++);
    }
    arenite_lanes_flush(sums, acc);
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

/* Adds the products of the part of the window that lies in the input to the sums of four channels. */
ARENITE_NOINLINE void add_window(const window *w, const arenite_quad *weights, int32_t *acc) {
  arenite_lanes sums = arenite_lanes_zero();
  int32_t room = ARENITE_LANE_PRODUCTS;
  const int32_t count = w->elements.last - w->elements.first;
  weights += w->rows.first * w->row_elements + w->elements.first;
  for (int32_t k = w->rows.first; k < w->rows.last; ++k) {
    const int8_t *in = first_input(w, k);
    int32_t rest = count;
    do {
      const int32_t part = min(rest, room);
      sums = arenite_lanes_dot(sums, in, weights, part);
      in += part;
      weights += part;
      rest -= part;
      room -= part;
      if (room == 0) {
        arenite_lanes_flush(sums, acc);
        sums = arenite_lanes_zero();
        room = ARENITE_LANE_PRODUCTS;
      }
    } while (rest > 0);
    weights += w->row_elements - count;
  }
  arenite_lanes_flush(sums, acc);
}

/* One output element, before the clamp of the activation. */
static inline int8_t output(int32_t acc, const arenite_channel *channel, int32_t zero_point) {
  const int32_t scaled = arenite_requantise(arenite_add(acc, channel->bias), channel);
  return arenite_saturate(scaled, zero_point);
}

/* All channels of one output pixel. */
ARENITE_NOINLINE void pixel(const arenite_conv2d_layer *layer, const window *w, const arenite_quad *weights,
                            const arenite_channel *channels, int8_t *out) {
  const int32_t offset = -128 * input_sum(w, layer->input_zero_point);
  const int32_t filter = w->kernel_rows * w->row_elements;
  const int padded = (w->rows.last - w->rows.first) * (w->elements.last - w->elements.first) < filter;
  const int8_t *run = w->kernel_rows == 1 && !padded && filter <= ARENITE_LANE_PRODUCTS ? first_input(w, 0) : 0;
  const int32_t zero_point = layer->output_zero_point;
  for (int32_t left = layer->output_channels; left > 0; left -= 4) {
    int32_t acc[4] = {offset, 0, offset, 0};
    if (run) {
      arenite_lanes_flush(arenite_lanes_dot(arenite_lanes_zero(), run, weights, filter), acc);
    } else {
      if (padded) {
        add_padding(w, layer->input_zero_point, weights, acc);
      }
      add_window(w, weights, acc);
    }
    int8_t rest[4];
    int8_t *to = left < 4 ? rest : out;
    to[0] = output(acc[0], &channels[0], zero_point);
    to[1] = output(acc[1], &channels[1], zero_point);
    to[2] = output(acc[2], &channels[2], zero_point);
    to[3] = output(acc[3], &channels[3], zero_point);
    if (left < 4) {
      copy(rest, left, out);
    }
    weights += filter;
    channels += 4;
    out += 4;
  }
}

/* The pixels of a row whose windows are runs: element 0 of the first one, padding included, is `columns->pad` columns
 * before `in`. */
ARENITE_NOINLINE void one_row(const arenite_conv2d_layer *layer, const axis *columns, const int8_t *in,
                              const arenite_quad *weights, const arenite_channel *channels, int8_t *out) {
  static const int32_t no_distance = 0;
  const int32_t depth = layer->input_channels;
  window w = {in, &no_distance, 0, {0, 1}, {0, 0}, columns->kernel * depth, 1};
  out += layer->output_start;
  int8_t *pixel_out = out;
  for (int32_t x = 0; x < columns->outputs; ++x) {
    const int32_t column = x * columns->stride - columns->pad;
    w.start = column * depth;
    w.elements.first = max(-column, 0) * depth;
    w.elements.last = min(columns->kernel, columns->inputs - column) * depth;
    pixel(layer, &w, weights, channels, pixel_out);
    pixel_out += layer->output_stride;
  }
  arenite_clamp_all(out, columns->outputs, layer->output_channels, layer->output_stride, layer->activation_min,
                    layer->activation_max);
}

/* Rows of one column, one behind the other, as columns of one row. */
ARENITE_NOINLINE void standing_row(const arenite_conv2d_layer *layer, const int8_t *base, int32_t start,
                                   const int32_t *taps, int32_t k0, int32_t k1, const arenite_quad *weights,
                                   const arenite_channel *channels, int8_t *out) {
  const axis columns = {k1 - k0, 1, layer->kernel_rows, 1, k0};
  one_row(layer, &columns, base + (start + taps[k0]), weights, channels, out);
}

ARENITE_NOINLINE void any_row(const arenite_conv2d_layer *layer, const int8_t *base, int32_t start, const int32_t *taps,
                              int32_t k0, int32_t k1, const arenite_quad *weights, const arenite_channel *channels,
                              int8_t *out) {
  static const int32_t no_distance = 0;
  const int32_t depth = layer->input_channels;
  int8_t buffer[SMALL_WINDOW];
  window w = {base, taps, 0, {k0, k1}, {0, 0}, layer->kernel_columns * depth, layer->kernel_rows};
  const int32_t filter = w.kernel_rows * w.row_elements;
  const window copied = {buffer, &no_distance, 0, {0, 1}, {0, filter}, filter, 1};
  const int small = w.kernel_rows > 1 && filter <= SMALL_WINDOW;
  out += layer->output_start;
  int8_t *pixel_out = out;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int32_t column = x * layer->stride_columns - layer->pad_left;
    w.start = start + column * depth;
    w.elements.first = max(-column, 0) * depth;
    w.elements.last = min(layer->kernel_columns, layer->input_columns - column) * depth;
    if (small) {
      copy_window(&w, layer->input_zero_point, buffer);
    }
    pixel(layer, small ? &copied : &w, weights, channels, pixel_out);
    pixel_out += layer->output_stride;
  }
  arenite_clamp_all(out, layer->output_columns, layer->output_channels, layer->output_stride, layer->activation_min,
                    layer->activation_max);
}

/* A kernel of one row and column. */
ARENITE_NOINLINE void point_row(const arenite_conv2d_layer *layer, const int8_t *in, const arenite_quad *weights,
                                const arenite_channel *channels, int8_t *out) {
  const axis columns = {layer->input_columns, layer->output_columns, 1, layer->stride_columns, layer->pad_left};
  one_row(layer, &columns, in, weights, channels, out);
}

/* Whether rows k0 to k1 of a window, of one column each, lie one behind the other. */
static inline int is_run(const arenite_conv2d_layer *layer, const int32_t *taps, int32_t k0, int32_t k1) {
  if (layer->input_columns * layer->kernel_columns != 1 || k0 >= k1) {
    return 0;
  }
  for (; k0 + 1 < k1; ++k0) {
    if (taps[k0 + 1] - taps[k0] != layer->input_channels) {
      return 0;
    }
  }
  return 1;
}

void arenite_conv2d_row_s8(const arenite_conv2d_layer *layer, const int8_t *base, int32_t start, const int32_t *taps,
                           int32_t k0, int32_t k1, const arenite_quad *weights, const arenite_channel *channels,
                           int8_t *out) {
  if (layer->kernel_rows * layer->kernel_columns == 1 && k0 < k1) {
    point_row(layer, base + (start + taps[0]), weights, channels, out);
  } else if (is_run(layer, taps, k0, k1)) {
    standing_row(layer, base, start, taps, k0, k1, weights, channels, out);
  } else {
    any_row(layer, base, start, taps, k0, k1, weights, channels, out);
  }
}

/* Where all windows are runs: a kernel of one row and column, or an input of one column. */
ARENITE_NOINLINE void runs(const arenite_conv2d_layer *layer, const int8_t *in, const int32_t *taps,
                           const arenite_quad *weights, const arenite_channel *channels, int8_t *out) {
  const int32_t pixels = layer->batches * layer->output_rows * layer->output_columns;
  const int column = layer->input_columns == 1;
  const axis along = {column ? layer->input_rows : pixels, column ? layer->output_rows : pixels, layer->kernel_rows,
                      layer->stride_rows, layer->pad_top};
  (void)taps;
  for (int32_t batch = column ? layer->batches : 1; batch > 0; --batch) {
    one_row(layer, &along, in, weights, channels, out);
    in += layer->input_rows * layer->input_channels;
    out += layer->output_rows * layer->output_stride;
  }
}

void arenite_conv2d_s8(const arenite_conv2d_layer *layer, const int8_t *in, const int32_t *taps,
                       const arenite_quad *weights, const arenite_channel *channels, int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  if (layer->kernel_rows * layer->kernel_columns * layer->stride_rows * layer->stride_columns == 1 ||
      layer->input_columns * layer->kernel_columns * layer->dilation_rows == 1) {
    runs(layer, in, taps, weights, channels, out);
    return;
  }
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
