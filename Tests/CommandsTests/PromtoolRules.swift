// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestKit
import Testing

/// Prometheus' own judgement of rules.
enum PromtoolRules {
    /// Has it `check` or `test` rules, in a folder with these files; nil where there is no promtool.
    static func run(_ verb: String, _ files: [String: String], _ file: String) throws -> (status: Int32, output: String)? {
        guard let promtool = Promtool.find(orFail: { Issue.record("\($0)") }) else { return nil }
        let folder = NSTemporaryDirectory() + "updraft-promtool-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in files { try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8) }
        _ = FileManager.default.createFile(atPath: "\(folder)/output", contents: nil)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: promtool)
        process.arguments = [verb, "rules", "\(folder)/\(file)"]
        let output = FileHandle(forWritingAtPath: "\(folder)/output")
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, try String(contentsOfFile: "\(folder)/output", encoding: .utf8))
    }
}
