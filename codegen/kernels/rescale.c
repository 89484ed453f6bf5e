#include "rescale.h"

static inline int32_t rescaled(const arenite_rescale_layer *layer, int32_t value) {
  const int32_t centred = arenite_add(value, -layer->input_zero_point);
  const int32_t scaled = arenite_requantise_twice(centred, layer->multiplier, layer->shift);
  return arenite_clamp(arenite_add(scaled, layer->output_zero_point), layer->output_min, layer->output_max);
}

void arenite_rescale_row_s16_s8(const arenite_rescale_layer *layer, const int16_t *in, int8_t *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    out[i] = (int8_t)rescaled(layer, in[i]);
  }
}

void arenite_rescale_s16_s8(const arenite_rescale_layer *layer, const int16_t *in, int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_rescale_row_s16_s8(layer, in, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}

void arenite_rescale_row_s16_s16(const arenite_rescale_layer *layer, const int16_t *in, int16_t *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    out[i] = (int16_t)rescaled(layer, in[i]);
  }
}

void arenite_rescale_s16_s16(const arenite_rescale_layer *layer, const int16_t *in, int16_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_rescale_row_s16_s16(layer, in, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}

void arenite_rescale_row_s16_s32(const arenite_rescale_layer *layer, const int16_t *in, int32_t *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    out[i] = rescaled(layer, in[i]);
  }
}

void arenite_rescale_s16_s32(const arenite_rescale_layer *layer, const int16_t *in, int32_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_rescale_row_s16_s32(layer, in, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}

void arenite_rescale_row_s8_s16(const arenite_rescale_layer *layer, const int8_t *in, int16_t *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    out[i] = (int16_t)rescaled(layer, in[i]);
  }
}

void arenite_rescale_s8_s16(const arenite_rescale_layer *layer, const int8_t *in, int16_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_rescale_row_s8_s16(layer, in, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}

void arenite_rescale_row_s32_s8(const arenite_rescale_layer *layer, const int32_t *in, int8_t *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    out[i] = (int8_t)rescaled(layer, in[i]);
  }
}

void arenite_rescale_s32_s8(const arenite_rescale_layer *layer, const int32_t *in, int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_rescale_row_s32_s8(layer, in, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}

void arenite_rescale_row_s32_s16(const arenite_rescale_layer *layer, const int32_t *in, int16_t *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    out[i] = (int16_t)rescaled(layer, in[i]);
  }
}

void arenite_rescale_s32_s16(const arenite_rescale_layer *layer, const int32_t *in, int16_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_rescale_row_s32_s16(layer, in, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}
