#include "crew.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define RELAX() _mm_pause()
#elif defined(__aarch64__)
#define RELAX() __asm__ volatile("yield")
#else
#define RELAX() ((void)0)
#endif

// How often a thread looks for something new before it sleeps: some ten microseconds, about as long as a
// training step needs from one join to the next fork.
#define LOOKS 400

struct vc_crew {
  long workers;  // beside the caller
  pthread_t *threads;
  void (*body)(void *, long);
  void *context;
  atomic_uint_fast32_t count;
  // The run's number in the upper half, the next index in the lower: who comes late to a run takes nothing
  // of the one that follows.
  _Alignas(64) atomic_uint_fast64_t ticket;
  _Alignas(64) atomic_uint_fast64_t run;  // its number; DISMISSED at the end
  _Alignas(64) atomic_uint_fast32_t done;
  pthread_mutex_t lock;  // for sleeping only
  pthread_cond_t begun, ended;
};

#define DISMISSED UINT64_MAX

static void work(vc_crew *crew, uint64_t run) {
  for (;;) {
    uint_fast64_t ticket = atomic_load(&crew->ticket);
    do {
      if (ticket >> 32 != (run & UINT32_MAX) || (uint32_t)ticket >= crew->count) return;
    } while (!atomic_compare_exchange_weak(&crew->ticket, &ticket, ticket + 1));
    crew->body(crew->context, (long)(uint32_t)ticket);
    if (atomic_fetch_add(&crew->done, 1) + 1 == crew->count) {
      pthread_mutex_lock(&crew->lock);
      pthread_cond_signal(&crew->ended);
      pthread_mutex_unlock(&crew->lock);
    }
  }
}

static void *live(void *argument) {
  vc_crew *crew = argument;
  for (uint64_t seen = 0;;) {
    uint64_t run = atomic_load(&crew->run);
    for (int look = 0; run == seen && look < LOOKS; look++) {
      RELAX();
      run = atomic_load(&crew->run);
    }
    if (run == seen) {
      pthread_mutex_lock(&crew->lock);
      while ((run = atomic_load(&crew->run)) == seen) pthread_cond_wait(&crew->begun, &crew->lock);
      pthread_mutex_unlock(&crew->lock);
    }
    if (run == DISMISSED) return NULL;
    seen = run;
    work(crew, run);
  }
}

// Wakes the crew for a run.
static void call(vc_crew *crew, uint64_t run) {
  pthread_mutex_lock(&crew->lock);
  atomic_store(&crew->run, run);
  pthread_cond_broadcast(&crew->begun);
  pthread_mutex_unlock(&crew->lock);
}

vc_crew *vc_crew_new(long threads) {
  vc_crew *crew = aligned_alloc(64, (sizeof *crew + 63) / 64 * 64);
  pthread_t *all = calloc((size_t)threads, sizeof *all);
  if (!crew || !all) {
    free(crew);
    free(all);
    return NULL;
  }
  *crew = (vc_crew){.workers = 0, .threads = all};
  pthread_mutex_init(&crew->lock, NULL);
  pthread_cond_init(&crew->begun, NULL);
  pthread_cond_init(&crew->ended, NULL);
  for (long i = 1; i < threads; i++)
    if (pthread_create(&all[crew->workers], NULL, live, crew) == 0) crew->workers++;
  return crew;
}

void vc_crew_run(vc_crew *crew, long count, void (*body)(void *, long), void *context) {
  const uint64_t run = atomic_load(&crew->run) + 1;
  crew->body = body;
  crew->context = context;
  atomic_store(&crew->count, (uint_fast32_t)count);
  atomic_store(&crew->done, 0);
  atomic_store(&crew->ticket, run << 32);
  call(crew, run);
  work(crew, run);
  for (int look = 0; look < LOOKS && atomic_load(&crew->done) < crew->count; look++) RELAX();
  if (atomic_load(&crew->done) == crew->count) return;
  pthread_mutex_lock(&crew->lock);
  while (atomic_load(&crew->done) < crew->count) pthread_cond_wait(&crew->ended, &crew->lock);
  pthread_mutex_unlock(&crew->lock);
}

void vc_crew_free(vc_crew *crew) {
  call(crew, DISMISSED);
  for (long i = 0; i < crew->workers; i++) pthread_join(crew->threads[i], NULL);
  pthread_mutex_destroy(&crew->lock);
  pthread_cond_destroy(&crew->begun);
  pthread_cond_destroy(&crew->ended);
  free(crew->threads);
  free(crew);
}
