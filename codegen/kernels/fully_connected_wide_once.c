#include "fully_connected_wide_once.h"

/* The same text, so that speed and size of the other kernels do not depend on how these round. */
#define arenite_rescale arenite_rescale_as_float
#define arenite_fully_connected_wide_row_s8 arenite_fully_connected_wide_once_row_s8
#define arenite_fully_connected_wide_s8 arenite_fully_connected_wide_once_s8

#include "fully_connected_wide.c"

#undef arenite_rescale
#undef arenite_fully_connected_wide_row_s8
#undef arenite_fully_connected_wide_s8
