// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The rules that the endpoints of one monitor share.
struct CommonRules {
    var selection: [RelabelRule]
    var labels: [RelabelRule]
    var job: [RelabelRule]
}

extension MonitorReading {
    /// The role that ServiceMonitors are discovered by; the monitor's own word goes before the Prometheus object's.
    var usesEndpointSlices: Bool {
        guard reading.environment.version >= PrometheusVersion(2, 21) else { return false }
        return spec.value("serviceDiscoveryRole")?.string.map { $0 == "EndpointSlice" } ?? policy.usesEndpointSlices
    }

    func commonRules() throws(FieldProblem) -> CommonRules {
        let selector = try spec.fields("selector").map { fields throws(FieldProblem) in try fields.labelSelector() } ?? .everything
        return CommonRules(
            selection: selector.relabelRules(of: kind.subject), labels: try copiedLabels(), job: try jobRules())
    }

    /// The labels of Services and Pods that a monitor asks for.
    private func copiedLabels() throws(FieldProblem) -> [RelabelRule] {
        var rules: [RelabelRule] = []
        if kind.subject == .service { rules += try copies(of: try spec.strings("targetLabels"), from: .service, "targetLabels") }
        return rules + (try copies(of: try spec.strings("podTargetLabels") + policy.podTargetLabels, from: .pod, "podTargetLabels"))
    }

    private func copies(of labels: [String], from subject: MonitorKind.Subject, _ field: String) throws(FieldProblem) -> [RelabelRule] {
        var rules: [RelabelRule] = []
        for (index, label) in labels.enumerated() {
            let name = LabelName.sanitized(label)
            guard LabelName.isValid(name) else {
                throw spec.problem("\(field)[\(index)]", "\(label.quoted) makes no label's name", fix: "name a label that begins with a letter")
            }
            rules.append(.copyPresent("__meta_kubernetes_\(subject.rawValue)_label_\(name)", to: name))
        }
        return rules
    }

    /// A job is named after the Service, or the PodMonitor, unless the label that is asked for is there.
    private func jobRules() throws(FieldProblem) -> [RelabelRule] {
        var rules: [RelabelRule] =
            kind.subject == .service
            ? [RelabelRule(sourceLabels: ["__meta_kubernetes_service_name"], targetLabel: "job", replacement: "${1}")]
            : [.set("job", to: reading.name.description)]
        if let label = try spec.text("jobLabel") {
            rules.append(.copyPresent("__meta_kubernetes_\(kind.subject.rawValue)_label_\(LabelName.sanitized(label))", to: "job"))
        }
        return rules
    }

    func rules(_ endpoint: Fields, _ common: CommonRules) throws(FieldProblem) -> [RelabelRule] {
        let filtersRunning = try endpoint.bool("filterRunning") ?? true
        let running: [RelabelRule] = filtersRunning ? [.drop("__meta_kubernetes_pod_phase", matching: "(Failed|Succeeded)")] : []
        let ports = try portRules(endpoint)
        var rules: [RelabelRule] = [.copy("job", to: "__tmp_prometheus_job_name")]
        if kind.subject == .pod {
            rules += running + common.selection + ports.selection + Self.podLabels
        } else {
            rules += common.selection + ports.selection + serviceLabels + running
        }
        return rules + common.labels + common.job + ports.name
    }

    private static let podLabels: [RelabelRule] = [
        .copy("__meta_kubernetes_namespace", to: "namespace"), .copy("__meta_kubernetes_pod_container_name", to: "container"),
        .copy("__meta_kubernetes_pod_name", to: "pod"),
    ]

    private var serviceLabels: [RelabelRule] {
        let prefix = usesEndpointSlices ? "__meta_kubernetes_endpointslice" : "__meta_kubernetes_endpoint"
        let target = ["\(prefix)_address_target_kind", "\(prefix)_address_target_name"]
        let ofTarget = [("Node", "node"), ("Pod", "pod")].map { kind, label in
            RelabelRule(sourceLabels: target, separator: ";", regex: "\(kind);(.*)", targetLabel: label, replacement: "${1}")
        }
        return ofTarget + [
            .copy("__meta_kubernetes_namespace", to: "namespace"), .copy("__meta_kubernetes_service_name", to: "service"),
            .copy("__meta_kubernetes_pod_name", to: "pod"), .copy("__meta_kubernetes_pod_container_name", to: "container"),
        ]
    }

    /// Which port counts, and how it is called in the label `endpoint`.
    private func portRules(_ endpoint: Fields) throws(FieldProblem) -> (selection: [RelabelRule], name: [RelabelRule]) {
        let ofContainers = "__meta_kubernetes_pod_container_port"
        if let name = try endpoint.text("port") {
            let label =
                kind.subject == .pod
                ? "\(ofContainers)_name" : "__meta_kubernetes_\(usesEndpointSlices ? "endpointslice" : "endpoint")_port_name"
            return ([.keep(label, matching: try portPattern(name, endpoint, "port"))], [.set("endpoint", to: name)])
        }
        var port = try endpoint.port("targetPort")
        if kind.subject == .pod, let number = try endpoint.integer("portNumber", in: 1...65535) { port = .number(number) }
        switch port {
        case .name(let name):
            return ([.keep("\(ofContainers)_name", matching: try portPattern(name, endpoint, "targetPort"))], [.set("endpoint", to: name)])
        case .number(let number): return ([.keep("\(ofContainers)_number", matching: String(number))], [.set("endpoint", to: String(number))])
        case nil: return ([], [])
        }
    }

    /// The operator takes a port's name for a pattern, and so some monitors write one.
    private func portPattern(_ name: String, _ endpoint: Fields, _ field: String) throws(FieldProblem) -> String {
        if let problem = RegularExpressionSyntax.problem(in: name) {
            throw endpoint.problem(field, "\(name.quoted) is not a port's name: \(problem)", fix: "write the name of a port")
        }
        return name
    }
}
