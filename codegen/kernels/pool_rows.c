#include "pool_rows.h"

static inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

/* The columns of the input that an output column sees. */
static inline arenite_range columns_at(const arenite_pool_layer *layer, int32_t column, int32_t input_columns) {
  const int32_t origin = column * layer->stride_columns - layer->pad_left;
  const arenite_range result = {max(origin, 0), min(origin + layer->kernel_columns, input_columns)};
  return result;
}

void arenite_average_pool_add_row_s8(const arenite_pool_layer *layer, const int8_t *in, int32_t columns, int32_t first,
                                     int32_t *sums) {
  const int32_t channels = layer->channels;
  /* Turns what has been added up into 0 for the first row. */
  const int32_t kept = first ? 0 : -1;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const arenite_range inside = columns_at(layer, column, columns);
    const int8_t *from = in + inside.first * channels;
    int32_t c = 0;
    /* Four channels at a time: the loop over the window is paid once for them. */
    for (; c + 4 <= channels; c += 4) {
      const int8_t *p = from + c;
      int32_t sum0 = sums[0] & kept;
      int32_t sum1 = sums[1] & kept;
      int32_t sum2 = sums[2] & kept;
      int32_t sum3 = sums[3] & kept;
      for (int32_t i = inside.last - inside.first; i > 0; --i) {
        sum0 += p[0];
        sum1 += p[1];
        sum2 += p[2];
        sum3 += p[3];
        p += channels;
      }
      sums[0] = sum0;
      sums[1] = sum1;
      sums[2] = sum2;
      sums[3] = sum3;
      sums += 4;
    }
    for (; c < channels; ++c) {
      const int8_t *p = from + c;
      int32_t sum = *sums & kept;
      for (int32_t i = inside.last - inside.first; i > 0; --i) {
        sum += *p;
        p += channels;
      }
      *sums++ = sum;
    }
  }
}

void arenite_average_pool_finish_row_s8(const arenite_pool_layer *layer, int32_t rows, const int32_t *sums,
                                        int8_t *out) {
  out += layer->output_start;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const arenite_range inside = columns_at(layer, column, layer->input_columns);
    const int32_t count = rows * (inside.last - inside.first);
    const int32_t half = count / 2;
    for (int32_t c = layer->channels; c > 0; --c) {
      /* To nearest, ties away from zero. */
      const int32_t sum = *sums++;
      const int32_t mean = (sum > 0 ? sum + half : sum - half) / count;
      *out++ = (int8_t)arenite_clamp(mean, layer->activation_min, layer->activation_max);
    }
    out += layer->output_stride - layer->channels;
  }
}

void arenite_max_pool_add_row_s8(const arenite_pool_layer *layer, const int8_t *in, int32_t columns, int32_t first,
                                 int8_t *sums) {
  const int32_t channels = layer->channels;
  const int32_t lowest = layer->activation_min;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const arenite_range inside = columns_at(layer, column, columns);
    const int8_t *from = in + inside.first * channels;
    int32_t c = 0;
    for (; c + 4 <= channels; c += 4) {
      const int8_t *p = from + c;
      int32_t max0 = first ? lowest : sums[0];
      int32_t max1 = first ? lowest : sums[1];
      int32_t max2 = first ? lowest : sums[2];
      int32_t max3 = first ? lowest : sums[3];
      for (int32_t i = inside.last - inside.first; i > 0; --i) {
        max0 = max(max0, p[0]);
        max1 = max(max1, p[1]);
        max2 = max(max2, p[2]);
        max3 = max(max3, p[3]);
        p += channels;
      }
      sums[0] = (int8_t)max0;
      sums[1] = (int8_t)max1;
      sums[2] = (int8_t)max2;
      sums[3] = (int8_t)max3;
      sums += 4;
    }
    for (; c < channels; ++c) {
      const int8_t *p = from + c;
      int32_t largest = first ? lowest : *sums;
      for (int32_t i = inside.last - inside.first; i > 0; --i) {
        largest = max(largest, *p);
        p += channels;
      }
      *sums++ = (int8_t)largest;
    }
  }
}

void arenite_max_pool_finish_row_s8(const arenite_pool_layer *layer, int32_t rows, const int8_t *sums, int8_t *out) {
  (void)rows;
  out += layer->output_start;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    for (int32_t c = layer->channels; c > 0; --c) {
      *out++ = (int8_t)min(*sums++, layer->activation_max);
    }
    out += layer->output_stride - layer->channels;
  }
}
