// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Applies a strategic merge patch: a merge patch whose lists are merged by the keys that the schema declares, with directives.
///
/// - Source: k8s.io/apimachinery pkg/util/strategicpatch/patch.go
package struct StrategicMergePatch: Sendable {
    package let schema: KubeSchema

    package init(schema: KubeSchema) { self.schema = schema }

    /// `object` after `patch`; `type` is the object's.
    package func apply(_ patch: JSONObject, to object: JSONObject, type: SchemaType) throws(PatchError) -> JSONObject {
        try merged(object, patch, .type(type))
    }

    /// What is known of the members of an object.
    enum Members {
        case type(SchemaType)
        /// All are alike, as those of labels.
        case alike(FieldType)
        case unknown
    }

    func merged(_ original: JSONObject, _ patch: JSONObject, _ members: Members) throws(PatchError) -> JSONObject {
        var patch = patch
        if let directive = patch[Directive.patch] {
            switch directive.string {
            case "replace":
                patch[Directive.patch] = nil
                return patch
            case "delete": return JSONObject()
            default: throw PatchError("unknown patch type '\(directive.encodedText)' found: \(JSONValue.object(patch).encodedText)")
            }
        }
        var original = try retainingKeys(original, &patch)
        try mergeOrderedLists(&original, &patch, members)
        let deletions = patch.members.filter { $0.key.hasPrefix(Directive.deleteFromList) }
        if !deletions.isEmpty {
            for deletion in deletions { Self.delete(deletion, from: &original) }
            patch = JSONObject(unsorted: patch.members.filter { !$0.key.hasPrefix(Directive.deleteFromList) })
        }
        return try original.merged(with: patch) { current, change throws(PatchError) in try merged(current, change, members) }
    }

    private static func delete(_ deletion: JSONObject.Member, from original: inout JSONObject) {
        let name = String(deletion.key.dropFirst(Directive.deleteFromList.count))
        if deletion.value.isNull {
            original[name] = nil
        } else if let old = original[name]?.array, let gone = deletion.value.array.map(Set.init) {
            original[name] = .array(old.filter { !gone.contains($0) })
        }
    }

    /// A member after its change; nil where it goes, or does not come.
    private func merged(_ current: JSONValue?, _ change: JSONObject.Member, _ members: Members) throws(PatchError) -> JSONValue? {
        guard !change.value.isNull else { return nil }
        let field = self.field(change.key, members)
        switch (current, change.value) {
        case (.object(let old)?, .object(let new)) where !(field?.patch.replaces ?? false):
            return .object(try merged(old, new, membersBelow(change.key, members)))
        case (.array(let old)?, .array(let new)) where field?.patch.merges ?? false:
            return .array(try MergedList(self, members: elementMembers(change.key, members), key: field?.patchMergeKey).merged(old, new))
        default: return change.value.withoutDirectives ?? current
        }
    }

    /// `$retainKeys` names all members that may stay.
    private func retainingKeys(_ original: JSONObject, _ patch: inout JSONObject) throws(PatchError) -> JSONObject {
        guard let directive = patch[Directive.retainKeys] else { return original }
        patch[Directive.retainKeys] = nil
        guard let names = directive.array?.compactMap(\.string), names.count == directive.array?.count else {
            throw PatchError("invalid patch format of retainKeys")
        }
        let kept = Set(names)
        for change in patch where !change.key.hasPrefix("$") && !change.value.isNull && !kept.contains(change.key) {
            throw PatchError("delta and retainKeys list are not consistent: \(change.key) is not in the list")
        }
        return JSONObject(unsorted: original.members.filter { kept.contains($0.key) })
    }

    // MARK: The order of lists

    /// `$setElementOrder/FIELD` tells where the elements that the patch's author knows of stand.
    private func mergeOrderedLists(_ original: inout JSONObject, _ patch: inout JSONObject, _ members: Members) throws(PatchError) {
        for directive in patch where directive.key.hasPrefix(Directive.setElementOrder) {
            patch[directive.key] = nil
            let name = String(directive.key.dropFirst(Directive.setElementOrder.count))
            guard case .array(let order) = directive.value else { throw PatchError("invalid patch format of setElementOrder list") }
            guard let field = field(name, members) else { throw PatchError("unable to find api field \"\(name)\"") }
            let old = original[name]?.array
            let new = patch[name]?.array
            guard old != nil || new != nil else { continue }
            patch[name] = nil
            let list = MergedList(self, members: elementMembers(name, members), key: field.patchMergeKey)
            var result = old ?? []
            if let new {
                try list.check(new, isOrderedBy: order)
                result = old == nil ? new.compactMap(\.withoutDirectives) : field.patch.merges ? try list.merged(result, new) : new
            }
            original[name] = .array(try list.ordered(result, by: order, original: old ?? []))
        }
    }

    // MARK: What the schema says

    private func field(_ name: String, _ members: Members) -> SchemaField? {
        if case .type(let type) = members { type.field(name) } else { nil }
    }

    private func membersBelow(_ name: String, _ members: Members) -> Members {
        switch members {
        case .type(let type): type.field(name).map { self.members(of: $0.type) } ?? .unknown
        case .alike(let type): self.members(of: type)
        case .unknown: .unknown
        }
    }

    private func elementMembers(_ name: String, _ members: Members) -> Members {
        switch field(name, members)?.type {
        case .list(let element)?, .wrapped(let element)?: self.members(of: element)
        default: .unknown
        }
    }

    private func members(of type: FieldType) -> Members {
        switch type {
        case .message(let id): .type(schema[id])
        case .map(let element): .alike(element)
        default: .unknown
        }
    }
}

/// Why a patch cannot be applied.
package struct PatchError: Error, Sendable, Hashable {
    package var message: String

    init(_ message: String) { self.message = message }
}

enum Directive {
    static let patch = "$patch"
    static let retainKeys = "$retainKeys"
    static let setElementOrder = "$setElementOrder/"
    static let deleteFromList = "$deleteFromPrimitiveList/"
}

extension JSONValue {
    /// A part of a patch that meets nothing in the original: without directives and nulls; nil where it only deletes.
    var withoutDirectives: JSONValue? {
        switch self {
        case .object(let object):
            if object[Directive.patch] == "delete" { return nil }
            var kept = JSONObject()
            for member in object
            where !member.key.hasPrefix("$patch") && !member.key.hasPrefix(Directive.retainKeys) && !member.key.hasPrefix(Directive.setElementOrder) {
                guard !member.key.hasPrefix(Directive.deleteFromList), !member.value.isNull else { continue }
                kept[member.key] = member.value.withoutDirectives
            }
            return .object(kept)
        case .array(let elements): return .array(elements.compactMap(\.withoutDirectives))
        default: return self
        }
    }
}
