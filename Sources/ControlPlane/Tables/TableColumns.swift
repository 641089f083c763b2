// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

/// How `kubectl get` shows a kind: its columns, and the cells of one object.
struct TableColumns: Sendable {
    var columns: [TableColumn]
    /// One cell for each column, from an object in the storage version.
    var cells: @Sendable (KubeObject, _ now: Timestamp) -> [JSONValue]

    static let nameAndAge = TableColumns(columns: [.name, .age]) { object, now in [.string(object.name), object.age(at: now)] }

    /// For kinds of which upstream tells when they were made, rather than how long ago.
    static let nameAndTime = TableColumns(columns: [.name, TableColumn("Created At", description: "When it was made.")]) { object, _ in
        [.string(object.name), object.value(at: "metadata", "creationTimestamp") ?? ""]
    }
}

extension TableColumn {
    static let name = TableColumn("Name", format: "name", description: "The object's name, unique within its namespace and kind.")
    static let age = TableColumn("Age", description: "The time since the object was made.")
}

extension KubeObject {
    /// The `Age` cell.
    func age(at now: Timestamp) -> JSONValue { .string(HumanDuration.since(creationTimestamp, now: now)) }
}

enum CellText {
    static let none = "<none>"
    static let unknown = "<unknown>"

    /// `a=b,c=d` in the order of keys.
    static func labels(_ labels: [String: String]) -> String {
        labels.isEmpty ? none : labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }

    static func orNone(_ text: String?) -> JSONValue { .string(text.flatMap { $0.isEmpty ? nil : $0 } ?? none) }

    static func joined(_ parts: [String], limit: Int = 3) -> String {
        let shown = parts.prefix(limit).joined(separator: ",")
        return parts.count > limit ? "\(shown) + \(parts.count - limit) more..." : shown
    }

    /// The names and the images of a pod template's containers.
    static func containers(_ template: JSONValue?) -> (names: String, images: String) {
        let containers = template?.value(at: "spec", "containers")?.array ?? []
        return (
            containers.map { $0["name"]?.string ?? "" }.joined(separator: ","), containers.map { $0["image"]?.string ?? "" }.joined(separator: ",")
        )
    }
}
