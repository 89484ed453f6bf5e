#include "mean_mve_once.h"

/* The same text, so that speed and size of the other kernels do not depend on how these round. */
#define arenite_four_rescaled arenite_four_rescaled_once
#define arenite_mean_mve_row_s8 arenite_mean_mve_once_row_s8
#define arenite_mean_mve_s8 arenite_mean_mve_once_s8

#include "mean_mve.c"

#undef arenite_four_rescaled
#undef arenite_mean_mve_row_s8
#undef arenite_mean_mve_s8
