#include "svdf_f32.h"

#include <string.h>

void arenite_svdf_f32(const arenite_svdf_f32_layer *layer, const float *in, const float *features, const float *times,
                      const float *bias, float *state, float *out) {
  const int32_t memory = layer->memory;
  const int32_t units = layer->filters / layer->rank;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t unit = 0; unit < units; ++unit) {
      float sum = 0.0f;
      for (int32_t filter = unit * layer->rank; filter < (unit + 1) * layer->rank; ++filter) {
        memmove(state, state + 1, (size_t)(memory - 1) * sizeof *state);
        state[memory - 1] = arenite_dot_f32(in, features + filter * layer->inputs, layer->inputs);
        sum += arenite_dot_f32(state, times + filter * memory, memory);
        state += memory;
      }
      out[unit] = bias[unit] + sum;
    }
    arenite_clamp_floats(out, units, layer->activation_low, layer->activation_high);
    in += layer->inputs;
    out += units;
  }
}
