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
    func foreign(to settings: ServingSecretSettings) async throws -> [ForeignAPIService] {
        let result: Result<[ForeignAPIService], any Error>
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

    private func ask(_ transport: HTTPTransport, _ settings: ServingSecretSettings) async throws -> [ForeignAPIService] {
        let client = KubeClient(transport: transport, userAgent: "updraft/\(Version.text) manifests")
        var foreign: [ForeignAPIService] = []
        for name in settings.apiServices {
            do {
                let apiService = try await client.get(.apiServices, name: name)
                guard case .foreign(let owner) = APIServiceStanding(apiService, service: settings.service) else { continue }
                foreign.append(ForeignAPIService(owner: owner, serviceLabels: try await serviceLabels(owner, client)))
            } catch let error as APIError where error.reason == .notFound {
                continue
            }
        }
        return foreign
    }

    /// Nil where the Service is gone or may not be read: then its name has to tell.
    private func serviceLabels(_ owner: APIServiceOwner, _ client: KubeClient) async throws -> [String: String]? {
        guard let service = owner.service else { return nil }
        do {
            return try await client.get(.services, namespace: service.namespace, name: service.name).labels
        } catch let error as APIError where [.notFound, .forbidden].contains(error.reason) {
            return nil
        }
    }
}
