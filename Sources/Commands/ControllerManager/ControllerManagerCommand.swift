// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import ArgumentParser
import ControllerKit
import Foundation
import HorizontalAutoscaler
import KubeClient
import KubeModel
import KubePKI
import Logging
import ServiceLifecycle
import Telemetry
import UnixSignals

struct ControllerManagerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "controller-manager", abstract: "Run the horizontal pod autoscaler on any cluster.",
        discussion: """
            Examples:
              updraft controller-manager --kubeconfig ~/.kube/config
              updraft controller-manager --kubeconfig /etc/kubernetes/controller-manager.conf --take-over

            Without --take-over it decides and records only: it takes no Lease and writes nothing; see its log, and GET /decisions. Before it
            takes over, kube-controller-manager's own autoscaler must be off: --controllers=*,-horizontal-pod-autoscaler-controller. An
            autoscaler with the annotation updraft.dev/dry-run: "true" is decided on and left alone.
            """)

    @Option(help: "The cluster and who asks; without it, the service account of the pod that this runs in.")
    var kubeconfig: String?

    @OptionGroup(title: "Autoscaler") var autoscaler: AutoscalerFlags

    @Flag(help: "Carry decisions out, once elected.")
    var takeOver = false

    @OptionGroup(title: "Leader election") var election: LeaderElectionFlags

    @Option(name: .customLong("kube-api-qps"), help: "At most so many requests a second; no limit if not given, since the API server has its own.")
    var requestsPerSecond: Double?

    @Option(name: .customLong("kube-api-burst"), help: "With --kube-api-qps: so many may come at once.")
    var burst = 30

    @Option(help: "Where to serve health, metrics and decisions.")
    var bindAddress = "127.0.0.1"

    @Option(help: "On which port; 0 serves nothing.")
    var securePort = 10257

    @Option(name: .customLong("tls-cert-file"), help: "The certificate to serve with; one is made if not given.")
    var certificateFile: String?

    @Option(name: .customLong("tls-private-key-file"), help: "The key of --tls-cert-file.")
    var keyFile: String?

    @Option(help: "Accepted for old command lines: whatever else kube-controller-manager runs is not here.")
    var controllers = "horizontal-pod-autoscaler-controller"

    @Flag(name: .shortAndLong, help: "Say more in the log.")
    var verbose = false

    func validate() throws {
        if let requestsPerSecond, !(requestsPerSecond > 0 && requestsPerSecond.isFinite) { throw ValidationError("--kube-api-qps is more than 0") }
        guard burst >= 1 else { throw ValidationError("--kube-api-burst is at least 1") }
        guard (0...65_535).contains(securePort) else { throw ValidationError("--secure-port \(securePort) is not within 0 … 65535") }
        guard (certificateFile == nil) == (keyFile == nil) else { throw ValidationError("--tls-cert-file and --tls-private-key-file go together") }
        let names = controllers.split(separator: ",")
        let autoscalerNames = ["*", "horizontal-pod-autoscaler-controller", "horizontalpodautoscaling", "horizontal-pod-autoscaler"]
        guard names.contains(where: { autoscalerNames.contains(String($0)) }), !names.contains(where: { $0.hasPrefix("-h") }) else {
            throw ValidationError("--controllers=\(controllers) leaves out horizontal-pod-autoscaler-controller, the only one there is here")
        }
    }

    func run() async throws {
        let now: @Sendable () -> Timestamp = { WallClock.now() }
        let logger = Logger(
            label: "updraft", level: verbose ? .debug : .info, sink: .standardError(environment: ProcessInfo.processInfo.environment), now: now)
        let transport: HTTPTransport
        do {
            transport = try HTTPTransport(try ClientConfiguration.chosen(kubeconfig, flag: "--kubeconfig"))
        } catch let error as ClientError {
            throw CommandFailure(.usage, error.message)
        }
        let limited: any Transport =
            requestsPerSecond.map { RateLimitedTransport(transport, requestsPerSecond: $0, burst: burst, clock: ContinuousClock()) } ?? transport
        let client = KubeClient(transport: limited, userAgent: "updraft/\(Version.text) controller-manager")
        let options = try options
        let process = AutoscalerProcess(
            client: client, options: options, election: takeOver ? election.election : nil, endpoint: try endpoint(now()),
            decisions: DecisionRecord(settings: options.settings), observer: nil, now: now, logger: logger)
        do {
            // One is enough to see that they may be listed.
            _ = try await client.raw("/apis/autoscaling/v2/horizontalpodautoscalers?limit=1")
        } catch {
            try? await transport.shutdown()
            throw CommandFailure(
                .unreachable, "\(error)", fix: "name a cluster that runs, and a user that may list horizontalpodautoscalers, with --kubeconfig")
        }
        announce(logger)
        let result: Result<Void, any Error>
        do { result = .success(try await serve(process, logger)) } catch { result = .failure(error) }
        try? await transport.shutdown()
        try result.get()
    }

    private func announce(_ logger: Logger) {
        if autoscaler.useRestClients != nil {
            logger.info("--horizontal-pod-autoscaler-use-rest-clients changes nothing: the metrics APIs are the only source there is")
        }
        logger.info(
            takeOver ? "carries decisions out once elected" : "decides and records only; --take-over carries decisions out",
            metadata: ["version": "\(Version.text)"])
    }

    private func serve(_ process: AutoscalerProcess, _ logger: Logger) async throws {
        var group = ServiceGroupConfiguration(services: [NamedService(process)], gracefulShutdownSignals: [.sigint, .sigterm], logger: logger)
        group.maximumGracefulShutdownDuration = .seconds(15)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch let error as APIServerError {
            throw CommandFailure(.failed, error.message, fix: "end that process, or choose another --secure-port")
        }
    }

    private var options: AutoscalerOptions {
        get throws {
            var options = try autoscaler.options(syncPeriod: .seconds(15))
            options.acts = takeOver
            return options
        }
    }

    private func endpoint(_ now: Timestamp) throws -> AutoscalerProcess.Endpoint? {
        guard securePort != 0 else { return nil }
        if let certificateFile, let keyFile {
            let credential = try CredentialFiles.read(certificateFile, keyFile, flags: ("--tls-cert-file", "--tls-private-key-file"))
            return .init(host: bindAddress, port: securePort, credential: credential, caPEM: credential.certificatePEM)
        }
        let authority = try CertificateAuthority.make(commonName: "updraft-controller-manager", now: now)
        let credential = try authority.issue(.server(commonName: "updraft-controller-manager", ipAddresses: [bindAddress]), now: now)
        return .init(host: bindAddress, port: securePort, credential: credential, caPEM: authority.certificatePEM)
    }
}

