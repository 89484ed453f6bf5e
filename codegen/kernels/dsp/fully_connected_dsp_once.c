#include "fully_connected_dsp_once.h"

/* The same text, so that speed and size of the other kernels do not depend on how these round. */
#define arenite_rescale arenite_rescale_as_float
#define arenite_fully_connected_dsp_row_s8 arenite_fully_connected_dsp_once_row_s8
#define arenite_fully_connected_dsp_s8 arenite_fully_connected_dsp_once_s8

#include "fully_connected_dsp.c"

#undef arenite_rescale
#undef arenite_fully_connected_dsp_row_s8
#undef arenite_fully_connected_dsp_s8
