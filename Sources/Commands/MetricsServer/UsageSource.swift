// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Where `metrics.k8s.io` has nodes' and pods' usage from.
enum UsageSource: String, ExpressibleByArgument, CaseIterable, Sendable { case kubelets, prometheus }
