// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// An object of the Kubernetes API: its whole JSON tree, with names for what every kind has.
///
/// Reading a field that is absent or of the wrong type gives the empty value, as upstream's typed decoding would after
/// validation. Writers change the members they own and leave the rest of the tree alone.
package struct KubeObject: Sendable, Hashable {
    package var json: JSONObject

    package init(_ json: JSONObject) { self.json = json }

    /// A new object with its type and name; `namespace` is nil or empty for cluster-scoped kinds.
    package init(_ kind: GroupVersionKind, namespace: String? = nil, name: String) {
        json = ["apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind), "metadata": ["name": .string(name)]]
        if let namespace, !namespace.isEmpty { json.set(.string(namespace), at: "metadata", "namespace") }
    }

    package subscript(_ key: String) -> JSONValue? {
        get { json[key] }
        set { json[key] = newValue }
    }

    package func value(at path: String...) -> JSONValue? { JSONValue.object(json).value(at: path[...]) }
    package mutating func set(_ value: JSONValue?, at path: String...) { json.set(value, at: path[...]) }
}

extension KubeObject {
    package var apiVersion: String { json["apiVersion"]?.string ?? "" }
    package var kind: String { json["kind"]?.string ?? "" }
    package var groupVersionKind: GroupVersionKind { GroupVersionKind(apiVersion: apiVersion, kind: kind) }

    package var name: String { metadata("name")?.string ?? "" }
    /// Empty for cluster-scoped objects.
    package var namespace: String { metadata("namespace")?.string ?? "" }
    package var namespacedName: NamespacedName { NamespacedName(namespace: namespace, name: name) }
    package var uid: String { metadata("uid")?.string ?? "" }
    package var generation: Int64 { metadata("generation")?.int ?? 0 }

    /// Opaque to clients; in our store, the revision of the last write as decimal text. Empty where never stored.
    package var resourceVersion: String {
        get { metadata("resourceVersion")?.string ?? "" }
        set { json.set(newValue.isEmpty ? nil : .string(newValue), at: "metadata", "resourceVersion") }
    }

    package var labels: [String: String] {
        get { metadata("labels")?.stringMap ?? [:] }
        set { json.set(newValue.isEmpty ? nil : JSONValue(newValue), at: "metadata", "labels") }
    }

    package var annotations: [String: String] {
        get { metadata("annotations")?.stringMap ?? [:] }
        set { json.set(newValue.isEmpty ? nil : JSONValue(newValue), at: "metadata", "annotations") }
    }

    package var creationTimestamp: Timestamp? { metadata("creationTimestamp")?.timestamp }
    /// Set once deletion was asked for and something (a grace period, a finalizer) still holds the object.
    package var deletionTimestamp: Timestamp? { metadata("deletionTimestamp")?.timestamp }
    /// The annotation of an object that gives way to what somebody applies in its name.
    package static let placeholderAnnotation = "updraft.dev/placeholder"
    package var isPlaceholder: Bool { annotations[Self.placeholderAnnotation] != nil }
    /// For what took a placeholder's place.
    package mutating func endPlaceholder() { annotations[Self.placeholderAnnotation] = nil }
    package var isBeingDeleted: Bool { deletionTimestamp != nil }
    package var finalizers: [String] { metadata("finalizers")?.array?.compactMap(\.string) ?? [] }
    package var ownerReferences: [OwnerReference] { metadata("ownerReferences")?.array?.compactMap(OwnerReference.init) ?? [] }
    package var controller: OwnerReference? { ownerReferences.first { $0.isController } }

    package var spec: JSONValue { json["spec"] ?? [:] }
    package var status: JSONValue { json["status"] ?? [:] }

    private func metadata(_ field: String) -> JSONValue? { json["metadata"]?[field] }
}

extension JSONValue {
    /// An object whose members are text, such as labels; members of other types are left out.
    package var stringMap: [String: String]? {
        guard let object else { return nil }
        var map: [String: String] = [:]
        map.reserveCapacity(object.count)
        for member in object { if let text = member.value.string { map[member.key] = text } }
        return map
    }

    package var timestamp: Timestamp? { string.flatMap { Timestamp($0) } }
}

package struct NamespacedName: Sendable, Hashable, CustomStringConvertible {
    /// Empty for cluster-scoped objects.
    package var namespace: String
    package var name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
}

/// One entry of `metadata.ownerReferences`.
package struct OwnerReference: Sendable, Hashable {
    package var apiVersion: String
    package var kind: String
    package var name: String
    package var uid: String
    package var isController: Bool
    package var blocksOwnerDeletion: Bool

    /// The reference by which `owner` controls another object.
    package init(controller owner: KubeObject) {
        apiVersion = owner.apiVersion
        kind = owner.kind
        name = owner.name
        uid = owner.uid
        isController = true
        blocksOwnerDeletion = true
    }

    package init?(_ json: JSONValue) {
        guard let uid = json["uid"]?.string else { return nil }
        apiVersion = json["apiVersion"]?.string ?? ""
        kind = json["kind"]?.string ?? ""
        name = json["name"]?.string ?? ""
        self.uid = uid
        isController = json["controller"]?.bool ?? false
        blocksOwnerDeletion = json["blockOwnerDeletion"]?.bool ?? false
    }

    package var json: JSONValue {
        [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
            "controller": .bool(isController), "blockOwnerDeletion": .bool(blocksOwnerDeletion),
        ]
    }
}

extension KubeObject {
    /// Whether both are the same to the byte; `==` also holds for texts that Swift takes for equal, such as an accented letter and its parts.
    package func isIdentical(to other: KubeObject) -> Bool { self == other && encoded == other.encoded }
}
