#include "mean_dsp_once.h"
#include "arenite_means_once_dsp.h"

/* The same text, so that speed and size of the other kernels do not depend on how these round. */
#define arenite_four_means arenite_four_means_once
#define arenite_mean_dsp_row_s8 arenite_mean_dsp_once_row_s8
#define arenite_mean_dsp_s8 arenite_mean_dsp_once_s8

#include "mean_dsp.c"

#undef arenite_four_means
#undef arenite_mean_dsp_row_s8
#undef arenite_mean_dsp_s8
