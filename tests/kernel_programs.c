/* Runs the trials of input.bin: calls of kernels, each on memories of its own. result.txt gets a line for each memory
 * that does not hold in the end what it should; output.bin the number of the trial that runs.
 *
 * A trial is int32 words, then bytes:
 *   how many memories and calls; of how many words the rest consists
 *   of each memory: bytes, address modulo 8, first and last byte of what is not compared, whether it changes
 *   of each call: number of the function, of arguments; of each argument: memory or -1, and bytes into it or a value
 *   of each memory: what it holds before; if it changes, what it must hold afterwards
 */
#include "harness.h"

#define POOL_BYTES (1 << 20)
#define GAP_BYTES 24
#define MOST_WORDS 4096
#define MOST_MEMORIES 64
#define MOST_ARGUMENTS 16

typedef struct {
  int32_t bytes;
  int32_t offset;
  int32_t free_first;
  int32_t free_last;
  int32_t changes;
} memory;

static uint8_t pool[POOL_BYTES] __attribute__((aligned(16)));
static uint8_t expected[POOL_BYTES];
static int32_t words[MOST_WORDS];
static uint8_t *places[MOST_MEMORIES];
static const uint8_t *results[MOST_MEMORIES];

static void put(const char *text) {
  int32_t length = 0;
  while (text[length] != '\0') {
    ++length;
  }
  (void)harness_write(HARNESS_RESULT, text, length);
}

static void put_number(int32_t value) {
  char digits[12];
  int32_t at = (int32_t)sizeof digits - 1;
  uint32_t rest = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
  digits[at] = '\0';
  do {
    digits[--at] = (char)('0' + rest % 10u);
    rest /= 10u;
  } while (rest != 0u);
  if (value < 0) {
    digits[--at] = '-';
  }
  put(&digits[at]);
  put(" ");
}

static void copy(uint8_t *to, const uint8_t *from, int32_t bytes) {
  int32_t i;
  for (i = 0; i < bytes; ++i) {
    to[i] = from[i];
  }
}

/* Reads all memories and forbids what lies between them; 0, or -1 if they are too large. */
static int32_t place(const memory *memories, int32_t count) {
  int32_t at = GAP_BYTES;
  int32_t behind = 0;
  int32_t last = 0;
  int32_t i;
  harness_forbid(pool, POOL_BYTES, 0);
  for (i = 0; i < count; ++i) {
    const int32_t bytes = memories[i].bytes;
    at = (at + 7) / 8 * 8 + memories[i].offset;
    if (at + bytes + GAP_BYTES > POOL_BYTES || behind + bytes > POOL_BYTES) {
      return -1;
    }
    places[i] = pool + at;
    results[i] = expected + behind;
    (void)harness_read(HARNESS_INPUT, places[i], bytes);
    if (memories[i].changes) {
      (void)harness_read(HARNESS_INPUT, expected + behind, bytes);
    } else {
      copy(expected + behind, places[i], bytes);
    }
    harness_forbid(pool + last, at - last, 1);
    at += bytes;
    last = at;
    at += GAP_BYTES;
    behind += bytes;
  }
  harness_forbid(pool + last, POOL_BYTES - last, 1);
  return 0;
}

static void compare(int32_t trial, const memory *memories, int32_t count) {
  int32_t i;
  int32_t j;
  for (i = 0; i < count; ++i) {
    for (j = 0; j < memories[i].bytes; ++j) {
      const int32_t is_free = j >= memories[i].free_first && j < memories[i].free_last;
      if (!is_free && places[i][j] != results[i][j]) {
        put_number(trial);
        put_number(i);
        put_number(j);
        put_number((int8_t)places[i][j]);
        put_number((int8_t)results[i][j]);
        put("\n");
        break;
      }
    }
  }
}

/* One call; the words behind its own. */
static const int32_t *run(const int32_t *call) {
  uintptr_t arguments[MOST_ARGUMENTS] = {0};
  const int32_t count = call[1];
  model_pools pools;
  int32_t i;
#ifdef MEASURED
  int32_t stack;
#endif
  pools.function = kernel_stubs[call[0]];
  pools.arguments = arguments;
  call += 2;
  for (i = 0; i < count; ++i) {
    const int32_t where = *call++;
    const int32_t value = *call++;
    arguments[i] = where < 0 ? (uintptr_t)(intptr_t)value : (uintptr_t)(places[where] + value);
  }
#ifdef MEASURED
  (void)harness_run(&pools, &stack);
  put_number(stack);
  put("\n");
#else
  (void)MODEL_RUN(&pools);
#endif
  return call;
}

int main(void) {
  int32_t header[3];
  int32_t trial;
  if (harness_open(HARNESS_INPUT) != 0 || harness_open(HARNESS_RESULT) != 0) {
    return 2;
  }
  for (trial = 0; harness_read(HARNESS_INPUT, header, (int32_t)sizeof header) == (int32_t)sizeof header; ++trial) {
    const memory *memories = (const memory *)(const void *)words;
    const int32_t *call = words + header[0] * (int32_t)(sizeof(memory) / sizeof(int32_t));
    int32_t i;
    if (header[0] > MOST_MEMORIES || header[2] > MOST_WORDS) {
      return 3;
    }
    (void)harness_read(HARNESS_INPUT, words, header[2] * (int32_t)sizeof(int32_t));
    if (place(memories, header[0]) != 0) {
      return 4;
    }
    /* Closed, so that it is in the file whatever happens. */
    if (harness_open(HARNESS_OUTPUT) != 0 || harness_write(HARNESS_OUTPUT, &trial, (int32_t)sizeof trial) != 0) {
      return 5;
    }
    harness_close(HARNESS_OUTPUT);
    for (i = 0; i < header[1]; ++i) {
      call = run(call);
    }
    compare(trial, memories, header[0]);
  }
  put("done\n");
  harness_close(HARNESS_RESULT);
  return 0;
}
