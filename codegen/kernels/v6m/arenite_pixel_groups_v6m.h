/* Four neighbouring pixels of a convolution on Armv6-M: pairs of the inputs of their windows. */
#ifndef ARENITE_PIXEL_GROUPS_V6M_H
#define ARENITE_PIXEL_GROUPS_V6M_H

#include "arenite_words_pairs_v6m.h"

/* Inputs of a row that four pixels reach, up to which these are copied where some lie in the padding. */
#define ARENITE_SMALL_SPAN 64

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
} arenite_pixel_group;

/* Along columns, as in the layer; different where rows of one column are taken for columns. `depth`: input channels;
 * `zero_point`: of the input. */
typedef struct {
  int32_t inputs;
  int32_t outputs;
  int32_t kernel;
  int32_t stride;
  int32_t pad;
  int32_t depth;
  int32_t zero_point;
} arenite_pixel_axis;

/* An element of a window. */
typedef struct {
  int32_t row;
  int32_t element;
} arenite_window_place;

/* Pairs of the inputs of up to four pixels where these lie in the input, and zero points elsewhere: of elements of one
 * column of the windows, or of a row outside of the input. `in` is the first pixel's, or NULL there. */
static inline int32_t *arenite_pair_mixed(const arenite_pixel_axis *columns, const arenite_pixel_group *g,
                                          const int8_t *in, int32_t column, int32_t count, int32_t odd,
                                          int32_t *pairs) {
  const int8_t zero_point = (int8_t)columns->zero_point;
  const int32_t distance = columns->stride * columns->depth;
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
ARENITE_NOINLINE void arenite_copy_padded(const arenite_pixel_axis *columns, const arenite_pixel_group *g,
                                          const int8_t *in, int32_t span, int8_t *to) {
  const int32_t depth = columns->depth;
  const int32_t first = -g->column * depth;
  const int32_t last = (columns->inputs - g->column) * depth;
  for (int32_t i = 0; i < span; ++i) {
    to[i] = i >= first && i < last ? in[i] : (int8_t)columns->zero_point;
  }
}

/* Pairs of `part` elements of a row of the windows at most, of which `in` is the first one of the first pixel; NULL for
 * a row outside of the input. Sets `part` to how many these are. */
static inline int32_t *arenite_pair_row(const arenite_pixel_axis *columns, const arenite_pixel_group *g,
                                        const int8_t *in, int32_t element, int32_t *part, int32_t odd,
                                        int32_t *pairs) {
  const int32_t depth = columns->depth;
  const int32_t distance = columns->stride * depth;
  const int32_t last = g->column + (g->pixels - 1) * columns->stride + columns->kernel;
  const int inside = g->column >= 0 && last <= columns->inputs;
  const int32_t span = 3 * distance + columns->kernel * depth;
  int8_t padded[ARENITE_SMALL_SPAN];
  if (!in) {
    return arenite_pair_mixed(columns, g, in, 0, *part, odd, pairs);
  }
  const int8_t *from = in + element;
  if (!inside || g->pixels == 2 || g->pixels == 3) {
    if (span > ARENITE_SMALL_SPAN) {
      int32_t column = g->column;
      int32_t rest = depth - element;
      for (; rest <= 0; rest += depth) {
        ++column;
      }
      *part = *part < rest ? *part : rest;
      return arenite_pair_mixed(columns, g, from, column, *part, odd, pairs);
    }
    arenite_copy_padded(columns, g, in, span, padded);
    from = padded + element;
  }
  if (g->pixels == 1) {
    return arenite_pair_alone(from, *part, odd, pairs);
  }
  return arenite_pair_inside(from, distance, *part, odd, pairs);
}

/* Pairs of the next `count` elements of the windows. */
static inline arenite_window_place arenite_pair_chunk(const arenite_pixel_axis *columns, const arenite_pixel_group *g,
                                                      arenite_window_place at, int32_t count, int32_t *pairs) {
  const int32_t row_elements = columns->kernel * columns->depth;
  int32_t odd = 0;
  while (count > 0) {
    const int32_t left = row_elements - at.element;
    int32_t part = count < left ? count : left;
    const int8_t *in = 0;
    if (at.row >= g->rows.first && at.row < g->rows.last) {
      in = g->base + (g->start + g->taps[at.row] + g->column * columns->depth);
    }
    pairs = arenite_pair_row(columns, g, in, at.element, &part, odd, pairs);
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

#endif
