#include "mean_once_rows.h"

/* The same text, so that speed and size of the other functions do not depend on how these round. */
#define arenite_requantise_twice(value, multiplier, shift) arenite_scale_as_float(value, multiplier, shift, 0)
#define arenite_mean_add_row_s8 arenite_mean_once_add_row_s8
#define arenite_mean_finish_row_s8 arenite_mean_once_finish_row_s8

#include "mean_rows.c"

#undef arenite_requantise_twice
#undef arenite_mean_add_row_s8
#undef arenite_mean_finish_row_s8
