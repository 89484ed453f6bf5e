#include "tasks.h"

#include "memory.h"

/* Beyond that many tasks, the sets of ancestors would not fit into memory. */
#define MOST_WITH_ANCESTORS 40000

/* Keeps of the ascending tasks list[0 .. count - 1] those that are no ancestor of another one; returns how many.
 * `seen`: room for one set. */
static int32_t keep_latest(int32_t *list, int32_t count, const uint64_t *ancestors, int32_t words, uint64_t *seen) {
  int32_t kept = count;
  for (int32_t w = 0; w < words; w++) {
    seen[w] = 0;
  }
  for (int32_t i = count - 1; i >= 0; i--) {
    int32_t task = list[i];
    if (seen[task >> 6] >> (task & 63) & 1) {
      continue;
    }
    list[--kept] = task;
    for (int32_t w = 0; w <= task >> 6; w++) {
      seen[w] |= ancestors[(size_t)task * (size_t)words + (size_t)w];
    }
  }
  for (int32_t i = kept; i < count; i++) {
    list[i - kept] = list[i];
  }
  return count - kept;
}

/* Removes from each list what `keep_latest` does. `own`: the lists are those of predecessors, and sets are filled. */
static void shorten(Lists lists, int32_t rows, uint64_t *ancestors, int32_t words, uint64_t *seen, int own) {
  int32_t from = 0;
  for (int32_t i = 0; i < rows; i++) {
    int32_t first = lists.from[i], count = lists.from[i + 1] - first;
    count = count > 1 ? keep_latest(lists.at + first, count, ancestors, words, seen) : count;
    lists.from[i] = from;
    for (int32_t j = 0; j < count; j++) {
      int32_t other = lists.at[from + j] = lists.at[first + j];
      if (own) {
        uint64_t *set = ancestors + (size_t)i * (size_t)words;
        set[other >> 6] |= (uint64_t)1 << (other & 63);
        for (int32_t w = 0; w <= other >> 6; w++) {
          set[w] |= ancestors[(size_t)other * (size_t)words + (size_t)w];
        }
      }
    }
    from += count;
  }
  lists.from[rows] = from;
}

/* The lists read the other way round: for each of `columns` numbers the rows that hold it. 0 if memory has run out. */
static int turn(Lists lists, int32_t rows, int32_t columns, Lists *turned) {
  turned->from = reserve(((size_t)columns + 2) * sizeof(int32_t));
  turned->at = reserve(((size_t)lists.from[rows] + 1) * sizeof(int32_t));
  if (!turned->from || !turned->at) {
    return 0;
  }
  for (int32_t i = 0; i < lists.from[rows]; i++) {
    turned->from[lists.at[i] + 2]++;
  }
  for (int32_t i = 0; i < columns; i++) {
    turned->from[i + 2] += turned->from[i + 1];
  }
  for (int32_t row = 0; row < rows; row++) {
    for (int32_t i = lists.from[row]; i < lists.from[row + 1]; i++) {
      turned->at[turned->from[lists.at[i] + 1]++] = row;
    }
  }
  return 1;
}

/* Arrays belong to the caller and stay; the lists `before` and `readers` (ascending) are made shorter. Returns 0 if
 * there is not enough memory. */
