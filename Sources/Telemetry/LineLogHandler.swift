// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Logging

package enum LogFormat: String, Sendable, CaseIterable { case text, json }

/// One line a message. As text: time, level, the logger's label, the message, then metadata as `key=value` in the order of keys.
///
///     2026-03-01T09:30:00.000000Z info     [autoscaler] scaled from=3 name=podinfo namespace=default to=5
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level
    private let label: String
    private let format: LogFormat
    private let sink: LogSink
    private let now: @Sendable () -> Timestamp

    package init(label: String, level: Logger.Level, format: LogFormat = .text, sink: LogSink, now: @escaping @Sendable () -> Timestamp) {
        self.format = format
        self.label = label
        self.sink = sink
        self.now = now
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        if let error = event.error { all["error"] = "\(error)" }
        let line = LogLine(time: now(), level: event.level, label: label, message: event.message.description, metadata: all)
        sink.write(format == .json ? line.json : line.text(isColored: sink.isColored))
    }
}

extension Logger {
    /// A logger of ours; libraries get theirs by `LoggingSystem.bootstrap { LineLogHandler(label: $0, …) }`.
    package init(label: String, level: Logger.Level, format: LogFormat = .text, sink: LogSink, now: @escaping @Sendable () -> Timestamp) {
        self.init(label: label, factory: { LineLogHandler(label: $0, level: level, format: format, sink: sink, now: now) })
    }
}