/// kube-controller-manager's `--leader-elect` family.
struct LeaderElectionFlags: ParsableArguments {
    @Option(name: .customLong("leader-elect"), help: "Act only while holding a Lease, so that several can run for safety's sake.")
    var isElected = true

    @Option(name: .customLong("leader-elect-lease-duration"), help: "How long a Lease holds that is no longer renewed.")
    var leaseDuration = DurationArgument(.seconds(15))

    @Option(name: .customLong("leader-elect-renew-deadline"), help: "How long a leader goes on that cannot renew.")
    var renewDeadline = DurationArgument(.seconds(10))

    @Option(name: .customLong("leader-elect-retry-period"), help: "How often to try.")
    var retryPeriod = DurationArgument(.seconds(2))

    @Option(name: .customLong("leader-elect-resource-name"), help: "The Lease's name.")
    var leaseName = AutoscalerProcess.leaseName

    @Option(name: .customLong("leader-elect-resource-namespace"), help: "The Lease's namespace.")
    var leaseNamespace = "kube-system"

    private var settings: LeaderElectionSettings {
        var settings = LeaderElectionSettings()
        settings.leaseDuration = leaseDuration.duration
        settings.renewDeadline = renewDeadline.duration
        settings.retryPeriod = retryPeriod.duration
        return settings
    }

    func validate() throws {
        if let problem = settings.problem { throw ValidationError(problem) }
    }

    /// Nil where it is told to be alone.
    var election: AutoscalerProcess.Election? {
        guard isElected else { return nil }
        var election = AutoscalerProcess.Election(identity: "\(ProcessInfo.processInfo.hostName)_\(UUID().uuidString)")
        election.lease = NamespacedName(namespace: leaseNamespace, name: leaseName)
        election.settings = settings
        return election
    }
}
