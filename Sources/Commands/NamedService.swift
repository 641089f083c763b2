// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ServiceLifecycle

/// A service as a group knows it: by its type's name alone. A group describes its services, for its log, at its start; what they hold is
/// large, and some of it secret.
struct NamedService: Service, CustomStringConvertible {
    let service: any Service

    init(_ service: any Service) { self.service = service }

    var description: String { "\(type(of: service))" }

    func run() async throws { try await service.run() }
}
