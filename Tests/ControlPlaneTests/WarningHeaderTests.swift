// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ControlPlane

@Suite("Warning headers")
struct WarningHeaderTests {
    @Test("are left as they are where they fit, else cut, and those left out for which there is no room")
    func shortened() {
        let long = String(repeating: "é", count: 4096)
        #expect(WarningHeader.shortened(["a", "b"]) == ["a", "b"])
        #expect(WarningHeader.shortened([long]) == [long])
        #expect(WarningHeader.shortened([long, "b"]) == [String(repeating: "é", count: 256), "b"])
        #expect(WarningHeader.shortened(Array(repeating: long, count: 50)).count == 16)
        #expect(WarningHeader.shortened([]).isEmpty)
    }
}
