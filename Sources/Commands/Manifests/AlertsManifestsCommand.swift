// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import KubeModel

struct AlertsManifestsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "Print alerts on metrics and autoscalers, as a PrometheusRule.",
        discussion: """
            Examples:
              updraft manifests alerts -n monitoring --label prometheus=k8s --label role=alert-rules | kubectl apply -f -
              updraft manifests alerts -o json | jq .items[0].spec > rules.json     for a Prometheus without operator

            They need the metrics of kube-apiserver, of kube-state-metrics and of the metrics server. Those that lack theirs never fire.
            """)

    @Option(name: .shortAndLong, help: "Where to install them.")
    var namespace = "kube-system"

    @Option(help: "A label by which Prometheus selects its rules, as NAME=VALUE; as often as needed.")
    var label: [String] = []

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print it: yaml, or json (one List).")
    var output: ManifestFormat = .yaml

    func validate() throws {
        guard NamespaceName.isValid(namespace) else { throw ValidationError("--namespace \(namespace) is not a namespace's name") }
        _ = try labels()
    }

    func run() throws {
        StandardOutput.write(output.text(of: [AlertsManifest(namespace: namespace, labels: try labels()).object]))
    }

    private func labels() throws -> [String: String] {
        var labels: [String: String] = [:]
        for text in label {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, LabelSyntax.problems(key: parts[0]).isEmpty, LabelSyntax.problems(value: parts[1]).isEmpty else {
                throw ValidationError("--label \(text) is not NAME=VALUE, such as role=alert-rules")
            }
            labels[parts[0]] = parts[1]
        }
        return labels
    }
}
