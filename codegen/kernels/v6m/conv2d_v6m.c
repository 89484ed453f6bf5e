#include "conv2d_v6m.h"

/* Inputs of a row that four pixels reach, up to which these are copied where some lie in the padding. */
#define SMALL_SPAN 64

/* Up to four neighbouring pixels of an output row; the window of the first one begins in column `column` of the input.
 * Rows of a window that lie in the input begin, in column 0, at base + (start + taps[k]). */
typedef struct {
  const int8_t *base;
  const int32_t *taps;
  int32_t start;
  arenite_range rows;
  int32_t kernel_rows;
  int32_t column;
  int32_t pixels;
} group;

/* Along columns, as in the layer; different where rows of one column are taken for columns. */
typedef struct {
  int32_t inputs;
  int32_t outputs;
  int32_t kernel;
  int32_t stride;
  int32_t pad;
} axis;

/* An element of a window. */
typedef struct {
  int32_t row;
  int32_t element;
} place;

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

/* Pairs of the inputs of up to four pixels where these lie in the input, and zero points elsewhere: of elements of one
 * column of the windows, or of a row outside of the input. `in` is the first pixel's, or NULL there. */
static int32_t *pair_mixed(const arenite_conv2d_v6m_layer *layer, const axis *columns, const group *g, const int8_t *in,
                           int32_t column, int32_t count, int32_t odd, int32_t *pairs) {
  const int8_t zero_point = (int8_t)layer->input_zero_point;
  const int32_t distance = columns->stride * layer->input_channels;
  const int8_t zero = 0;
  const int8_t *from[4] = {&zero, &zero, &zero, &zero};
  int32_t steps[4] = {0, 0, 0, 0};
  for (int32_t p = 0; p < g->pixels; ++p) {
    const int inside = in && column >= 0 && column < columns->inputs;
    from[p] = inside ? in + p * distance : &zero_point;
    steps[p] = inside;
    column += columns->stride;
  }
  return arenite_pair_any(from, steps, count, odd, pairs);
}

/* Copies `span` elements from `in` on, zero points where they are beyond the columns of the input. */
ARENITE_NOINLINE void copy_padded(const arenite_conv2d_v6m_layer *layer, const axis *columns, const group *g,
                                  const int8_t *in, int32_t span, int8_t *to) {
  const int32_t depth = layer->input_channels;
  const int32_t first = -g->column * depth;
  const int32_t last = (columns->inputs - g->column) * depth;
  for (int32_t i = 0; i < span; ++i) {
    to[i] = i >= first && i < last ? in[i] : (int8_t)layer->input_zero_point;
  }
}

/* Pairs of `part` elements of a row of the windows at most, of which `in` is the first one of the first pixel; NULL for
 * a row outside of the input. Sets `part` to how many these are. */
static int32_t *pair_row(const arenite_conv2d_v6m_layer *layer, const axis *columns, const group *g, const int8_t *in,
                         int32_t element, int32_t *part, int32_t odd, int32_t *pairs) {
  const int32_t depth = layer->input_channels;
  const int32_t distance = columns->stride * depth;
  const int32_t last = g->column + (g->pixels - 1) * columns->stride + columns->kernel;
  const int inside = g->column >= 0 && last <= columns->inputs;
  const int32_t span = 3 * distance + columns->kernel * depth;
  int8_t padded[SMALL_SPAN];
  if (!in) {
    return pair_mixed(layer, columns, g, in, 0, *part, odd, pairs);
  }
  const int8_t *from = in + element;
  if (!inside || g->pixels == 2 || g->pixels == 3) {
    if (span > SMALL_SPAN) {
      int32_t column = g->column;
      int32_t rest = depth - element;
      for (; rest <= 0; rest += depth) {
        ++column;
      }
      *part = min(*part, rest);
      return pair_mixed(layer, columns, g, from, column, *part, odd, pairs);
    }
    copy_padded(layer, columns, g, in, span, padded);
    from = padded + element;
  }
  if (g->pixels == 1) {
    return arenite_pair_alone(from, *part, odd, pairs);
  }
  return arenite_pair_inside(from, distance, *part, odd, pairs);
}

