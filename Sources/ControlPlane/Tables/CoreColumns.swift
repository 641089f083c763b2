// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

// Cells as in kubernetes pkg/printers/internalversion/printers.go (`printNamespace`, `printEvent`, …).
extension TableColumns {
    static let namespace = TableColumns(
        columns: [.name, TableColumn("Status", description: "Whether the namespace takes objects."), .age],
        cells: { namespace, now in [.string(namespace.name), .string(namespace.status["phase"]?.string ?? ""), namespace.age(at: now)] })

    static let configMap = TableColumns(
        columns: [.name, TableColumn("Data", description: "How many keys it holds."), .age],
        cells: { map, now in
            let count = (map["data"]?.object?.count ?? 0) + (map["binaryData"]?.object?.count ?? 0)
            return [.string(map.name), .integer(Int64(count)), map.age(at: now)]
        })

    static let lease = TableColumns(
        columns: [.name, TableColumn("Holder", description: "Who holds the lease."), .age],
        cells: { lease, now in [.string(lease.name), .string(lease.spec["holderIdentity"]?.string ?? ""), lease.age(at: now)] })

    static let apiService = TableColumns(
        columns: [
            .name, TableColumn("Service", description: "Which service answers for the group."),
            TableColumn("Available", description: "Whether it answers."), .age,
        ],
        cells: { apiService, now in
            let service = apiService.spec["service"]?.object
            let location = service.map { "\($0["namespace"]?.string ?? "")/\($0["name"]?.string ?? "")" } ?? "Local"
            let condition = apiService.condition("Available")
            var available = condition?["status"]?.string ?? "Unknown"
            if condition != nil, available != "True" { available += " (\(condition?["reason"]?.string ?? ""))" }
            return [.string(apiService.name), .string(location), .string(available), apiService.age(at: now)]
        })

    static let event = TableColumns(
        columns: [
            TableColumn("Last Seen", description: "The time since it happened last."), TableColumn("Type", description: "Normal or Warning."),
            TableColumn("Reason", description: "What happened, in one word."), TableColumn("Object", description: "The object it happened to."),
            TableColumn("Subobject", description: "The part of the object.", priority: 1),
            TableColumn("Source", description: "Who reported it.", priority: 1),
            TableColumn("Message", description: "What happened, in a sentence."),
            TableColumn("First Seen", description: "The time since it happened first.", priority: 1),
            TableColumn("Count", description: "How often it happened.", priority: 1),
            TableColumn("Name", format: "name", description: "The event's name.", priority: 1),
        ],
        cells: { event, now in
            let times = EventTimes(event, now: now)
            return [
                .string(times.last), .string(event["type"]?.string ?? ""), .string(event["reason"]?.string ?? ""), .string(involvedObject(event)),
                .string(event.value(at: "involvedObject", "fieldPath")?.string ?? ""), .string(eventSource(event)),
                .string(trimmed(event["message"]?.string ?? "")), .string(times.first), .integer(times.count), .string(event.name),
            ]
        })

    private static func involvedObject(_ event: KubeObject) -> String {
        let kind = (event.value(at: "involvedObject", "kind")?.string ?? "").lowercased()
        let name = event.value(at: "involvedObject", "name")?.string ?? ""
        return name.isEmpty ? kind : "\(kind)/\(name)"
    }

    private static func eventSource(_ event: KubeObject) -> String {
        func text(_ path: String...) -> String? {
            JSONValue.object(event.json).value(at: path[...])?.string.flatMap { $0.isEmpty ? nil : $0 }
        }
        let component = text("source", "component") ?? text("reportingComponent") ?? ""
        guard let host = text("source", "host") ?? text("reportingInstance") else { return component }
        return "\(component), \(host)"
    }

    private static func trimmed(_ text: String) -> String {
        let head = text.drop { $0.isWhitespace }
        guard let last = head.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(head[...last])
    }
}

private struct EventTimes {
    let first: String
    let last: String
    let count: Int64

    init(_ event: KubeObject, now: Timestamp) {
        func since(_ value: JSONValue?) -> String? { value?.timestamp.map { HumanDuration.since($0, now: now) } }
        first = since(event["firstTimestamp"]) ?? since(event["eventTime"]) ?? CellText.unknown
        if let series = event["series"], series.object != nil {
            last = since(series["lastObservedTime"]) ?? CellText.unknown
            count = series["count"]?.int ?? 0
        } else {
            last = since(event["lastTimestamp"]) ?? first
            let counted = event["count"]?.int ?? 0
            count = counted == 0 ? 1 : counted
        }
    }
}
