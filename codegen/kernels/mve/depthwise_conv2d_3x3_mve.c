#include "depthwise_conv2d_3x3_mve.h"

/* What the chunks of an output row have in common. A row of the window that lies in the padding begins at 16 zero
 * points, and `inside` is 0 for it, otherwise -1. */
typedef struct {
  arenite_byte_range bytes;
  arenite_output_range range;
  const int8_t *in[3];
  int32_t inside[3];
  int32_t input_columns;
  int32_t input_channels;
  int32_t input_zero_point;
  int32_t stride;
  int32_t left_shifts;
  int32_t output_zero_point;
  int32_t output_stride;
} row;

/* `pixels` pixels of `depth` channels, of which `columns`, in scratch, holds the windows. */
typedef struct {
  int8_t *columns;
  const int8_t *weights;
  const int32_t *constants;
  int8_t *out;
  int32_t depth;
  int32_t pixels;
} chunk;

/* Of windows side by side, four at a time; all channels but what is left over from blocks of four. */
ARENITE_NOINLINE void four_pixels(const row *r, const chunk *c) {
  const int32_t depth = c->depth;
  const int32_t stride = r->output_stride;
  const int8_t *columns = c->columns;
  int8_t *out = c->out;
  for (int32_t x = c->pixels; x >= 4; x -= 4) {
    const int8_t *at = columns;
    const int8_t *weights = c->weights;
    const int32_t *constants = c->constants;
    int8_t *to = out;
    for (int32_t block = depth / 4; block > 0; --block) {
      arenite_four_fours sums = arenite_windows_3x3(at, depth, weights);
      sums.first = arenite_four_requantise_right(sums.first, constants);
      sums.second = arenite_four_requantise_right(sums.second, constants);
      sums.third = arenite_four_requantise_right(sums.third, constants);
      sums.fourth = arenite_four_requantise_right(sums.fourth, constants);
      arenite_four_fours_store(sums, &r->bytes, stride, to);
      at += 4 * ARENITE_WORD;
      weights += 4 * ARENITE_CHUNK;
      constants += ARENITE_FOUR_CONSTANTS;
      to += 4;
    }
    columns += 4 * ARENITE_WORD * depth;
    out += 4 * stride;
  }
}

/* Two pixels at a time, from `x` on; all channels but what is left over from blocks of four. */
ARENITE_NOINLINE void two_pixels(const row *r, const chunk *c, int32_t x) {
  const arenite_output_range range = r->range;
  const int32_t depth = c->depth;
  const int32_t step = ARENITE_WORD * r->stride * depth;
  const int32_t stride = r->output_stride;
  for (; x + 2 <= c->pixels; x += 2) {
    const int8_t *at = c->columns + x * step;
    const int8_t *weights = c->weights;
    const int32_t *constants = c->constants;
    int8_t *to = c->out + x * stride;
    for (int32_t block = depth / 4; block > 0; --block) {
      const arenite_two_fours sums = arenite_two_windows_3x3(at, at + step, depth, weights);
      const arenite_four first = arenite_four_requantise_right(sums.first, constants);
      const arenite_four second = arenite_four_requantise_right(sums.second, constants);
      arenite_four_store(first, &range, 4, to);
      arenite_four_store(second, &range, 4, to + stride);
      at += 4 * ARENITE_WORD;
      weights += 4 * ARENITE_CHUNK;
      constants += ARENITE_FOUR_CONSTANTS;
      to += 4;
    }
  }
}

/* All channels from `channel` on, a multiple of 4, of the pixels from `x` to `end`. */
ARENITE_INLINE void single_pixels(const row *r, const chunk *c, int32_t x, int32_t end, int32_t channel,
                                  int32_t left_shifts) {
  const arenite_output_range range = r->range;
  const int32_t depth = c->depth;
  for (; x < end; ++x) {
    const int8_t *at = c->columns + ARENITE_WORD * (x * r->stride * depth + channel);
    const int8_t *weights = c->weights + channel * ARENITE_CHUNK;
    const int32_t *constants = c->constants + channel / 4 * ARENITE_FOUR_CONSTANTS;
    int8_t *to = c->out + (x * r->output_stride + channel);
    for (int32_t left = depth - channel; left > 0; left -= 4) {
      const arenite_four sums = arenite_window_3x3(at, depth, weights);
      if (left_shifts) {
        const int32_t offset = r->output_zero_point + 128;
        const arenite_four scaled = arenite_four_requantise_any(sums, constants);
        arenite_four_store(arenite_four_wrapped(scaled, offset, 0, 255), &range, left, to);
      } else {
        arenite_four_store(arenite_four_requantise_right(sums, constants), &range, left, to);
      }
      at += 4 * ARENITE_WORD;
      weights += 4 * ARENITE_CHUNK;
      constants += ARENITE_FOUR_CONSTANTS;
      to += 4;
    }
  }
}

ARENITE_NOINLINE void one_pixel(const row *r, const chunk *c, int32_t x, int32_t end, int32_t channel) {
  single_pixels(r, c, x, end, channel, 0);
}

ARENITE_NOINLINE void one_pixel_of_any(const row *r, const chunk *c) { single_pixels(r, c, 0, c->pixels, 0, 1); }

