// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Logging

/// A log message as text. Whatever it holds stays on its one line, and what looks like a secret is left out.
struct LogLine {
    var time: Timestamp
    var level: Logger.Level
    var label: String
    var message: String
    var metadata: Logger.Metadata

    func text(isColored: Bool) -> String {
        var text = "\(time.microText) "
        let name = level.rawValue + String(repeating: " ", count: max(0, 8 - level.rawValue.utf8.count))
        text += isColored ? "\(color)\(name)\u{1B}[0m" : name
        text += " [\(Self.escaped(label))] \(Self.escaped(message))"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            text += " \(Self.escaped(key))=\(Self.isSecret(key) ? Self.redacted : Self.quoted(value.description))"
        }
        return text + "\n"
    }

    /// As one JSON object, in the names of Kubernetes' components: `ts` in milliseconds since 1970, `msg`, then the metadata.
    var json: String {
        var object: JSONObject = [
            "ts": .integer(time.nanosecondsSinceEpoch / 1_000_000), "level": .string(level.rawValue), "logger": .string(label),
            "msg": .string(message),
        ]
        for (key, value) in metadata where object[key] == nil {
            let text = value.description
            object[key] = .string(Self.isSecret(key) || Self.isSecret(text: text) ? Self.redacted : text)
        }
        return JSONValue.object(object).encodedText + "\n"
    }

    private var color: String {
        switch level {
        case .trace, .debug: "\u{1B}[2m"
        case .info, .notice: "\u{1B}[32m"
        case .warning: "\u{1B}[33m"
        case .error, .critical: "\u{1B}[31m"
        }
    }

    private static let redacted = "<redacted>"
    private static let secretWords = ["token", "password", "secret", "authorization", "cookie", "privatekey", "private_key", "keypem"]

    /// A safety net under the rule that none is logged.
    private static func isSecret(_ key: String) -> Bool {
        let key = key.lowercased()
        return secretWords.contains { key.contains($0) }
    }

    private static func isSecret(text: String) -> Bool { text.contains("PRIVATE KEY-----") || text.contains("Bearer ") }

    private static func quoted(_ value: String) -> String {
        if isSecret(text: value) { return redacted }
        let isPlain = !value.isEmpty && value.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && $0 != "\"" && $0 != "=" }
        return isPlain ? escaped(value) : "\"\(escaped(value, quotes: true))\""
    }

    /// Control characters would begin a new line or steer a terminal.
    private static func escaped(_ text: String, quotes: Bool = false) -> String {
        guard text.unicodeScalars.contains(where: { isControl($0) || (quotes && ($0 == "\"" || $0 == "\\")) }) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": escaped += #"\n"#
            case "\r": escaped += #"\r"#
            case "\t": escaped += #"\t"#
            case "\"" where quotes, "\\" where quotes: escaped += "\\\(scalar)"
            case _ where isControl(scalar): escaped += "\\u{\(String(scalar.value, radix: 16))}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x2028...0x202E).contains(scalar.value)
            || (0x2066...0x2069).contains(scalar.value)
    }
}
