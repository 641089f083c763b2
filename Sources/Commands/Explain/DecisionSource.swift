// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel

/// Our controller, where it is at work: its Lease says so, and where it tells of its decisions.
struct DecisionSource: Sendable {
    enum Found: Sendable {
        /// No controller of ours holds the Lease.
        case none
        case unreachable(String)
        case controller(DecisionSource)
    }

    var holder: String
    private var configuration: ClientConfiguration

    /// - Parameter configuration: Who asks: our controller takes the same client certificates that the API server does.
    static func find(_ client: KubeClient, _ configuration: ClientConfiguration) async -> Found {
        let lease: KubeObject
        do {
            lease = try await client.get(.leases, namespace: "kube-system", name: AutoscalerProcess.leaseName)
        } catch let error as APIError where error.reason == .notFound {
            return .none
        } catch {
            return .unreachable("whether our controller decides cannot be told: \(error)")
        }
        let holder = lease.spec["holderIdentity"]?.string ?? ""
        guard !holder.isEmpty else { return .none }
        let length = lease.spec["leaseDurationSeconds"]?.int ?? 15
        // Of another clock, so with some room.
        if let renewed = lease.spec["renewTime"]?.timestamp, WallClock.now() - renewed > .seconds(2 * length) {
            return .unreachable("our controller \(holder) stopped renewing its lease at \(renewed)")
        }
        guard let url = lease.annotations[AutoscalerProcess.urlAnnotation] else {
            return .unreachable("our controller \(holder) serves no decisions (--secure-port=0)")
        }
        var own = configuration
        own.server = url
        own.caPEM = lease.annotations[AutoscalerProcess.caAnnotation]
        // A token would be the server's to keep, and the address is only what a Lease says.
        (own.token, own.tokenFile) = (nil, nil)
        return .controller(DecisionSource(holder: holder, configuration: own))
    }

    /// The newest decision on an autoscaler, laid open, as JSON.
    func decision(_ name: NamespacedName) async throws -> JSONValue {
        let transport = try HTTPTransport(configuration, timeLimit: .seconds(5))
        let client = KubeClient(transport: transport, userAgent: "updraft/\(Version.text) explain")
        let result: Result<[UInt8], any Error>
        do { result = .success(try await client.raw("/decisions/\(name.namespace)/\(name.name)")) } catch { result = .failure(error) }
        try? await transport.shutdown()
        return try JSONValue.parse(try result.get())
    }
}
