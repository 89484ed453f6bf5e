#include "unary_f32.h"

static inline float logistic(float x) { return 1.0f / (1.0f + expf(-x)); }

/* log(1 + exp(x)), without overflow. */
static inline float soft_plus(float x) { return x > 0.0f ? x + log1pf(expf(-x)) : log1pf(expf(x)); }

static inline float gelu_by_tanh(float x) {
  const float root = 0.797884561f; /* sqrt(2 / pi) */
  return 0.5f * x * (1.0f + tanhf(root * (x + 0.044715f * x * x * x)));
}

static inline float signum(float x) { return x > 0.0f ? 1.0f : (x < 0.0f ? -1.0f : x); }

/* The function of a row and of all rows that give `result`, an expression of x, alpha and beta. */
#define ARENITE_UNARY(name, result)                                                                    \
  void arenite_##name##_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out) {   \
    const float alpha = arenite_float(layer->alpha);                                                   \
    const float beta = arenite_float(layer->beta);                                                     \
    (void)alpha;                                                                                       \
    (void)beta;                                                                                        \
    out += layer->output_start;                                                                        \
    for (int32_t column = 0; column < layer->columns; ++column) {                                      \
      for (int32_t i = 0; i < layer->channels; ++i) {                                                  \
        const float x = in[i];                                                                         \
        out[i] = (result);                                                                             \
      }                                                                                                \
      in += layer->channels;                                                                           \
      out += layer->output_stride;                                                                     \
    }                                                                                                  \
  }                                                                                                    \
                                                                                                       \
  void arenite_##name##_f32(const arenite_unary_f32_layer *layer, const float *in, float *out) {       \
    for (int32_t row = 0; row < layer->rows; ++row) {                                                  \
      arenite_##name##_row_f32(layer, in, out);                                                        \
      in += layer->columns * layer->channels;                                                          \
      out += layer->columns * layer->output_stride;                                                    \
    }                                                                                                  \
  }

ARENITE_UNARY(abs, fabsf(x))
ARENITE_UNARY(ceil, ceilf(x))
ARENITE_UNARY(clip, arenite_clamp_float(x, alpha, beta))
ARENITE_UNARY(cos, cosf(x))
ARENITE_UNARY(elu, x < 0.0f ? alpha * expm1f(x) : x)
ARENITE_UNARY(erf, erff(x))
ARENITE_UNARY(exp, expf(x))
ARENITE_UNARY(floor, floorf(x))
ARENITE_UNARY(gelu, 0.5f * x * (1.0f + erff(x * 0.707106781f)))
ARENITE_UNARY(gelu_tanh, gelu_by_tanh(x))
ARENITE_UNARY(hard_sigmoid, arenite_clamp_float(alpha * x + beta, 0.0f, 1.0f))
ARENITE_UNARY(hard_swish, x * arenite_clamp_float(x * (1.0f / 6.0f) + 0.5f, 0.0f, 1.0f))
ARENITE_UNARY(leaky_relu, x < 0.0f ? alpha * x : x)
ARENITE_UNARY(log, logf(x))
ARENITE_UNARY(mish, x * tanhf(soft_plus(x)))
ARENITE_UNARY(neg, -x)
ARENITE_UNARY(reciprocal, 1.0f / x)
/* Ties to even, the rounding mode that every program starts with. */
ARENITE_UNARY(round, rintf(x))
ARENITE_UNARY(rsqrt, 1.0f / sqrtf(x))
ARENITE_UNARY(selu, beta * (x > 0.0f ? x : alpha * expm1f(x)))
ARENITE_UNARY(sigmoid, logistic(x))
ARENITE_UNARY(sign, signum(x))
ARENITE_UNARY(silu, x * logistic(alpha * x))
ARENITE_UNARY(sin, sinf(x))
ARENITE_UNARY(softplus, soft_plus(x))
ARENITE_UNARY(softsign, x / (1.0f + fabsf(x)))
ARENITE_UNARY(sqrt, sqrtf(x))
ARENITE_UNARY(square, x * x)
ARENITE_UNARY(tanh, tanhf(x))

#undef ARENITE_UNARY
