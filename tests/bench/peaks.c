#include "peak.h"

#include "kernels/dispatch.h"

#define PEAK_ROW(set) [CHARNN_SET_##set] = &peak_##set,
static const struct peak *const peaks[] = {CHARNN_SETS(PEAK_ROW)};
#undef PEAK_ROW

const struct peak *peak_current(void) {
    return peaks[kernels_current()->set];
}
