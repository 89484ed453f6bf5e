#include "pool_dsp_rows.h"
#include "arenite_averages_dsp.h"

#define EIGHT 8

static inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

/* The columns of the input that an output column sees. */
static inline arenite_range columns_at(const arenite_pool_dsp_layer *layer, int32_t column, int32_t input_columns) {
  const int32_t origin = column * layer->stride_columns - layer->pad_left;
  const arenite_range result = {max(origin, 0), min(origin + layer->kernel_columns, input_columns)};
  return result;
}

void arenite_average_pool_dsp_add_row_s8(const arenite_pool_dsp_layer *layer, const int8_t *in, int32_t columns,
                                         int32_t first, int32_t *sums) {
  const int32_t channels = layer->channels;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const arenite_range inside = columns_at(layer, x, columns);
    const int8_t *from = in + inside.first * channels;
    /* The last eight channels overlap with those before them, if need be, but have their own sums. */
    for (int32_t done = 0; done < channels; done += EIGHT) {
      const int8_t *p = from + min(done, channels - EIGHT);
      arenite_int8x8_sums of_eight = first ? arenite_int8x8_sums_zero() : arenite_int8x8_sums_load(sums);
      for (int32_t i = inside.last - inside.first; i > 0; --i) {
        of_eight = arenite_int8x8_plus(of_eight, p);
        p += channels;
      }
      arenite_int8x8_sums_store(sums, of_eight);
      sums += ARENITE_INT8X8_SUMS_WORDS;
    }
  }
}

void arenite_average_pool_dsp_finish_row_s8(const arenite_pool_dsp_layer *layer, int32_t rows, const int32_t *sums,
                                            int8_t *out) {
  arenite_averages by = {0, arenite_int8x4_of(layer->activation_min), arenite_int8x4_of(layer->activation_max)};
  const int32_t channels = layer->channels;
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const arenite_range inside = columns_at(layer, x, layer->input_columns);
    by.reciprocal = arenite_average_reciprocal(rows * (inside.last - inside.first));
    for (int32_t done = 0; done < channels; done += EIGHT) {
      const arenite_int8x8 means = arenite_int8x8_averages(&by, arenite_int8x8_sums_load(sums));
      arenite_int8x8_store(out + min(done, channels - EIGHT), means);
      sums += ARENITE_INT8X8_SUMS_WORDS;
    }
    out += layer->output_stride;
  }
}

void arenite_max_pool_dsp_add_row_s8(const arenite_pool_dsp_layer *layer, const int8_t *in, int32_t columns,
                                     int32_t first, int8_t *sums) {
  const uint32_t lowest = arenite_int8x4_of(layer->activation_min);
  const int32_t channels = layer->channels;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const arenite_range inside = columns_at(layer, x, columns);
    const int8_t *from = in + inside.first * channels;
    for (int32_t done = 0; done < channels; done += EIGHT) {
      const int32_t c = min(done, channels - EIGHT);
      const int8_t *p = from + c;
      arenite_int8x8 largest = {lowest, lowest};
      /* Where eight channels overlap with others, these may have had this row. */
      if (!first) {
        largest = arenite_int8x8_load(sums + c);
      }
      for (int32_t i = inside.last - inside.first; i > 0; --i) {
        largest = arenite_int8x8_max(largest, p);
        p += channels;
      }
      arenite_int8x8_store(sums + c, largest);
    }
    sums += channels;
  }
}

void arenite_max_pool_dsp_finish_row_s8(const arenite_pool_dsp_layer *layer, int32_t rows, const int8_t *sums,
                                        int8_t *out) {
  const uint32_t highest = arenite_int8x4_of(layer->activation_max);
  const int32_t channels = layer->channels;
  (void)rows;
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    for (int32_t done = 0; done < channels; done += EIGHT) {
      const int32_t c = min(done, channels - EIGHT);
      arenite_store_four(out + c, arenite_int8x4_min(arenite_load_four(sums + c), highest));
      arenite_store_four(out + c + 4, arenite_int8x4_min(arenite_load_four(sums + c + 4), highest));
    }
    out += layer->output_stride;
    sums += channels;
  }
}
