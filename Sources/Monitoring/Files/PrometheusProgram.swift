// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import PrometheusConfiguration
import Subprocess
import SystemPackage

/// The Prometheus of this machine.
package struct PrometheusProgram: Sendable, Hashable {
    package var path: String
    /// Beside it; nil where there is none.
    package var promtool: String?
    package var version: PrometheusVersion

    /// Why a lab is without Prometheus, and what to do.
    package static let absence = "there is no prometheus on this machine; get it with: apt-get install prometheus"

    /// Where the program is, by `PATH`, without asking it anything.
    package static func find(_ name: String = "prometheus") -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        return folders.map { "\($0)/\(name)" }.first { $0.hasPrefix("/") && FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Asks it for its version; nil where there is none, or it does not say.
    static func detect() async -> PrometheusProgram? {
        guard let path = find() else { return nil }
        let result = try? await Subprocess.run(
            .path(FilePath(path)), arguments: ["--version"], output: .string(limit: 4096), error: .string(limit: 4096))
        // `prometheus, version 2.42.0+ds (branch: …`; some builds say so on the standard error.
        let text = (result?.standardOutput ?? "") + (result?.standardError ?? "")
        let words = text.split(separator: " ").map(String.init)
        guard let place = words.firstIndex(of: "version"), place + 1 < words.count, let version = PrometheusVersion(words[place + 1]) else {
            return nil
        }
        return PrometheusProgram(path: path, promtool: find("promtool"), version: version)
    }
}

/// Prometheus' own judgement of rule files, each asked for once.
actor RuleCheck {
    private let promtool: String?
    private let scratch: String
    /// By a file's content: what is wrong with it, or nothing.
    private var known: [[UInt8]: String?] = [:]

    /// - Parameter scratch: A folder for the file that is looked at.
    init(promtool: String?, scratch: String) {
        self.promtool = promtool
        self.scratch = scratch
    }

    /// By path, what is wrong with those that Prometheus would refuse; with them it would refuse everything.
    func problems(_ files: [String: [UInt8]]) async -> [String: String] {
        guard let promtool else { return [:] }
        // What nobody has any longer goes too; what is left is asked for again.
        if known.count > 4 * files.count + 100 { known = [:] }
        var problems: [String: String] = [:]
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
            if known[bytes] == nil { known[bytes] = .some(await check(bytes, promtool)) }
            if case .some(.some(let problem)) = known[bytes] { problems[path] = problem }
        }
        return problems
    }

    private func check(_ bytes: [UInt8], _ promtool: String) async -> String? {
        let path = "\(scratch)/rules-to-check.yaml"
        do {
            try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            defer { try? FileManager.default.removeItem(atPath: path) }
            let result = try await Subprocess.run(
                .path(FilePath(promtool)), arguments: ["check", "rules", path], output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
            if result.terminationStatus.isSuccess { return nil }
            let text = (result.standardError + result.standardOutput).replacingOccurrences(of: path, with: "rules.yaml")
            let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            return lines.filter { !$0.isEmpty && !$0.hasPrefix("Checking ") && $0 != "FAILED:" }.joined(separator: " ")
        } catch {
            return "it cannot be checked: \(error)"
        }
    }
}
