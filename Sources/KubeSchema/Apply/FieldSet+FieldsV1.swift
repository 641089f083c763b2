// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension FieldSet {
    /// Reads `fieldsV1`: each key is a step, `.` says that the field itself is in the set too, and so does an empty object.
    ///
    /// - Throws: `FieldsV1Error` for a key that is no step, and for a value that is no object.
    /// - Source: `readIterV1`, structured-merge-diff fieldpath/serialize.go
    package init(fieldsV1: JSONValue) throws(FieldsV1Error) {
        guard let object = fieldsV1.object else { throw FieldsV1Error("expected an object, got \(fieldsV1.encodedText)") }
        var nodes: [Node] = []
        nodes.reserveCapacity(object.count)
        for member in object where member.key != "." {
            guard let element = try FieldPathElement.parse(fieldsV1Key: member.key) else { continue }
            let children = member.value.isNull ? FieldSet() : try FieldSet(fieldsV1: member.value)
            nodes.append(Node(element: element, isMember: children.isEmpty || member.value["."] != nil, children: children))
        }
        self.init(unsorted: nodes)
    }

    package var fieldsV1: JSONValue { .object(fieldsV1(isMember: false)) }

    private func fieldsV1(isMember: Bool) -> JSONObject {
        var members = nodes.map { node in
            JSONObject.Member(node.element.fieldsV1Key, .object(node.children.fieldsV1(isMember: node.isMember)))
        }
        if isMember && !members.isEmpty { members.append(JSONObject.Member(".", [:])) }
        return JSONObject(unsorted: members)
    }
}
