// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Logging
import Synchronization
import Telemetry
import Testing

@Suite("A log line")
struct LogTests {
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func sink(isColored: Bool = false) -> LogSink { LogSink(isColored: isColored) { line in self.lines.withLock { $0.append(line) } } }
    }

    private let lines = Lines()

    private func logger(_ level: Logger.Level = .info, isColored: Bool = false) -> Logger {
        Logger(label: "autoscaler", level: level, sink: lines.sink(isColored: isColored)) {
            Timestamp(seconds: 1_772_357_400, nanoseconds: 5_000_000)
        }
    }

    @Test("has time, level, label, message, and metadata in the order of keys")
    func shape() {
        logger().info("scaled", metadata: ["to": "5", "namespace": "default", "from": "3"])
        #expect(lines.all == ["2026-03-01T09:30:00.005000Z info     [autoscaler] scaled from=3 namespace=default to=5\n"])
    }

    @Test("is written from its level up")
    func levels() {
        var logger = logger(.warning)
        logger.info("no")
        logger.warning("yes")
        logger.logLevel = .debug
        logger.debug("yes")
        #expect(lines.all.count == 2)
    }

    @Test(
        "quotes what a reader could take for something else, and stays on one line",
        arguments: [
            ("plain", "plain"), ("two words", "\"two words\""), ("", "\"\""), ("a=b", "\"a=b\""), ("say \"hi\"", #""say \"hi\"""#),
            ("one\ntwo", #""one\ntwo""#), ("\u{1B}[2J", #""\u{1b}[2J""#), ("Ünïcode", "Ünïcode"),
        ])
    func quoting(_ value: String, _ expected: String) {
        logger().info("m", metadata: ["key": .string(value)])
        #expect(lines.all.first?.hasSuffix("m key=\(expected)\n") == true, "\(lines.all)")
    }

    @Test(
        "never has what looks like a secret",
        arguments: [
            ("token", "abc"), ("clientSecret", "abc"), ("Authorization", "Basic abc"), ("header", "Bearer abc"),
            ("pem", "-----BEGIN EC PRIVATE KEY-----\nabc"),
        ])
    func secrets(_ key: String, _ value: String) {
        logger().info("m", metadata: ["\(key)": .string(value)])
        #expect(lines.all.first?.hasSuffix("m \(key)=<redacted>\n") == true, "\(lines.all)")
    }

    @Test("has colours only where asked")
    func colors() {
        logger(isColored: true).error("bad")
        #expect(lines.all.first?.contains("\u{1B}[31merror   \u{1B}[0m") == true)
    }

    @Test("metadata of a logger, and of a message over it")
    func merged() {
        var logger = logger()
        logger[metadataKey: "node"] = "n1"
        logger[metadataKey: "pod"] = "p1"
        logger.info("m", metadata: ["pod": "p2"])
        #expect(lines.all.first?.hasSuffix("m node=n1 pod=p2\n") == true)
    }
}
