#include "conv2d_dsp.h"

/* The rows of a window that lie in the input, and the elements of these rows. Element 0 of row k is at
 * base + (start + taps[k]). `fours`: elements of all rows / 4, rounded up. */
typedef struct {
  const int8_t *base;
  const int32_t *taps;
  int32_t start;
  arenite_range rows;
  arenite_range elements;
  int32_t row_elements;
  int32_t kernel_rows;
  int32_t fours;
} window;

/* Extents along columns, and how many columns of padding the first window begins with. */
typedef struct {
  int32_t inputs;
  int32_t outputs;
  int32_t kernel;
  int32_t stride;
  int32_t pad;
} axis;

/* What the pixels of a row have in common. */
typedef struct {
  const arenite_conv2d_dsp_layer *layer;
  const arenite_pair_weights *weights;
  const arenite_pair_channel *channels;
  int32_t *scratch;
} row;

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

static inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }

static inline int8_t *fill(int8_t *out, int32_t value, int32_t count) {
  for (; count > 0; --count) {
    *out++ = (int8_t)value;
  }
  return out;
}

/* Copies the window to `out`, zero points where it lies in the padding, and zeros behind it. */
ARENITE_NOINLINE void copy_window(const window *w, int32_t zero_point, int8_t *out) {
  const int32_t row_elements = w->row_elements;
  const int32_t count = w->elements.last - w->elements.first;
  const int32_t beside = row_elements - count;
  const int8_t *base = w->base;
  const int32_t start = w->start + w->elements.first;
  const int32_t *tap = w->taps + w->rows.first;
  const int32_t *tap_end = w->taps + w->rows.last;
  const int8_t *end = out + w->kernel_rows * row_elements;
  int32_t padding = w->rows.first * row_elements + w->elements.first;
  arenite_store_four(out + 4 * (w->fours - 1), 0);
  for (; tap < tap_end; ++tap) {
    out = arenite_copy_bytes(base + (start + *tap), count, fill(out, zero_point, padding));
    padding = beside;
  }
  fill(out, zero_point, (int32_t)(end - out));
}

/* `count` halves to every other pair from `out` on. */
ARENITE_NOINLINE void fill_halves(arenite_halves *out, int32_t value, int32_t count) {
  const arenite_halves both = arenite_halves_of(value, value);
  for (; count > 0; count -= 4) {
    out[0] = both;
    out[2] = both;
    out += 4;
  }
}

/* Whether a window consists of four elements of a row each. */
static inline int is_of_fours(const window *w) {
  return ((w->row_elements | w->elements.first | w->elements.last) & 3) == 0;
}

/* A window of fours as arenite_expand does it; returns the sum of its inputs. */
ARENITE_NOINLINE int32_t expand_window(const window *w, int32_t zero_point, arenite_halves *out) {
  const int32_t row_elements = w->row_elements;
  const int32_t count = w->elements.last - w->elements.first;
  const int32_t beside = row_elements - count;
  const int8_t *base = w->base;
  const int32_t start = w->start + w->elements.first;
  const int32_t *tap = w->taps + w->rows.first;
  const int32_t *tap_end = w->taps + (count > 0 ? w->rows.last : 0);
  const arenite_halves *end = out + w->kernel_rows * row_elements;
  int32_t padding = w->rows.first * row_elements + w->elements.first;
  int32_t padded = 0;
  int32_t sum = 0;
  for (; tap < tap_end; ++tap) {
    if (padding > 0) {
      fill_halves(out, zero_point, padding);
      padded += padding;
      out += padding;
    }
    sum += arenite_expand(base + (start + *tap), count >> 2, out);
    out += count;
    padding = beside;
  }
  padding = (int32_t)(end - out);
  if (padding > 0) {
    fill_halves(out, zero_point, padding);
    padded += padding;
  }
  return sum + padded * zero_point;
}

