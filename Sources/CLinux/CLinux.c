// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

static int result(int status) { return status == 0 ? 0 : errno; }

int updraft_private_mounts(void) {
    if (unshare(CLONE_NEWNS) != 0) return errno;
    return result(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

int updraft_mount_bind(const char *source, const char *target, int read_only) {
    if (mount(source, target, NULL, MS_BIND, NULL) != 0) return errno;
    if (!read_only) return 0;
    // A bind mount takes its flags only when it is mounted again.
    return result(mount(NULL, target, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL));
}

int updraft_mount_tmpfs(const char *target) { return result(mount("tmpfs", target, "tmpfs", MS_NOSUID, "mode=0755")); }

int updraft_mount_overlay(const char *target, const char *options) { return result(mount("overlay", target, "overlay", 0, options)); }

int updraft_mount_recursive(const char *source, const char *target) { return result(mount(source, target, NULL, MS_BIND | MS_REC, NULL)); }

int updraft_exec(const char *path, char *const arguments[], char *const environment[]) {
    execve(path, arguments, environment);
    return errno;
}

int updraft_process_cpu(pid_t process, unsigned long long *nanoseconds) {
    clockid_t clock;
    int status = clock_getcpuclockid(process, &clock);
    if (status != 0) return status;
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) return errno;
    *nanoseconds = (unsigned long long)time.tv_sec * 1000000000ULL + (unsigned long long)time.tv_nsec;
    return 0;
}

void updraft_trim_memory(void) { malloc_trim(0); }
