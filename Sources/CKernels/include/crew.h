// Threads that wait for work: a fork and a join without memory being asked for, and without a lock while
// there is work to do.
#pragma once

typedef struct vc_crew vc_crew;

// A crew of `threads` in all, the caller's among them; NULL where the system gives none.
vc_crew *vc_crew_new(long threads);
// Calls body(context, i) once for every i below `count`, and returns when all calls have. Indices are handed
// out in order to whoever is free. One call at a time.
void vc_crew_run(vc_crew *crew, long count, void (*body)(void *context, long index), void *context);
// Ends the threads.
void vc_crew_free(vc_crew *crew);