/* Pairs of the next `count` elements of the windows. */
static place pair_chunk(const arenite_conv2d_v6m_layer *layer, const axis *columns, const group *g, place at,
                        int32_t count, int32_t *pairs) {
  const int32_t row_elements = columns->kernel * layer->input_channels;
  int32_t odd = 0;
  while (count > 0) {
    int32_t part = min(count, row_elements - at.element);
    const int8_t *in = 0;
    if (at.row >= g->rows.first && at.row < g->rows.last) {
      in = g->base + (g->start + g->taps[at.row] + g->column * layer->input_channels);
    }
    pairs = pair_row(layer, columns, g, in, at.element, &part, odd, pairs);
    odd ^= part & 1;
    count -= part;
    at.element += part;
    if (at.element == row_elements) {
      at.element = 0;
      ++at.row;
    }
  }
  return at;
}

/* Output channels `first` to `last`, of windows of `elements`. */
typedef struct {
  const int8_t *weights;
  const arenite_channel *channels;
  int32_t elements;
  int32_t first;
  int32_t last;
} block;

/* Pairs of elements `first` to `first + count` of windows. Sums of one channel and the next, or of four channels and
 * the next four of one pixel, are `sums_step` apart. */
typedef struct {
  const int32_t *pairs;
  int32_t pixels;
  int32_t first;
  int32_t count;
  int is_first;
  int is_last;
  int32_t *sums;
  int32_t sums_step;
} chunk;

/* Where the weights of a channel begin. */
static inline const int8_t *weights_of(const block *b, const chunk *part, int32_t channel) {
  return b->weights + ((channel & ~7) * b->elements + (channel & 7) + 8 * part->first);
}

/* Adds the products of a chunk for two to four pixels; after the last one, `out` are their outputs. */
ARENITE_NOINLINE void add_pixels(const arenite_conv2d_v6m_layer *layer, const block *b, const chunk *part,
                                 int8_t *out) {
  const arenite_channel *channel = b->channels + b->first;
  const arenite_channel *const end = b->channels + b->last;
  const int8_t *weights = weights_of(b, part, b->first);
  const int32_t next = 8 * b->elements - 7;
  int32_t left = 8 - (b->first & 7);
  int32_t *sums = part->sums;
  for (out += b->first; channel != end; ++channel) {
    if (part->is_first) {
      sums[0] = sums[1] = sums[2] = sums[3] = channel->bias;
    }
    if (channel->exponent != ARENITE_CONSTANT_CHANNEL) {
      if (part->pixels == 2) {
        arenite_dot_two_pixels(part->pairs, weights, part->count, sums);
      } else {
        arenite_dot_four_pixels(part->pairs, weights, part->count, sums);
      }
    }
    if (part->is_last) {
      arenite_requantise_pixels(sums, part->pixels, channel, layer->output_zero_point, out, layer->output_stride);
    }
    ++out;
    sums += part->sums_step;
    weights += 1;
    if (--left == 0) {
      weights += next - 1;
      left = 8;
    }
  }
}

/* The same for four pixels and the only chunk. */
ARENITE_NOINLINE void four_pixels(const arenite_conv2d_v6m_layer *layer, const block *b, const chunk *part,
                                  int8_t *out) {
  arenite_pixel_channels work = {part->pairs,
                                 weights_of(b, part, b->first),
                                 b->channels + b->first,
                                 out + b->first,
                                 part->pairs + 2 * part->count,
                                 layer->output_stride,
                                 layer->output_zero_point,
                                 8 - (b->first & 7),
                                 8 * b->elements - 8,
                                 b->last - b->first};
  block rare = *b;
  while (work.count > 0) {
    arenite_four_pixels(&work);
    while (work.count > 0 && (uint32_t)work.channel->exponent > ARENITE_MOST_EXPONENT) {
      rare.first = b->last - work.count;
      rare.last = rare.first + 1;
      add_pixels(layer, &rare, part, out);
      arenite_next_channel(&work);
    }
  }
}

/* The same for one pixel; sums of four channels are side by side. */
ARENITE_NOINLINE void add_pixel(const arenite_conv2d_v6m_layer *layer, const block *b, const chunk *part, int8_t *out) {
  int32_t *sums = part->sums;
  for (int32_t c = b->first; c < b->last; c += 4) {
    const arenite_channel *channel = b->channels + c;
    if (part->is_first) {
      for (int32_t i = 0; i < 4; ++i) {
        sums[i] = channel[i].bias;
      }
    }
    arenite_dot_four_channels(part->pairs, weights_of(b, part, c), part->count, sums);
    for (int32_t i = 0; part->is_last && i < min(4, b->last - c); ++i) {
      out[c + i] = arenite_saturate(arenite_requantise_v6m(sums[i], channel++), layer->output_zero_point);
    }
    sums += part->sums_step;
  }
}

