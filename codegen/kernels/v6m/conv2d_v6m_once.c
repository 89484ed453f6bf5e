#include "conv2d_v6m_once.h"
#include "arenite_requantise_v6m_once.h"

/* The same text, so that speed and size of the other kernels do not depend on how these round. */
#define arenite_rounds_twice() 0
#define arenite_requantise_v6m arenite_requantise_as_float
#define arenite_requantise_pixels arenite_requantise_pixels_as_float
#define arenite_conv2d_v6m_row_s8 arenite_conv2d_v6m_once_row_s8
#define arenite_conv2d_v6m_s8 arenite_conv2d_v6m_once_s8

#include "conv2d_v6m.c"

#undef arenite_rounds_twice
#undef arenite_requantise_v6m
#undef arenite_requantise_pixels
#undef arenite_conv2d_v6m_row_s8
#undef arenite_conv2d_v6m_s8
