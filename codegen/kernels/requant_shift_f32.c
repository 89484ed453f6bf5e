#include "requant_shift_f32.h"

void arenite_requant_shift_row_f32(const arenite_requant_shift_f32_layer *layer, const float *in, const float *factors,
                                   const float *offsets, float *out) {
  const float divisor = arenite_float(layer->divisor);
  const float low = arenite_float(layer->low);
  const float high = arenite_float(layer->high);
  for (int32_t column = 0; column < layer->columns; ++column) {
    const float *factor = factors;
    const float *offset = offsets;
    for (int32_t c = layer->channels; c > 0; --c) {
      *out++ = arenite_clamp_float(floorf((*in++ * *factor + *offset) / divisor), low, high);
      factor += layer->factor_stride;
      offset += layer->offset_stride;
    }
  }
}

void arenite_requant_shift_f32(const arenite_requant_shift_f32_layer *layer, const float *in, const float *factors,
                               const float *offsets, float *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_requant_shift_row_f32(layer, in, factors, offsets, out);
    in += layer->columns * layer->channels;
    out += layer->columns * layer->channels;
  }
}
