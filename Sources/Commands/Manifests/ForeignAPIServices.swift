// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import MetricsAPI

/// An APIService that leads to somebody else's Service.
struct ForeignAPIService: Sendable, Hashable {
    var owner: APIServiceOwner
    /// Of the Service that it leads to; nil where they are not known.
    var serviceLabels: [String: String]?

    /// By these Services and labels, metrics-server and prometheus-adapter are installed: by their own manifests and charts, and by kube-prometheus.
    private static let replaceable: Set<String> = ["metrics-server", "prometheus-adapter", "k8s-prometheus-adapter", "custom-metrics-apiserver"]

    /// Whether it is of a server whose place this one takes.
    ///
    /// The Service's labels tell, not the APIService's own: those stay when somebody has it lead elsewhere. `app.kubernetes.io/name` has the last
    /// word, so that another server in a Service of that name is not taken for it.
    var isReplaceable: Bool {
        guard let service = owner.service else { return false }
        if let name = serviceLabels?["app.kubernetes.io/name"] { return Self.replaceable.contains(name) }
        let names = [service.name] + ["k8s-app", "app"].compactMap { serviceLabels?[$0] }
        return names.contains { Self.replaceable.contains($0) }
    }
}

/// What a user reads where others have the API.
struct ForeignAPIServices {
    var all: [ForeignAPIService]
    var manifest: MetricsServerManifest

    init(_ all: [ForeignAPIService], _ manifest: MetricsServerManifest) {
        self.all = all
        self.manifest = manifest
    }

    /// Those that `--take-over` does not take.
    var leftAlone: [ForeignAPIService] { all.filter { !$0.isReplaceable } }

    private var takenOver: [ForeignAPIService] { all.filter(\.isReplaceable) }

    /// Where none is to be taken over.
    var report: String {
        let settings = manifest.servingSettings
        let told = all.map { "\($0.owner.apiService) belongs to \($0.owner.description)" }.joined(separator: "\n       ")
        let saved = all.map { "kubectl get apiservice \($0.owner.apiService) -o yaml > \($0.owner.apiService).yaml" }
        let rest = "\(manifest.command) --take-over | kubectl apply -f -"
        let names = takenOver.map(\.owner.apiService).joined(separator: ", ")
        let steps: [(String, [String])] = [
            ("keep a copy of what is there", saved),
            (
                takenOver.isEmpty ? "install it, and leave all of them with their owners" : "take over \(names), with a gap of some seconds",
                [rest]
            ),
            (
                "or without one: run beside it, then switch",
                [
                    "\(manifest.command) --without-api-services | kubectl apply -f -",
                    "kubectl rollout status -n \(settings.service.namespace) deployment/\(settings.service.name)",
                ] + takenOver.map { $0.owner.takeOverCommand(settings) } + [rest]
            ),
            ("--take-over leaves with its owner, as no metrics-server or prometheus-adapter; to switch it all the same", takeOverByHand),
            ("roll back", all.map(\.owner.rollBackCommand)),
        ]
        let lines = steps.filter { !$0.1.isEmpty }.map { "  \($0.0):\n" + $0.1.map { "    \($0)\n" }.joined() }
        return told + "\n" + lines.joined() + "Nothing is printed for kubectl."
    }

    /// Where `--take-over` prints the others.
    var leftOutReport: String {
        leftAlone.map { foreign in
            "left out: \(foreign.owner.apiService) belongs to \(foreign.owner.description), which is neither metrics-server nor prometheus-adapter"
        }.joined(separator: "\n") + "\n  to switch it all the same, when the server runs:\n"
            + takeOverByHand.map { "    \($0)" }.joined(separator: "\n")
    }

    private var takeOverByHand: [String] { leftAlone.map { $0.owner.takeOverCommand(manifest.servingSettings) } }
}
