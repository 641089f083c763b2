// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Logging
import ServiceLifecycle
import Synchronization

/// Writes what controllers did as core/v1 Events; the same one again within ten minutes only raises its count.
///
/// Recording never waits and never fails the recorder: beyond a thousand unsent events the newest are dropped, and said so in the log.
package final class EventRecorder: Service {
    package enum Severity: String, Sendable { case normal = "Normal", warning = "Warning" }

    private struct Entry: Sendable, Hashable {
        var object: KubeObject
        var severity: Severity
        var reason: String
        var message: String
        var time: Timestamp
    }

    private struct Similar: Hashable {
        var uid: String
        var severity: Severity
        var reason: String
        var message: String
    }

    private struct Sent {
        var name: String
        var count: Int64
        var last: Timestamp
    }

    private let client: KubeClient
    private let component: String
    private let host: String
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let entries: AsyncStream<Entry>
    private let input: AsyncStream<Entry>.Continuation

    package init(client: KubeClient, component: String, host: String = "", now: @escaping @Sendable () -> Timestamp, logger: Logger) {
        self.client = client
        self.component = component
        self.host = host
        self.now = now
        self.logger = logger
        (entries, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1000))
    }

    package func record(_ object: KubeObject, _ severity: Severity, reason: String, message: String) {
        let entry = Entry(object: object, severity: severity, reason: reason, message: message, time: now())
        if case .dropped = input.yield(entry) {
            logger.warning("event dropped, too many are unsent", metadata: ["reason": "\(reason)", "object": "\(object.namespacedName)"])
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.send() }
    }

    private func send() async {
        var sent: [Similar: Sent] = [:]
        var stamp: UInt64 = 0
        for await entry in entries {
            let key = Similar(uid: entry.object.uid, severity: entry.severity, reason: entry.reason, message: entry.message)
            let oldest = entry.time - .seconds(600)
            if sent.count > 2000 { sent = sent.filter { $0.value.last > oldest } }
            do {
                if let known = sent[key], known.last > oldest, try await raiseCount(of: known, entry) {
                    sent[key] = Sent(name: known.name, count: known.count + 1, last: entry.time)
                } else {
                    // Names end in the time, made to differ where two events share it.
                    stamp = max(stamp &+ 1, UInt64(bitPattern: entry.time.nanosecondsSinceEpoch))
                    sent[key] = Sent(name: try await create(entry, stamp: stamp), count: 1, last: entry.time)
                }
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning(
                    "cannot record an event",
                    metadata: ["reason": "\(entry.reason)", "object": "\(entry.object.namespacedName)", "error": "\(error)"])
            }
        }
    }

    /// false where the event is no longer there.
    private func raiseCount(of known: Sent, _ entry: Entry) async throws -> Bool {
        do {
            let change: JSONValue = ["count": .integer(known.count + 1), "lastTimestamp": .string(entry.time.description)]
            _ = try await client.patch(.events, namespace: Self.namespace(of: entry.object), name: known.name, .merge(change))
            return true
        } catch let error as APIError where error.reason == .notFound {
            return false
        }
    }

    private func create(_ entry: Entry, stamp: UInt64) async throws -> String {
        let object = entry.object
        let name = "\(object.name).\(String(stamp, radix: 16))"
        var event = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Event"), namespace: Self.namespace(of: object), name: name)
        event["involvedObject"] = [
            "apiVersion": .string(object.apiVersion), "kind": .string(object.kind), "namespace": .string(object.namespace),
            "name": .string(object.name),
            "uid": .string(object.uid), "resourceVersion": .string(object.resourceVersion),
        ]
        event["type"] = .string(entry.severity.rawValue)
        event["reason"] = .string(entry.reason)
        event["message"] = .string(String(entry.message.prefix(1024)))
        event["source"] = host.isEmpty ? ["component": .string(component)] : ["component": .string(component), "host": .string(host)]
        event["reportingComponent"] = .string(component)
        event["reportingInstance"] = .string(host)
        event["count"] = 1
        event["firstTimestamp"] = .string(entry.time.description)
        event["lastTimestamp"] = .string(entry.time.description)
        do {
            return try await client.create(.events, event).name
        } catch let error as APIError where error.reason == .alreadyExists {
            return name
        }
    }

    /// Events about cluster-scoped objects live in `default`.
    private static func namespace(of object: KubeObject) -> String { object.namespace.isEmpty ? "default" : object.namespace }
}
