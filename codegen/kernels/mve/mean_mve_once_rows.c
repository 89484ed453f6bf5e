#include "mean_mve_once_rows.h"

/* The same text, so that speed and size of the other functions do not depend on how these round. */
#define arenite_four_rescaled arenite_four_rescaled_once
#define arenite_mean_mve_add_row_s8 arenite_mean_mve_once_add_row_s8
#define arenite_mean_mve_finish_row_s8 arenite_mean_mve_once_finish_row_s8

#include "mean_mve_rows.c"

#undef arenite_four_rescaled
#undef arenite_mean_mve_add_row_s8
#undef arenite_mean_mve_finish_row_s8
