#include "mean_v6m_once.h"
#include "arenite_means_once_v6m.h"

/* The same text, so that speed and size of the other kernels do not depend on how these round. */
#define arenite_terms_twice arenite_terms_as_float
#define arenite_mean_twice arenite_mean_as_float
#define arenite_mean_v6m_row_s8 arenite_mean_v6m_once_row_s8
#define arenite_mean_v6m_s8 arenite_mean_v6m_once_s8

#include "mean_v6m.c"

#undef arenite_terms_twice
#undef arenite_mean_twice
#undef arenite_mean_v6m_row_s8
#undef arenite_mean_v6m_s8
