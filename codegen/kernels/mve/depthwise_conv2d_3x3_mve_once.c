#include "depthwise_conv2d_3x3_mve_once.h"

/* The same text, so that speed and size of the other kernels do not depend on how these round. */
#define arenite_four_requantise_right arenite_four_requantise_once
#define arenite_depthwise_conv2d_3x3_mve_row_s8 arenite_depthwise_conv2d_3x3_mve_once_row_s8
#define arenite_depthwise_conv2d_3x3_mve_s8 arenite_depthwise_conv2d_3x3_mve_once_s8

#include "depthwise_conv2d_3x3_mve.c"

#undef arenite_four_requantise_right
#undef arenite_depthwise_conv2d_3x3_mve_row_s8
#undef arenite_depthwise_conv2d_3x3_mve_s8
