// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import MetricsAPI

/// Asks a cluster who has the APIServices.
struct APIServiceInspection: Sendable {
    private let cluster: ClusterToAsk

    init(_ cluster: ClusterToAsk) { self.cluster = cluster }

    /// - Throws: `CommandFailure` where the cluster does not answer or does not tell.
    func foreignOwners(of settings: ServingSecretSettings) async throws -> [APIServiceOwner] {
        let result: Result<[APIServiceOwner], any Error>
        do {
            let transport = try HTTPTransport(cluster.configuration, timeLimit: .seconds(10))
            do { result = .success(try await ask(transport, settings)) } catch { result = .failure(error) }
            try? await transport.shutdown()
        } catch {
            result = .failure(error)
        }
        do {
            return try result.get()
        } catch let error as APIError {
            throw ClusterToAsk.cannotAsk("\(cluster.source): \(error.message)")
        } catch let error as ClientError {
            throw ClusterToAsk.cannotAsk("\(cluster.source): \(error.message)")
        }
    }

    private func ask(_ transport: HTTPTransport, _ settings: ServingSecretSettings) async throws -> [APIServiceOwner] {
        let client = KubeClient(transport: transport, userAgent: "updraft/\(Version.text) manifests")
        var owners: [APIServiceOwner] = []
        for name in settings.apiServices {
            do {
                let apiService = try await client.get(.apiServices, name: name)
                if case .foreign(let owner) = APIServiceStanding(apiService, service: settings.service) { owners.append(owner) }
            } catch let error as APIError where error.reason == .notFound {
                continue
            }
        }
        return owners
    }
}

/// What a user reads where others have the API.
struct ForeignAPIServices {
    var owners: [APIServiceOwner]
    var manifest: MetricsServerManifest

    var report: String {
        let settings = manifest.servingSettings
        let told = owners.map { "\($0.apiService) belongs to \($0.description)" }.joined(separator: "\n       ")
        let saved = owners.map { "kubectl get apiservice \($0.apiService) -o yaml > \($0.apiService).yaml" }
        let print = manifest.command
        let steps: [(String, [String])] = [
            ("keep a copy of what is there", saved),
            ("take \(owners.count == 1 ? "it" : "all of them") over, with a gap of some seconds", ["\(print) --take-over | kubectl apply -f -"]),
            (
                "or without one: run beside it, then switch",
                [
                    "\(print) --without-api-services | kubectl apply -f -",
                    "kubectl rollout status -n \(settings.service.namespace) deployment/\(settings.service.name)",
                ] + owners.map { $0.takeOverCommand(settings) } + ["\(print) --take-over | kubectl apply -f -"]
            ),
            ("roll back", owners.map(\.rollBackCommand)),
        ]
        return told + "\n" + steps.map { "  \($0.0):\n" + $0.1.map { "    \($0)\n" }.joined() }.joined() + "Nothing is printed for kubectl."
    }
}
