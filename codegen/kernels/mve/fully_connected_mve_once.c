#include "fully_connected_mve_once.h"

/* The same text, so that speed and size of the other kernels do not depend on how these round. */
#define arenite_four_rescale arenite_four_scale_once
#define arenite_four_rescale_any arenite_four_scale_once
#define arenite_fully_connected_mve_row_s8 arenite_fully_connected_mve_once_row_s8
#define arenite_fully_connected_mve_s8 arenite_fully_connected_mve_once_s8

#include "fully_connected_mve.c"

#undef arenite_four_rescale
#undef arenite_four_rescale_any
#undef arenite_fully_connected_mve_row_s8
#undef arenite_fully_connected_mve_s8
