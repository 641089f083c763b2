// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int exists_is_fine(int result) { return result == 0 || errno == EEXIST ? 0 : -1; }

static int make_file(const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0) return exists_is_fine(-1);
    close(file);
    return 0;
}

static int open_as(const char *path, int number) {
    int file = open(path, O_PATH | O_CLOEXEC);
    if (file < 0) return -1;
    if (file == number) return 0;
    int result = dup3(file, number, O_CLOEXEC);
    close(file);
    return result < 0 ? -1 : 0;
}

static int write_text(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    size_t length = strlen(text);
    ssize_t written = write(file, text, length);
    int saved = errno;
    close(file);
    errno = saved;
    return written == (ssize_t)length ? 0 : -1;
}

static int unshare_mounts(void) {
    if (unshare(CLONE_NEWNS) != 0) return -1;
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/// In a user namespace a mount keeps the restrictions that it has outside; leaving them out would be refused.
static unsigned long kept_flags(const char *path) {
    struct statvfs state;
    if (statvfs(path, &state) != 0) return 0;
    return (state.f_flag & ST_NOSUID ? MS_NOSUID : 0) | (state.f_flag & ST_NODEV ? MS_NODEV : 0) | (state.f_flag & ST_NOEXEC ? MS_NOEXEC : 0) |
           (state.f_flag & ST_NOATIME ? MS_NOATIME : 0) | (state.f_flag & ST_NODIRATIME ? MS_NODIRATIME : 0) |
           (state.f_flag & ST_RELATIME ? MS_RELATIME : 0);
}

static int mount_step(const struct updraft_step *step) {
    unsigned long flags = step->flags;
    if (flags & MS_REMOUNT) flags |= kept_flags(step->b);
    return mount(step->a, step->b, step->c, flags, step->d);
}

static int run_step(const struct updraft_step *step) {
    switch (step->kind) {
    case UPDRAFT_STEP_MOUNT: return mount_step(step);
    case UPDRAFT_STEP_MKDIR: return exists_is_fine(mkdir(step->a, (mode_t)step->flags));
    case UPDRAFT_STEP_FILE: return make_file(step->a);
    case UPDRAFT_STEP_SYMLINK: return exists_is_fine(symlink(step->a, step->b));
    case UPDRAFT_STEP_OPEN: return open_as(step->a, (int)step->flags);
    case UPDRAFT_STEP_WRITE: return write_text(step->a, step->b);
    case UPDRAFT_STEP_CHROOT: return chroot(step->a);
    case UPDRAFT_STEP_UNSHARE_MOUNTS: return unshare_mounts();
    case UPDRAFT_STEP_UNSHARE_USER: return unshare(CLONE_NEWUSER);
    case UPDRAFT_STEP_CHDIR: return chdir(step->a);
    default: errno = EINVAL; return -1;
    }
}

static void default_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++) sigaction(number, &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

struct failure {
    int step;
    int code;
};

static void fail(int channel, int step) {
    struct failure failure = {step, errno};
    ssize_t ignored = write(channel, &failure, sizeof failure);
    (void)ignored;
    _exit(127);
}

static void become(const struct updraft_launch *launch, int channel, pid_t parent) {
    // The parent may have ended before the kernel was told to watch it.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(127);
    setsid();
    default_signals();
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0 || dup2(null, 0) < 0 || dup2(launch->output, 1) < 0 || dup2(launch->error, 2) < 0) fail(channel, -1);
    // Steps may take any number from 4 on.
    if (channel != 3 && dup3(channel, 3, O_CLOEXEC) < 0) fail(channel, -1);
    channel = 3;
    if (syscall(SYS_close_range, 4U, ~0U, 0U) != 0) {
        for (int file = 4; file < 65536; file++) close(file);
    }
    for (size_t index = 0; index < launch->step_count; index++) {
        if (run_step(&launch->steps[index]) != 0 && !launch->steps[index].is_optional) fail(channel, (int)index);
    }
    // A user namespace of its own made the kernel forget.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(127);
    execve(launch->path, launch->arguments, launch->environment);
    fail(channel, (int)launch->step_count);
}

pid_t updraft_launch_process(const struct updraft_launch *launch, int *failed_step) {
    *failed_step = -1;
    int channel[2];
    if (pipe2(channel, O_CLOEXEC) != 0) return -1;
    pid_t parent = getpid();
    // No handler of ours may run in the child.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0) become(launch, channel[1], parent);
    int fork_error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(channel[1]);
    if (child < 0) {
        close(channel[0]);
        errno = fork_error;
        return -1;
    }
    struct failure failure;
    ssize_t count;
    do count = read(channel[0], &failure, sizeof failure);
    while (count < 0 && errno == EINTR);
    close(channel[0]);
    if (count == 0) return child;
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    *failed_step = count == sizeof failure ? failure.step : -1;
    errno = count == sizeof failure ? failure.code : EIO;
    return -1;
}

int updraft_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    return fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 ? -1 : 0;
}

int updraft_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0U); }

int updraft_process_cpu(pid_t process, unsigned long long *nanoseconds) {
    clockid_t clock;
    int status = clock_getcpuclockid(process, &clock);
    if (status != 0) return status;
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) return errno;
    *nanoseconds = (unsigned long long)time.tv_sec * 1000000000ULL + (unsigned long long)time.tv_nsec;
    return 0;
}

int updraft_try_user_namespace(void) {
    pid_t child = fork();
    if (child < 0) return errno;
    if (child == 0) _exit(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 ? 0 : errno & 0x7F);
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return errno;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

void updraft_trim_memory(void) { malloc_trim(0); }
