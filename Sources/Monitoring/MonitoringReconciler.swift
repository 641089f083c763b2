// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import ControllerKit
import Foundation
import KubeClient
import KubeModel
import Logging
import NIOCore
import NIOHTTP1
import PrometheusConfiguration

/// One round after another: from the objects as they stand to files, pods and conditions.
actor MonitoringReconciler {
    private let configuration: MonitoringConfiguration
    private let objects: MonitoringInformers
    private let writer: ObjectWriter
    private let recorder: EventRecorder
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let targets: ConfigurationFolder
    private var program: PrometheusProgram?
    private var check: RuleCheck?
    private var isAbsenceTold = false
    private var servers: [NamespacedName: ServerState] = [:]

    /// What is known of a server from earlier rounds.
    private struct ServerState {
        /// The pod that has read the files as they are: its uid and its container's start.
        var reader: String?
        /// What the server said against the files; nil where it took them.
        var refusal: String?
        /// What the API server said against the server's objects; nil where it took them.
        var failure: String?
        /// Problems that were told.
        var told: Set<String> = []
    }

    init(
        configuration: MonitoringConfiguration, client: KubeClient, objects: MonitoringInformers, recorder: EventRecorder,
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.configuration = configuration
        self.objects = objects
        writer = ObjectWriter(client: client)
        self.recorder = recorder
        self.now = now
        self.logger = logger
        targets = ConfigurationFolder(path: "\(configuration.folder)/targets")
    }

    /// - Returns: When to look again, though nothing changes; nil if then only.
    func reconcile() async throws -> Duration? {
        try await writer.apply(.services, KubeletService.service, current: objects.services.get(Self.kubelet))
        try await writer.apply(.endpoints, KubeletService.endpoints(objects.nodes.list()), current: objects.endpoints.get(Self.kubelet))
        guard let program = await detectedProgram() else {
            for prometheus in objects.prometheuses.list() {
                try await writeStatus(prometheus, PrometheusStatus(pod: nil, problem: PrometheusProgram.absence))
            }
            return .seconds(10)
        }
        _ = try targets.write(snapshot.targetFiles(), folders: DiscoveryRole.allCases.map(\.rawValue))
        let given = objects.prometheuses.list().filter { !$0.isBeingDeleted }.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
        var wait: Duration?
        let own = configuration.lab.prometheus(configuration.labServer)
        // The same for all servers, each with an object of its own.
        let cluster = monitoringObjects(own)
        for prometheus in given where prometheus.spec["paused"] != true {
            let next = try await serveApart(prometheus, cluster, program)
            wait = [wait, next].compactMap { $0 }.min()
        }
        if given.isEmpty {
            let next = try await serve(own, configuration.lab, cluster, program)
            wait = [wait, next].compactMap { $0 }.min()
        } else {
            try await writer.remove(.statefulSets, objects.statefulSets.get(Self.setName(own)))
        }
        removeOthers(given.isEmpty ? [own] : given)
        try await serveFront(given.first { servers[$0.namespacedName]?.failure == nil } ?? given.first ?? own)
        return wait
    }

    private static let kubelet = NamespacedName(namespace: KubeletService.namespace, name: KubeletService.name)

    private static func setName(_ prometheus: KubeObject) -> NamespacedName {
        NamespacedName(namespace: prometheus.namespace, name: PrometheusPods.setName(prometheus))
    }

    private func detectedProgram() async -> PrometheusProgram? {
        if program == nil, let found = await PrometheusProgram.detect() {
            program = found
            check = RuleCheck(promtool: found.promtool, scratch: configuration.folder)
        }
        if program == nil, !isAbsenceTold {
            isAbsenceTold = true
            logger.notice("\(PrometheusProgram.absence)")
        }
        return program
    }

    private var snapshot: ClusterSnapshot {
        var snapshot = ClusterSnapshot()
        snapshot.nodes = objects.nodes.list()
        snapshot.pods = objects.pods.list()
        snapshot.services = objects.services.list()
        snapshot.endpoints = objects.endpoints.list()
        snapshot.endpointSlices = objects.endpointSlices.list()
        return snapshot
    }

    // MARK: One server

    private func folder(_ name: NamespacedName) -> ConfigurationFolder {
        ConfigurationFolder(path: "\(configuration.folder)/servers/\(name.namespace)/\(name.name)")
    }

    /// What keeps one server from being served is told on its object, and keeps no other.
    private func serveApart(_ prometheus: KubeObject, _ cluster: MonitoringObjects, _ program: PrometheusProgram) async throws -> Duration? {
        let name = prometheus.namespacedName
        do {
            let wait = try await serve(prometheus, nil, cluster, program)
            servers[name]?.failure = nil
            return wait
        } catch let error as APIError {
            // Made from what is no longer so.
            guard error.reason != .conflict else { return Self.retry }
            if servers[name, default: ServerState()].failure != error.message {
                servers[name, default: ServerState()].failure = error.message
                logger.warning("cannot serve a Prometheus", metadata: ["Prometheus": "\(name)", "error": "\(error.message)"])
            }
            try await writeStatus(prometheus, PrometheusStatus(pod: pod(prometheus), problem: error.message))
            return Self.retry
        }
    }

    private static let retry = Duration.seconds(2)

    private func pod(_ prometheus: KubeObject) -> KubeObject? {
        objects.pods.get(NamespacedName(namespace: prometheus.namespace, name: "\(PrometheusPods.setName(prometheus))-0"))
    }

    private func serve(
        _ prometheus: KubeObject, _ lab: LabTargets?, _ cluster: MonitoringObjects, _ program: PrometheusProgram
    ) async throws -> Duration? {
        let name = prometheus.namespacedName
        var state = servers[name] ?? ServerState()
        defer { servers[name] = state }
        var objects = cluster
        objects.prometheus = prometheus
        var made = ServerConfiguration(objects, lab: lab, in: PodPaths.environment(program.version))
        let broken = await check?.problems(made.ruleFiles) ?? [:]
        for path in broken.keys { made.ruleFiles[path] = nil }
        var files = ["prometheus.yml": made.file]
        for (path, bytes) in made.ruleFiles { files["rules/\(path)"] = bytes }
        for (path, bytes) in made.secretFiles { files["credentials/\(path)"] = bytes }
        if try folder(name).write(files, folders: ["rules", "credentials"]) { state.reader = nil }
        tell(made.problems, broken, &state)

        try await writeObjects(prometheus, made.settings)
        let pod = pod(prometheus)
        let wait = await load(pod, made.settings, &state)
        if lab == nil { try await writeStatus(prometheus, PrometheusStatus(pod: pod, problem: state.refusal)) }
        return wait
    }

    private func monitoringObjects(_ prometheus: KubeObject) -> MonitoringObjects {
        var all = MonitoringObjects(prometheus: prometheus)
        all.serviceMonitors = objects.serviceMonitors.list()
        all.podMonitors = objects.podMonitors.list()
        all.rules = objects.rules.list()
        for namespace in objects.namespaces.list() { all.namespaces[namespace.name] = namespace.labels }
        for secret in objects.secrets.list() { all.data.secrets[secret.namespacedName] = secret.decodedData }
        for map in objects.configMaps.list() { all.data.configMaps[map.namespacedName] = map.decodedData }
        return all
    }

    private func writeObjects(_ prometheus: KubeObject, _ settings: ServerSettings) async throws {
        let name = prometheus.namespacedName
        let pods = PrometheusPods(
            prometheus: prometheus, settings: settings, folder: folder(name).path, targets: targets.path, image: MonitoringConfiguration.image)
        if name == configuration.labServer { try await makeLabAccount(prometheus) }
        var set = pods.statefulSet
        set.addOwner(prometheus, isController: true)
        try await applySet(set, current: objects.statefulSets.get(Self.setName(prometheus)))
        let neighbours = objects.prometheuses.list().filter { $0.namespace == name.namespace }.sorted { $0.name < $1.name }
        var service = PrometheusPods.governingService(neighbours.isEmpty ? [prometheus] : neighbours)
        for neighbour in neighbours { service.addOwner(neighbour, isController: false) }
        try await writer.apply(.services, service, current: objects.services.get(service.namespacedName))
    }

    /// What a set cannot change, such as its claims, another set has; the next round makes it.
    /// - Source: prometheus-operator pkg/prometheus/server/operator.go
    private func applySet(_ set: KubeObject, current: KubeObject?) async throws {
        do {
            try await writer.apply(.statefulSets, set, current: current)
        } catch let error as APIError where error.reason == .invalid && error.message.contains("updates to statefulset spec for fields other than") {
            try await writer.remove(.statefulSets, current)
        }
    }

    private func makeLabAccount(_ prometheus: KubeObject) async throws {
        let name = prometheus.spec["serviceAccountName"]?.string ?? ""
        guard servers[prometheus.namespacedName] == nil else { return }
        let account = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "ServiceAccount"), namespace: prometheus.namespace, name: name)
        try await writer.apply(.serviceAccounts, account, current: nil)
    }

    /// Events for what is not in the configuration, each once.
    private func tell(_ problems: [ConfigurationProblem], _ broken: [String: String], _ state: inout ServerState) {
        var told: Set<String> = []
        for problem in problems {
            told.insert("\(problem)")
            guard !state.told.contains("\(problem)") else { continue }
            logger.warning("monitoring leaves something out", metadata: ["problem": "\(problem)"])
            if let object = object(problem.kind, problem.object) {
                recorder.record(object, .warning, reason: "InvalidConfiguration", message: "\(problem)")
            }
        }
        for rule in objects.rules.list() {
            guard let problem = broken[ServerConfiguration.rulePath(rule.namespacedName)] else { continue }
            told.insert(problem)
            guard !state.told.contains(problem) else { continue }
            logger.warning("Prometheus would refuse a rule", metadata: ["PrometheusRule": "\(rule.namespacedName)", "problem": "\(problem)"])
            recorder.record(rule, .warning, reason: "InvalidConfiguration", message: "Prometheus would refuse it, so it is left out: \(problem)")
        }
        state.told = told
    }

    private func object(_ kind: String, _ name: NamespacedName) -> KubeObject? {
        switch kind {
        case "Prometheus": objects.prometheuses.get(name)
        case "ServiceMonitor": objects.serviceMonitors.get(name)
        case "PodMonitor": objects.podMonitors.get(name)
        case "PrometheusRule": objects.rules.get(name)
        default: nil
        }
    }

    // MARK: Loading

    /// Has a running server read its files, if it has not read them as they are.
    private func load(_ pod: KubeObject?, _ settings: ServerSettings, _ state: inout ServerState) async -> Duration? {
        guard let pod, pod.isReady, let address = pod.status["podIP"]?.string, let reader = pod.runIdentity else { return nil }
        if state.reader == reader { return nil }
        // It may have read them while they were written; asked once more, it has them for certain.
        do {
            var request = HTTPClientRequest(url: "http://\(address):\(PrometheusPods.port)\(PrometheusPods.path("/-/reload", settings))")
            request.method = .POST
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
            let text = String(buffer: try await response.body.collect(upTo: 1 << 20)).trimmingCharacters(in: .whitespacesAndNewlines)
            state.reader = reader
            state.refusal = response.status == .ok ? nil : "Prometheus keeps its configuration of before: \(text)"
            if let refusal = state.refusal { logger.warning("\(refusal)") }
            return nil
        } catch {
            guard !Task.isCancelled else { return nil }
            logger.debug("cannot have Prometheus read its configuration again", metadata: ["pod": "\(pod.namespacedName)", "error": "\(error)"])
            return .seconds(1)
        }
    }

    private func writeStatus(_ prometheus: KubeObject, _ status: PrometheusStatus) async throws {
        let conditions = status.conditions(before: prometheus.status["conditions"]?.array ?? [], generation: prometheus.generation, now: now())
        guard conditions != prometheus.status["conditions"]?.array else { return }
        let change: JSONValue = [
            "status": [
                "conditions": .array(conditions), "paused": false, "replicas": 1, "availableReplicas": JSONValue(status.isAvailable ? 1 : 0),
                "updatedReplicas": 1, "unavailableReplicas": JSONValue(status.isAvailable ? 0 : 1),
            ]
        ]
        do {
            try await writer.client.patch(
                MonitoringKind.prometheus.resource, namespace: prometheus.namespace, name: prometheus.name, subresource: "status", .merge(change))
        } catch let error as APIError where error.reason == .notFound {
            // Gone, or of a definition without status, as those of 2019.
        }
    }

    // MARK: Beside the servers

    /// What is left of servers that are no longer served, also of an earlier run's; their sets go with the objects that own them.
    private func removeOthers(_ served: [KubeObject]) {
        let names = Set(served.map(\.namespacedName))
        for name in servers.keys where !names.contains(name) { servers[name] = nil }
        let root = "\(configuration.folder)/servers"
        func entries(_ path: String) -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
        for namespace in entries(root) {
            for name in entries("\(root)/\(namespace)") {
                let server = NamespacedName(namespace: namespace, name: name)
                if !names.contains(server) { folder(server).remove() }
            }
        }
    }

    private func serveFront(_ prometheus: KubeObject) async throws {
        let name = NamespacedName(namespace: FrontService.namespace, name: FrontService.name)
        try await writer.apply(.services, FrontService.service(port: configuration.port), current: objects.services.get(name))
        let pod = pod(prometheus)
        let slice = FrontService.slice(pod.flatMap { $0.isReady ? $0 : nil })
        try await writer.apply(.endpointSlices, slice, current: objects.endpointSlices.get(slice.namespacedName))
    }
}
