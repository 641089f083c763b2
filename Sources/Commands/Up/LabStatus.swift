// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeCoding
import KubeModel

/// How a lab is, as `updraft status` tells it.
struct LabStatus: Sendable {
    struct Part: Sendable {
        var name: String
        var isReady: Bool
        var detail: String
    }

    var directory: LabDirectory
    var state: LabState?
    var parts: [Part]

    var isReady: Bool { state?.isRunning == true && !parts.isEmpty && parts.allSatisfy(\.isReady) }

    /// Reads the lab's record, and asks its API server where it runs.
    static func read(_ directory: LabDirectory) async throws -> LabStatus {
        guard let state = directory.readState(), state.isRunning else {
            return LabStatus(directory: directory, state: directory.readState(), parts: [])
        }
        let connection = try LabConnection.open(directory)
        let parts = await connection.closing { client in await ask(client, state) }
        return LabStatus(directory: directory, state: state, parts: parts)
    }

    private static func ask(_ client: KubeClient, _ state: LabState) async -> [Part] {
        do {
            _ = try await client.raw("/readyz")
        } catch {
            return [Part(name: "API server", isReady: false, detail: "\(error)")]
        }
        var parts = [Part(name: "API server", isReady: true, detail: "ready")]
        do {
            let nodes = try await client.list(.nodes).items
            let ready = nodes.filter { $0.conditionStatus("Ready") == "True" }
            parts.append(Part(name: "nodes", isReady: !nodes.isEmpty && ready.count == nodes.count, detail: "\(ready.count) of \(nodes.count) ready"))
            parts.append(try await metrics(client))
            if let address = state.prometheus { parts.append(try await prometheus(client, address)) }
            let pods = try await client.list(.pods).items
            let running = pods.filter { $0.conditionStatus("Ready") == "True" }
            parts.append(Part(name: "pods", isReady: true, detail: "\(running.count) of \(pods.count) ready"))
            let autoscalers = try await client.list(.horizontalPodAutoscalers).items
            for autoscaler in autoscalers {
                let current = autoscaler.status["currentReplicas"]?.int ?? 0
                let desired = autoscaler.status["desiredReplicas"]?.int ?? 0
                parts.append(Part(name: "hpa/\(autoscaler.namespacedName)", isReady: true, detail: "\(current) replicas, \(desired) desired"))
            }
        } catch {
            parts.append(Part(name: "objects", isReady: false, detail: "\(error)"))
        }
        return parts
    }

    private static func metrics(_ client: KubeClient) async throws -> Part {
        do {
            let service = try await client.get(.apiServices, name: MetricsServerRegistration.apiServiceName)
            return Part(
                name: "metrics.k8s.io", isReady: service.conditionStatus("Available") == "True", detail: service.conditionMessage("Available"))
        } catch let error as APIError where error.reason == .notFound {
            return Part(name: "metrics.k8s.io", isReady: true, detail: "nobody serves it: up --without metrics-server leaves it to you")
        }
    }

    private static func prometheus(_ client: KubeClient, _ address: String) async throws -> Part {
        let slices = try await client.list(.endpointSlices, labelSelector: "kubernetes.io/service-name=prometheus").items
        let isServed = slices.contains { $0.namespace == "kube-system" && !($0["endpoints"]?.array ?? []).isEmpty }
        // The lab is of use without it, and before it.
        return Part(name: "Prometheus", isReady: true, detail: isServed ? address : "not ready yet; see kubectl get pods -A")
    }

    var text: String {
        guard let state, state.isRunning else {
            return "no lab runs in \(directory.path); start one with: updraft up --data-dir \(directory.path)"
        }
        var lines = ["lab in \(directory.path), process \(state.process?.processID ?? 0), API server \(state.apiServer)"]
        let width = parts.map(\.name.count).max() ?? 0
        for part in parts {
            let padding = String(repeating: " ", count: width - part.name.count)
            lines.append("  \(part.name)\(padding)  \(part.isReady ? "ok      " : "NOT OK  ")\(part.detail)")
        }
        lines.append("kubectl --kubeconfig \(directory.kubeconfig) get pods -A")
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        var json: JSONObject = ["dataDirectory": .string(directory.path), "running": .bool(state?.isRunning ?? false), "ready": .bool(isReady)]
        if let state, state.isRunning {
            json["processID"] = .integer(Int64(state.process?.processID ?? 0))
            json["apiServer"] = .string(state.apiServer)
            json["metricsServer"] = .string(state.metricsServer)
            if let prometheus = state.prometheus { json["prometheus"] = .string(prometheus) }
            json["kubeconfig"] = .string(directory.kubeconfig)
            json["parts"] = .array(parts.map { ["name": .string($0.name), "ready": .bool($0.isReady), "detail": .string($0.detail)] })
        }
        return .object(json)
    }
}

extension KubeObject {
    /// `True`, `False` or `Unknown`; nil where the condition is not there.
    func conditionStatus(_ type: String) -> String? { condition(type)?["status"]?.string }
    func conditionMessage(_ type: String) -> String { condition(type)?["message"]?.string ?? "" }

    private func condition(_ type: String) -> JSONValue? {
        status["conditions"]?.array?.first { $0["type"]?.string == type }
    }
}
