// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel

/// Whose an APIService is, seen from one Service.
package enum APIServiceStanding: Sendable, Hashable {
    case absent
    /// It points to our Service. `caBundle` is empty where it has none.
    case ours(caBundle: String, skipsVerification: Bool)
    case foreign(APIServiceOwner)

    package init(_ apiService: KubeObject?, service: NamespacedName) {
        guard let apiService else {
            self = .absent
            return
        }
        let owner = APIServiceOwner(apiService)
        self =
            owner.service == service
            ? .ours(caBundle: owner.caBundle, skipsVerification: owner.skipsVerification) : .foreign(owner)
    }

    /// The merge patch that gives an APIService of ours the bundle; nil where it has it, is somebody else's, or is told not to verify.
    func patch(caBundle: String, resourceVersion: String) -> JSONValue? {
        guard case .ours(let current, let skipsVerification) = self, !caBundle.isEmpty, !skipsVerification, current != caBundle else { return nil }
        // The precondition: that it is still ours.
        return ["metadata": ["resourceVersion": .string(resourceVersion)], "spec": ["caBundle": .string(caBundle)]]
    }
}

/// Who has an APIService that is not ours, and what it would take to give it back.
package struct APIServiceOwner: Sendable, Hashable {
    package var apiService: String
    /// Nil where the API server itself serves the group, as for custom resources.
    package var service: NamespacedName?
    package var port: Int64
    package var labels: [String: String]
    package var createdAt: Timestamp?
    var caBundle: String
    var skipsVerification: Bool

    package init(_ apiService: KubeObject) {
        self.apiService = apiService.name
        let reference = apiService.spec["service"]
        service = reference?["name"]?.string.map { NamespacedName(namespace: reference?["namespace"]?.string ?? "", name: $0) }
        port = reference?["port"]?.int ?? 443
        labels = apiService.labels
        createdAt = apiService.creationTimestamp
        caBundle = apiService.spec["caBundle"]?.string ?? ""
        skipsVerification = apiService.spec["insecureSkipTLSVerify"]?.bool ?? false
    }

    /// `Service kube-system/metrics-server, k8s-app=metrics-server, made at 2026-01-02T03:04:05Z`.
    package var description: String {
        let telling = [
            "app.kubernetes.io/managed-by", "helm.sh/chart", "app.kubernetes.io/name", "app", "k8s-app", "kube-aggregator.kubernetes.io/automanaged",
        ]
        let owner = service.map { "the Service \($0)" } ?? "the API server itself (custom resources of that group)"
        let told = telling.compactMap { label in labels[label].map { "\(label)=\($0)" } }
        return ([owner] + told + (createdAt.map { ["made at \($0)"] } ?? [])).joined(separator: ", ")
    }

    /// Gives it back; exactly what it was, so far as who serves it and how that is verified.
    package var rollBackCommand: String {
        var spec: JSONObject = ["insecureSkipTLSVerify": .bool(skipsVerification), "caBundle": caBundle.isEmpty ? .null : .string(caBundle)]
        spec["service"] =
            service.map { ["namespace": .string($0.namespace), "name": .string($0.name), "port": .integer(port)] } ?? .null
        return "kubectl patch apiservice \(apiService) --type=merge -p '\(JSONValue.object(["spec": .object(spec)]).encodedText)'"
    }

    /// Points it to our Service and verifies that by the Secret's authorities, in one step.
    package func takeOverCommand(_ settings: ServingSecretSettings) -> String {
        let secret = settings.secret
        let service = JSONValue.object(["namespace": .string(settings.service.namespace), "name": .string(settings.service.name), "port": 443])
        let bundle = "$(kubectl get secret -n \(secret.namespace) \(secret.name) -o jsonpath='{.data.ca\\.crt}')"
        return "kubectl patch apiservice \(apiService) --type=merge -p "
            + "'{\"spec\":{\"service\":\(service.encodedText),\"insecureSkipTLSVerify\":false,\"caBundle\":\"'\"\(bundle)\"'\"}}'"
    }
}
