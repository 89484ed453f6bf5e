#include "mean_once.h"

/* The same text, so that speed and size of the other kernels do not depend on how these round. */
#define arenite_requantise_twice(value, multiplier, shift) arenite_scale_as_float(value, multiplier, shift, 0)
#define arenite_mean_row_s8 arenite_mean_once_row_s8
#define arenite_mean_s8 arenite_mean_once_s8

#include "mean.c"

#undef arenite_requantise_twice
#undef arenite_mean_row_s8
#undef arenite_mean_s8
