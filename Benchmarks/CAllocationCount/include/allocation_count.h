// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

#pragma once
#include <stdint.h>

/// How many blocks of memory this process has asked for since it began.
uint64_t updraft_allocation_count(void);
