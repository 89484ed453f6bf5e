#include "average_pool_once.h"
#include "arenite_average_ties.h"

static inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

static inline int8_t average(const arenite_average_pool_once_layer *layer, const arenite_average_window *w,
                             const int32_t *scale, int32_t c, int32_t sum) {
  const int32_t offset = (w->k1 - w->k0) * w->columns * layer->input_zero_point;
  int32_t scaled = arenite_scale_off_ties(sum - offset, scale[0], scale[1]);
  if (scaled == ARENITE_NEAR_TIE) {
    scaled = arenite_average_near_tie(layer, w, c);
  }
  return arenite_store(scaled, layer->output_zero_point, layer->activation_min, layer->activation_max);
}

static void pixel(const arenite_average_pool_once_layer *layer, const arenite_average_window *w, const int32_t *scale,
                  int8_t *out) {
  const int32_t channels = layer->channels;
  int32_t c = 0;
  /* Four channels at a time: the loop over the window is paid once for them. */
  for (; c + 4 <= channels; c += 4) {
    int32_t sum0 = 0;
    int32_t sum1 = 0;
    int32_t sum2 = 0;
    int32_t sum3 = 0;
    for (int32_t k = w->k0; k < w->k1; ++k) {
      const int8_t *in = w->base + (w->start + w->taps[k] + c);
      for (int32_t i = w->columns; i > 0; --i) {
        sum0 += in[0];
        sum1 += in[1];
        sum2 += in[2];
        sum3 += in[3];
        in += channels;
      }
    }
    out[c] = average(layer, w, scale, c, sum0);
    out[c + 1] = average(layer, w, scale, c + 1, sum1);
    out[c + 2] = average(layer, w, scale, c + 2, sum2);
    out[c + 3] = average(layer, w, scale, c + 3, sum3);
  }
  for (; c < channels; ++c) {
    int32_t sum = 0;
    for (int32_t k = w->k0; k < w->k1; ++k) {
      const int8_t *in = w->base + (w->start + w->taps[k] + c);
      for (int32_t i = w->columns; i > 0; --i) {
        sum += *in;
        in += channels;
      }
    }
    out[c] = average(layer, w, scale, c, sum);
  }
}

void arenite_average_pool_once_row_s8(const arenite_average_pool_once_layer *layer, const int8_t *base, int32_t start,
                                      const int32_t *taps, int32_t k0, int32_t k1, const int32_t *scales, int8_t *out) {
  const int32_t *row_scales = scales + 2 * (k1 - k0 - 1) * layer->scale_row_step;
  out += layer->output_start;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const int32_t origin = column * layer->stride_columns - layer->pad_left;
    const int32_t first = max(origin, 0);
    const int32_t columns = min(origin + layer->kernel_columns, layer->input_columns) - first;
    const int32_t *scale = row_scales + 2 * (columns - 1) * layer->scale_column_step;
    const arenite_average_window w = {base, taps, start + first * layer->channels, k0, k1, columns};
    pixel(layer, &w, scale, out);
    out += layer->output_stride;
  }
}

void arenite_average_pool_once_s8(const arenite_average_pool_once_layer *layer, const int8_t *in, const int32_t *taps,
                                  const int32_t *scales, int8_t *out) {
  const int32_t row_bytes = layer->input_columns * layer->channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t origin = y * layer->stride_rows - layer->pad_top;
      const int32_t k0 = max(-origin, 0);
      const int32_t k1 = min(layer->kernel_rows, layer->input_rows - origin);
      arenite_average_pool_once_row_s8(layer, in, origin * row_bytes, taps, k0, k1, scales, out);
      out += layer->output_columns * layer->output_stride;
    }
    in += layer->input_rows * row_bytes;
  }
}
