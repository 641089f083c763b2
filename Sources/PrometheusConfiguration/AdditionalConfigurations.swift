// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel

/// What a Prometheus object adds in Prometheus' own words, by Secrets (`additionalScrapeConfigs` and its like).
extension ObjectReading {
    /// The jobs of `additionalScrapeConfigs`, without those that Prometheus would refuse.
    mutating func additionalJobs(of spec: Fields, policy: ScrapePolicy, besides names: Set<String>) -> [JSONValue] {
        var names = names
        var jobs: [JSONValue] = []
        for entry in additionalEntries("additionalScrapeConfigs", of: spec) {
            let job = attempt { reading throws(FieldProblem) in
                let version = reading.environment.version
                let checked = try AdditionalEntry(fields: entry, kind: .job, version: version, interval: policy.scrapeInterval).checked()
                guard let name = try entry.text("job_name") else { throw entry.problem("job_name", "is missing", fix: "name the job") }
                guard names.insert(name).inserted else {
                    throw entry.problem("job_name", "\(name.quoted) is another job's name too", fix: "choose another name")
                }
                return checked
            }
            if let job { jobs.append(.object(job)) }
        }
        return jobs
    }

    /// The entries of the list that the Secret in `field` holds: with their secrets in files, their paths on this machine, and discovery by
    /// Kubernetes as this server does it.
    mutating func additionalEntries(_ field: String, of spec: Fields) -> [Fields] {
        let elements = attempt { reading throws(FieldProblem) in try reading.additionalList(field, of: spec) } ?? []
        return elements.enumerated().compactMap { index, element in
            attempt { reading throws(FieldProblem) in
                let path = "\(spec.path(field))[\(index)]"
                let entry = try Fields(try reading.withoutSecrets(element, under: "", at: path), at: path)
                return try Fields(.object(try reading.discovered(entry)), at: path)
            }
        }
    }

    private mutating func additionalList(_ field: String, of spec: Fields) throws(FieldProblem) -> [JSONValue]? {
        guard let selector = try spec.nonEmptyFields(field), let entry = try secret(selector) else { return nil }
        guard let text = String(validating: entry.bytes, as: UTF8.self) else {
            throw spec.problem(field, "the Secret's key holds no text in UTF-8", fix: "store a list as YAML")
        }
        let documents: [JSONValue]
        do { documents = try YAML.documents(in: text) } catch {
            // Without the parser's own words, which may repeat the text.
            throw spec.problem(field, "the Secret's key holds no YAML, from line \(error.line) on", fix: "store a list as YAML")
        }
        guard documents.count <= 1, let list = (documents.first ?? []).array else {
            throw spec.problem(field, "the Secret's key holds something else than one list", fix: "store a list as YAML")
        }
        return list
    }

    // MARK: Secrets

    /// The secrets that Prometheus takes from a file too, by the object they stand in. Where a secret stands elsewhere, the entry is refused
    /// for the field.
    private static let secretKeys = ["password": "basic_auth", "credentials": "authorization"]
    /// Whose members have names of the user's own.
    private static let freeObjects: Set<String> = ["labels", "params", "headers"]

    private mutating func withoutSecrets(_ value: JSONValue, under parent: String, at path: String) throws(FieldProblem) -> JSONValue {
        switch value {
        case .array(let elements):
            var result: [JSONValue] = []
            for (index, element) in elements.enumerated() {
                guard !element.isNull else { throw FieldProblem("\(path)[\(index)]", "is empty", fix: "remove the entry, or fill it in") }
                result.append(try withoutSecrets(element, under: parent, at: "\(path)[\(index)]"))
            }
            return .array(result)
        case .object(let object) where !Self.freeObjects.contains(parent):
            var result = JSONObject()
            for member in object where !member.value.isNull {
                let place = "\(path).\(member.key)"
                if let text = member.value.string, member.key == "bearer_token" || Self.secretKeys[member.key] == parent {
                    result["\(member.key)_file"] = .string(file(Array(text.utf8), at: "inline/\(place.pathComponent)"))
                } else if let text = member.value.string, member.key.hasSuffix("_file") {
                    result[member.key] = .string(environment.files[text] ?? text)
                } else {
                    result[member.key] = try withoutSecrets(member.value, under: member.key, at: place)
                }
            }
            return .object(result)
        default: return value
        }
    }

    // MARK: Discovery

    /// The entry with discovery by Kubernetes as this server does it; what names an API server of its own is taken as it is where it can be.
    private func discovered(_ entry: Fields) throws(FieldProblem) -> JSONObject {
        let key = "kubernetes_sd_configs"
        var result = entry.members
        result[key] = nil
        for source in try entry.fieldsList(key) {
            if source.value("api_server") != nil {
                guard case .kubernetes = environment.discovery else {
                    throw source.problem("api_server", "is not this server's to ask", fix: "leave it out, for the objects of this API server")
                }
                result.append(.object(source.members), to: key)
            } else {
                environment.discovery.add(try Self.query(source), to: &result)
            }
        }
        return result
    }

    private static func query(_ source: Fields) throws(FieldProblem) -> DiscoveryQuery {
        let word = try source.string("role") ?? ""
        guard let role = DiscoveryRole(rawValue: word) else {
            throw source.problem(
                "role", "\(word.quoted) is not supported", fix: "use \(DiscoveryRole.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        for field in ["selectors", "kubeconfig_file"] where source.value(field) != nil {
            throw source.problem(field, "is not supported", fix: "keep or drop targets by relabel_configs")
        }
        var query = DiscoveryQuery(role: role)
        if let namespaces = try source.fields("namespaces") {
            query.namespaces = try namespaces.strings("names")
            for (index, name) in query.namespaces.enumerated() where !ObjectName.isValidNamespace(name) {
                throw namespaces.problem("names[\(index)]", "\(name.quoted) is not the name of a namespace", fix: "write a namespace's name")
            }
        }
        query.attachesNodeMetadata = try source.fields("attach_metadata").flatMap { fields throws(FieldProblem) in try fields.bool("node") } ?? false
        return query
    }
}