/* Two windows that are runs `step` inputs apart. */
ARENITE_NOINLINE void expand_runs(const int8_t *in, int32_t step, int32_t fours, arenite_halves *out,
                                  int32_t *offsets) {
  for (int32_t i = 0; i < 2; ++i) {
    offsets[i] = -128 * arenite_expand(in, fours, out + i);
    in += step;
  }
}

/* The part of the window of output column x that lies in the input; `start`: of column 0 of the input. */
static inline void place(window *w, const axis *columns, int32_t depth, int32_t start, int32_t x) {
  const int32_t column = x * columns->stride - columns->pad;
  w->start = start + column * depth;
  w->elements.first = max(-column, 0) * depth;
  w->elements.last = min(columns->kernel, columns->inputs - column) * depth;
}

/* The windows of output pixels x and x + 1; `start` is that of column 0. Adds -128 times their sums to `offsets`. */
ARENITE_NOINLINE void expand_two(const row *r, window *w, const axis *columns, int32_t start, int32_t x,
                                 arenite_halves *out, int32_t *offsets) {
  const int32_t zero_point = r->layer->input_zero_point;
  int8_t *bytes = (int8_t *)(out + 4 * w->fours);
  for (int32_t i = 0; i < 2; ++i) {
    place(w, columns, r->layer->input_channels, start, x + i);
    if (is_of_fours(w)) {
      offsets[i] -= 128 * expand_window(w, zero_point, out + i);
    } else {
      copy_window(w, zero_point, bytes);
      offsets[i] -= 128 * arenite_expand(bytes, w->fours, out + i);
    }
  }
}

/* Four channels of one output pixel, or the `left` ones, before the clamp of the activation. */
ARENITE_NOINLINE void finish(const arenite_pair_sums *sums, const arenite_pair_channel *channels, int32_t zero_point,
                             int32_t left, int8_t *out) {
  const int short_way = channels->exponent >= 0;
  const int32_t acc[4] = {sums->low01, arenite_pair_second(sums->both01, sums->low01) >> 8, sums->low23,
                          arenite_pair_second(sums->both23, sums->low23) >> 8};
  for (int32_t i = 0; i < 4 && i < left; ++i) {
    if (short_way) {
      const int32_t doubled = arenite_add((int32_t)((uint32_t)acc[i] << 1), channels[i].bias);
      out[i] = arenite_requantise_doubled(doubled, &channels[i], 2 * zero_point + 1);
    } else {
      const arenite_channel channel = {channels[i].bias, channels[i].multiplier, channels[i].exponent + 64};
      const int32_t scaled = arenite_requantise(arenite_add(acc[i], channel.bias), &channel);
      out[i] = arenite_saturate(scaled, zero_point);
    }
  }
}

/* Four channels of two output pixels, or the `left` ones; sums are those of arenite_pair_part. */
ARENITE_NOINLINE void finish_two(const row *r, const int32_t *sums, const int32_t *offsets,
                                 const arenite_pair_channel *channels, int32_t left, int8_t *out) {
  for (int32_t i = 0; i < 2; ++i) {
    const arenite_pair_sums of_pixel = {arenite_add(sums[i], offsets[i]), arenite_add(sums[2 + i], offsets[i]),
                                        arenite_add(sums[4 + i], offsets[i]), arenite_add(sums[6 + i], offsets[i])};
    finish(&of_pixel, channels, r->layer->output_zero_point, left, out);
    out += r->layer->output_stride;
  }
}

ARENITE_NOINLINE void add_part(arenite_pair_part *part) { arenite_pair_add(part); }

