#include "conv2d_general_mve_once.h"

/* The same text, so that speed and size of the other kernels do not depend on how these round. */
#define arenite_four_requantise_any arenite_four_requantise_once
#define arenite_conv2d_general_mve_row_s8 arenite_conv2d_general_mve_once_row_s8
#define arenite_conv2d_general_mve_s8 arenite_conv2d_general_mve_once_s8

#include "conv2d_general_mve.c"

#undef arenite_four_requantise_any
#undef arenite_conv2d_general_mve_row_s8
#undef arenite_conv2d_general_mve_s8
