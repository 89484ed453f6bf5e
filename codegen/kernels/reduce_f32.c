#include "reduce_f32.h"

/* What is reduced to one element, [reduced, reduced_inner]: `step` elements apart, `gap` more at the end of each row. */
typedef struct {
  int32_t rows;
  int32_t columns;
  int32_t step;
  int32_t gap;
} elements;

typedef void reduction_row(const arenite_reduce_f32_layer *layer, const float *in, float *out);
typedef float reduction_of_elements(const elements *of, const float *in);

/* In chains of 64 elements, these in chains of 64 again: short chains of additions lose little. */
static float sum_of(const elements *of, const float *in) {
  float sum = 0.0f;
  float chains = 0.0f;
  float chain = 0.0f;
  uint32_t count = 0;
  for (int32_t row = of->rows; row > 0; --row) {
    for (int32_t i = of->columns; i > 0; --i) {
      chain += *in;
      in += of->step;
      ++count;
      if (count % 64 == 0) {
        chains += chain;
        chain = 0.0f;
        if (count % 4096 == 0) {
          sum += chains;
          chains = 0.0f;
        }
      }
    }
    in += of->gap;
  }
  return sum + (chains + chain);
}

static float mean_of(const elements *of, const float *in) {
  return sum_of(of, in) / ((float)of->rows * (float)of->columns);
}

static float largest_of(const elements *of, const float *in) {
  float result = *in;
  for (int32_t row = of->rows; row > 0; --row) {
    for (int32_t i = of->columns; i > 0; --i) {
      result = *in > result ? *in : result;
      in += of->step;
    }
    in += of->gap;
  }
  return result;
}

static float smallest_of(const elements *of, const float *in) {
  float result = *in;
  for (int32_t row = of->rows; row > 0; --row) {
    for (int32_t i = of->columns; i > 0; --i) {
      result = *in < result ? *in : result;
      in += of->step;
    }
    in += of->gap;
  }
  return result;
}

static void reduce_row(reduction_of_elements *function, const arenite_reduce_f32_layer *layer, const float *in, float *out) {
  const int32_t piece = layer->reduced_inner * layer->inner;
  const elements of = {layer->reduced, layer->reduced_inner, layer->inner, (layer->kept - 1) * piece};
  for (int32_t kept = 0; kept < layer->kept; ++kept) {
    for (int32_t i = 0; i < layer->inner; ++i) {
      *out++ = function(&of, in + i);
    }
    in += piece;
  }
}

static void for_each_row(reduction_row *row, const arenite_reduce_f32_layer *layer, const float *in, float *out) {
  for (int32_t i = 0; i < layer->outer; ++i) {
    row(layer, in, out);
    in += layer->reduced * layer->kept * layer->reduced_inner * layer->inner;
    out += layer->kept * layer->inner;
  }
}

void arenite_mean_row_f32(const arenite_reduce_f32_layer *layer, const float *in, float *out) {
  reduce_row(mean_of, layer, in, out);
}

void arenite_sum_row_f32(const arenite_reduce_f32_layer *layer, const float *in, float *out) {
  reduce_row(sum_of, layer, in, out);
}

void arenite_reduce_max_row_f32(const arenite_reduce_f32_layer *layer, const float *in, float *out) {
  reduce_row(largest_of, layer, in, out);
}

void arenite_reduce_min_row_f32(const arenite_reduce_f32_layer *layer, const float *in, float *out) {
  reduce_row(smallest_of, layer, in, out);
}

void arenite_mean_f32(const arenite_reduce_f32_layer *layer, const float *in, float *out) {
  for_each_row(arenite_mean_row_f32, layer, in, out);
}

void arenite_sum_f32(const arenite_reduce_f32_layer *layer, const float *in, float *out) {
  for_each_row(arenite_sum_row_f32, layer, in, out);
}

void arenite_reduce_max_f32(const arenite_reduce_f32_layer *layer, const float *in, float *out) {
  for_each_row(arenite_reduce_max_row_f32, layer, in, out);
}

void arenite_reduce_min_f32(const arenite_reduce_f32_layer *layer, const float *in, float *out) {
  for_each_row(arenite_reduce_min_row_f32, layer, in, out);
}
