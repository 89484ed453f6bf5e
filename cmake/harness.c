/* Runs the generated library on every sample of input.bin and writes output.bin and result.txt.
 *
 * The arena is handed in, aligned to what the library asks for and to no more, full of rubbish before every run and
 * between two guards that must still be intact afterwards. Where it is several pieces, these are parts of it. The state,
 * if the model has any, is handed in likewise, and kept from sample to sample. */
#include "harness.h"

#define GUARD_BYTES (5 * MODEL_ARENA_ALIGNMENT)
#define GUARD_VALUE 0xc5u
#define RUBBISH_VALUE 0x5au

static struct {
  uint8_t before[GUARD_BYTES];
  uint8_t arena[MODEL_ARENA_BYTES];
  uint8_t after[GUARD_BYTES];
} memory __attribute__((aligned(2 * MODEL_ARENA_ALIGNMENT)));

#ifdef MODEL_STATE_BYTES
/* Likewise; what it holds begins as rubbish and is left to the library. */
#define STATE_GUARD_BYTES (64 + MODEL_STATE_ALIGNMENT)
static struct {
  uint8_t before[STATE_GUARD_BYTES];
  uint8_t state[MODEL_STATE_BYTES];
  uint8_t after[STATE_GUARD_BYTES];
} kept __attribute__((aligned(2 * MODEL_STATE_ALIGNMENT)));
#endif

#ifdef MODEL_GAPS
/* Between parts of the arena that are handed in apart: guards, too. */
static const int32_t gaps[][2] = MODEL_GAPS;
#define GAPS ((int32_t)(sizeof gaps / sizeof gaps[0]))
#endif

static const int32_t input_bytes[MODEL_INPUTS] = MODEL_INPUT_BYTES;
static const int32_t output_bytes[MODEL_OUTPUTS] = MODEL_OUTPUT_BYTES;
static int32_t sample;

static void put_text(const char *text) {
  int32_t length = 0;
  while (text[length] != '\0') {
    ++length;
  }
  (void)harness_write(HARNESS_RESULT, text, length);
}

static void put_number(const char *key, int32_t value) {
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
  put_text(key);
  put_text("=");
  put_text(&digits[at]);
  put_text("\n");
}

static int fail(const char *error, int32_t detail) {
  put_text("error=");
  put_text(error);
  put_text("\n");
  put_number("sample", sample);
  put_number("detail", detail);
  harness_close(HARNESS_RESULT);
  return 1;
}

static void fill(uint8_t *data, int32_t bytes, uint8_t value) {
  int32_t i;
  for (i = 0; i < bytes; ++i) {
    data[i] = value;
  }
}

/* Index of the first byte that is no longer the guard's value, or -1. */
static int32_t find_damage(const uint8_t *guard, int32_t bytes) {
  int32_t i;
  for (i = 0; i < bytes; ++i) {
    if (guard[i] != GUARD_VALUE) {
      return i;
    }
  }
  return -1;
}

/* Forbids (1) or allows (0) access to all guards. */
static void forbid_guards(int32_t forbidden) {
  harness_forbid(memory.before, GUARD_BYTES, forbidden);
  harness_forbid(memory.after, GUARD_BYTES, forbidden);
#ifdef MODEL_STATE_BYTES
  harness_forbid(kept.before, STATE_GUARD_BYTES, forbidden);
  harness_forbid(kept.after, STATE_GUARD_BYTES, forbidden);
#endif
#ifdef MODEL_GAPS
  {
    int32_t i;
    for (i = 0; i < GAPS; ++i) {
      harness_forbid(memory.arena + gaps[i][0], gaps[i][1], forbidden);
    }
  }
#endif
}

/* 1 if a guard has been written to; `where` is the distance of the byte from the arena's start. */
static int32_t is_damaged(int32_t *where) {
  int32_t at = find_damage(memory.before, GUARD_BYTES);
  if (at >= 0) {
    *where = at - GUARD_BYTES;
    return 1;
  }
  at = find_damage(memory.after, GUARD_BYTES);
  if (at >= 0) {
    *where = MODEL_ARENA_BYTES + at;
    return 1;
  }
#ifdef MODEL_GAPS
  {
    int32_t i;
    for (i = 0; i < GAPS; ++i) {
      at = find_damage(memory.arena + gaps[i][0], gaps[i][1]);
      if (at >= 0) {
        *where = gaps[i][0] + at;
        return 1;
      }
    }
  }
#endif
  return 0;
}

