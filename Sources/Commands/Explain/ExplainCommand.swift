// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import HorizontalAutoscaler
import KubeClient
import KubeCoding
import KubeModel

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say why an autoscaler asks for as many replicas as it does.",
        discussion: """
            Examples:
              updraft explain hpa/podinfo
              updraft explain hpa/web -n shop --kubeconfig ~/.kube/config -o json

            Where our controller decides, what it decided is printed. Where another does (kube-controller-manager on EKS, AKS, GKE and anywhere
            else), the decision is made again from the live objects and metrics, without writing anything, and what differs from the status
            is shown.
            """)

    @Argument(help: "hpa/NAME, or just NAME.")
    var autoscaler: String

    @Option(name: .shortAndLong, help: "Its namespace; the kubeconfig's own, or default, if not given.")
    var namespace: String?

    @Option(help: "The cluster and who asks; KUBECONFIG, else the lab's, if not given.")
    var kubeconfig: String?

    @OptionGroup var directory: DataDirectoryOption
    @OptionGroup(title: "Settings of the controller that decides, for a decision made again") var settings: AutoscalerFlags

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print it: text, wide (every pod), json or yaml.")
    var output: ExplanationFormat = .text

    func validate() throws {
        let parts = autoscaler.split(separator: "/", omittingEmptySubsequences: false)
        let kinds = ["hpa", "horizontalpodautoscaler", "horizontalpodautoscalers", "horizontalpodautoscalers.autoscaling"]
        guard parts.count == 1 || (parts.count == 2 && kinds.contains(parts[0].lowercased())), let name = parts.last, !name.isEmpty else {
            throw ValidationError("\(autoscaler) is not hpa/NAME")
        }
    }

    func run() async throws {
        let (kubeconfig, path) = try readKubeconfig()
        let configuration = try kubeconfig.configuration()
        let own = kubeconfig.contexts.first { $0.name == kubeconfig.currentContext }?.namespace
        let name = NamespacedName(
            namespace: namespace ?? own ?? "default", name: autoscaler.split(separator: "/").last.map(String.init) ?? autoscaler)
        let transport: HTTPTransport
        do {
            transport = try HTTPTransport(configuration)
        } catch let error as ClientError {
            throw CommandFailure(.usage, error.message)
        }
        let client = KubeClient(transport: transport, userAgent: "updraft/\(Version.text) explain")
        let result: Result<ExplanationReport, any Error>
        do {
            result = .success(try await explain(name, client, configuration))
        } catch {
            result = .failure(error)
        }
        try? await transport.shutdown()
        do {
            let report = try result.get()
            StandardOutput.write(report.rendered(output))
        } catch let error as APIError where error.reason == .notFound {
            throw CommandFailure(.failed, error.message, fix: "kubectl --kubeconfig \(path) get hpa -A lists those that there are")
        } catch let error as APIError {
            throw CommandFailure(.failed, error.message)
        } catch let error as ClientError {
            throw CommandFailure(.unreachable, error.message, fix: "name the cluster with --kubeconfig, or start a lab: updraft up")
        }
    }

    private func readKubeconfig() throws -> (Kubeconfig, path: String) {
        let named = kubeconfig ?? ProcessInfo.processInfo.environment["KUBECONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let path = named.map { ($0 as NSString).expandingTildeInPath } ?? LabDirectory(directory.dataDirectory).kubeconfig
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure(.unreachable, "there is no kubeconfig at \(path)", fix: "name one with --kubeconfig, or start a lab: updraft up")
        }
        do {
            return (try Kubeconfig(contentsOf: path), path)
        } catch let error as ClientError {
            throw CommandFailure(.usage, error.message)
        }
    }

    private func explain(_ name: NamespacedName, _ client: KubeClient, _ configuration: ClientConfiguration) async throws -> ExplanationReport {
        let object = try await client.get(.horizontalPodAutoscalers, namespace: name.namespace, name: name.name)
        var why = "no controller of ours decides here, so it is another one or none"
        switch await DecisionSource.find(client, configuration) {
        case .none: break
        case .unreachable(let reason): why = reason
        case .controller(let source):
            do {
                return ExplanationReport(decided: try await source.decision(name), by: source.holder)
            } catch {
                why = "our controller \(source.holder) does not tell: \(error)"
            }
        }
        let settings = try settings.options(syncPeriod: .seconds(15)).settings
        let inspector = AutoscalerInspector(client: client, settings: settings, clock: ContinuousClock(), now: { WallClock.now() })
        return ExplanationReport(recomputed: try await inspector.inspect(object), settings: settings, because: why)
    }
}

enum ExplanationFormat: String, ExpressibleByArgument, CaseIterable, Sendable { case text, wide, json, yaml }
