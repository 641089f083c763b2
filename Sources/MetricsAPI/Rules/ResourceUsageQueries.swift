// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Logging
import MetricRules
import Synchronization

/// What nodes and pods use by resourceRules, asked of Prometheus for each answer.
///
/// - Source: prometheus-adapter v0.12 pkg/resourceprovider/provider.go, which answers with nothing where Prometheus does not; here that is an
///   error.
final class ResourceUsageQueries: Sendable {
    /// Namespaces asked about at once: of each, the answer may be large.
    private static let concurrency = 8

    private struct State {
        /// nil where they cannot be used.
        var rules: CompiledResourceRules?
        /// Why they cannot.
        var problem: String?
        /// Why the last queries gave nothing, by what was asked about.
        var failures: [MetricsCatalog.Resource: String] = [:]
    }

    private let servers: PrometheusServers
    private let kinds: ResourceKinds
    private let logger: Logger
    private let state: Mutex<State>

    init(_ rules: ResourceRules?, kinds: ResourceKinds, servers: PrometheusServers, logger: Logger) {
        self.servers = servers
        self.kinds = kinds
        self.logger = logger
        state = Mutex(Self.compiled(rules, kinds, logger))
    }

    private static func compiled(_ rules: ResourceRules?, _ kinds: ResourceKinds, _ logger: Logger) -> State {
        guard let rules else { return State(problem: "the rules file has no resourceRules") }
        do { return State(rules: try CompiledResourceRules(rules, kinds)) } catch {
            logger.error("resourceRules are left out", metadata: ["rule": "resourceRules.\(error.field)", "error": "\(error)"])
            return State(problem: "\(error)")
        }
    }

    /// Other rules from now on; where there are none, those before count on.
    func replace(_ rules: ResourceRules?) {
        guard let rules else { return logger.error("the rules file has no resourceRules any more; those it had count until a restart") }
        let fresh = Self.compiled(rules, kinds, logger)
        state.withLock { $0 = fresh }
    }

    var standing: RuledMetricsState.Standing {
        state.withLock { state in
            RuledMetricsState.Standing(
                rule: "resourceRules", problem: state.problem ?? state.failures.sorted { $0.key.rawValue < $1.key.rawValue }.first?.value)
        }
    }

    // MARK: Asking

    /// What `objects` use; nothing of those that Prometheus does not tell of.
    /// - Throws: `APIError` where it cannot be asked about any of them.
    func usage(_ resource: MetricsCatalog.Resource, _ objects: [ListedObject]) async throws -> QueriedUsage {
        let (rules, problem) = state.withLock { ($0.rules, $0.problem) }
        guard let rules else { throw APIError.internalError("resourceRules cannot be used: \(problem ?? "there are none")") }
        let round = Round(Self.questions(resource, objects))
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<min(Self.concurrency, round.count) {
                    group.addTask {
                        while let question = round.next() { round.take(try await self.usage(question, rules)) }
                    }
                }
                try await group.waitForAll()
            }
        } catch let error as APIError {
            note(error.message, resource)
            throw error
        }
        if round.count > 0 { note(nil, resource) }
        return round.usage
    }

    private struct Question: Sendable {
        var subject: CompiledResourceRules.Subject
        var names: [String]
    }

    private static func questions(_ resource: MetricsCatalog.Resource, _ objects: [ListedObject]) -> [Question] {
        guard !objects.isEmpty else { return [] }
        guard resource == .pods else { return [Question(subject: .nodes, names: objects.map(\.name.name))] }
        return Dictionary(grouping: objects, by: \.name.namespace).map { namespace, pods in
            Question(subject: .pods(namespace: namespace), names: pods.map(\.name.name))
        }
    }

    private func usage(_ question: Question, _ rules: CompiledResourceRules) async throws -> QueriedUsage {
        let queries: (cpu: String, memory: String)
        do throws(RuleProblem) {
            queries = (
                try rules.query(.cpu, question.subject, names: question.names), try rules.query(.memory, question.subject, names: question.names)
            )
        } catch {
            throw APIError.internalError("no query can be made by resourceRules: \(error)")
        }
        async let cpu = servers.samples(queries.cpu, of: rules.server(.cpu))
        async let memory = servers.samples(queries.memory, of: rules.server(.memory))
        let samples = (cpu: try await cpu, memory: try await memory)
        var usage = QueriedUsage()
        do throws(RuleProblem) {
            usage.add(
                try rules.measurements(question.subject, cpu: samples.cpu, memory: samples.memory), of: question.subject, window: rules.window)
        } catch {
            throw APIError.internalError("resourceRules do not tell whose a sample is: \(error)")
        }
        return usage
    }

    /// What is still to be asked, and what was answered.
    private final class Round: Sendable {
        private let state: Mutex<(questions: [Question], usage: QueriedUsage)>
        let count: Int

        init(_ questions: [Question]) {
            count = questions.count
            state = Mutex((questions, QueriedUsage()))
        }

        func next() -> Question? { state.withLock { $0.questions.popLast() } }
        func take(_ usage: QueriedUsage) { state.withLock { $0.usage.add(usage) } }
        var usage: QueriedUsage { state.withLock { $0.usage } }
    }

    /// Tells in the log when it begins to fail, and when that ends.
    private func note(_ failure: String?, _ resource: MetricsCatalog.Resource) {
        let before = state.withLock { state in
            defer { state.failures[resource] = failure }
            return state.failures[resource]
        }
        guard (before == nil) != (failure == nil) else { return }
        if let failure {
            logger.warning("cannot tell what is used", metadata: ["resource": "\(resource.rawValue)", "error": "\(failure)"])
        } else {
            logger.info("what is used can be told again", metadata: ["resource": "\(resource.rawValue)"])
        }
    }
}
