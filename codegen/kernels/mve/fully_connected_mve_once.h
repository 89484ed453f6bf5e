/* What fully_connected_mve.h has, rounded once as ONNX Runtime does: scales are for arenite_scale_as_float. */
#ifndef ARENITE_FULLY_CONNECTED_MVE_ONCE_H
#define ARENITE_FULLY_CONNECTED_MVE_ONCE_H

#include "fully_connected_mve.h"

void arenite_fully_connected_mve_once_row_s8(const arenite_fully_connected_mve_layer *layer, const int8_t *in,
                                             const int8_t *weights, const int32_t *bias, const int32_t *scales,
                                             int8_t *out);

void arenite_fully_connected_mve_once_s8(const arenite_fully_connected_mve_layer *layer, const int8_t *in,
                                         const int8_t *weights, const int32_t *bias, const int32_t *scales,
                                         int8_t *out);

#endif
