#include "pool_mve_rows.h"

#define FOUR 4

static inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

/* The columns of the input that an output column sees. */
static inline arenite_range columns_at(const arenite_pool_mve_layer *layer, int32_t column, int32_t input_columns) {
  const int32_t origin = column * layer->stride_columns - layer->pad_left;
  const arenite_range result = {max(origin, 0), min(origin + layer->kernel_columns, input_columns)};
  return result;
}

void arenite_average_pool_mve_add_row_s8(const arenite_pool_mve_layer *layer, const int8_t *in, int32_t columns,
                                         int32_t first, int32_t *sums) {
  const int32_t channels = layer->channels;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const arenite_range inside = columns_at(layer, x, columns);
    const int8_t *from = in + inside.first * channels;
    for (int32_t left = channels; left > 0; left -= FOUR) {
      const int8_t *p = from;
      arenite_four of_four = first ? arenite_four_of(0) : arenite_four_load_some_sums(sums, left);
      for (int32_t i = inside.last - inside.first; i > 0; --i) {
        of_four = arenite_four_plus(of_four, left >= FOUR ? arenite_four_load(p) : arenite_four_load_some(p, left));
        p += channels;
      }
      arenite_four_store_some_sums(sums, of_four, left);
      from += FOUR;
      sums += min(left, FOUR);
    }
  }
}

void arenite_average_pool_mve_finish_row_s8(const arenite_pool_mve_layer *layer, int32_t rows, const int32_t *sums,
                                            int8_t *out) {
  const arenite_output_range range = {arenite_four_of(0), arenite_four_of(layer->activation_min),
                                      arenite_four_of(layer->activation_max)};
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const arenite_range inside = columns_at(layer, x, layer->input_columns);
    const int32_t count = rows * (inside.last - inside.first);
    int8_t *to = out;
    for (int32_t left = layer->channels; left > 0; left -= FOUR) {
      arenite_four_store(arenite_four_average(arenite_four_load_some_sums(sums, left), count), &range, left, to);
      sums += min(left, FOUR);
      to += FOUR;
    }
    out += layer->output_stride;
  }
}

void arenite_max_pool_mve_add_row_s8(const arenite_pool_mve_layer *layer, const int8_t *in, int32_t columns,
                                     int32_t first, int8_t *sums) {
  const arenite_bytes lowest = arenite_bytes_of(layer->activation_min);
  const int32_t channels = layer->channels;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const arenite_range inside = columns_at(layer, x, columns);
    const int8_t *from = in + inside.first * channels;
    for (int32_t left = channels; left > 0; left -= ARENITE_CHUNK) {
      const int8_t *p = from;
      arenite_bytes largest = first ? lowest : arenite_bytes_load_some(sums, left);
      for (int32_t i = inside.last - inside.first; i > 0; --i) {
        largest = arenite_bytes_max(
            largest, left >= ARENITE_CHUNK ? arenite_bytes_load(p) : arenite_bytes_load_some(p, left));
        p += channels;
      }
      arenite_bytes_store_some(sums, largest, left);
      from += ARENITE_CHUNK;
      sums += min(left, ARENITE_CHUNK);
    }
  }
}

void arenite_max_pool_mve_finish_row_s8(const arenite_pool_mve_layer *layer, int32_t rows, const int8_t *sums,
                                        int8_t *out) {
  const arenite_bytes highest = arenite_bytes_of(layer->activation_max);
  (void)rows;
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    int8_t *to = out;
    for (int32_t left = layer->channels; left > 0; left -= ARENITE_CHUNK) {
      arenite_bytes_store_some(to, arenite_bytes_min(arenite_bytes_load_some(sums, left), highest), left);
      sums += min(left, ARENITE_CHUNK);
      to += ARENITE_CHUNK;
    }
    out += layer->output_stride;
  }
}
