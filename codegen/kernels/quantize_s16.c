#include "quantize_s16.h"

static int16_t quantised(float steps) {
  if (!(steps > (float)INT16_MIN)) {
    return INT16_MIN;
  }
  if (steps >= (float)INT16_MAX) {
    return INT16_MAX;
  }
  const int32_t whole = (int32_t)steps;
  const float rest = steps - (float)whole;
  return (int16_t)(whole + (rest >= 0.5f) - (rest <= -0.5f));
}

void arenite_quantize_row_f32_s16(const arenite_quantize_s16_layer *layer, const float *in, const float *scale,
                                  int16_t *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    out[i] = quantised(in[i] / scale[0]);
  }
}

void arenite_quantize_f32_s16(const arenite_quantize_s16_layer *layer, const float *in, const float *scale,
                              int16_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_quantize_row_f32_s16(layer, in, scale, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}

void arenite_dequantize_row_s16_f32(const arenite_quantize_s16_layer *layer, const int16_t *in, const float *scale,
                                    float *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    out[i] = scale[0] * (float)in[i];
  }
}

void arenite_dequantize_s16_f32(const arenite_quantize_s16_layer *layer, const int16_t *in, const float *scale,
                                float *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_dequantize_row_s16_f32(layer, in, scale, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}