#ifdef MODEL_STATE_BYTES
/* Likewise for the guards of the state. */
static int32_t is_state_damaged(int32_t *where) {
  int32_t at = find_damage(kept.before, STATE_GUARD_BYTES);
  if (at >= 0) {
    *where = at - STATE_GUARD_BYTES;
    return 1;
  }
  at = find_damage(kept.after, STATE_GUARD_BYTES);
  *where = MODEL_STATE_BYTES + at;
  return at >= 0;
}

/* Before the first sample, and before that with the number in the file HARNESS_RESET, if there is one. */
static int32_t reset_at = -1;

static void read_reset(void) {
  if (harness_open(HARNESS_RESET) == 0) {
    (void)harness_read(HARNESS_RESET, &reset_at, (int32_t)sizeof reset_at);
    harness_close(HARNESS_RESET);
  }
}
#endif

#ifdef MODEL_INPUTS_STAY
/* Of all inputs, to see whether the model has written to one: FNV-1a. */
static uint32_t input_digest(const model_pools *pools) {
  void *data[MODEL_INPUTS];
  uint32_t digest = 2166136261u;
  int32_t i;
  int32_t j;
  model_map_inputs(pools, data);
  for (i = 0; i < MODEL_INPUTS; ++i) {
    for (j = 0; j < input_bytes[i]; ++j) {
      digest = (digest ^ ((const uint8_t *)data[i])[j]) * 16777619u;
    }
  }
  return digest;
}
#endif

static int32_t inside_arena(const void *data, int32_t bytes) {
  const uintptr_t start = (uintptr_t)data;
  const uintptr_t arena = (uintptr_t)memory.arena;
  return start >= arena && start + (uintptr_t)bytes <= arena + MODEL_ARENA_BYTES;
}

#ifdef ARENITE_CANARIES
/* What a step may write: the step, bytes from the start of the arena, bytes; ascending. All other bytes are canaries,
 * which must still be what they were when the step is traced. */
static const int32_t writes[][3] = MODEL_WRITES;
#define WRITES ((int32_t)(sizeof writes / sizeof writes[0]))
static int32_t next_write;
static uint32_t canaries;
static int32_t damaging_step;

static uint32_t digest_of(uint32_t digest, int32_t first, int32_t last) {
  for (; first < last; ++first) {
    digest = (digest ^ memory.arena[first]) * 16777619u;
  }
  return digest;
}

/* Of what the step of writes[at] must leave alone; `at` becomes that of the next step. */
static uint32_t canaries_of(int32_t *at) {
  const int32_t step = *at < WRITES ? writes[*at][0] : -1;
  uint32_t digest = 2166136261u;
  int32_t end = 0;
  for (; *at < WRITES && writes[*at][0] == step; ++*at) {
    digest = digest_of(digest, end, writes[*at][1]);
    end = writes[*at][1] + writes[*at][2];
  }
  return digest_of(digest, end, MODEL_ARENA_BYTES);
}

static void set_canaries(void) {
  int32_t at = next_write;
  canaries = canaries_of(&at);
}

void arenite_trace(int32_t step, int32_t output, const void *data, int32_t bytes) {
  (void)output;
  (void)data;
  (void)bytes;
  if (next_write < WRITES && writes[next_write][0] == step) {
    if (canaries_of(&next_write) != canaries && damaging_step < 0) {
      damaging_step = step;
    }
    set_canaries();
  }
}
#elif defined(ARENITE_TRACE)
void arenite_trace(int32_t step, int32_t output, const void *data, int32_t bytes) {
  int32_t header[4];
  header[0] = sample;
  header[1] = step;
  header[2] = output;
  header[3] = bytes;
  (void)harness_write(HARNESS_TRACE, header, (int32_t)sizeof header);
  (void)harness_write(HARNESS_TRACE, data, bytes);
}
#endif

/* 1 if a sample was read, 0 at the end of the input, negative if it is cut short or has nowhere to go. */
static int32_t read_sample(const model_pools *pools) {
  void *data[MODEL_INPUTS];
  int32_t i;
  model_map_inputs(pools, data);
  for (i = 0; i < MODEL_INPUTS; ++i) {
    int32_t count;
    if (!inside_arena(data[i], input_bytes[i])) {
      return -1;
    }
    count = harness_read(HARNESS_INPUT, data[i], input_bytes[i]);
    if (count == 0 && i == 0) {
      return 0;
    }
    if (count != input_bytes[i]) {
      return -2;
    }
  }
  return 1;
}

