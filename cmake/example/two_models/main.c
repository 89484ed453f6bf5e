/* Two models take turns in one arena: digits, keywords, and the same again. Prints what they compute. */
#include <string.h>

#include "board.h"
#include "tvmgen_digits.h"
#include "tvmgen_keywords.h"

#define ROUNDS 2

/* A picture or a sound of no meaning. */
static void fill(int8_t *values, int32_t count) {
  int32_t i;
  for (i = 0; i < count; ++i) {
    values[i] = (int8_t)(i * 37 % 256 - 128);
  }
}

static void print(const char *model, const int8_t *scores, int32_t count) {
  int32_t i;
  board_print(model);
  for (i = 0; i < count; ++i) {
    board_print(" ");
    board_print_number(scores[i]);
  }
  board_print("\n");
}

/* The inputs are written after the other model has run, and the outputs read before it runs again. */
static int32_t run_digits(void) {
  fill(tvmgen_digits_map_inputs(0).serving_default_keras_tensor_0,
       TVMGEN_DIGITS_INPUT_SERVING_DEFAULT_KERAS_TENSOR_0_SIZE);
  if (tvmgen_digits_run(0) != TVMGEN_DIGITS_OK) {
    return 1;
  }
  print("digits:", tvmgen_digits_map_outputs(0).statefulpartitionedcall_1_0,
        TVMGEN_DIGITS_OUTPUT_STATEFULPARTITIONEDCALL_1_0_SIZE);
  return 0;
}

static int32_t run_keywords(void) {
  fill(tvmgen_keywords_map_inputs(0).spectrogram_0, TVMGEN_KEYWORDS_INPUT_SPECTROGRAM_0_SIZE);
  if (tvmgen_keywords_run(0) != TVMGEN_KEYWORDS_OK) {
    return 1;
  }
  print("keywords:", tvmgen_keywords_map_outputs(0).softmax_34, TVMGEN_KEYWORDS_OUTPUT_SOFTMAX_34_SIZE);
  return 0;
}

int main(void) {
  int32_t failed = 0;
  int32_t i;
  board_init();
  for (i = 0; i < ROUNDS; ++i) {
    failed += run_digits() + run_keywords();
  }
  board_print("arenas of ");
  board_print_number(TVMGEN_DIGITS_WORKSPACE_SIZE);
  board_print(" and ");
  board_print_number(TVMGEN_KEYWORDS_WORKSPACE_SIZE);
  board_print(" bytes in one\n");
  return failed != 0;
}
