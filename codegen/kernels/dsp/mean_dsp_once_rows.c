#include "mean_dsp_once_rows.h"
#include "arenite_means_once_dsp.h"

/* The same text, so that speed and size of the other functions do not depend on how these round. */
#define arenite_four_means arenite_four_means_once
#define arenite_mean_dsp_add_row_s8 arenite_mean_dsp_once_add_row_s8
#define arenite_mean_dsp_finish_row_s8 arenite_mean_dsp_once_finish_row_s8

#include "mean_dsp_rows.c"

#undef arenite_four_means
#undef arenite_mean_dsp_add_row_s8
#undef arenite_mean_dsp_finish_row_s8
