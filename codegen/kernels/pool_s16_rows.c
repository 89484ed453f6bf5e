#include "pool_s16_rows.h"

static inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

/* The columns of the input that an output column sees. */
static inline arenite_range columns_at(const arenite_pool_s16_layer *layer, int32_t column, int32_t input_columns) {
  const int32_t origin = column * layer->stride_columns - layer->pad_left;
  const arenite_range result = {max(origin, 0), min(origin + layer->kernel_columns, input_columns)};
  return result;
}

void arenite_average_pool_add_row_s16(const arenite_pool_s16_layer *layer, const int16_t *in, int32_t columns,
                                      int32_t first, int32_t *sums) {
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const arenite_range inside = columns_at(layer, column, columns);
    for (int32_t c = 0; c < layer->channels; ++c) {
      const int16_t *p = in + (inside.first * layer->channels + c);
      int32_t sum = first ? 0 : *sums;
      for (int32_t i = inside.last - inside.first; i > 0; --i) {
        sum += *p;
        p += layer->channels;
      }
      *sums++ = sum;
    }
  }
}

void arenite_average_pool_finish_row_s16(const arenite_pool_s16_layer *layer, int32_t rows, const int32_t *sums,
                                         int16_t *out) {
  out += layer->output_start;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const arenite_range inside = columns_at(layer, column, layer->input_columns);
    const int32_t count = rows * (inside.last - inside.first);
    const int32_t half = count / 2;
    for (int32_t c = 0; c < layer->channels; ++c) {
      /* To nearest, ties away from zero. */
      const int32_t sum = *sums++;
      const int32_t mean = (sum > 0 ? sum + half : sum - half) / count;
      out[c] = (int16_t)arenite_clamp(mean, layer->activation_min, layer->activation_max);
    }
    out += layer->output_stride;
  }
}

void arenite_max_pool_add_row_s16(const arenite_pool_s16_layer *layer, const int16_t *in, int32_t columns,
                                  int32_t first, int16_t *sums) {
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const arenite_range inside = columns_at(layer, column, columns);
    for (int32_t c = 0; c < layer->channels; ++c) {
      const int16_t *p = in + (inside.first * layer->channels + c);
      int32_t largest = first ? layer->activation_min : *sums;
      for (int32_t i = inside.last - inside.first; i > 0; --i) {
        largest = max(largest, *p);
        p += layer->channels;
      }
      *sums++ = (int16_t)largest;
    }
  }
}

void arenite_max_pool_finish_row_s16(const arenite_pool_s16_layer *layer, int32_t rows, const int16_t *sums,
                                     int16_t *out) {
  (void)rows;
  out += layer->output_start;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    for (int32_t c = 0; c < layer->channels; ++c) {
      out[c] = (int16_t)min(*sums++, layer->activation_max);
    }
    out += layer->output_stride;
  }
}