/* The next four channels, or the `left` ones, where arenite_pair_blocks does not do it. */
ARENITE_NOINLINE void other_block(const row *r, arenite_pair_pixels *p, int32_t left) {
  int32_t sums[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  arenite_pair_part part = {p->in, p->in_end, p->weights, sums, sums + 8};
  add_part(&part);
  finish_two(r, sums, p->offsets, p->channels, left, p->out[0]);
  p->weights += p->in_end - p->in;
  p->channels += 4;
  p->out[0] += 4;
  p->out[1] += 4;
  --p->blocks;
}

/* All channels of two neighbouring output pixels; p has their inputs and offsets. */
ARENITE_NOINLINE void two_pixels(const row *r, arenite_pair_pixels *p, int8_t *out) {
  const int32_t channels = r->layer->output_channels;
  p->weights = r->weights;
  p->channels = r->channels;
  p->out[0] = out;
  p->out[1] = out + r->layer->output_stride;
  p->blocks = channels >> 2;
  while (p->blocks > 0) {
    if (p->channels->exponent >= 0) {
      arenite_pair_blocks(p);
    } else {
      other_block(r, p, 4);
    }
  }
  if ((channels & 3) != 0) {
    other_block(r, p, channels & 3);
  }
}

/* All channels of one output pixel, whose window is at `in`. */
ARENITE_NOINLINE void one_pixel(const row *r, int32_t fours, const int8_t *in, int8_t *out) {
  const int32_t zero_point = r->layer->output_zero_point;
  const arenite_pair_weights *weights = r->weights;
  const arenite_pair_channel *channels = r->channels;
  const int32_t offset = -128 * arenite_sum_fours(in, fours);
  for (int32_t left = r->layer->output_channels; left > 0; left -= 4) {
    const arenite_pair_sums start = {offset, offset, offset, offset};
    const arenite_pair_sums sums = arenite_pair_dot(start, in, weights, fours);
    finish(&sums, channels, zero_point, left, out);
    weights += 4 * fours;
    channels += 4;
    out += 4;
  }
}

/* Output pixels x and x + 1, for each row of the window one after the other. */
ARENITE_NOINLINE void two_pixels_by_rows(const row *r, const window *w, const axis *columns, int32_t x, int8_t *out) {
  const arenite_conv2d_dsp_layer *layer = r->layer;
  const int32_t blocks = (layer->output_channels + 3) >> 2;
  const int32_t fours = w->row_elements >> 2;
  int32_t *const sums = r->scratch;
  int32_t *const sums_end = sums + 8 * blocks;
  arenite_halves *const in = (arenite_halves *)sums_end;
  const arenite_pair_weights *weights = r->weights;
  int32_t offsets[2] = {0, 0};
  for (int32_t *sum = sums; sum < sums_end; ++sum) {
    *sum = 0;
  }
  for (int32_t k = 0; k < w->kernel_rows; ++k) {
    const int inside = k >= w->rows.first && k < w->rows.last;
    window one = {w->base, w->taps + k, 0, {0, inside}, {0, 0}, w->row_elements, 1, fours};
    expand_two(r, &one, columns, w->start, x, in, offsets);
    arenite_pair_part part = {in, in + 4 * fours, weights, sums, sums_end};
    add_part(&part);
    weights += 4 * fours * blocks;
  }
  for (int32_t first = 0; first < layer->output_channels; first += 4) {
    finish_two(r, sums + 2 * first, offsets, r->channels + first, layer->output_channels - first, out + first);
  }
}

/* A row of the layer; w has everything but what `place` sets. */
ARENITE_NOINLINE void pixels(const row *r, window *w, const axis *columns, int8_t *out) {
  const arenite_conv2d_dsp_layer *layer = r->layer;
  const int32_t depth = layer->input_channels;
  const int32_t step = columns->stride * depth;
  const int32_t zero_point = layer->input_zero_point;
  const int32_t start = w->start;
  const int32_t elements = w->kernel_rows * w->row_elements;
  const int32_t reach = (columns->outputs - 1) * columns->stride + columns->kernel;
  /* Whether all windows are runs of the input. */
  const int direct = w->kernel_rows == 1 && w->rows.last == 1 && columns->pad == 0 && reach <= columns->inputs &&
                     elements % 4 == 0;
  const int8_t *run = direct ? w->base + (start + w->taps[0]) : (const int8_t *)r->scratch;
  arenite_halves *halves = (arenite_halves *)r->scratch;
  int32_t x = 0;
  w->fours = (elements + 3) >> 2;
  out += layer->output_start;
  int8_t *pixel_out = out;
  if (layer->by_rows) {
    for (; x < columns->outputs; x += 2) {
      /* The last pixel may be computed twice. */
      const int32_t first = min(x, columns->outputs - 2);
      two_pixels_by_rows(r, w, columns, first, pixel_out + first * layer->output_stride);
    }
  } else if (layer->pixels == 2) {
    arenite_pair_pixels p;
    p.in = halves;
    p.in_end = halves + 4 * w->fours;
    p.rounding = 2 * layer->output_zero_point + 1;
    for (; x + 1 < columns->outputs; x += 2) {
      if (direct) {
        expand_runs(run, step, w->fours, halves, p.offsets);
        run += 2 * step;
      } else {
        p.offsets[0] = p.offsets[1] = 0;
        expand_two(r, w, columns, start, x, halves, p.offsets);
      }
      two_pixels(r, &p, pixel_out);
      pixel_out += 2 * layer->output_stride;
    }
  }
  for (; x < columns->outputs; ++x) {
    if (!direct) {
      place(w, columns, depth, start, x);
      copy_window(w, zero_point, (int8_t *)halves);
    }
    one_pixel(r, w->fours, run, pixel_out);
    run += direct ? step : 0;
    pixel_out += layer->output_stride;
  }
  arenite_clamp_all(out, columns->outputs, layer->output_channels, layer->output_stride, layer->activation_min,
                    layer->activation_max);
}

void arenite_conv2d_dsp_row_s8(const arenite_conv2d_dsp_layer *layer, const int8_t *base, int32_t start,
                               const int32_t *taps, int32_t k0, int32_t k1, const arenite_pair_weights *weights,
                               const arenite_pair_channel *channels, int8_t *out, int32_t *scratch) {
  const row r = {layer, weights, channels, scratch};
  const axis columns = {layer->input_columns, layer->output_columns, layer->kernel_columns, layer->stride_columns,
                        layer->pad_left};
  const int32_t row_elements = layer->kernel_columns * layer->input_channels;
  window w = {base, taps, start, {k0, k1}, {0, 0}, row_elements, layer->kernel_rows, 0};
  pixels(&r, &w, &columns, out);
}

/* Where all windows are runs: a kernel of one row and column, or an input of one column. */
ARENITE_NOINLINE void runs(const row *r, const int8_t *in, int8_t *out) {
  static const int32_t no_distance = 0;
  const arenite_conv2d_dsp_layer *layer = r->layer;
  const int32_t count = layer->batches * layer->output_rows * layer->output_columns;
  const int column = layer->input_columns == 1;
  const axis along = {column ? layer->input_rows : count, column ? layer->output_rows : count, layer->kernel_rows,
                      layer->stride_rows, layer->pad_top};
  for (int32_t batch = column ? layer->batches : 1; batch > 0; --batch) {
    window w = {in, &no_distance, 0, {0, 1}, {0, 0}, layer->kernel_rows * layer->input_channels, 1, 0};
    pixels(r, &w, &along, out);
    in += layer->input_rows * layer->input_channels;
    out += layer->output_rows * layer->output_stride;
  }
}

void arenite_conv2d_dsp_s8(const arenite_conv2d_dsp_layer *layer, const int8_t *in, const int32_t *taps,
                           const arenite_pair_weights *weights, const arenite_pair_channel *channels, int8_t *out,
                           int32_t *scratch) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  if (layer->kernel_rows * layer->kernel_columns * layer->stride_rows * layer->stride_columns == 1 ||
      layer->input_columns * layer->kernel_columns * layer->dilation_rows == 1) {
    const row r = {layer, weights, channels, scratch};
    runs(&r, in, out);
    return;
  }
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_conv2d_dsp_row_s8(layer, in, top * in_row, taps, k.first, k.last, weights, channels, out, scratch);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
