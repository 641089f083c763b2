// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import Foundation
import HorizontalAutoscaler
import KubePKI
import KubeModel
import ScalingRules

/// A lab to run: where, how large, at which cadence, with whose certificates.
struct LabConfiguration: Sendable {
    /// Given on the command line, instead of the lab's own.
    struct FrontProxy: Sendable {
        var clientCAPEM: String?
        var client: Credential?
        /// nil: only the lab's own proxy.
        var allowedNames: [String]?
        var usernameHeaders: [String]
        var groupHeaders: [String]
        var extraHeaderPrefixes: [String]
    }

    var directory: LabDirectory
    /// 0 takes free ones.
    var apiPort: Int
    var metricsPort: Int
    var nodes: Int
    var frontProxy: FrontProxy
    var metricResolution: Duration
    var autoscaler: AutoscalerOptions
    var isVerbose: Bool

    static let apiPort = 6443
    static let metricsPort = 10443

    /// - Throws: `CommandFailure` naming the flag and the file that cannot be read.
    init(_ options: LabOptions) throws {
        self.init(directory: LabDirectory(options.directory.dataDirectory), nodes: options.nodes)
        apiPort = Self.apiPort + options.portOffset
        metricsPort = Self.metricsPort + options.portOffset
        func list(_ text: String) -> [String] { text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
        frontProxy = FrontProxy(
            clientCAPEM: try options.requestHeaderClientCAFile.map { try Self.read($0, "--requestheader-client-ca-file") },
            client: try Self.credential(options.proxyClientCertFile, options.proxyClientKeyFile),
            allowedNames: options.requestHeaderAllowedNames.map(list), usernameHeaders: list(options.requestHeaderUsernameHeaders),
            groupHeaders: list(options.requestHeaderGroupHeaders), extraHeaderPrefixes: list(options.requestHeaderExtraHeadersPrefix))
        metricResolution = options.metricResolution.duration
        autoscaler.syncPeriod = options.syncPeriod.duration
        autoscaler.settings.downscaleStabilization = options.downscaleStabilization.duration
        autoscaler.settings.tolerance = Tolerance(up: options.tolerance, down: options.tolerance)
        autoscaler.settings.cpuInitializationPeriod = options.cpuInitializationPeriod.duration
        autoscaler.settings.initialReadinessDelay = options.initialReadinessDelay.duration
        isVerbose = options.verbose
    }

    /// On free ports, with everything its own.
    init(temporary directory: LabDirectory, nodes: Int) throws {
        self.init(directory: directory, nodes: nodes)
        apiPort = try FreePort.find()
        metricsPort = try FreePort.find()
    }

    private init(directory: LabDirectory, nodes: Int) {
        self.directory = directory
        self.nodes = nodes
        apiPort = Self.apiPort
        metricsPort = Self.metricsPort
        frontProxy = FrontProxy(usernameHeaders: ["X-Remote-User"], groupHeaders: ["X-Remote-Group"], extraHeaderPrefixes: ["X-Remote-Extra-"])
        metricResolution = .seconds(1)
        autoscaler = AutoscalerOptions()
        autoscaler.syncPeriod = .seconds(1)
        isVerbose = false
    }

    private static func credential(_ certificate: String?, _ key: String?) throws -> Credential? {
        guard let certificate, let key else { return nil }
        let credential = Credential(
            certificatePEM: try read(certificate, "--proxy-client-cert-file"), privateKeyPEM: try read(key, "--proxy-client-key-file"))
        do {
            return try credential.checked(names: (certificate, key))
        } catch {
            throw CommandFailure(.usage, "\(error.message)", fix: "name a certificate and the key that belongs to it")
        }
    }

    private static func read(_ path: String, _ flag: String) throws -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandFailure(.usage, "\(flag): cannot read \(path): \(LabDirectory.reason(error))", fix: "name a PEM file that is there")
        }
    }
}
