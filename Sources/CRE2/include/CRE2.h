// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// RE2 for Swift: Go's regular expressions, whose time is linear in the text whatever the pattern.

#ifndef UPDRAFT_CRE2_H
#define UPDRAFT_CRE2_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct updraft_re2 updraft_re2;

/// A compiled pattern, which may take `memory` bytes; never null. Threads may share it.
updraft_re2 *updraft_re2_make(const char *pattern, size_t length, long memory);
void updraft_re2_free(updraft_re2 *re);

/// 0 for a pattern that compiled, else RE2's code of what is wrong with it.
int updraft_re2_error_code(const updraft_re2 *re);
/// The part of the pattern that is wrong.
const char *updraft_re2_error_part(const updraft_re2 *re, size_t *length);

/// Without the whole match.
int updraft_re2_group_count(const updraft_re2 *re);
/// The number of a named group; -1 where there is none.
int updraft_re2_group_number(const updraft_re2 *re, const char *name, size_t length);

/// Whether it matches anywhere. Writes where the whole match and `count - 1` groups begin and end, -1 for groups that took no part.
int updraft_re2_match(const updraft_re2 *re, const char *text, size_t length, long *places, int count);

#ifdef __cplusplus
}
#endif

#endif
