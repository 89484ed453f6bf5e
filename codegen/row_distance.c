/* For TVM's virtual machine, which hands over rows as tensors: what generated C has as constants in its schedule. */
#include <stdint.h>

void arenite_tap(int32_t *tap, const int8_t *base, const int8_t *row);

/* Writes to `tap` how many bytes `row` begins behind `base`. */
void arenite_tap(int32_t *tap, const int8_t *base, const int8_t *row) {
  *tap = (int32_t)((intptr_t)row - (intptr_t)base);
}
