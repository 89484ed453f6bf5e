#include "lookup_s16.h"
#include "arenite_table_s16.h"

void arenite_lookup_row_s16(const arenite_lookup_s16_layer *layer, const int16_t *in, const int16_t *table,
                            int16_t *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    out[i] = arenite_interpolated(table, in[i]);
  }
}

void arenite_lookup_s16(const arenite_lookup_s16_layer *layer, const int16_t *in, const int16_t *table, int16_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_lookup_row_s16(layer, in, table, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}

/* x * 12288 */
static inline int32_t argument(const arenite_sigmoid_s16_layer *layer, int32_t value) {
  const int32_t half = layer->shift > 0 ? 1 << (layer->shift - 1) : 0;
  return (value * layer->multiplier + half) >> layer->shift;
}

/* The logistic function of magnitude / 2^bits / 24, in Q0.16 times 2^bits; `end` from the last entry on. */
static inline int32_t logistic_of(const uint16_t *table, uint32_t magnitude, int32_t bits, int32_t end) {
  const uint32_t entry = magnitude >> bits;
  if (entry >= 255) {
    return end;
  }
  const int32_t rest = (int32_t)(magnitude - (entry << bits));
  return table[entry] * (1 << bits) + rest * (table[entry + 1] - table[entry]);
}

static inline uint32_t magnitude_of(int32_t value) { return value < 0 ? 0u - (uint32_t)value : (uint32_t)value; }

void arenite_logistic_row_s16(const arenite_sigmoid_s16_layer *layer, const int16_t *in, const uint16_t *table,
                              int16_t *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    const int32_t x = argument(layer, in[i]);
    const int32_t result = logistic_of(table, magnitude_of(x), 9, INT16_MAX << 10);
    out[i] = (int16_t)((x >= 0 ? result + (1 << 9) : (1 << 25) - result + (1 << 9) - 1) >> 10);
  }
}

void arenite_logistic_s16(const arenite_sigmoid_s16_layer *layer, const int16_t *in, const uint16_t *table,
                          int16_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_logistic_row_s16(layer, in, table, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}

/* tanh(x) = 2 / (1 + exp(-2 x)) - 1 */
void arenite_tanh_row_s16(const arenite_sigmoid_s16_layer *layer, const int16_t *in, const uint16_t *table,
                          int16_t *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    const int32_t x = argument(layer, in[i]);
    const int32_t result = logistic_of(table, magnitude_of(x), 8, UINT16_MAX << 8) - (1 << 23);
    out[i] = (int16_t)((x >= 0 ? result + (1 << 7) : -result + (1 << 7) - 1) >> 8);
  }
}

void arenite_tanh_s16(const arenite_sigmoid_s16_layer *layer, const int16_t *in, const uint16_t *table, int16_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_tanh_row_s16(layer, in, table, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}
