// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// How a container is asked whether it lives, is ready, or has started.
struct ProbeSettings: Sendable, Hashable {
    enum Action: Sendable, Hashable {
        case http(host: String?, port: Int, path: String, scheme: String, headers: [String: String])
        case tcp(host: String?, port: Int)
        case exec([String])
    }

    var action: Action
    var initialDelay: Duration
    var period: Duration
    var timeout: Duration
    var successThreshold: Int
    var failureThreshold: Int

    /// - Parameter ports: The container's, by name.
    /// - Returns: nil where it names no action, or a port that the container does not have.
    init?(_ json: JSONValue, ports: [String: Int]) {
        func port(_ value: JSONValue?) -> Int? {
            switch value {
            case .integer(let number): Int(exactly: number)
            case .string(let name): ports[name] ?? Int(name)
            default: nil
            }
        }
        if let http = json["httpGet"], let number = port(http["port"]) {
            var headers: [String: String] = [:]
            for header in http["httpHeaders"]?.array ?? [] { headers[header["name"]?.string ?? ""] = header["value"]?.string ?? "" }
            let path = http["path"]?.string ?? "/"
            action = .http(
                host: http["host"]?.string, port: number, path: path.hasPrefix("/") ? path : "/" + path, scheme: http["scheme"]?.string ?? "HTTP",
                headers: headers)
        } else if let tcp = json["tcpSocket"], let number = port(tcp["port"]) {
            action = .tcp(host: tcp["host"]?.string, port: number)
        } else if let command = json["exec"]?["command"]?.array?.compactMap(\.string), !command.isEmpty {
            action = .exec(command)
        } else {
            return nil
        }
        func seconds(_ key: String, _ standard: Int64) -> Duration { .seconds(max(0, min(json[key]?.int ?? standard, 86_400))) }
        initialDelay = seconds("initialDelaySeconds", 0)
        period = max(.seconds(1), seconds("periodSeconds", 10))
        timeout = max(.seconds(1), seconds("timeoutSeconds", 1))
        successThreshold = max(1, Int(clamping: json["successThreshold"]?.int ?? 1))
        failureThreshold = max(1, Int(clamping: json["failureThreshold"]?.int ?? 3))
    }
}

/// Counts a probe's answers in a row, and says when they turn its result.
struct ProbeTracker: Sendable, Hashable {
    let successThreshold: Int
    let failureThreshold: Int
    private(set) var isSuccess: Bool
    private var run = 0
    private var last: Bool?

    init(_ settings: ProbeSettings, initially isSuccess: Bool) {
        successThreshold = settings.successThreshold
        failureThreshold = settings.failureThreshold
        self.isSuccess = isSuccess
    }

    /// - Returns: Whether the threshold is reached, however the result was before.
    mutating func record(_ success: Bool) -> Bool {
        run = last == success ? run + 1 : 1
        last = success
        guard run >= (success ? successThreshold : failureThreshold) else { return false }
        isSuccess = success
        return true
    }
}

/// How long a container waits before it is started again: ten seconds, doubled each time up to five minutes, forgotten once it
/// ran for ten minutes.
struct RestartBackOff: Sendable, Hashable {
    static let first = Duration.seconds(10)
    static let limit = Duration.seconds(300)
    static let forgottenAfter = Duration.seconds(600)

    private(set) var delay = Duration.zero

    /// - Parameter ran: How long it ran before it ended. The first restart is at once.
    mutating func next(ran: Duration) -> Duration {
        if ran >= Self.forgottenAfter { delay = .zero }
        defer { delay = delay == .zero ? Self.first : min(delay * 2, Self.limit) }
        return delay
    }
}
