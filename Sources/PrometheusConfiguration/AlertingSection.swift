// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Where alerts go: Prometheus' `alerting` section.
struct AlertingSection {
    /// Nil where the Prometheus object names no Alertmanager.
    var json: JSONObject?

    init(_ spec: Fields, policy: ScrapePolicy, replicaLabel: String?, reading: inout ObjectReading) {
        let entries = reading.attempt { _ throws(FieldProblem) -> [Fields]? in
            guard let alerting = try spec.fields("alerting") else { return nil }
            return try alerting.fieldsList("alertmanagers")
        }
        var alertmanagers: [JSONValue] = []
        for entry in entries ?? [] {
            let one = reading.attempt { reading throws(FieldProblem) in try Self.alertmanager(entry, policy, &reading) }
            if let one { alertmanagers.append(.object(one)) }
        }
        for entry in reading.additionalEntries("additionalAlertManagerConfigs", of: spec) {
            let one = reading.attempt { reading throws(FieldProblem) in
                let version = reading.environment.version
                return try AdditionalEntry(fields: entry, kind: .alertmanager, version: version, interval: policy.scrapeInterval).checked()
            }
            if let one { alertmanagers.append(.object(one)) }
        }
        var rules: [RelabelRule] = []
        if let replicaLabel { rules.append(RelabelRule(action: "labeldrop", regex: replicaLabel)) }
        for entry in reading.additionalEntries("additionalAlertRelabelConfigs", of: spec) {
            let rule = reading.attempt { reading throws(FieldProblem) in
                try RelabelRule(entry, .snakeCase, version: reading.environment.version)
            }
            if let rule { rules.append(rule) }
        }
        guard !alertmanagers.isEmpty else { return }
        var json: JSONObject = ["alertmanagers": .array(alertmanagers)]
        if !rules.isEmpty { json["alert_relabel_configs"] = .array(rules.map(\.json)) }
        self.json = json
    }

    private static func alertmanager(_ entry: Fields, _ policy: ScrapePolicy, _ reading: inout ObjectReading) throws(FieldProblem) -> JSONObject {
        guard let service = try entry.text("name") else { throw entry.problem("name", "is missing", fix: "name Alertmanager's Service") }
        let namespace = try entry.text("namespace") ?? reading.name.namespace
        guard ObjectName.isValidNamespace(namespace) else {
            throw entry.problem("namespace", "\(namespace.quoted) is not the name of a namespace", fix: "write a namespace's name")
        }
        var json = try reading.httpClient(entry)
        json["path_prefix"] = .string(try entry.text("pathPrefix") ?? "/")
        json["scheme"] = .string(try entry.word("scheme", of: ["http", "https"]) ?? "http")
        if let timeout = try entry.duration("timeout") { json["timeout"] = .string(timeout.text) }
        if let version = try entry.word("apiVersion", of: ["v1", "v2", "V1", "V2"]) { json["api_version"] = .string(version.lowercased()) }
        let slices = policy.usesEndpointSlices
        reading.environment.discovery.add(DiscoveryQuery(role: slices ? .endpointslice : .endpoints, namespaces: [namespace]), to: &json)
        var rules: [RelabelRule] = [.keep("__meta_kubernetes_service_name", matching: service.escapedForRegex)]
        switch try entry.port("port") {
        case .name(let name):
            rules.append(.keep("__meta_kubernetes_\(slices ? "endpointslice" : "endpoint")_port_name", matching: name.escapedForRegex))
        case .number(let number): rules.append(.keep("__meta_kubernetes_pod_container_port_number", matching: String(number)))
        case nil: break
        }
        rules += try RelabelRule.list("relabelings", of: entry, version: reading.environment.version)
        json["relabel_configs"] = .array(rules.map(\.json))
        if !(try entry.list("alertRelabelings")).isEmpty {
            reading.leaveOut(entry.problem("alertRelabelings", "is not supported", fix: "use additionalAlertRelabelConfigs"))
        }
        return json
    }
}
