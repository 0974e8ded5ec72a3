#if defined(__linux__)
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/prctl.h>
#else
#include <pthread.h>
#include <sys/event.h>
#endif
#include "CSupervision.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT};
enum { passed_count = sizeof passed_on / sizeof *passed_on };
static volatile sig_atomic_t child_number;

static void pass_on(int number) {
  int saved = errno;
  pid_t child = (pid_t)child_number;
  // SIGTSTP itself is lost on a group that has no shell to wake it.
  if (child > 0) kill(child, number == SIGTSTP ? SIGSTOP : number);
  if (number == SIGTSTP) raise(SIGSTOP);
  errno = saved;
}

#if defined(__linux__)
static void end_with(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // It may have ended before the line above.
  if (getppid() != parent) _exit(1);
}
#else
static void *watch(void *argument) {
  pid_t parent = (pid_t)(size_t)argument;
  int queue = kqueue();
  struct kevent change, event;
  EV_SET(&change, parent, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, NULL);
  if (queue >= 0 && kevent(queue, &change, 1, NULL, 0, NULL) == 0) {
    while (kevent(queue, NULL, 0, &event, 1, NULL) < 0 && errno == EINTR) continue;
  }
  _exit(1);
}

static void end_with(pid_t parent) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, watch, (void *)(size_t)parent) != 0 || getppid() != parent) _exit(1);
  pthread_detach(thread);
}
#endif

pid_t supervision_fork(void) {
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  // Until both sides are ready, signals wait.
  sigprocmask(SIG_BLOCK, &all, NULL);
  pid_t parent = getpid();
  pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    // The terminal takes what background groups write, whatever its setting.
    signal(SIGTTOU, SIG_IGN);
    end_with(parent);
  } else if (child > 0) {
    setpgid(child, child);
    child_number = child;
    struct sigaction action = {.sa_handler = pass_on, .sa_flags = SA_RESTART};
    for (int i = 0; i < passed_count; i++) sigaction(passed_on[i], &action, NULL);
  }
  int code = errno;
  // Not what was blocked by whoever started this: a time limit is a signal as well.
  sigprocmask(SIG_SETMASK, &none, NULL);
  errno = code;
  return child;
}

static void *run(void *work) {
  (*(void (**)(void))work)();
  return NULL;
}

int supervision_run(void (*work)(void)) {
  pthread_attr_t attributes;
  pthread_t thread;
  int code = pthread_attr_init(&attributes);
  if (code != 0) return code;
  // As the first thread has.
  code = pthread_attr_setstacksize(&attributes, 8 << 20);
  if (code == 0) code = pthread_create(&thread, &attributes, run, &work);
  pthread_attr_destroy(&attributes);
  return code != 0 ? code : pthread_join(thread, NULL);
}

int supervision_wait(pid_t child) {
  // The number stays taken until the child has been waited for, so that no signal goes astray.
  siginfo_t info;
  while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) < 0) {
    if (errno != EINTR) return -1;
  }
  child_number = 0;
  int status;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return status;
}

void supervision_die(int number) {
  sigset_t one;
  signal(number, SIG_DFL);
  sigemptyset(&one);
  sigaddset(&one, number);
  sigprocmask(SIG_UNBLOCK, &one, NULL);
  raise(number);
  _exit(128 + number);
}

int supervision_nameless_file(void) {
#if defined(__linux__)
  int file = memfd_create("vitalcohort", MFD_CLOEXEC);
#else
  char name[] = "/tmp/vitalcohort.XXXXXX";
  int file = mkstemp(name);
  if (file >= 0) unlink(name);
#endif
  if (file < 0) return -1;
  // Above the standard descriptors, of which one may be closed.
  int high = fcntl(file, F_DUPFD_CLOEXEC, 10);
  int code = errno;
  close(file);
  errno = code;
  return high;
}

int supervision_take_errors(int words) {
  static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT};
  for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) signal(crashes[i], SIG_DFL);
  int errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
  if (errors < 0) {
    // Descriptor 2 was closed: what is said goes nowhere, as it would have.
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0) return -1;
    errors = fcntl(nowhere, F_DUPFD_CLOEXEC, 10);
    close(nowhere);
  }
  if (errors < 0 || dup2(words, STDERR_FILENO) < 0) return -1;
  return errors;
}

int supervision_limit(size_t bytes, double seconds) {
#if defined(__linux__)
  if (bytes > 0) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_DATA, &limit) != 0) return -1;
    rlim_t wanted = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    limit.rlim_cur = limit.rlim_max = wanted;
    if (setrlimit(RLIMIT_DATA, &limit) != 0) return -1;
  }
#else
  (void)bytes;
#endif
  if (seconds > 0) {
    double whole = floor(seconds);
    struct itimerval timer = {
        .it_value = {.tv_sec = (time_t)whole, .tv_usec = (suseconds_t)((seconds - whole) * 1e6)}};
    signal(SIGALRM, SIG_DFL);
    if (setitimer(ITIMER_REAL, &timer, NULL) != 0) return -1;
  }
  // A core of a damaged file's making helps no one.
  struct rlimit core = {0, 0};
  return setrlimit(RLIMIT_CORE, &core);
}

int supervision_exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
int supervision_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }
