#include "average_pool_mve_once.h"
#include "arenite_average_ties.h"

/* Elements of a vector. */
#define FOUR 4

static inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

/* Averages of up to four channels from `first` on, of which some are next to a tie. */
ARENITE_NOINLINE arenite_four averages_at_ties(const arenite_average_pool_once_layer *layer,
                                               const arenite_average_window *w, int32_t first, arenite_four averages,
                                               arenite_four ties) {
  int32_t lanes[FOUR];
  int32_t least[FOUR];
  const int32_t count = min(layer->channels - first, FOUR);
  arenite_four_store_some_sums(lanes, averages, FOUR);
  arenite_four_store_some_sums(least, ties, FOUR);
  for (int32_t i = 0; i < count; ++i) {
    if (least[i] == INT32_MIN) {
      lanes[i] = arenite_average_near_tie(layer, w, first + i);
    }
  }
  return arenite_four_load_sums(lanes);
}

/* The sums of four channels, or `count`, less `offset`. */
static inline arenite_four sums_of(const arenite_average_window *w, const int8_t *in, int32_t channels, int32_t count,
                                   int32_t offset) {
  arenite_four sums = arenite_four_of(-offset);
  for (int32_t k = w->k0; k < w->k1; ++k) {
    const int8_t *from = in + w->taps[k];
    for (int32_t i = w->columns; i > 0; --i) {
      sums = arenite_four_plus(sums, count >= FOUR ? arenite_four_load(from) : arenite_four_load_some(from, count));
      from += channels;
    }
  }
  return sums;
}

void arenite_average_pool_mve_once_row_s8(const arenite_average_pool_once_layer *layer, const int8_t *base,
                                          int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                          const int32_t *scales, int8_t *out) {
  const arenite_output_range range = {arenite_four_of(layer->output_zero_point), arenite_four_of(layer->activation_min),
                                      arenite_four_of(layer->activation_max)};
  const int32_t *row_scales = scales + 2 * (k1 - k0 - 1) * layer->scale_row_step;
  const int32_t channels = layer->channels;
  out += layer->output_start;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const int32_t origin = column * layer->stride_columns - layer->pad_left;
    const int32_t first = max(origin, 0);
    const int32_t columns = min(origin + layer->kernel_columns, layer->input_columns) - first;
    const int32_t *scale = row_scales + 2 * (columns - 1) * layer->scale_column_step;
    const arenite_average_window w = {base, taps, start + first * channels, k0, k1, columns};
    const int32_t offset = (k1 - k0) * columns * layer->input_zero_point;
    for (int32_t c = 0; c < channels; c += FOUR) {
      const arenite_four sums = sums_of(&w, base + (w.start + c), channels, channels - c, offset);
      arenite_four ties;
      arenite_four averages = arenite_four_scale_off_ties(sums, scale[0], scale[1], &ties);
      if (arenite_four_any_least(ties)) {
        averages = averages_at_ties(layer, &w, c, averages, ties);
      }
      arenite_four_store(averages, &range, channels - c, out + c);
    }
    out += layer->output_stride;
  }
}

void arenite_average_pool_mve_once_s8(const arenite_average_pool_once_layer *layer, const int8_t *in,
                                      const int32_t *taps, const int32_t *scales, int8_t *out) {
  const int32_t row_bytes = layer->input_columns * layer->channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t origin = y * layer->stride_rows - layer->pad_top;
      const int32_t k0 = max(-origin, 0);
      const int32_t k1 = min(layer->kernel_rows, layer->input_rows - origin);
      arenite_average_pool_mve_once_row_s8(layer, in, origin * row_bytes, taps, k0, k1, scales, out);
      out += layer->output_columns * layer->output_stride;
    }
    in += layer->input_rows * row_bytes;
  }
}
