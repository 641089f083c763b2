// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a command line says, read as Go's pflag reads it: `--name=value`, `--name value`, `--switch`, `-s value`, `-s=value`.
struct FlagValues: Sendable {
    private let flags: UpstreamFlags
    private var given: [String: [String]] = [:]
    private(set) var asksForHelp = false

    /// - Throws: `CommandFailure` naming the flag, and the nearest one where there is none of that name.
    init(_ arguments: [String], _ flags: UpstreamFlags) throws {
        self.flags = flags
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--help" || argument == "-h" {
                asksForHelp = true
            } else if argument.hasPrefix("--"), argument != "--" {
                let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                // Underscores are what some wrote before 2018, and upstream still takes.
                let name = String(parts[0]).replacing("_", with: "-")
                try take(try known(name), parts.count > 1 ? String(parts[1]) : nil, &rest)
            } else if argument.hasPrefix("-"), argument.count > 1, argument != "--" {
                let letter = argument[argument.index(after: argument.startIndex)]
                guard let flag = flags.flag(short: letter) else { throw Self.unknown("-\(letter)", nil) }
                let value = argument.dropFirst(2)
                try take(flag, value.isEmpty ? nil : String(value.first == "=" ? value.dropFirst() : value), &rest)
            } else {
                throw CommandFailure(.usage, "unexpected argument \"\(argument)\"", fix: "flags are written --name=value; --help lists them")
            }
        }
        try check()
    }

    private func known(_ name: String) throws -> UpstreamFlag {
        if let flag = flags.flag(name) { return flag }
        if let instead = flags.removed[name] { throw CommandFailure(.usage, "--\(name) is no longer a flag: \(instead)", fix: "leave it out") }
        throw Self.unknown("--\(name)", flags.nearest(name))
    }

    private static func unknown(_ flag: String, _ nearest: String?) -> CommandFailure {
        CommandFailure(.usage, "unknown flag: \(flag)", fix: nearest.map { "did you mean --\($0)?" } ?? "--help lists the flags there are")
    }

    private mutating func take(_ flag: UpstreamFlag, _ attached: String?, _ rest: inout ArraySlice<String>) throws {
        let value: String
        if let attached {
            value = attached
        } else if flag.kind == .bool {
            value = "true"
        } else if let next = rest.popFirst() {
            value = next
        } else {
            throw CommandFailure(.usage, "--\(flag.name) needs a value", fix: "--\(flag.name)=VALUE")
        }
        if let problem = flag.problem(value) { throw CommandFailure(.usage, "--\(flag.name): \"\(value)\" \(problem)") }
        if flag.kind == .list {
            given[flag.name, default: []] += value.isEmpty ? [] : value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        } else {
            given[flag.name] = [value]
        }
    }

    /// Those that are refused.
    private func check() throws {
        for (name, values) in given.sorted(by: { $0.key < $1.key }) {
            let value = values.joined(separator: ",")
            switch flags.flag(name)?.handling {
            case .refused(let why) where !value.isEmpty && value != "false":
                throw CommandFailure(.usage, "--\(name) is not supported: \(why)", fix: "leave it out")
            case .onlyDefault(let why) where !isStandard(name, value):
                throw CommandFailure(.usage, "--\(name)=\(value) is not supported: \(why)", fix: "leave it out, which means \(standard(name))")
            default: continue
            }
        }
    }

    private func standard(_ name: String) -> String { flags.flag(name)?.standard ?? "" }

    private func isStandard(_ name: String, _ value: String) -> Bool {
        guard let flag = flags.flag(name) else { return false }
        switch flag.kind {
        case .bool: return UpstreamFlag.bool(value) == UpstreamFlag.bool(flag.standard.isEmpty ? "false" : flag.standard)
        case .duration: return Duration(goText: value) == Duration(goText: flag.standard.isEmpty ? "0s" : flag.standard)
        case .int, .float: return Double(value) == Double(flag.standard.isEmpty ? "0" : flag.standard)
        default: return value == flag.standard
        }
    }

    /// Flags that were given and change nothing, with the reason.
    var notNeeded: [(name: String, why: String)] {
        given.keys.sorted().compactMap { name in
            guard case .notNeeded(let why) = flags.flag(name)?.handling else { return nil }
            return (name, why)
        }
    }

    // MARK: Values

    func isGiven(_ name: String) -> Bool { given[name] != nil }

    /// Empty where nothing is given and there is no default.
    func text(_ name: String) -> String {
        precondition(flags.flag(name) != nil, "there is no flag \(name)")
        return given[name]?.last ?? standard(name)
    }

    /// nil where it is empty.
    func path(_ name: String) -> String? { text(name).isEmpty ? nil : text(name) }
    func bool(_ name: String) -> Bool { UpstreamFlag.bool(text(name)) ?? false }
    func int(_ name: String) -> Int { Int(text(name)) ?? 0 }
    func duration(_ name: String) -> Duration { Duration(goText: text(name)) ?? .zero }
    func list(_ name: String) -> [String] {
        given[name] ?? (standard(name).isEmpty ? [] : standard(name).split(separator: ",").map(String.init))
    }
}
