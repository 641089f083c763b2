// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeCoding
import KubeModel
import PrometheusConfiguration
import Testing

/// `Vectors/NAME.objects.yaml` and what becomes of them, in `NAME.prometheus.yaml`. `UPDATE_SNAPSHOTS=1` rewrites the latter.
@Suite("The configuration of")
struct GoldenTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        var name: String
        var discovery: TargetDiscovery
        var testDescription: String { name }
    }

    static let goldens = [
        Golden(name: "kube-prometheus-2019", discovery: .kubernetes(Fixtures.access)),
        Golden(name: "kube-prometheus-current", discovery: .files(folder: "/lab/targets")),
        Golden(name: "credentials", discovery: .files(folder: "/lab/targets")),
        Golden(name: "pod-monitors", discovery: .files(folder: "/lab/targets")),
        Golden(name: "server", discovery: .files(folder: "/lab/targets")),
        Golden(name: "rules", discovery: .files(folder: "/lab/targets")),
    ]

    @Test("the objects is what it was", arguments: goldens)
    func configuration(golden: Golden) throws {
        let objects = try Fixtures.objects(try Self.text("\(golden.name).objects.yaml"))
        let configuration = ServerConfiguration(objects, in: Fixtures.environment(golden.discovery))
        try Self.expect(Self.rendered(configuration), "\(golden.name).prometheus.yaml")
    }

    @Test("the objects is one that Prometheus loads", arguments: goldens)
    func isLoaded(golden: Golden) throws {
        let objects = try Fixtures.objects(try Self.text("\(golden.name).objects.yaml"))
        try CheckedConfiguration.check { environment in ServerConfiguration(objects, in: environment(golden.discovery)) }
    }

    @Test("a lab without objects is what it was")
    func lab() throws {
        try Self.expect(Self.rendered(ServerConfiguration(LabTests.lab, in: Fixtures.environment())), "lab.prometheus.yaml")
    }

    /// The configuration, then all that goes with it, as one text.
    private static func rendered(_ configuration: ServerConfiguration) -> String {
        func section(_ title: String, _ lines: [String]) -> String { lines.isEmpty ? "" : "\n# \(title)\n" + lines.map { "#   \($0)\n" }.joined() }
        func files(_ files: [String: [UInt8]]) -> [String] {
            files.sorted { $0.key < $1.key }.flatMap { path, bytes in
                ["\(path):"] + String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { "  \($0)" }
            }
        }
        return configuration.text + section("Command line:", configuration.settings.arguments)
            + section("Rule files:", files(configuration.ruleFiles))
            + section("Secret files:", files(configuration.secretFiles)) + section("Problems:", configuration.problems.map(\.description))
    }

    private static var folder: String { Bundle.module.bundlePath + "/Vectors" }

    private static func text(_ name: String) throws -> String { try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) }

    private static func expect(_ text: String, _ name: String) throws {
        if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
            let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Vectors/\(name)")
            try Data(text.utf8).write(to: source)
        } else {
            let expected = try Self.text(name)
            #expect(
                text == expected,
                "\(name) differs from line \(zip(text.split(separator: "\n"), expected.split(separator: "\n")).prefix { $0 == $1 }.count + 1) on")
        }
    }
}
