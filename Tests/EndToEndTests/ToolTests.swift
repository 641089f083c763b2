// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    @Suite("running programs", .serialized)
    struct ToolTests {
        @Test("a program that has ended leaves no file open here, or a long run of the tests would end for want of them")
        func descriptors() async throws {
            _ = try await Tool.run("/bin/true", [])
            let before = try Self.open()
            for _ in 0..<100 { _ = try await Tool.run("/bin/true", [], input: "x") }
            let after = try Self.open()
            #expect(after <= before + 10, "\(before) before, \(after) after")
        }

        private static func open() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
    }
}
