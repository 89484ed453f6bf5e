#include "conv2d_v6m.h"

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

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
ARENITE_NOINLINE void pixels_of(const arenite_conv2d_v6m_layer *layer, const arenite_pixel_axis *columns,
                                const arenite_pixel_group *g, const int8_t *weights, const arenite_channel *channels,
                                int8_t *out, int32_t *scratch) {
  const int32_t filter = g->kernel_rows * columns->kernel * layer->input_channels;
  block b = {weights, channels, (filter + 3) & ~3, 0, 0};
  const int single = b.elements <= layer->chunk;
  int32_t own[4];
  chunk part = {scratch, g->pixels, 0, 0, 0, 0, single ? own : scratch + 2 * layer->chunk, single ? 0 : 4};
  for (; b.first < layer->output_channels; b.first = b.last) {
    arenite_window_place at = {0, 0};
    b.last = min(b.first + layer->block, layer->output_channels);
    for (part.first = 0; part.first < filter; part.first += layer->chunk) {
      const int32_t count = min(layer->chunk, filter - part.first);
      part.count = (count + 3) & ~3;
      part.is_first = part.first == 0;
      part.is_last = part.first + count == filter;
      at = arenite_pair_chunk(columns, g, at, count, scratch);
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
ARENITE_NOINLINE void one_row(const arenite_conv2d_v6m_layer *layer, const arenite_pixel_axis *columns,
                              arenite_pixel_group g, const int8_t *weights, const arenite_channel *channels,
                              int8_t *out, int32_t *scratch) {
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
  const arenite_pixel_axis columns = {layer->input_columns,  layer->output_columns,  layer->kernel_columns,
                                      layer->stride_columns, layer->pad_left,        layer->input_channels,
                                      layer->input_zero_point};
  const arenite_pixel_group g = {base, taps, start, {k0, k1}, layer->kernel_rows, 0, 0};
  one_row(layer, &columns, g, weights, channels, out, scratch);
}

/* Where all windows are runs: a kernel of one row and column, or an input of one column. */
ARENITE_NOINLINE void runs(const arenite_conv2d_v6m_layer *layer, const int8_t *in, const int8_t *weights,
                           const arenite_channel *channels, int8_t *out, int32_t *scratch) {
  static const int32_t no_distance = 0;
  const int32_t pixels = layer->batches * layer->output_rows * layer->output_columns;
  const int column = layer->input_columns == 1;
  const arenite_pixel_axis along = {column ? layer->input_rows : pixels, column ? layer->output_rows : pixels,
                                    layer->kernel_rows, layer->stride_rows, layer->pad_top, layer->input_channels,
                                    layer->input_zero_point};
  for (int32_t batch = column ? layer->batches : 1; batch > 0; --batch) {
    const arenite_pixel_group g = {in, &no_distance, 0, {0, 1}, 1, 0, 0};
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
