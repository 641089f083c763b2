// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// What Linux offers and the Glibc module does not: mount namespaces, starting a process with work of our own between fork
// and exec, process file descriptors, giving freed memory back.

#ifndef UPDRAFT_CLINUX_H
#define UPDRAFT_CLINUX_H

#include <stddef.h>
#include <sys/types.h>

/// One thing that a child does before it becomes the program.
enum updraft_step_kind {
    /// mount(a, b, c, flags, d)
    UPDRAFT_STEP_MOUNT = 1,
    /// mkdir(a, flags); fine where it exists
    UPDRAFT_STEP_MKDIR = 2,
    /// makes an empty file a; fine where it exists
    UPDRAFT_STEP_FILE = 3,
    /// symlink(a, b); fine where it exists
    UPDRAFT_STEP_SYMLINK = 4,
    /// opens directory a without access rights, as file descriptor `flags`, which is 4 or more
    UPDRAFT_STEP_OPEN = 5,
    /// writes text b to file a
    UPDRAFT_STEP_WRITE = 6,
    UPDRAFT_STEP_CHROOT = 7,
    /// a mount namespace of its own, in which mounts stay
    UPDRAFT_STEP_UNSHARE_MOUNTS = 8,
    UPDRAFT_STEP_CHDIR = 9,
    /// a user namespace of its own, in which who is nobody special may mount; who it is there is still to be written
    UPDRAFT_STEP_UNSHARE_USER = 10,
};

struct updraft_step {
    int kind;
    /// A failure does not matter.
    int is_optional;
    unsigned long flags;
    const char *a;
    const char *b;
    const char *c;
    const char *d;
};

struct updraft_launch {
    const char *path;
    char *const *arguments;
    char *const *environment;
    const struct updraft_step *steps;
    size_t step_count;
    /// What becomes the program's output and error; standard input is /dev/null.
    int output;
    int error;
};

/// Starts a program as leader of a session of its own, with default signals and no other open files. The kernel kills it
/// when the calling *thread* ends. Returns once the program runs.
///
/// The child calls nothing but what is safe after a fork of a process with threads.
///
/// Returns the process id, or -1 with errno set; then `failed_step` is the step that failed, `step_count` for the program
/// itself, or -1 where there was no child.
pid_t updraft_launch_process(const struct updraft_launch *launch, int *failed_step);

/// A pipe that children do not inherit, whose reading end never waits. Returns -1 with errno set.
int updraft_pipe(int ends[2]);

/// A file descriptor that becomes readable when the process ends; -1 with errno set.
int updraft_pidfd_open(pid_t pid);

/// Nanoseconds of CPU that all threads of a process have used, those that ended included. 0, or the errno of the failure.
int updraft_process_cpu(pid_t process, unsigned long long *nanoseconds);

/// Whether a process may have a user namespace of its own, as one that tries it finds: 0, or the errno of the failure.
int updraft_try_user_namespace(void);

/// Gives freed memory back to the system.
void updraft_trim_memory(void);

enum {
    UPDRAFT_MS_RDONLY = 1,
    UPDRAFT_MS_REMOUNT = 32,
    UPDRAFT_MS_BIND = 4096,
    UPDRAFT_MS_REC = 16384,
};

#endif
