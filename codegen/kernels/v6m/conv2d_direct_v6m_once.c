#include "conv2d_direct_v6m_once.h"

/* The same text, so that speed and size of the other kernels do not depend on how these round. */
#define arenite_requantise_v6m arenite_requantise_as_float
#define arenite_conv2d_direct_v6m_row_s8 arenite_conv2d_direct_v6m_once_row_s8
#define arenite_conv2d_direct_v6m_s8 arenite_conv2d_direct_v6m_once_s8

#include "conv2d_direct_v6m.c"

#undef arenite_requantise_v6m
#undef arenite_conv2d_direct_v6m_row_s8
#undef arenite_conv2d_direct_v6m_s8
