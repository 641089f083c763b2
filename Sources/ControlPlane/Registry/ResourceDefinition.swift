// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

/// One kind of the API as the server serves it: a row of `ResourceRegistry`. A further kind is a further row.
///
/// What differs from kind to kind is either data here or one of the few named behaviours (`Deletion`, `GenerationRule`, …)
/// and hooks (`prepareForCreate`, …); the handlers know no kind by name.
struct ResourceDefinition: Sendable {
    /// Plural, as in paths.
    var resource: String
    var singular: String
    var kind: String
    /// Of a list of its objects, where it is not the kind's name with `List` behind it.
    var ownListKind: String?
    var shortNames: [String] = []
    var categories: [String] = []
    var isNamespaced: Bool
    /// Every group and version that serves it, the storage version among them.
    var versions: [GroupVersion]
    /// The version that objects are stored in, and that every rule here sees: the hub of conversions.
    var storageVersion: GroupVersion
    var verbs: [Verb] = Verb.all
    var subresources: [Subresource] = []
    /// By `metadata.name`, and `metadata.namespace` where namespaced, every kind can be selected; these come on top.
    var selectableFields: [SelectableField] = []
    var columns: TableColumns = .nameAndAge
    var strategy = ResourceStrategy()
    /// Its definition is being deleted: nothing is made anew.
    var isTerminating = false
    /// Where the subresource `scale` finds its numbers.
    var scale = ScalePaths.workload
    /// What versions have of their own, by the version; a version without an entry has what is said above.
    var ofVersion: [String: VersionFacts] = [:]

    enum Verb: String, Sendable, CaseIterable {
        case create, delete, deletecollection, get, list, patch, update, watch

        static let all = allCases
    }

    enum Subresource: String, Sendable {
        case status, scale, log, binding, finalize, token, approval
    }

    var listKind: String { ownListKind ?? "\(kind)List" }
    /// The group and plural under which objects are stored, and by which messages name them.
    var groupResource: GroupResource { GroupResource(group: storageVersion.group, resource: resource) }
    var storageKind: GroupVersionKind { kind(in: storageVersion) }

    func kind(in version: GroupVersion) -> GroupVersionKind { GroupVersionKind(group: version.group, version: version.version, kind: kind) }

    func key(namespace: String, name: String) -> ObjectKey { ObjectKey(groupResource, namespace: isNamespaced ? namespace : "", name: name) }
    func key(of object: KubeObject) -> ObjectKey { key(namespace: object.namespace, name: object.name) }

    /// In any of its versions.
    func has(_ subresource: Subresource) -> Bool { subresources.contains(subresource) }

    func subresources(in version: GroupVersion) -> [Subresource] { ofVersion[version.version]?.subresources ?? subresources }
    func columns(in version: GroupVersion) -> TableColumns { ofVersion[version.version]?.columns ?? columns }
    func scale(in version: GroupVersion) -> ScalePaths { ofVersion[version.version]?.scale ?? scale }
}

/// What differs from version to version of a custom kind.
struct VersionFacts: Sendable {
    var subresources: [ResourceDefinition.Subresource]
    var columns: TableColumns
    var scale: ScalePaths?
    /// Shown to whoever uses a version that is to go.
    var deprecationWarning: String?
}

/// A field that `fieldSelector` can name.
struct SelectableField: Sendable {
    var name: String
    /// The object's value, in the storage version; empty where absent.
    var value: @Sendable (KubeObject) -> String

    init(_ name: String, value: @escaping @Sendable (KubeObject) -> String) {
        self.name = name
        self.value = value
    }

    /// A field found by the path it is named by.
    init(_ name: String) {
        let path = name.split(separator: ".").map(String.init)
        self.init(name) { JSONValue.object($0.json).value(at: path[...])?.selectorText ?? "" }
    }
}

extension JSONValue {
    var selectorText: String {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .bool(let flag): flag ? "true" : "false"
        default: ""
        }
    }
}
