// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// What every connection of a server shares.
final class ServerContext: Sendable {
    let limits: APIServerConfiguration.Limits
    let allowsAnonymous: Bool
    let handler: any APIHandler
    let authenticator: any Authenticator
    let authorizer: any Authorizer
    let statusEncoder: StatusEncoder?
    let logger: Logger
    let now: @Sendable () -> Timestamp
    let flowControl: FlowControl?
    let audit: AuditSettings?
    let requestCounter: RequestCounter?
    let connections = ConnectionRegistry()
    private let underWay = Atomic(0)
    private let dateText = Mutex<(second: Int64, text: String)>((.min, ""))

    init(
        configuration: APIServerConfiguration, handler: any APIHandler, authenticator: any Authenticator, authorizer: any Authorizer,
        statusEncoder: StatusEncoder?, logger: Logger, now: @escaping @Sendable () -> Timestamp
    ) {
        limits = configuration.limits
        allowsAnonymous = configuration.allowsAnonymous
        flowControl = configuration.flowControl.map(FlowControl.init)
        audit = configuration.audit
        requestCounter = configuration.requestCounter
        self.handler = handler
        self.authenticator = authenticator
        self.authorizer = authorizer
        self.statusEncoder = statusEncoder
        self.logger = logger
        self.now = now
    }

    /// Counts a request that is under way until `end`; false where there are as many as there may be.
    func begin() -> Bool {
        guard let limit = limits.requestsUnderWay else { return true }
        if underWay.add(1, ordering: .relaxed).newValue <= limit { return true }
        end()
        return false
    }

    func end() {
        if limits.requestsUnderWay != nil { underWay.subtract(1, ordering: .relaxed) }
    }

    /// The `Date` header, made anew once a second.
    var dateHeader: String {
        let now = now()
        return dateText.withLock { cached in
            if cached.second != now.seconds { cached = (now.seconds, now.httpDate) }
            return cached.text
        }
    }
}

/// The open channels: connections, and HTTP/2 streams that take their time; told to end when the server stops.
final class ConnectionRegistry: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isStopping = false
    }

    private let state = Mutex(State())

    /// False once the server is stopping: the channel is to be closed.
    func add(_ channel: any Channel) -> Bool {
        state.withLock { state in
            guard !state.isStopping else { return false }
            state.channels[ObjectIdentifier(channel)] = channel
            return true
        }
    }

    func remove(_ channel: any Channel) { state.withLock { _ = $0.channels.removeValue(forKey: ObjectIdentifier(channel)) } }

    /// All that are open; from here on `add` refuses.
    func stop() -> [any Channel] {
        state.withLock { state in
            state.isStopping = true
            return Array(state.channels.values)
        }
    }
}

extension Timestamp {
    /// `Sun, 22 Nov 2026 20:44:11 GMT`.
    /// - Source: RFC 9110 5.6.7
    package var httpDate: String {
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        // 2026-11-22T20:44:11Z
        let text = Array(truncatedToSeconds.description.utf8)
        guard text.count == 20, seconds >= 0, let month = Int(String(decoding: text[5..<7], as: UTF8.self)), (1...12).contains(month) else {
            return "Thu, 01 Jan 1970 00:00:00 GMT"
        }
        func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        return "\(weekdays[Int(seconds / 86_400 % 7)]), \(part(8..<10)) \(months[month - 1]) \(part(0..<4)) \(part(11..<19)) GMT"
    }
}

extension TimeAmount {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let product = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        self = .nanoseconds(product.overflow ? .max / 4 : product.partialValue &+ attoseconds / 1_000_000_000)
    }
}
