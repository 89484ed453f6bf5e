/* What fully_connected_wide.h has, rounded once as ONNX Runtime does: multipliers are codes for arenite_scale_as_float. */
#ifndef ARENITE_FULLY_CONNECTED_WIDE_ONCE_H
#define ARENITE_FULLY_CONNECTED_WIDE_ONCE_H

#include "float_rounding.h"
#include "fully_connected_wide.h"

void arenite_fully_connected_wide_once_row_s8(const arenite_fully_connected_wide_layer *layer, const int8_t *in,
                                              const int16_t *weights, const int32_t *places, const int32_t *bias,
                                              const arenite_scale *scales, int8_t *out);

void arenite_fully_connected_wide_once_s8(const arenite_fully_connected_wide_layer *layer, const int8_t *in,
                                          const int16_t *weights, const int32_t *places, const int32_t *bias,
                                          const arenite_scale *scales, int8_t *out);

#endif