__attribute__((export_name("tasks_new"))) Tasks *tasks_new(int32_t tasks, int32_t values, int32_t first_bytes,
                                                           int32_t *before_from, int32_t *before, int32_t *readers_from,
                                                           int32_t *readers, const int32_t *allocates,
                                                           const int32_t *producer, const int32_t *bytes,
                                                           const int32_t *kept) {
  Tasks *made = reserve(sizeof *made);
  Lists produced;
  if (!made) {
    return 0;
  }
  *made = (Tasks){.tasks = tasks, .values = values, .first_bytes = first_bytes};
  made->before = (Lists){before_from, before};
  made->readers = (Lists){readers_from, readers};
  made->allocates = allocates;
  made->producer = producer;
  made->bytes = bytes;
  made->kept = kept;
  if (tasks <= MOST_WITH_ANCESTORS) {
    int32_t words = (tasks + 63) / 64;
    uint64_t *ancestors = reserve(((size_t)tasks + 1) * (size_t)words * sizeof(uint64_t));
    if (!ancestors) {
      return 0;
    }
    uint64_t *seen = ancestors + (size_t)tasks * (size_t)words;
    shorten(made->before, tasks, ancestors, words, seen, 1);
    shorten(made->readers, values, ancestors, words, seen, 0);
  }
  /* Each value as a list of its producer, if it has one. */
  produced.from = reserve(((size_t)values + 1) * sizeof(int32_t));
  produced.at = reserve(((size_t)values + 1) * sizeof(int32_t));
  made->executed = reserve((size_t)tasks * sizeof(int32_t));
  made->waiting = reserve((size_t)values * sizeof(int32_t));
  made->ways.from = reserve(((size_t)tasks + 1) * sizeof(int32_t));
  if (!produced.from || !produced.at || !made->executed || !made->waiting || !made->ways.from) {
    return 0;
  }
  for (int32_t value = 0; value < values; value++) {
    produced.at[produced.from[value]] = producer[value];
    produced.from[value + 1] = produced.from[value] + (producer[value] >= 0);
    made->constant += producer[value] < 0 && kept[value] ? bytes[value] : 0;
  }
  return turn(made->before, tasks, tasks, &made->behind) && turn(made->readers, values, tasks, &made->reads) &&
                 turn(produced, values, tasks, &made->writes)
             ? made
             : 0;
}

/* `saved[w]` bytes fewer are needed by the task that way w belongs to, once the tasks others[w] have run. */
__attribute__((export_name("tasks_in_place"))) void tasks_in_place(Tasks *tasks, int32_t *ways_from,
                                                                   const int32_t *saved, int32_t *others_from,
                                                                   int32_t *others) {
  tasks->ways.from = ways_from;
  tasks->saved = saved;
  tasks->others = (Lists){others_from, others};
}

void tasks_restart(Tasks *tasks) {
  tasks->live = tasks->count = 0;
  for (int32_t task = 0; task < tasks->tasks; task++) {
    tasks->executed[task] = 0;
  }
  for (int32_t value = 0; value < tasks->values; value++) {
    tasks->waiting[value] = tasks->readers.from[value + 1] - tasks->readers.from[value];
    tasks->live += tasks->producer[value] < 0 ? tasks->bytes[value] : 0;
  }
}

int32_t tasks_allocated(const Tasks *tasks, int32_t task) {
  int32_t saved = 0;
  for (int32_t way = tasks->ways.from[task]; way < tasks->ways.from[task + 1]; way++) {
    int32_t i = tasks->others.from[way];
    while (i < tasks->others.from[way + 1] && tasks->executed[tasks->others.at[i]]) {
      i++;
    }
    if (i == tasks->others.from[way + 1] && tasks->saved[way] > saved) {
      saved = tasks->saved[way];
    }
  }
  return tasks->allocates[task] - saved;
}

int32_t tasks_run(Tasks *tasks, int32_t task) {
  int32_t most = tasks->live + tasks_allocated(tasks, task) + (tasks->count ? 0 : tasks->first_bytes);
  for (int32_t i = tasks->writes.from[task]; i < tasks->writes.from[task + 1]; i++) {
    tasks->live += tasks->bytes[tasks->writes.at[i]];
  }
  for (int32_t i = tasks->reads.from[task]; i < tasks->reads.from[task + 1]; i++) {
    int32_t value = tasks->reads.at[i];
    tasks->live -= --tasks->waiting[value] ? 0 : tasks->bytes[value];
  }
  tasks->executed[task] = 1;
  tasks->count++;
  return most;
}

void tasks_take_back(Tasks *tasks, int32_t task) {
  for (int32_t i = tasks->writes.from[task]; i < tasks->writes.from[task + 1]; i++) {
    tasks->live -= tasks->bytes[tasks->writes.at[i]];
  }
  for (int32_t i = tasks->reads.from[task]; i < tasks->reads.from[task + 1]; i++) {
    int32_t value = tasks->reads.at[i];
    tasks->live += tasks->waiting[value]++ ? 0 : tasks->bytes[value];
  }
  tasks->executed[task] = 0;
  tasks->count--;
}
