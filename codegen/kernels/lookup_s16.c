#include "lookup_s16.h"

#include "arenite_sigmoid_s16.h"
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

void arenite_logistic_row_s16(const arenite_sigmoid_s16_layer *layer, const int16_t *in, const uint16_t *table,
                              int16_t *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    out[i] = arenite_tabulated_logistic(table, argument(layer, in[i]));
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

void arenite_tanh_row_s16(const arenite_sigmoid_s16_layer *layer, const int16_t *in, const uint16_t *table,
                          int16_t *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    out[i] = arenite_tabulated_tanh(table, argument(layer, in[i]));
  }
}

void arenite_tanh_s16(const arenite_sigmoid_s16_layer *layer, const int16_t *in, const uint16_t *table, int16_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_tanh_row_s16(layer, in, table, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}