static inline void outputs(const row *r, const chunk *c) {
  int32_t done = 0;
  if (r->left_shifts) {
    one_pixel_of_any(r, c);
    return;
  }
  if (r->stride == 1 && c->pixels >= 4) {
    four_pixels(r, c);
    done = c->pixels & ~3;
  }
  if (c->pixels - done >= 2) {
    two_pixels(r, c, done);
    done = c->pixels & ~1;
  }
  if (done < c->pixels) {
    one_pixel(r, c, done, c->pixels, 0);
  }
  if ((c->depth & 3) != 0 && done > 0) {
    one_pixel(r, c, 0, done, c->depth & ~3);
  }
}

/* Words of scratch for `columns` columns: `depth` channels of each, from `offset` on in the rows. */
ARENITE_NOINLINE void turn(const row *r, int32_t offset, int32_t columns, int32_t depth, int8_t *out) {
  const int32_t blocks = depth / ARENITE_CHUNK;
  const int32_t rest = depth % ARENITE_CHUNK;
  const int32_t gap = r->input_channels - ARENITE_CHUNK * blocks;
  const int32_t step0 = ARENITE_CHUNK & r->inside[0];
  const int32_t step2 = ARENITE_CHUNK & r->inside[2];
  const int32_t gap0 = gap & r->inside[0];
  const int32_t gap2 = gap & r->inside[2];
  arenite_rows rows = {r->in[0] + (offset & r->inside[0]), r->in[1] + offset, r->in[2] + (offset & r->inside[2]), out};
  for (; columns > 0; --columns) {
    rows = arenite_turn_chunks(rows, step0, step2, blocks);
    if (rest > 0) {
      arenite_turn_some(rows, rest);
      rows.out += ARENITE_WORD * rest;
    }
    rows.first += gap0;
    rows.second += gap;
    rows.third += gap2;
  }
}

/* The input columns that the windows of a chunk reach: the first one is `column`, its first channel `channel`. */
static inline void turn_chunk(const row *r, const chunk *c, int32_t column, int32_t channel) {
  const int32_t count = (c->pixels - 1) * r->stride + 3;
  const int32_t first = column < 0 ? -column : 0;
  const int32_t last = column + count > r->input_columns ? r->input_columns - column : count;
  const int32_t pitch = ARENITE_WORD * c->depth;
  const int32_t offset = (column + first) * r->input_channels + channel;
  if (c->depth == r->input_channels) {
    /* Columns lie one behind the other in rows, too. */
    turn(r, offset, 1, (last - first) * c->depth, c->columns + first * pitch);
  } else {
    turn(r, offset, last - first, c->depth, c->columns + first * pitch);
  }
  if (first > 0) {
    arenite_fill(r->input_zero_point, first * pitch, c->columns);
  }
  if (last < count) {
    arenite_fill(r->input_zero_point, (count - last) * pitch, c->columns + last * pitch);
  }
}

void arenite_depthwise_conv2d_3x3_mve_row_s8(const arenite_depthwise_conv2d_3x3_mve_layer *layer, const int8_t *base,
                                             int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                             const int8_t *weights, const int32_t *constants, int8_t *out,
                                             int32_t *scratch) {
  const arenite_bytes border = arenite_bytes_of(layer->input_zero_point);
  const int8_t *const missing = (const int8_t *)&border;
  const row r = {{arenite_bytes_of(layer->activation_min), arenite_bytes_of(layer->activation_max),
                  layer->output_zero_point},
                 {arenite_four_of(layer->output_zero_point), arenite_four_of(layer->activation_min),
                  arenite_four_of(layer->activation_max)},
                 {k0 == 0 ? base + (start + taps[0]) : missing, base + (start + taps[1]),
                  k1 == 3 ? base + (start + taps[2]) : missing},
                 {k0 == 0 ? -1 : 0, -1, k1 == 3 ? -1 : 0},
                 layer->input_columns,
                 layer->input_channels,
                 layer->input_zero_point,
                 layer->stride_columns,
                 layer->left_shifts,
                 layer->output_zero_point,
                 layer->output_stride};
  const int32_t channels = layer->input_channels;
  const int32_t columns = layer->output_columns;
  chunk c;
  c.columns = (int8_t *)scratch;
  out += layer->output_start;
  weights += ARENITE_WORD;
  for (int32_t channel = 0; channel < channels; channel += layer->chunk_channels) {
    c.weights = weights + channel * ARENITE_CHUNK;
    c.constants = constants + channel / 4 * ARENITE_FOUR_CONSTANTS;
    c.depth = channels - channel < layer->chunk_channels ? channels - channel : layer->chunk_channels;
    for (int32_t x = 0; x < columns; x += layer->chunk_columns) {
      c.pixels = columns - x < layer->chunk_columns ? columns - x : layer->chunk_columns;
      c.out = out + (x * layer->output_stride + channel);
      turn_chunk(&r, &c, x * layer->stride_columns - layer->pad_left, channel);
      outputs(&r, &c);
    }
  }
}

void arenite_depthwise_conv2d_3x3_mve_s8(const arenite_depthwise_conv2d_3x3_mve_layer *layer, const int8_t *in,
                                         const int32_t *taps, const int8_t *weights, const int32_t *constants,
                                         int8_t *out, int32_t *scratch) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, 3, layer->input_rows);
      arenite_depthwise_conv2d_3x3_mve_row_s8(layer, in, top * in_row, taps, k.first, k.last, weights, constants, out,
                                              scratch);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
