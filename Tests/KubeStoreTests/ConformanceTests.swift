// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeStore
import KubeStoreSQLite
import TestKit
import Testing

@Suite("Every driver keeps the store's promises", .timeLimit(.minutes(5)))
struct ConformanceTests {
    @Test("in memory", arguments: StoreConformance.cases)
    func memory(_ conformance: StoreConformance) async throws {
        try await conformance.run { MemoryStore($0) }
    }

    @Test("on disk", arguments: StoreConformance.cases)
    func sqlite(_ conformance: StoreConformance) async throws {
        let directory = try TemporaryDirectory()
        try await conformance.run { try await SQLiteStore.open(directory: directory.path, limits: $0) }
    }
}
