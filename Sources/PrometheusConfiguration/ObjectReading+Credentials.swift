// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ObjectReading {
    /// What the Secret's key holds that `fields` selects (`{name, key}`); nil where it is missing and may be.
    mutating func secret(_ fields: Fields) throws(FieldProblem) -> Entry? { try entry(.secret, fields) }

    /// What a Secret or ConfigMap holds under one key, and which.
    struct Entry {
        var bytes: [UInt8]
        /// `secret/NAMESPACE/NAME/KEY`: a path that is nobody else's, and leads nowhere else.
        var path: String
    }

    /// The path of a file with what the Secret's key holds.
    mutating func secretFile(_ fields: Fields) throws(FieldProblem) -> String? { try secret(fields).map { file($0.bytes, at: $0.path) } }

    /// The path of a file with what a Secret or ConfigMap holds (`{secret: {name, key}}` or `{configMap: {name, key}}`).
    mutating func secretOrConfigMapFile(_ fields: Fields) throws(FieldProblem) -> String? {
        let secret = try fields.nonEmptyFields("secret")
        let configMap = try fields.nonEmptyFields("configMap")
        if secret != nil, configMap != nil {
            throw FieldProblem(fields.path, "names both a Secret and a ConfigMap", fix: "keep one of them")
        }
        if let secret { return try secretFile(secret) }
        guard let configMap else { return nil }
        return try entry(.configMap, configMap).map { file($0.bytes, at: $0.path) }
    }

    private mutating func entry(_ kind: DataReference.Kind, _ fields: Fields) throws(FieldProblem) -> Entry? {
        let name = try fields.string("name") ?? ""
        let key = try fields.string("key") ?? ""
        let isOptional = try fields.bool("optional") ?? false
        return try entry(kind, namespace: self.name.namespace, name: name, key: key, isOptional: isOptional, at: fields.path)
    }

    private mutating func entry(
        _ kind: DataReference.Kind, namespace: String, name: String, key: String, isOptional: Bool, at path: String
    ) throws(FieldProblem) -> Entry? {
        guard ObjectName.isValidNamespace(namespace), ObjectName.isValid(name) else {
            throw FieldProblem(path, "\(name.quoted) is not the name of a \(kind.rawValue)", fix: "name one in the object's own namespace")
        }
        guard ObjectName.isValidKey(key) else {
            throw FieldProblem(path, "\(key.quoted) is not a key of a \(kind.rawValue)", fix: "name one of its keys")
        }
        let reference = DataReference(kind, NamespacedName(namespace: namespace, name: name))
        guard let entries = entries(of: reference) else {
            if isOptional { return nil }
            throw FieldProblem(path, "there is no \(kind.rawValue) \(reference.name)", fix: "create it, with the key \(key.quoted)")
        }
        guard let bytes = entries[key] else {
            if isOptional { return nil }
            throw FieldProblem(path, "the \(kind.rawValue) \(reference.name) has no key \(key.quoted)", fix: "add the key, or name another")
        }
        return Entry(bytes: bytes, path: "\(kind.rawValue.lowercased())/\(namespace)/\(name)/\(key)")
    }

    /// The file on this machine for a path in the server's container; nil where the field is absent.
    mutating func containerFile(_ name: String, of fields: Fields) throws(FieldProblem) -> String? {
        guard let path = try fields.text(name) else { return nil }
        guard fileAccess.isAllowed else {
            throw fields.problem(
                name, "the Prometheus object denies monitors access to files (arbitraryFSAccessThroughSMs)",
                fix: "refer to a Secret or ConfigMap instead")
        }
        return try containerFile(path, at: fields.path(name))
    }

    /// - Source: the mounts of `secrets` and `configMaps`, prometheus-operator pkg/prometheus/statefulset.go
    mutating func containerFile(_ path: String, at field: String) throws(FieldProblem) -> String {
        if let file = environment.files[path] { return file }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 6, parts.starts(with: ["", "etc", "prometheus"]), let kind = Self.mounts[parts[3]] {
            let mounted = kind == .secret ? fileAccess.secrets : fileAccess.configMaps
            if mounted.contains(parts[4]) {
                let entry = try entry(kind, namespace: fileAccess.namespace, name: parts[4], key: parts[5], isOptional: false, at: field)
                if let entry { return file(entry.bytes, at: entry.path) }
            }
        }
        throw FieldProblem(
            field, "\(path.quoted) is no file of this server, which runs outside of containers",
            fix: "refer to a Secret or ConfigMap, or name \(ServerEnvironment.serviceAccountToken) or \(ServerEnvironment.serviceAccountCA)")
    }

    private static let mounts: [String: DataReference.Kind] = ["secrets": .secret, "configmaps": .configMap]
}
