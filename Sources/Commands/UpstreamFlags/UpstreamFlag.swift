// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI

/// A flag of an upstream program whose place a command takes, with what becomes of it here.
struct UpstreamFlag: Sendable {
    enum Kind: Sendable {
        case bool, int, float, string, duration, address
        /// Separated by commas, or given several times.
        case list
    }

    enum Handling: Sendable {
        case used
        /// Accepted; a log line says why it changes nothing.
        case notNeeded(String)
        /// An error, for the reason told: it would have made the server safer, or is a decision that we do not make.
        case refused(String)
        /// Used as it is by default; any other value is an error, for the reason told.
        case onlyDefault(String)
    }

    var name: String
    var short: Character?
    var kind: Kind
    /// As text; empty for none.
    var standard: String
    var help: String
    var handling: Handling

    init(_ name: String, short: Character? = nil, _ kind: Kind, _ standard: String = "", _ help: String, _ handling: Handling = .used) {
        self.name = name
        self.short = short
        self.kind = kind
        self.standard = standard
        self.help = help
        self.handling = handling
    }

    /// Why a text is no value of this flag; nil where it is one.
    func problem(_ text: String) -> String? {
        switch kind {
        case .string, .list: return nil
        case .bool: return Self.bool(text) == nil ? "is neither true nor false" : nil
        case .int: return Int(text) == nil ? "is no whole number" : nil
        case .float: return Double(text)?.isFinite == true ? nil : "is no number"
        case .duration: return Duration(goText: text) == nil ? "is no duration, such as 15s or 1m30s" : nil
        case .address: return IPAddress.isValid(text) ? nil : "is no IP address"
        }
    }

    /// As Go reads a Boolean.
    static func bool(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }
}

/// The flags of a command, in the groups that its help shows.
struct UpstreamFlags: Sendable {
    struct Group: Sendable {
        var title: String
        var flags: [UpstreamFlag]
    }

    var groups: [Group]
    /// Flags of earlier versions: what to do instead.
    var removed: [String: String] = [:]

    func flag(_ name: String) -> UpstreamFlag? { groups.lazy.flatMap(\.flags).first { $0.name == name } }
    func flag(short: Character) -> UpstreamFlag? { groups.lazy.flatMap(\.flags).first { $0.short == short } }

    /// The known name that takes the fewest changes, unless it is another word altogether.
    func nearest(_ name: String) -> String? {
        let candidates = groups.flatMap(\.flags).map { (name: $0.name, distance: Self.distance(Array(name.utf8), Array($0.name.utf8))) }
        guard let best = candidates.min(by: { $0.distance < $1.distance }), best.distance <= max(2, name.utf8.count / 3) else { return nil }
        return best.name
    }

    /// How many bytes have to be added, removed or replaced.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let cost = min(diagonal + (a == b ? 0 : 1), row[j] + 1, row[j + 1] + 1)
                diagonal = row[j + 1]
                row[j + 1] = cost
            }
        }
        return row[right.count]
    }

    func help(usage: String, _ text: String) -> String {
        var lines = [text, "", "Usage: \(usage)", ""]
        for group in groups {
            lines += ["\(group.title):", ""]
            for flag in group.flags {
                if case .refused = flag.handling { continue }
                let value = ["string", "duration", "int", "float", "ip", "strings"]
                let kind =
                    switch flag.kind {
                    case .bool: ""
                    case .string: " " + value[0]
                    case .duration: " " + value[1]
                    case .int: " " + value[2]
                    case .float: " " + value[3]
                    case .address: " " + value[4]
                    case .list: " " + value[5]
                    }
                lines.append("  \(flag.short.map { "-\($0), " } ?? "    ")--\(flag.name)\(kind)")
                let standard = flag.standard.isEmpty || flag.standard == "false" ? "" : " (default \(flag.standard))"
                var note = ""
                switch flag.handling {
                case .used, .refused: break
                case .notNeeded(let why): note = " Accepted: \(why)."
                case .onlyDefault: note = " Its default only."
                }
                lines.append("          \(flag.help)\(standard)\(note)")
            }
            lines.append("")
        }
        return lines.joined(separator: "\n")
    }
}