/* All channels of up to four pixels. */
ARENITE_NOINLINE void pixels_of(const arenite_conv2d_v6m_layer *layer, const axis *columns, const group *g,
                                const int8_t *weights, const arenite_channel *channels, int8_t *out,
                                int32_t *scratch) {
  const int32_t filter = g->kernel_rows * columns->kernel * layer->input_channels;
  block b = {weights, channels, (filter + 3) & ~3, 0, 0};
  const int single = b.elements <= layer->chunk;
  int32_t own[4];
  chunk part = {scratch, g->pixels, 0, 0, 0, 0, single ? own : scratch + 2 * layer->chunk, single ? 0 : 4};
  for (; b.first < layer->output_channels; b.first = b.last) {
    place at = {0, 0};
    b.last = min(b.first + layer->block, layer->output_channels);
    for (part.first = 0; part.first < filter; part.first += layer->chunk) {
      const int32_t count = min(layer->chunk, filter - part.first);
      part.count = (count + 3) & ~3;
      part.is_first = part.first == 0;
      part.is_last = part.first + count == filter;
      at = pair_chunk(layer, columns, g, at, count, scratch);
      if (g->pixels == 1) {
        add_pixel(layer, &b, &part, out);
      } else if (single && arenite_rounds_twice() && g->pixels == 4) {
        four_pixels(layer, &b, &part, out);
      } else {
        add_pixels(layer, &b, &part, out);
      }
    }
  }
}

/* The pixels of a row. */
ARENITE_NOINLINE void one_row(const arenite_conv2d_v6m_layer *layer, const axis *columns, group g,
                              const int8_t *weights, const arenite_channel *channels, int8_t *out, int32_t *scratch) {
  out += layer->output_start;
  int8_t *to = out;
  g.column = -columns->pad;
  for (int32_t left = columns->outputs; left > 0; left -= 4) {
    g.pixels = min(left, 4);
    pixels_of(layer, columns, &g, weights, channels, to, scratch);
    g.column += 4 * columns->stride;
    to += 4 * layer->output_stride;
  }
  arenite_clamp_all(out, columns->outputs, layer->output_channels, layer->output_stride, layer->activation_min,
                    layer->activation_max);
}

void arenite_conv2d_v6m_row_s8(const arenite_conv2d_v6m_layer *layer, const int8_t *base, int32_t start,
                               const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                               const arenite_channel *channels, int8_t *out, int32_t *scratch) {
  const axis columns = {layer->input_columns, layer->output_columns, layer->kernel_columns, layer->stride_columns,
                        layer->pad_left};
  const group g = {base, taps, start, {k0, k1}, layer->kernel_rows, 0, 0};
  one_row(layer, &columns, g, weights, channels, out, scratch);
}

/* Where all windows are runs: a kernel of one row and column, or an input of one column. */
ARENITE_NOINLINE void runs(const arenite_conv2d_v6m_layer *layer, const int8_t *in, const int8_t *weights,
                           const arenite_channel *channels, int8_t *out, int32_t *scratch) {
  static const int32_t no_distance = 0;
  const int32_t pixels = layer->batches * layer->output_rows * layer->output_columns;
  const int column = layer->input_columns == 1;
  const axis along = {column ? layer->input_rows : pixels, column ? layer->output_rows : pixels, layer->kernel_rows,
                      layer->stride_rows, layer->pad_top};
  for (int32_t batch = column ? layer->batches : 1; batch > 0; --batch) {
    const group g = {in, &no_distance, 0, {0, 1}, 1, 0, 0};
    one_row(layer, &along, g, weights, channels, out, scratch);
    in += layer->input_rows * layer->input_channels;
    out += layer->output_rows * layer->output_stride;
  }
}

void arenite_conv2d_v6m_s8(const arenite_conv2d_v6m_layer *layer, const int8_t *in, const int32_t *taps,
                           const int8_t *weights, const arenite_channel *channels, int8_t *out, int32_t *scratch) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  if (layer->kernel_rows * layer->kernel_columns * layer->stride_rows * layer->stride_columns == 1 ||
      layer->input_columns * layer->kernel_columns * layer->dilation_rows == 1) {
    runs(layer, in, weights, channels, out, scratch);
    return;
  }
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_conv2d_v6m_row_s8(layer, in, top * in_row, taps, k.first, k.last, weights, channels, out, scratch);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
