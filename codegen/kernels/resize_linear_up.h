/* Height and width resized by linear interpolation, NHWC, as TensorFlow Lite does it for uint8: in float32. */
#ifndef ARENITE_RESIZE_LINEAR_UP_H
#define ARENITE_RESIZE_LINEAR_UP_H

#include "resize_linear.h"

/* As the functions of resize_linear.h, with weights in float32, of which some may be negative where both elements are one
 * and the same. The order of products and sums is the reference's; of elements plus 128, ties go upwards. */
void arenite_resize_linear_up_row_s8(const arenite_resize_linear_layer *layer, const int8_t *above, const int8_t *below,
                                     const float *row_weights, const int32_t *columns, const float *column_weights,
                                     int8_t *out);

void arenite_resize_linear_up_s8(const arenite_resize_linear_layer *layer, const int8_t *in, const int32_t *rows,
                                 const float *row_weights, const int32_t *columns, const float *column_weights,
                                 int8_t *out);

#endif
