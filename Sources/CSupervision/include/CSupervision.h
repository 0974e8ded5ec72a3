// What supervising a child takes and Swift cannot call: fork, prctl, signal handlers.
#pragma once
#include <stddef.h>
#include <sys/types.h>

// Starts a copy of this process, which must have one thread. Returns 0 in the copy, its number here, -1 with
// errno set where there is none.
//
// The copy is killed when this process ends, however it ends. Its process group is its own, so that a signal
// reaches it once: SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP and SIGCONT that come here are passed on.
pid_t supervision_fork(void);

// Runs `work` on a new thread and waits for it. Returns 0, or what the system answers where it makes no thread.
//
// For the copy: the thread that was copied goes on under the number it had here, and the Swift runtime, which has
// looked that number up before, takes locks with it (swift_once). Two threads that meet at such a lock wait for ever.
int supervision_run(void (*work)(void));

// Waits for the end of the child. Returns its status as waitpid gives it, or -1 with errno set.
int supervision_wait(pid_t child);

// Ends this process as `signal` ends one that does not handle it.
void supervision_die(int signal);

// A descriptor of bytes without a name, not inherited by other programs; -1 with errno set.
int supervision_nameless_file(void);

// Sends what is written to descriptor 2 to `words`, and gives crashes back to the system's own handling.
// Returns a descriptor of what descriptor 2 was, or -1 with errno set.
int supervision_take_errors(int words);

// Bounds this process: `bytes` of private memory and `seconds` until SIGALRM; 0 for no bound. Returns 0, or -1
// with errno set. macOS bounds no memory; there the bytes have no effect.
int supervision_limit(size_t bytes, double seconds);

// The parts of a status.
int supervision_exit_code(int status);  // -1 where a signal ended the child
int supervision_signal(int status);     // 0 where none did
