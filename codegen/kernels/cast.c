#include "cast.h"

void arenite_narrow_row_s8(const arenite_narrow_layer *layer, const int8_t *in, int8_t *out) {
  const arenite_narrow_layer l = *layer;
  for (int32_t i = l.row_elements; i > 0; --i) {
    for (int32_t byte = 0; byte < l.out_bytes; ++byte) {
      *out++ = in[byte];
    }
    in += l.in_bytes;
  }
}

void arenite_narrow_s8(const arenite_narrow_layer *layer, const int8_t *in, int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_narrow_row_s8(layer, in, out);
    in += layer->row_elements * layer->in_bytes;
    out += layer->row_elements * layer->out_bytes;
  }
}

void arenite_widen_row_s8(const arenite_widen_layer *layer, const int8_t *in, int8_t *out) {
  const arenite_widen_layer l = *layer;
  for (int32_t i = l.row_elements; i > 0; --i) {
    const int8_t sign = in[l.in_bytes - 1] < 0 && l.is_signed ? -1 : 0;
    for (int32_t byte = 0; byte < l.out_bytes; ++byte) {
      *out++ = byte < l.in_bytes ? in[byte] : sign;
    }
    in += l.in_bytes;
  }
}

void arenite_widen_s8(const arenite_widen_layer *layer, const int8_t *in, int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_widen_row_s8(layer, in, out);
    in += layer->row_elements * layer->in_bytes;
    out += layer->row_elements * layer->out_bytes;
  }
}

void arenite_nonzero_row_s8(const arenite_nonzero_layer *layer, const int8_t *in, int8_t *out) {
  const arenite_nonzero_layer l = *layer;
  for (int32_t i = l.row_elements; i > 0; --i) {
    int32_t bits = in[l.in_bytes - 1] & l.last_mask;
    for (int32_t byte = 0; byte < l.in_bytes - 1; ++byte) {
      bits |= in[byte];
    }
    *out++ = bits != 0;
    in += l.in_bytes;
  }
}

void arenite_nonzero_s8(const arenite_nonzero_layer *layer, const int8_t *in, int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_nonzero_row_s8(layer, in, out);
    in += layer->row_elements * layer->in_bytes;
    out += layer->row_elements;
  }
}

void arenite_truncate_row_f32(const arenite_truncate_layer *layer, const float *in, int8_t *out) {
  const arenite_truncate_layer l = *layer;
  const float low = (float)l.low;
  const float high = (float)l.high;
  for (int32_t i = l.row_elements; i > 0; --i) {
    const float x = *in++;
    const int32_t value = x < high ? (x > low ? (int32_t)x : l.low) : l.high;
    for (int32_t byte = 0; byte < l.out_bytes; ++byte) {
      *out++ = (int8_t)(value >> 8 * byte);
    }
  }
}

void arenite_truncate_f32(const arenite_truncate_layer *layer, const float *in, int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_truncate_row_f32(layer, in, out);
    in += layer->row_elements;
    out += layer->row_elements * layer->out_bytes;
  }
}

void arenite_to_float_row_f32(const arenite_to_float_layer *layer, const int8_t *in, float *out) {
  const arenite_to_float_layer l = *layer;
  for (int32_t i = l.row_elements; i > 0; --i) {
    uint32_t value = in[l.in_bytes - 1] < 0 && l.is_signed ? UINT32_MAX : 0u;
    for (int32_t byte = l.in_bytes - 1; byte >= 0; --byte) {
      value = value << 8 | (uint8_t)in[byte];
    }
    *out++ = l.is_signed ? (float)(int32_t)value : (float)value;
    in += l.in_bytes;
  }
}

void arenite_to_float_f32(const arenite_to_float_layer *layer, const int8_t *in, float *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_to_float_row_f32(layer, in, out);
    in += layer->row_elements * layer->in_bytes;
    out += layer->row_elements;
  }
}
