#include "fully_connected_v6m_once.h"

/* The same text, so that speed and size of the other kernels do not depend on how these round. */
#define arenite_rescale_v6m arenite_rescale_as_float
#define arenite_fully_connected_v6m_row_s8 arenite_fully_connected_v6m_once_row_s8
#define arenite_fully_connected_v6m_s8 arenite_fully_connected_v6m_once_s8

#include "fully_connected_v6m.c"

#undef arenite_rescale_v6m
#undef arenite_fully_connected_v6m_row_s8
#undef arenite_fully_connected_v6m_s8