static int32_t write_sample(const model_pools *pools) {
  const void *data[MODEL_OUTPUTS];
  int32_t i;
  model_map_outputs(pools, data);
  for (i = 0; i < MODEL_OUTPUTS; ++i) {
    if (!inside_arena(data[i], output_bytes[i])) {
      return -1;
    }
    if (harness_write(HARNESS_OUTPUT, data[i], output_bytes[i]) != 0) {
      return -2;
    }
  }
  return 0;
}

int main(void) {
  model_pools pools;
  int32_t deepest = -1;
  pools.sram = memory.arena;
#ifdef MODEL_STATE_BYTES
  pools.state = kept.state;
#endif
  if (harness_open(HARNESS_RESULT) != 0) {
    harness_print("cannot write result.txt\n");
    return 2;
  }
  if (harness_open(HARNESS_INPUT) != 0 || harness_open(HARNESS_OUTPUT) != 0) {
    return fail("files", 0);
  }
#if defined(ARENITE_TRACE) && !defined(ARENITE_CANARIES)
  if (harness_open(HARNESS_TRACE) != 0) {
    return fail("files", 1);
  }
#endif
  fill(memory.before, GUARD_BYTES, GUARD_VALUE);
  fill(memory.after, GUARD_BYTES, GUARD_VALUE);
#ifdef MODEL_STATE_BYTES
  fill(kept.before, STATE_GUARD_BYTES, GUARD_VALUE);
  fill(kept.state, MODEL_STATE_BYTES, RUBBISH_VALUE);
  fill(kept.after, STATE_GUARD_BYTES, GUARD_VALUE);
  read_reset();
#endif
  for (sample = 0;; ++sample) {
    int32_t status;
    int32_t stack_bytes;
    int32_t where;
#ifdef MODEL_INPUTS_STAY
    uint32_t digest;
#endif
    fill(memory.arena, MODEL_ARENA_BYTES, RUBBISH_VALUE);
#ifdef MODEL_GAPS
    for (status = 0; status < GAPS; ++status) {
      fill(memory.arena + gaps[status][0], gaps[status][1], GUARD_VALUE);
    }
#endif
    status = read_sample(&pools);
    if (status == 0) {
      break;
    }
    if (status < 0) {
      return fail("input", status);
    }
#ifdef MODEL_INPUTS_STAY
    digest = input_digest(&pools);
#endif
#ifdef ARENITE_CANARIES
    next_write = 0;
    damaging_step = -1;
    set_canaries();
#endif
    forbid_guards(1);
#ifdef MODEL_STATE_BYTES
    status = sample == 0 || sample == reset_at ? MODEL_RESET(&pools) : 0;
    if (status != 0) {
      forbid_guards(0);
      return fail("reset", status);
    }
#endif
    status = harness_run(&pools, &stack_bytes);
    forbid_guards(0);
    if (status != 0) {
      return fail("run", status);
    }
    if (stack_bytes == -2) {
      return fail("stack", 0);
    }
    if (is_damaged(&where)) {
      return fail("guard", where);
    }
#ifdef ARENITE_CANARIES
    if (damaging_step >= 0) {
      return fail("canaries", damaging_step);
    }
#endif
#ifdef MODEL_STATE_BYTES
    if (is_state_damaged(&where)) {
      return fail("state_guard", where);
    }
#endif
#ifdef MODEL_INPUTS_STAY
    if (digest != input_digest(&pools)) {
      return fail("written", 0);
    }
#endif
    status = write_sample(&pools);
    if (status != 0) {
      return fail("output", status);
    }
    deepest = stack_bytes > deepest ? stack_bytes : deepest;
  }
  put_number("samples", sample);
  if (deepest >= 0) {
    put_number("stack_bytes", deepest);
  }
  harness_close(HARNESS_INPUT);
  harness_close(HARNESS_OUTPUT);
#if defined(ARENITE_TRACE) && !defined(ARENITE_CANARIES)
  harness_close(HARNESS_TRACE);
#endif
  harness_close(HARNESS_RESULT);
  return 0;
}
