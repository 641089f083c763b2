// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Testing

/// Whole labs as processes of their own, one at a time: on two cores, two at once would only measure each other.
@Suite(.serialized)
enum EndToEnd {}
