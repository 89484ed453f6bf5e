#include "conv2d_wide_once.h"

/* The same text, so that speed and size of the other kernels do not depend on how these round. */
#define arenite_requantise arenite_requantise_as_float
#define arenite_conv2d_wide_row_s8 arenite_conv2d_wide_once_row_s8
#define arenite_conv2d_wide_s8 arenite_conv2d_wide_once_s8

#include "conv2d_wide.c"

#undef arenite_requantise
#undef arenite_conv2d_wide_row_s8
#undef arenite_conv2d_wide_s8
