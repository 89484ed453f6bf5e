#include "mean_rows.h"

void arenite_mean_add_row_s8(const arenite_mean_layer *layer, const int8_t *in, int32_t columns, int32_t first,
                             int32_t *sums) {
  const int32_t inner = layer->inner;
  /* Turns what has been added up into 0 for the first row. */
  const int32_t kept = first ? 0 : -1;
  int32_t c = 0;
  /* Four neighbours at a time: the loop over the columns is paid once for them. */
  for (; c + 4 <= inner; c += 4) {
    const int8_t *p = in + c;
    int32_t sum0 = sums[c] & kept;
    int32_t sum1 = sums[c + 1] & kept;
    int32_t sum2 = sums[c + 2] & kept;
    int32_t sum3 = sums[c + 3] & kept;
    for (int32_t i = columns; i > 0; --i) {
      sum0 += p[0];
      sum1 += p[1];
      sum2 += p[2];
      sum3 += p[3];
      p += inner;
    }
    sums[c] = sum0;
    sums[c + 1] = sum1;
    sums[c + 2] = sum2;
    sums[c + 3] = sum3;
  }
  for (; c < inner; ++c) {
    const int8_t *p = in + c;
    int32_t sum = sums[c] & kept;
    for (int32_t i = columns; i > 0; --i) {
      sum += *p;
      p += inner;
    }
    sums[c] = sum;
  }
}

void arenite_mean_finish_row_s8(const arenite_mean_layer *layer, int32_t rows, const int32_t *sums, int8_t *out) {
  (void)rows;
  for (int32_t i = layer->inner; i > 0; --i) {
    const int32_t mean = arenite_requantise_twice(*sums++ + layer->offset, layer->multiplier, layer->shift);
    *out++ = (int8_t)arenite_clamp(mean + layer->output_zero_point, -128, 127);
  }
}
