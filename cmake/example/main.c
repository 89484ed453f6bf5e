/* Reads handwritten digits: for each image the digit the model sees, and at the end how many it got right. */
#include <string.h>

#include "board.h"
#include "digits_images.h"
#include "tvmgen_digits.h"

/* The names of input and output are those of the model's tensors. */
#define PIXELS TVMGEN_DIGITS_INPUT_SERVING_DEFAULT_KERAS_TENSOR_0_SIZE
#define CLASSES TVMGEN_DIGITS_OUTPUT_STATEFULPARTITIONEDCALL_1_0_SIZE
#define SCORE_SCALE TVMGEN_DIGITS_OUTPUT_STATEFULPARTITIONEDCALL_1_0_SCALE
#define SCORE_ZERO_POINT TVMGEN_DIGITS_OUTPUT_STATEFULPARTITIONEDCALL_1_0_ZERO_POINT

/* The digit, or -1 if the model did not run; `permille`: how sure the model is of it. */
static int32_t classify(const int8_t image[PIXELS], int32_t *permille) {
  const int8_t *scores;
  int32_t best = 0;
  int32_t i;
  memcpy(tvmgen_digits_map_inputs(0).serving_default_keras_tensor_0, image, PIXELS);
  if (tvmgen_digits_run(0) != TVMGEN_DIGITS_OK) {
    return -1;
  }
  scores = tvmgen_digits_map_outputs(0).statefulpartitionedcall_1_0;
  for (i = 1; i < CLASSES; ++i) {
    best = scores[i] > scores[best] ? i : best;
  }
  *permille = (int32_t)(1000.0f * SCORE_SCALE * (float)(scores[best] - SCORE_ZERO_POINT));
  return best;
}

int main(void) {
  int32_t right = 0;
  int32_t i;
  board_init();
  for (i = 0; i < DIGITS_IMAGES; ++i) {
    int32_t permille = 0;
    const int32_t digit = classify(digits_images[i], &permille);
    board_print("image ");
    board_print_number(i);
    board_print(": read ");
    board_print_number(digit);
    board_print(", meant ");
    board_print_number(digits_labels[i]);
    board_print(", sure to ");
    board_print_number(permille);
    board_print(" per mille\n");
    right += digit == digits_labels[i];
  }
  board_print_number(right);
  board_print(" of ");
  board_print_number(DIGITS_IMAGES);
  board_print(" right, in an arena of ");
  board_print_number(TVMGEN_DIGITS_WORKSPACE_SIZE);
  board_print(" bytes\n");
  return 0;
}
