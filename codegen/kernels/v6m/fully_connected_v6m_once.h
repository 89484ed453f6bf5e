/* What fully_connected_v6m.h has, rounded once as ONNX Runtime does: multipliers are codes for
 * arenite_scale_as_float. */
#ifndef ARENITE_FULLY_CONNECTED_V6M_ONCE_H
#define ARENITE_FULLY_CONNECTED_V6M_ONCE_H

#include "fully_connected_v6m.h"
#include "float_rounding.h"

void arenite_fully_connected_v6m_once_row_s8(const arenite_fully_connected_v6m_layer *layer, const int8_t *in,
                                             const uint32_t *weights, const int32_t *bias, const arenite_scale *scales,
                                             int8_t *out);

void arenite_fully_connected_v6m_once_s8(const arenite_fully_connected_v6m_layer *layer, const int8_t *in,
                                         const uint32_t *weights, const int32_t *bias, const arenite_scale *scales,
                                         int8_t *out);

#endif
