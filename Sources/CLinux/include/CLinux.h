// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// What Swift's Glibc module does not have. Each returns 0, or the errno of the failure.

#pragma once
#include <sys/types.h>

/// A mount namespace of the process's own, whose mounts do not reach the host.
int updraft_private_mounts(void);
int updraft_mount_bind(const char *source, const char *target, int read_only);
int updraft_mount_tmpfs(const char *target);
/// `options`: lowerdir=…,upperdir=…,workdir=…
int updraft_mount_overlay(const char *target, const char *options);
/// A recursive bind mount, with what is mounted below the source.
int updraft_mount_recursive(const char *source, const char *target);
/// Replaces the program; returns only on failure. Both arrays end with NULL.
int updraft_exec(const char *path, char *const arguments[], char *const environment[]);
/// Nanoseconds of CPU that all threads of a process have used, those that ended included.
int updraft_process_cpu(pid_t process, unsigned long long *nanoseconds);
/// Gives freed memory back to the system.
void updraft_trim_memory(void);
