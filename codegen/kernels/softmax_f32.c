#include "softmax_f32.h"

static float largest_of(const float *in, int32_t count) {
  float largest = in[0];
  for (int32_t i = 1; i < count; ++i) {
    largest = in[i] > largest ? in[i] : largest;
  }
  return largest;
}

void arenite_softmax_row_f32(const arenite_softmax_f32_layer *layer, const float *in, float *out) {
  const int32_t depth = layer->depth;
  const float beta = arenite_float(layer->beta);
  const float largest = largest_of(in, depth);
  float sum = 0.0f;
  for (int32_t i = 0; i < depth; ++i) {
    out[i] = expf((in[i] - largest) * beta);
    sum += out[i];
  }
  const float scale = 1.0f / sum;
  for (int32_t i = 0; i < depth; ++i) {
    out[i] *= scale;
  }
}

void arenite_log_softmax_row_f32(const arenite_softmax_f32_layer *layer, const float *in, float *out) {
  const int32_t depth = layer->depth;
  const float beta = arenite_float(layer->beta);
  const float largest = largest_of(in, depth);
  float sum = 0.0f;
  for (int32_t i = 0; i < depth; ++i) {
    sum += expf((in[i] - largest) * beta);
  }
  const float offset = logf(sum);
  for (int32_t i = 0; i < depth; ++i) {
    out[i] = (in[i] - largest) * beta - offset;
  }
}

void arenite_softmax_f32(const arenite_softmax_f32_layer *layer, const float *in, float *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_softmax_row_f32(layer, in, out);
    in += layer->depth;
    out += layer->depth;
  }
}

void arenite_log_softmax_f32(const arenite_softmax_f32_layer *layer, const float *in, float *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_log_softmax_row_f32(layer, in, out);
    in += layer->depth;
    out += layer->depth;
  }
}
