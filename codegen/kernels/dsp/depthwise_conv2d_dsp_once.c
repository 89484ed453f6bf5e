#include "depthwise_conv2d_dsp_once.h"

/* The same text, so that speed and size of the other kernels do not depend on how these round. */
#define arenite_requantise arenite_requantise_as_float
#define arenite_depthwise_conv2d_dsp_row_s8 arenite_depthwise_conv2d_dsp_once_row_s8
#define arenite_depthwise_conv2d_dsp_s8 arenite_depthwise_conv2d_dsp_once_s8

#include "depthwise_conv2d_dsp.c"

#undef arenite_requantise
#undef arenite_depthwise_conv2d_dsp_row_s8
#undef arenite_depthwise_conv2d_dsp_s8
