// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import Foundation
import HorizontalAutoscaler
import KubePKI
import KubeModel

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
    var prometheusPort: Int
    var nodes: Int
    var frontProxy: FrontProxy
    var metricResolution: Duration
    /// Where `metrics.k8s.io` has its values from.
    var usageSource = UsageSource.kubelets
    var autoscaler: AutoscalerOptions
    /// Nil where the autoscaler waits for its rounds, as where their period was asked for.
    var reactionFloor: Duration?
    /// Of the autoscaler's own endpoints.
    var autoscalerPort: Int
    var omitted: Set<LabPart> = []
    /// False where the metrics API is left to the user.
    var hasMetricsServer: Bool { !omitted.contains(.metricsServer) }
    var hasPrometheus: Bool { !omitted.contains(.prometheus) }
    var audit: AuditConfiguration?
    var isVerbose: Bool

    static let apiPort = 6443
    static let metricsPort = 10443
    static let prometheusPort = 9090
    static let autoscalerPort = 10257
    private static let syncPeriod = Duration.seconds(1)

    /// - Throws: `CommandFailure` naming the flag and the file that cannot be read.
    init(_ options: LabOptions) throws {
        self.init(directory: LabDirectory(options.directory.dataDirectory), nodes: options.nodes)
        apiPort = Self.apiPort + options.portOffset
        metricsPort = Self.metricsPort + options.portOffset
        prometheusPort = Self.prometheusPort + options.portOffset
        func list(_ text: String) -> [String] { text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
        frontProxy = FrontProxy(
            clientCAPEM: try options.requestHeaderClientCAFile.map { try CredentialFiles.read($0, "--requestheader-client-ca-file") },
            client: try Self.proxyClient(options),
            allowedNames: options.requestHeaderAllowedNames.map(list), usernameHeaders: list(options.requestHeaderUsernameHeaders),
            groupHeaders: list(options.requestHeaderGroupHeaders), extraHeaderPrefixes: list(options.requestHeaderExtraHeadersPrefix))
        metricResolution = options.metricResolution.duration
        autoscaler = try options.autoscaler.options(syncPeriod: Self.syncPeriod)
        if options.autoscaler.syncPeriod != nil { reactionFloor = nil }
        omitted = Set(options.without)
        usageSource = options.usageSource
        autoscalerPort = Self.autoscalerPort + options.portOffset
        audit = try options.audit.audit()
        isVerbose = options.verbose
    }

    /// On free ports, with everything its own.
    init(temporary directory: LabDirectory, nodes: Int, usageSource: UsageSource = .kubelets) throws {
        self.init(directory: directory, nodes: nodes)
        self.usageSource = usageSource
        apiPort = try FreePort.find()
        metricsPort = try FreePort.find()
        prometheusPort = try FreePort.find()
        autoscalerPort = 0
    }

    private init(directory: LabDirectory, nodes: Int) {
        self.directory = directory
        self.nodes = nodes
        apiPort = Self.apiPort
        metricsPort = Self.metricsPort
        prometheusPort = Self.prometheusPort
        frontProxy = FrontProxy(usernameHeaders: ["X-Remote-User"], groupHeaders: ["X-Remote-Group"], extraHeaderPrefixes: ["X-Remote-Extra-"])
        metricResolution = .seconds(1)
        autoscaler = AutoscalerOptions()
        autoscaler.syncPeriod = Self.syncPeriod
        // Less than the time between two scrapes, so that one that is late does not delay the next decision too.
        reactionFloor = Self.syncPeriod / 2
        autoscalerPort = Self.autoscalerPort
        isVerbose = false
    }

    private static func proxyClient(_ options: LabOptions) throws -> Credential? {
        guard let certificate = options.proxyClientCertFile, let key = options.proxyClientKeyFile else { return nil }
        return try CredentialFiles.read(certificate, key, flags: ("--proxy-client-cert-file", "--proxy-client-key-file"))
    }
}
